//! What keeps a recording from being checked at all.

use std::path::{Path, PathBuf};

/// A recording that cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum VerifyError {
    /// A file that cannot be opened.
    #[error("{path}: {source}", path = path.display())]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// A file that is not what it says.
    #[error("{path}: {reason}", path = path.display())]
    Malformed {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        reason: String,
    },
    /// A folder without recordings.
    #[error("{path}: holds no recorded vectors (no .json or .jsonl file)", path = path.display())]
    Nothing {
        /// The folder.
        path: PathBuf,
    },
}

impl VerifyError {
    pub(crate) fn io(path: &Path, source: std::io::Error) -> Self {
        Self::Io {
            path: path.to_owned(),
            source,
        }
    }

    pub(crate) fn malformed(path: &Path, reason: impl std::fmt::Display) -> Self {
        Self::Malformed {
            path: path.to_owned(),
            reason: reason.to_string(),
        }
    }
}
