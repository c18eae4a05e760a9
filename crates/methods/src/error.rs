//! Why a run failed.

use files::{FileError, Hint};
use records::RecordError;

/// Why an execution failed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{error}")]
pub struct ExecuteError {
    /// What happened.
    pub error: String,
    /// The remedy, where there is one.
    pub hint: Option<String>,
    /// Whether the disk is at fault and not the run, as [`files::is_of_disk`] says. Such a failure is not kept: the next
    /// start tries the run again.
    pub of_disk: bool,
}

impl ExecuteError {
    /// What happened.
    pub fn new(error: impl std::fmt::Display) -> Self {
        Self {
            error: error.to_string(),
            hint: None,
            of_disk: false,
        }
    }

    /// What an error of another room says, with its hint; it may have to do with the disk.
    pub fn caused_by(error: impl Hint + 'static) -> Self {
        Self {
            error: error.to_string(),
            hint: error.hint(),
            of_disk: files::is_of_disk(&error),
        }
    }

    /// The same with a remedy.
    #[must_use]
    pub fn with_hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }
}

impl Hint for ExecuteError {
    fn hint(&self) -> Option<String> {
        self.hint.clone()
    }
}

impl From<FileError> for ExecuteError {
    fn from(error: FileError) -> Self {
        Self::caused_by(error)
    }
}

impl From<RecordError> for ExecuteError {
    fn from(error: RecordError) -> Self {
        Self::caused_by(error)
    }
}
