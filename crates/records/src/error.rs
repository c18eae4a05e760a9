//! What can go wrong with a stored row or file.

use std::path::{Path, PathBuf};

use files::{FileError, Hint};

/// Why a record could not be read or written.
#[derive(Debug, thiserror::Error)]
pub enum RecordError {
    /// A file could not be read or written.
    #[error(transparent)]
    File(#[from] FileError),
    /// One line of a file does not say what it should.
    #[error("{}:{line}: {reason}", path.display())]
    Line {
        /// The file.
        path: PathBuf,
        /// Its line, from 1.
        line: u64,
        /// What is wrong with it.
        reason: String,
        /// What to do about it, if more can be said than to correct the line.
        hint: Option<String>,
    },
    /// A row that cannot be true.
    #[error("run `{run_id}`: {reason}")]
    Row {
        /// The run the row came from.
        run_id: String,
        /// What is wrong with it.
        reason: String,
    },
    /// A file does not hold what it should.
    #[error("{}: {reason}", path.display())]
    Content {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// A value could not be written in a file's format.
    #[error("cannot write {}: {reason}", path.display())]
    Format {
        /// The file.
        path: PathBuf,
        /// What the format's writer said.
        reason: String,
    },
}

impl RecordError {
    /// That a value has no place in the format of `path`, for `map_err`.
    pub(crate) fn format<E: std::fmt::Display>(path: &Path) -> impl Fn(E) -> Self {
        move |error| Self::Format {
            path: path.to_owned(),
            reason: error.to_string(),
        }
    }

    /// That the content of `path` is not what it should be, for `map_err`.
    pub(crate) fn content<E: std::fmt::Display>(path: &Path) -> impl Fn(E) -> Self {
        move |error| Self::Content {
            path: path.to_owned(),
            reason: error.to_string(),
        }
    }
}

impl Hint for RecordError {
    fn hint(&self) -> Option<String> {
        match self {
            Self::File(error) => error.hint(),
            Self::Line { hint, .. } => hint.clone(),
            Self::Row { .. } | Self::Content { .. } | Self::Format { .. } => None,
        }
    }
}
