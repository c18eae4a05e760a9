//! What can go wrong between an experiment file and an experiment.

use files::{FileError, Hint};

use crate::place::ConfigError;

/// Why there is no experiment.
#[derive(Debug, thiserror::Error)]
pub enum ExperimentError {
    /// The file or `--set` is wrong.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// What was named as an experiment file is none.
    #[error("{reason}")]
    Source {
        /// What it is instead.
        reason: String,
        /// The remedy.
        hint: String,
    },
    /// A file that the experiment names could not be read.
    #[error(transparent)]
    File(#[from] FileError),
}

impl Hint for ExperimentError {
    fn hint(&self) -> Option<String> {
        match self {
            Self::Config(error) => error.hint.clone(),
            Self::Source { hint, .. } => Some(hint.clone()),
            Self::File(error) => error.hint(),
        }
    }
}
