//! Weights in several files, and folders whose weights are in other formats.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Component, Path, PathBuf};

use serde_json::{Map, Value};

use super::Weights;
use super::header::TensorFile;
use crate::keys::{read_object, shown};
use crate::{BundleError, INDEX_FILE, WEIGHTS_FILE};

/// The index of a folder, if it has one.
pub(super) fn of(folder: &Path) -> Option<PathBuf> {
    let path = folder.join(INDEX_FILE);
    path.try_exists().unwrap_or(true).then_some(path)
}

/// Names of the files of a folder that hold its weights, sorted, without a look into them but for the index.
///
/// # Errors
/// A folder without weights that can be read, an index that lists no files, and listed files that are not there.
pub fn weight_files(folder: &Path) -> Result<Vec<String>, BundleError> {
    if folder.join(WEIGHTS_FILE).try_exists().unwrap_or(true) {
        return Ok(vec![WEIGHTS_FILE.to_owned()]);
    }
    let index = of(folder).ok_or_else(|| other_formats(folder))?;
    let refused = |reason: String| BundleError::Index {
        path: index.clone(),
        reason,
    };
    let mut files = BTreeSet::from([INDEX_FILE.to_owned()]);
    for (_, file) in weight_map(&index)? {
        match file.as_str().filter(|file| is_plain(file)) {
            Some(file) if folder.join(file).is_file() => files.insert(file.to_owned()),
            Some(file) => return Err(refused(format!("it lists {file}, which is not there"))),
            None => return Err(refused(format!("it lists {}, which names no file", shown(&file)))),
        };
    }
    Ok(files.into_iter().collect())
}

/// The file of each tensor.
fn weight_map(index: &Path) -> Result<Map<String, Value>, BundleError> {
    let refused = |reason: String| BundleError::Index {
        path: index.to_owned(),
        reason,
    };
    match read_object(index)?.remove("weight_map") {
        Some(Value::Object(map)) if !map.is_empty() => Ok(map),
        Some(other) => Err(refused(format!(
            "`weight_map` is {}, not an object that names a file for each tensor",
            shown(&other)
        ))),
        None => Err(refused("`weight_map` is missing".to_owned())),
    }
}

/// The weights in the files that an index lists.
pub(super) fn open(index: &Path) -> Result<Weights, BundleError> {
    let refused = |reason: String| BundleError::Index {
        path: index.to_owned(),
        reason,
    };
    let mut files: Vec<TensorFile> = Vec::new();
    let mut numbers: BTreeMap<String, usize> = BTreeMap::new();
    let mut tensors = BTreeMap::new();
    for (name, file) in weight_map(index)? {
        let Some(file) = file.as_str().filter(|file| is_plain(file)) else {
            return Err(refused(format!(
                "`weight_map` has {} for `{name}`, not the name of a file beside it",
                shown(&file)
            )));
        };
        let number = match numbers.get(file) {
            Some(&number) => number,
            None => {
                files.push(TensorFile::open(&index.with_file_name(file))?);
                numbers.insert(file.to_owned(), files.len() - 1);
                files.len() - 1
            }
        };
        if files[number].info(&name).is_none() {
            return Err(refused(format!("{file} has no tensor `{name}`")));
        }
        tensors.insert(name, number);
    }
    // As transformers, which loads the listed files whole.
    for (number, file) in files.iter().enumerate() {
        for name in file.names() {
            tensors.entry(name).or_insert(number);
        }
    }
    Ok(Weights {
        place: index.to_owned(),
        files,
        tensors,
    })
}

/// Whether this is the name of a file in the same folder.
fn is_plain(name: &str) -> bool {
    let mut parts = Path::new(name).components();
    matches!((parts.next(), parts.next()), (Some(Component::Normal(_)), None))
}

/// What is said of a folder without safetensors files that could be its weights.
pub(super) fn other_formats(folder: &Path) -> BundleError {
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(source) => return BundleError::io(folder)(source),
    };
    let names = entries
        .flatten()
        .map(|entry| entry.file_name().to_string_lossy().into_owned());
    let is_weights = |name: &String| {
        let endings = [
            "bin",
            "pt",
            "pth",
            "ckpt",
            "h5",
            "msgpack",
            "safetensors",
            "onnx",
            "gguf",
        ];
        let ending = Path::new(name).extension().and_then(|ending| ending.to_str());
        ending.is_some_and(|ending| endings.contains(&ending))
    };
    let mut found: Vec<String> = names.filter(is_weights).collect();
    found.sort_unstable();
    let folder = folder.to_owned();
    if found
        .iter()
        .any(|name| name.starts_with("pytorch_model") && name.ends_with(".bin"))
    {
        BundleError::Pickle { folder }
    } else {
        BundleError::NoWeights { folder, found }
    }
}
