//! The files of a result: recorded when it is stored, checked before another run starts from them.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use files::FileError;
use serde::{Deserialize, Serialize};

use crate::subsets::ORACLE_FILE;

/// Name of a run's result.
pub const RESULT_FILE: &str = "result.json";
/// Folder, in that of a run, of its model without the heads that were not kept.
pub const REMOVED_FOLDER: &str = "removed";
/// What a result is called that cannot be used; further ones have a number.
pub const DAMAGED_RESULT: &str = "result.json.damaged";

/// What the process of a run keeps for itself, and what differs from machine to machine.
const NOT_OF_RESULT: [&str; 6] = [
    "lock",
    "log.txt",
    "run.toml",
    "provenance.json",
    "failure.json",
    RESULT_FILE,
];

/// A file as it was when the result was stored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StoredFile {
    /// Its size.
    pub bytes: u64,
    /// SHA-256 of its content.
    pub sha256: String,
}

/// The files of a result by their names.
pub type StoredFiles = BTreeMap<String, StoredFile>;

/// Waits until the files that an executor has left in a run's folder are on the disk, and records them but for leftovers.
/// Of the folders inside it that of the removed model alone: the others hold the logs of parts of the run, which no other run
/// reads.
///
/// # Errors
/// A file cannot be read or synced.
pub fn record(folder: &Path, is_leftover: impl Fn(&str) -> bool) -> Result<StoredFiles, FileError> {
    let mut found = StoredFiles::new();
    for name in names_in(folder)? {
        if is_of_result(&name) && !is_leftover(&name) && folder.join(&name).is_file() {
            found.insert(name.clone(), as_stored(&folder.join(name))?);
        }
    }
    let removed = folder.join(REMOVED_FOLDER);
    if removed.is_dir() {
        for name in names_in(&removed)? {
            if !name.starts_with('.') && removed.join(&name).is_file() {
                let file = as_stored(&removed.join(&name))?;
                found.insert(format!("{REMOVED_FOLDER}/{name}"), file);
            }
        }
    }
    Ok(found)
}

/// Names of what is in a folder.
fn names_in(folder: &Path) -> Result<Vec<String>, FileError> {
    let unreadable = |source| FileError::new("read", folder, source);
    let entries = fs::read_dir(folder).map_err(unreadable)?;
    let name = |entry: std::io::Result<fs::DirEntry>| {
        entry.map(|entry| entry.file_name().to_string_lossy().into_owned())
    };
    entries.map(|entry| name(entry).map_err(unreadable)).collect()
}

/// A file that is on the disk from now on.
fn as_stored(path: &Path) -> Result<StoredFile, FileError> {
    files::sync(path).map_err(|source| FileError::new("write", path, source))?;
    let metadata = path
        .metadata()
        .map_err(|source| FileError::new("read", path, source))?;
    Ok(StoredFile {
        bytes: metadata.len(),
        sha256: files::sha256(path).map_err(FileError::reading(path))?,
    })
}

/// Removes leftovers from a run's folder and from the folders of its parts. What cannot be removed is in nobody's way.
pub fn remove(folder: &Path, is_leftover: impl Fn(&str) -> bool + Copy) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            remove(&path, is_leftover);
        } else if is_leftover(&entry.file_name().to_string_lossy()) {
            let _ = fs::remove_file(path);
        }
    }
}

/// A name that begins with a dot is of no file of the run yet.
fn is_of_result(name: &str) -> bool {
    !(NOT_OF_RESULT.contains(&name) || name.starts_with(DAMAGED_RESULT) || name.starts_with('.'))
}

/// Predictions and masks are results; without its weights a result is as good as before.
fn is_measured(name: &str) -> bool {
    name.starts_with("predictions.") || name == "mask.json" || name == ORACLE_FILE
}

/// Whether predictions and mask are there in their sizes; only looks, so that it can be done for every run of a sweep.
///
/// # Errors
/// What is wrong, in words.
pub fn check_measured(folder: &Path, files: &StoredFiles) -> Result<(), String> {
    let mut measured = files.iter().filter(|(name, _)| is_measured(name));
    measured.try_for_each(|(name, file)| check_size(&folder.join(name), file))
}

