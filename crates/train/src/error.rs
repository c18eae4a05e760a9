//! What can go wrong while training.

use std::path::{Path, PathBuf};

use files::Hint;

/// A training that cannot go on.
#[derive(Debug, thiserror::Error)]
pub enum TrainError {
    /// The loss left the range of numbers.
    #[error("the loss became {loss} at update {update}")]
    Diverged {
        /// Update, counted from 0.
        update: u64,
        /// The loss.
        loss: f64,
    },
    /// The process was asked to stop; a checkpoint is written.
    #[error("interrupted after {finished} updates")]
    Interrupted {
        /// Updates done.
        finished: u64,
    },
    /// A file of the run that cannot be written.
    #[error("cannot write {path}: {source}", path = path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// A file of the run that cannot be read.
    #[error("cannot read {path}: {source}", path = path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        source: std::io::Error,
    },
    /// A number could not be read back from the device.
    #[error("reading from the device failed: {0}")]
    Device(String),
    /// Not one gate for each head.
    #[error(transparent)]
    Gates(#[from] models::GatesError),
    /// A corpus that cannot give an example.
    #[error("the corpus cannot be read: {0}")]
    Corpus(Box<dyn std::error::Error + Send + Sync>),
    /// Nothing to evaluate on.
    #[error(transparent)]
    Evaluation(#[from] metrics::AccuracyError),
}

impl TrainError {
    pub(crate) fn write(path: &Path, source: std::io::Error) -> Self {
        Self::Write {
            path: path.to_owned(),
            source,
        }
    }

    pub(crate) fn read(path: &Path, source: std::io::Error) -> Self {
        Self::Read {
            path: path.to_owned(),
            source,
        }
    }

    pub(crate) fn device(error: impl std::fmt::Debug) -> Self {
        Self::Device(format!("{error:?}"))
    }

    pub(crate) fn corpus(error: impl std::error::Error + Send + Sync + 'static) -> Self {
        Self::Corpus(Box::new(error))
    }
}

impl From<models::encoder::ScoreError> for TrainError {
    fn from(error: models::encoder::ScoreError) -> Self {
        match error {
            models::encoder::ScoreError::Gates(error) => Self::Gates(error),
            models::encoder::ScoreError::Device(reason) => Self::Device(reason),
        }
    }
}

impl Hint for TrainError {
    fn hint(&self) -> Option<String> {
        let hint = match self {
            Self::Diverged { .. } => "lower train.learning_rate, or set train.clip",
            Self::Interrupted { .. } => "the same command goes on from here",
            Self::Write { source, .. } => {
                files::hint(source).unwrap_or("check the folder, then run the same command again")
            }
            Self::Read { .. } => "remove the folder it is in; the same command makes it anew",
            Self::Gates(_) => "give one gate value for each head of the model",
            Self::Evaluation(_) => "name an evaluation split that has examples",
            Self::Corpus(_) => "check the file that the corpus is read from",
            Self::Device(_) => "check the driver, or use `--device flex`",
        };
        Some(hint.to_owned())
    }
}
