//! What can be wrong with a model folder.

use std::path::PathBuf;

/// A model that cannot be read or written.
#[derive(Debug, thiserror::Error)]
pub enum ModelError {
    /// A file that cannot be read.
    #[error("{path}: {source}", path = path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// A file that cannot be written.
    #[error("cannot write {path}: {source}", path = path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// A config.json that does not describe a model we know.
    #[error("{path}: {reason}", path = path.display())]
    Config {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        reason: String,
    },
    /// A safetensors file that is cut short or otherwise damaged.
    #[error("{path}: not a whole safetensors file: {reason}", path = path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What the reader says.
        reason: String,
    },
    /// A weight that the model needs and the file lacks.
    #[error("{path}: tensor `{name}` is missing", path = path.display())]
    Missing {
        /// The file.
        path: PathBuf,
        /// The tensor.
        name: String,
    },
    /// A weight of another shape than the config says.
    #[error("{path}: tensor `{name}` has shape {found:?}, the config asks for {expected:?}", path = path.display())]
    Shape {
        /// The file.
        path: PathBuf,
        /// The tensor.
        name: String,
        /// Shape in the file.
        found: Vec<usize>,
        /// Shape that the model has.
        expected: Vec<usize>,
    },
    /// An output projection that is not the embedding of the target words.
    #[error("{path}: `{output}` is not `{embedding}`, which this model shares with it", path = path.display())]
    Untied {
        /// The file.
        path: PathBuf,
        /// Output projection.
        output: &'static str,
        /// Embedding.
        embedding: &'static str,
    },
    /// A weight of a type that is not a float.
    #[error("{path}: tensor `{name}` has type {dtype}; F64, F32, F16 and BF16 can be read", path = path.display())]
    Type {
        /// The file.
        path: PathBuf,
        /// The tensor.
        name: String,
        /// Type in the file.
        dtype: String,
    },
}

impl ModelError {
    /// What to do about it.
    pub fn hint(&self) -> &'static str {
        match self {
            Self::Write { source, .. } => {
                files::hint(source).unwrap_or("check the folder, then run the same command again")
            }
            Self::Io { .. } => "a model folder holds config.json and model.safetensors",
            Self::Config { .. } => {
                "BERT encoders with absolute positions and erf GELU can be loaded, and encoder-decoders of fairseq's \
                 transformer_iwslt_de_en"
            }
            Self::Untied { .. } => "train with --share-decoder-input-output-embed",
            Self::Damaged { .. } => "copy or download the file again",
            Self::Missing { .. } | Self::Shape { .. } | Self::Type { .. } => {
                "config.json and model.safetensors must belong to the same model"
            }
        }
    }
}
