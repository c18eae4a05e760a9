//! The files of a smaller model in one of three formats.

use std::path::{Path, PathBuf};

use bundle::ModelConfig;
use clap::ValueEnum;
use export::{Format, LOADER, LOADER_FILE, README_FILE, copy_text_files, onnx, readme, removed, zeroed};
use files::FileError;
use heads::HeadMask;

use crate::problem::{Problem, Result};

/// How a smaller model is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum FormatName {
    /// A folder whose tensors lack the removed heads: smaller and faster.
    Removed,
    /// A folder of the full shape with zeros for the removed heads: loads wherever the whole model does, and is no faster.
    Zeroed,
    /// A graph for ONNX Runtime, without the removed heads; classifiers only.
    Onnx,
}

impl FormatName {
    /// Its name in certificates.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Removed => "removed",
            Self::Zeroed => "zeroed",
            Self::Onnx => "onnx",
        }
    }

    /// Writes the model in `folder` without the heads that `mask` leaves out into an empty folder, with its README. `config`
    /// is that of the model in `folder`.
    pub(crate) fn write(
        self,
        folder: &Path,
        config: &ModelConfig,
        mask: &HeadMask,
        into: &Path,
    ) -> Result<Written> {
        let left = config.pruned(mask).map_err(Problem::new)?;
        let mut model = into.to_owned();
        let (format, bytes) = match self {
            Self::Removed => {
                removed::write(folder, mask, into)?;
                if let ModelConfig::Encoder(_) = &left {
                    write(&into.join(LOADER_FILE), LOADER)?;
                }
                (Format::Removed, bytes_of(into)?)
            }
            Self::Zeroed => {
                zeroed::write(folder, mask, into)?;
                (Format::Zeroed, bytes_of(into)?)
            }
            Self::Onnx => {
                // The graph is made from a folder that has lost its heads.
                model = into.join(BETWEEN);
                std::fs::create_dir(&model).map_err(FileError::writing(&model))?;
                removed::write(folder, mask, &model)?;
                let bytes = onnx::write(&model, &into.join(onnx::MODEL_FILE))?;
                copy_text_files(folder, into)?;
                // Tokenizers of transformers ask it which family they are of.
                bundle::write_config(into, left.to_keys())?;
                (Format::Onnx, bytes)
            }
        };
        write(
            &into.join(README_FILE),
            &readme(format, &left).map_err(Problem::new)?,
        )?;
        Ok(Written { bytes, model })
    }
}

/// What was written.
pub(crate) struct Written {
    /// Bytes of its weights.
    pub(crate) bytes: u64,
    /// Folder of the model as this program reads it.
    pub(crate) model: PathBuf,
}

impl Written {
    /// Removes what lies in `into` and is not handed over.
    pub(crate) fn forget(&self, into: &Path) -> Result<()> {
        match self.model == into {
            true => Ok(()),
            false => Ok(std::fs::remove_dir_all(&self.model).map_err(FileError::writing(&self.model))?),
        }
    }
}

/// Folder of the model that an ONNX file is made from.
const BETWEEN: &str = ".removed";

/// Bytes of the weights of a folder.
pub(crate) fn bytes_of(folder: &Path) -> Result<u64> {
    let files = bundle::weight_files(folder)?;
    let size = |name: &String| {
        let path = folder.join(name);
        let metadata = std::fs::metadata(&path).map_err(FileError::reading(&path));
        metadata.map(|metadata| metadata.len())
    };
    Ok(files.iter().map(size).sum::<Result<u64, FileError>>()?)
}

fn write(path: &Path, text: &str) -> Result<()> {
    Ok(files::write(path, text.as_bytes()).map_err(FileError::writing(path))?)
}