/// Whether every file that other runs may read has the content with which it was stored. No run starts from a removed model:
/// it may have been taken away.
///
/// # Errors
/// What is wrong, in words.
pub fn check_all(folder: &Path, files: &StoredFiles) -> Result<(), String> {
    let of_others = |(name, _): &(&String, _)| !name.starts_with(REMOVED_FOLDER);
    let mut paths = files
        .iter()
        .filter(of_others)
        .map(|(name, file)| (folder.join(name), file));
    // Sizes first: they cost nothing.
    paths
        .clone()
        .try_for_each(|(path, file)| check_size(&path, file))?;
    paths.try_for_each(|(path, file)| match files::sha256(&path) {
        Ok(sha256) if sha256 == file.sha256 => Ok(()),
        Ok(_) => Err(format!(
            "{}: its content is no longer what was stored",
            path.display()
        )),
        Err(error) => Err(FileError::new("read", &path, error).to_string()),
    })
}

fn check_size(path: &Path, file: &StoredFile) -> Result<(), String> {
    match path.metadata() {
        Ok(metadata) if metadata.len() == file.bytes => Ok(()),
        Ok(metadata) => Err(format!(
            "{} has {} bytes, {} were stored",
            path.display(),
            metadata.len(),
            file.bytes
        )),
        Err(error) => Err(format!("{}: {error}", path.display())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_belongs_to_the_process_is_no_file_of_the_result() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path();
        for name in [
            "model.safetensors",
            "predictions.test.csv",
            "metrics.csv",
            "lock",
            "log.txt",
            "run.toml",
            "provenance.json",
            "failure.json",
            "result.json",
            "result.json.damaged-2",
            "checkpoint.safetensors",
            ".writing-x",
        ] {
            fs::write(path.join(name), name).unwrap();
        }
        fs::create_dir(path.join("trial-1")).unwrap();
        fs::write(path.join("trial-1/checkpoint.safetensors"), "").unwrap();
        fs::write(path.join("trial-1/metrics.csv"), "").unwrap();
        fs::create_dir(path.join(REMOVED_FOLDER)).unwrap();
        fs::write(path.join("removed/model.safetensors"), "small").unwrap();
        fs::write(path.join("removed/.writing-x"), "").unwrap();
        let is_leftover = |name: &str| name.starts_with("checkpoint");
        let files = record(path, is_leftover).unwrap();
        let names: Vec<&str> = files.keys().map(String::as_str).collect();
        assert_eq!(
            names,
            [
                "metrics.csv",
                "model.safetensors",
                "predictions.test.csv",
                "removed/model.safetensors"
            ]
        );
        assert_eq!(files["metrics.csv"].bytes, 11);
        assert_eq!(files["removed/model.safetensors"].bytes, 5);
        assert_eq!(check_all(path, &files), Ok(()));
        assert_eq!(check_measured(path, &files), Ok(()));

        remove(path, is_leftover);
        assert!(!path.join("checkpoint.safetensors").exists());
        assert!(!path.join("trial-1/checkpoint.safetensors").exists());
        assert!(path.join("trial-1/metrics.csv").exists() && path.join("model.safetensors").exists());

        // Nobody starts from it.
        fs::remove_dir_all(path.join(REMOVED_FOLDER)).unwrap();
        assert_eq!(check_all(path, &files), Ok(()));

        // The same size: only who reads the content notices.
        fs::write(path.join("predictions.test.csv"), "predictions.test.csV").unwrap();
        assert_eq!(check_measured(path, &files), Ok(()));
        assert!(check_all(path, &files).unwrap_err().contains("no longer"));
        fs::write(path.join("predictions.test.csv"), "predictions").unwrap();
        assert!(
            check_measured(path, &files)
                .unwrap_err()
                .contains("11 bytes, 20 were")
        );
        fs::write(path.join("predictions.test.csv"), "predictions.test.csv").unwrap();

        // Weights are deleted to save space.
        fs::remove_file(path.join("model.safetensors")).unwrap();
        assert_eq!(check_measured(path, &files), Ok(()));
        assert!(check_all(path, &files).unwrap_err().contains("model.safetensors"));
    }
}
