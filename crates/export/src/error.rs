//! Why a model cannot be exported.

use std::path::{Path, PathBuf};

use bundle::BundleError;
use files::{FileError, Hint};

/// A model that cannot be exported.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    /// A folder that cannot be read, or a config.json that cannot be written.
    #[error(transparent)]
    Bundle(#[from] BundleError),
    /// A file that cannot be copied or written.
    #[error(transparent)]
    File(#[from] FileError),
    /// An encoder-decoder where only encoders are possible.
    #[error("{folder} holds an encoder-decoder, and only classifiers are written as ONNX", folder = folder.display())]
    NoClassifier {
        /// The folder.
        folder: PathBuf,
    },
    /// A folder without all tensors of a classifier.
    #[error("{folder} holds no whole classifier: {missing} missing", folder = folder.display(), missing = missing(names))]
    NotWhole {
        /// The folder.
        folder: PathBuf,
        /// Tensors that it lacks.
        names: Vec<String>,
    },
    /// A model that has lost heads where all are needed.
    #[error("{folder} has lost heads already: {heads} in `pruned_heads` of config.json", folder = folder.display())]
    LostHeads {
        /// The folder.
        folder: PathBuf,
        /// How many.
        heads: usize,
    },
    /// A mask of another model.
    #[error("{folder}: {reason}", folder = folder.display())]
    Mask {
        /// The folder of the model.
        folder: PathBuf,
        /// What does not fit.
        reason: String,
    },
    /// A model of more bytes than a file of that format can have.
    #[error("{path} would have {bytes} bytes, more than the {most} of a protobuf message", path = path.display())]
    TooLarge {
        /// The file.
        path: PathBuf,
        /// Its bytes.
        bytes: u64,
        /// The limit.
        most: u64,
    },
}

impl ExportError {
    /// What makes of a reason why a mask does not fit the error over the model in `folder`.
    pub(crate) fn of_mask(folder: &Path) -> impl Fn(String) -> Self {
        |reason| Self::Mask {
            folder: folder.to_owned(),
            reason,
        }
    }
}

impl Hint for ExportError {
    fn hint(&self) -> Option<String> {
        match self {
            Self::Bundle(error) => error.hint(),
            Self::File(error) => error.hint(),
            Self::NoClassifier { .. } => Some(
                "choose another format: encoder-decoders are written with their heads removed or zeroed".to_owned(),
            ),
            Self::NotWhole { .. } => Some("train its classifier first, then export what was trained".to_owned()),
            Self::LostHeads { .. } => {
                Some("name the folder of the model before its heads were removed".to_owned())
            }
            Self::Mask { .. } => Some("a mask has one number for each head of its model, row by row".to_owned()),
            Self::TooLarge { .. } => Some(
                "a model of this size stays in safetensors: choose the format with removed heads, which transformers \
                 loads by load_removed.py"
                    .to_owned(),
            ),
        }
    }
}

fn missing(names: &[String]) -> String {
    match names {
        [one] => format!("`{one}` is"),
        [first, rest @ ..] => format!("`{first}` and {} more are", rest.len()),
        [] => "nothing is".to_owned(),
    }
}
