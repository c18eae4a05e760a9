//! `failure.json`: why a run failed, kept in its folder until it is tried again.

use std::path::Path;

use files::FileError;
use serde::{Deserialize, Serialize};

use crate::RecordError;
use crate::json::write_json;
use crate::run_id::RunKey;

/// Why a run failed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failure {
    /// Key of the run that failed.
    pub key: RunKey,
    /// What happened.
    pub error: String,
    /// The remedy, where there is one.
    pub hint: Option<String>,
}

impl Failure {
    /// Writes the file.
    ///
    /// # Errors
    /// The system refuses.
    pub fn write(&self, path: &Path) -> Result<(), RecordError> {
        write_json(path, self)
    }

    /// The failure of the run with this key; none where there is none that can be read.
    pub fn read(path: &Path, key: &RunKey) -> Option<Self> {
        let text = std::fs::read(path).ok()?;
        let failure: Self = serde_json::from_slice(&text).ok()?;
        (failure.key == *key).then_some(failure)
    }

    /// Forgets a failure, before the run is tried again.
    ///
    /// # Errors
    /// The system refuses; that there is none is no error.
    pub fn clear(path: &Path) -> Result<(), FileError> {
        match std::fs::remove_file(path) {
            Err(source) if source.kind() != std::io::ErrorKind::NotFound => {
                Err(FileError::new("remove", path, source))
            }
            _ => Ok(()),
        }
    }
}
