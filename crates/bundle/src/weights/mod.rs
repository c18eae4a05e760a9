//! The tensors of a model folder: where they are, whether they are those that a model needs, and their numbers one by one.

mod header;
mod index;
mod layers;
mod numbers;
mod plan;
mod problem;
mod spelling;
mod without_heads;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use safetensors::tensor::{Dtype, TensorInfo};

use self::header::TensorFile;
use crate::{BundleError, WEIGHTS_FILE};

pub use index::weight_files;
pub use numbers::{Number, float_numbers};
pub use plan::{Classifier, LoadReport, Plan, Source, StoredTensor};
pub use problem::{Problem, Problems};
pub use without_heads::WithoutHeads;

/// Stored tensors whose headers have been read; numbers are read when they are asked for.
#[derive(Debug)]
pub struct Weights {
    /// What was opened: the file, or the index of several.
    place: PathBuf,
    files: Vec<TensorFile>,
    /// The file of each tensor.
    tensors: BTreeMap<String, usize>,
}

impl Weights {
    /// The weights of a folder: `model.safetensors`, or the files that `model.safetensors.index.json` lists.
    ///
    /// # Errors
    /// A file that is missing or damaged, an index that does not fit its files, and other formats, by name.
    pub fn of_folder(folder: &Path) -> Result<Self, BundleError> {
        let single = folder.join(WEIGHTS_FILE);
        // What cannot be looked at is opened too, for the reason why.
        match (single.try_exists(), index::of(folder)) {
            (Ok(false), Some(index)) => index::open(&index),
            (Ok(false), None) => Err(index::other_formats(folder)),
            _ => Self::of_file(&single),
        }
    }

    /// The weights in one file.
    ///
    /// # Errors
    /// A file that is missing or damaged.
    pub fn of_file(path: &Path) -> Result<Self, BundleError> {
        let file = TensorFile::open(path)?;
        let tensors = file.names().into_iter().map(|name| (name, 0)).collect();
        Ok(Self {
            place: path.to_owned(),
            files: vec![file],
            tensors,
        })
    }

    /// What was opened: the file, or the index of several.
    pub fn place(&self) -> &Path {
        &self.place
    }

    /// The names of all tensors, sorted.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.tensors.keys().map(String::as_str)
    }

    /// The files in which they are.
    pub fn files(&self) -> impl Iterator<Item = &Path> {
        self.files.iter().map(|file| file.path.as_path())
    }

    /// The shape of a tensor, if there is one of that name.
    pub fn shape(&self, name: &str) -> Option<&[usize]> {
        self.find(name).map(|(_, info)| info.shape.as_slice())
    }

    /// The type of a tensor's numbers, if there is one of that name.
    pub fn dtype(&self, name: &str) -> Option<Dtype> {
        self.find(name).map(|(_, info)| info.dtype)
    }

    /// The numbers of a tensor, row-major.
    ///
    /// # Errors
    /// A tensor that is not there or not of floats, and what the system says.
    pub fn read<T: Number>(&self, name: &str) -> Result<Vec<T>, BundleError> {
        let refused = |problem| BundleError::Tensors {
            path: self.place.clone(),
            problems: Problems(vec![problem]),
        };
        let Some((file, info)) = self.find(name) else {
            return Err(refused(Problem::Missing {
                name: name.to_owned(),
            }));
        };
        if let Some(problem) = Problem::of_type(name, info.dtype) {
            return Err(refused(problem));
        }
        file.read(info)
    }

    /// The bytes of a tensor as they are stored, row-major and little-endian, whatever its type.
    ///
    /// # Errors
    /// A tensor that is not there, and what the system says.
    pub fn bytes(&self, name: &str) -> Result<Vec<u8>, BundleError> {
        match self.find(name) {
            Some((file, info)) => file.bytes(info),
            None => Err(BundleError::Tensors {
                path: self.place.clone(),
                problems: Problems(vec![Problem::Missing {
                    name: name.to_owned(),
                }]),
            }),
        }
    }

    fn find(&self, name: &str) -> Option<(&TensorFile, &TensorInfo)> {
        let file = &self.files[*self.tensors.get(name)?];
        file.info(name).map(|info| (file, info))
    }
}
