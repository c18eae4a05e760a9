//! Writes a file of a sweep whole or not at all.

use std::path::Path;

use crate::SweepError;

/// Writes a temporary file beside `path`, syncs it, renames it and syncs the folder, which is made if missing.
pub fn write_atomically(path: &Path, bytes: &[u8]) -> Result<(), SweepError> {
    let made = match path.parent() {
        Some(folder) => std::fs::create_dir_all(folder),
        None => Ok(()),
    };
    made.and_then(|()| files::write(path, bytes))
        .map_err(|source| SweepError::io("write", path, source))
}
