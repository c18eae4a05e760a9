//! What can be wrong with a model folder.

use std::path::{Path, PathBuf};

use files::Hint;

use crate::weights::Problems;

/// A model folder that cannot be read or written.
#[derive(Debug, thiserror::Error)]
pub enum BundleError {
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
    /// A config.json of a kind of model that is not known here.
    #[error("{path}: {reason}", path = path.display())]
    OtherType {
        /// The file.
        path: PathBuf,
        /// Which it is.
        reason: String,
    },
    /// A config.json that cannot be obeyed.
    #[error("{path}: {reason}", path = path.display())]
    Config {
        /// The file.
        path: PathBuf,
        /// What is wrong, with the key that says so.
        reason: String,
    },
    /// Scores that are not read as those of classes of which an input has one: by softmax they would say something else.
    #[error("{path}: {found}; scores are read as those of several classes, of which a text has one", path = path.display())]
    NoChoice {
        /// The file.
        path: PathBuf,
        /// What says so.
        found: String,
    },
    /// A safetensors file that is cut short or otherwise damaged.
    #[error("{path}: not a whole safetensors file: {reason}", path = path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What the reader says.
        reason: String,
    },
    /// A file of a tokeniser that cannot be obeyed.
    #[error("{path}: {reason}", path = path.display())]
    Tokenizer {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        reason: String,
    },
    /// A folder that does not say how text is cut.
    #[error("{folder} has no {needed}", folder = folder.display())]
    NoTokenizer {
        /// The folder.
        folder: PathBuf,
        /// The file that would say it.
        needed: &'static str,
    },
    /// A vocabulary beside a folder that brings another one.
    #[error(
        "{vocabulary} is not the vocabulary of {folder}: {difference}",
        vocabulary = vocabulary.display(), folder = folder.display()
    )]
    OtherVocabulary {
        /// The vocabulary.
        vocabulary: PathBuf,
        /// The folder.
        folder: PathBuf,
        /// The first difference.
        difference: String,
    },
    /// A tokeniser that cannot be read.
    #[error(transparent)]
    Data(#[from] data::DataError),
    /// A list of files that does not fit them.
    #[error("{path}: {reason}", path = path.display())]
    Index {
        /// The list.
        path: PathBuf,
        /// What is wrong.
        reason: String,
    },
    /// Weights that only PyTorch's pickles hold, which are programs.
    #[error("{folder} has its weights in pytorch_model.bin only, a pickle, which is never read", folder = folder.display())]
    Pickle {
        /// The folder.
        folder: PathBuf,
    },
    /// A folder without weights that can be read.
    #[error("{folder} has no model.safetensors{others}", folder = folder.display(), others = others(found))]
    NoWeights {
        /// The folder.
        folder: PathBuf,
        /// Files in it that may be weights in other formats.
        found: Vec<String>,
    },
    /// Tensors that are not those that config.json asks for.
    #[error("{path}: {problems}", path = path.display())]
    Tensors {
        /// The file, or the index of several.
        path: PathBuf,
        /// All that is wrong.
        problems: Problems,
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
}

impl BundleError {
    pub(crate) fn write(path: &Path) -> impl FnOnce(std::io::Error) -> Self {
        |source| Self::Write {
            path: path.to_owned(),
            source,
        }
    }

    pub(crate) fn io(path: &Path) -> impl FnOnce(std::io::Error) -> Self {
        |source| Self::Io {
            path: path.to_owned(),
            source,
        }
    }

    pub(crate) fn tokenizer(path: &Path, reason: String) -> Self {
        Self::Tokenizer {
            path: path.to_owned(),
            reason,
        }
    }

    pub(crate) fn other_type(path: &Path, reason: String) -> Self {
        Self::OtherType {
            path: path.to_owned(),
            reason,
        }
    }

    pub(crate) fn no_choice(path: &Path, found: String) -> Self {
        Self::NoChoice {
            path: path.to_owned(),
            found,
        }
    }

    pub(crate) fn config(path: &Path, reason: String) -> Self {
        Self::Config {
            path: path.to_owned(),
            reason,
        }
    }
}

impl Hint for BundleError {
    fn hint(&self) -> Option<String> {
        Some(match self {
            Self::Write { source, .. } => files::hint(source)
                .unwrap_or("check the folder, then run the same command again")
                .to_owned(),
            Self::Io { .. } => "a model folder holds config.json and model.safetensors".to_owned(),
            Self::Config { .. } => {
                "correct it, or take the config.json that was saved with the weights".to_owned()
            }
            Self::OtherType { .. } => "encoders of the types bert, roberta, xlm-roberta and distilbert can be \
                                    loaded, and encoder-decoders of fairseq's transformer_iwslt_de_en"
                .to_owned(),
            Self::NoChoice { .. } => "name a model that chooses one of several classes; if this one does, its config.json names them \
                                      in `id2label` and has \"problem_type\": \"single_label_classification\", or no such key"
                .to_owned(),
            Self::Untied { .. } => "train with --share-decoder-input-output-embed".to_owned(),
            Self::Tokenizer { .. } => {
                "the files of a tokeniser as transformers' save_pretrained writes them can be used".to_owned()
            }
            Self::NoTokenizer { .. } => "AutoTokenizer.from_pretrained(FOLDER).save_pretrained(FOLDER) of \
                                         transformers writes tokenizer.json"
                .to_owned(),
            Self::OtherVocabulary { .. } => {
                "leave data.vocabulary out: a model reads text as its own folder says".to_owned()
            }
            Self::Data(error) => error
                .hint()
                .unwrap_or_else(|| "copy or download the file again".to_owned()),
            Self::Damaged { .. } => "copy or download the file again".to_owned(),
            Self::Index { .. } => "copy or download the folder again".to_owned(),
            Self::Pickle { folder } => conversion(folder),
            Self::NoWeights { .. } => "name a folder with config.json and model.safetensors".to_owned(),
            Self::Tensors { problems, .. } if problems.are_of_heads() => {
                "config.json and model.safetensors must belong to the same model; `pruned_heads` of config.json names the \
                 heads that the weights have lost"
                    .to_owned()
            }
            Self::Tensors { .. } => {
                "config.json and model.safetensors must belong to the same model".to_owned()
            }
        })
    }
}

fn others(found: &[String]) -> String {
    if found.is_empty() {
        String::new()
    } else {
        format!(", only {}", found.join(", "))
    }
}

/// The two lines of Python that write model.safetensors from a pickle, every tensor as it is.
fn conversion(folder: &Path) -> String {
    let folder = folder.display().to_string();
    let folder = folder.replace('\\', "\\\\").replace('\'', "\\'");
    format!(
        "convert it once, with a Python that has torch and safetensors:\n\
         import pathlib, torch, safetensors.torch; folder = pathlib.Path('{folder}')\n\
         safetensors.torch.save_file({{k: v.contiguous().clone() for f in folder.glob('pytorch_model*.bin') for k, v in \
         torch.load(f, weights_only=True).items()}}, folder / 'model.safetensors', metadata={{'format': 'pt'}})"
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::encoder::EncoderConfig;

    #[test]
    fn which_types_there_are_is_told_where_the_type_is_what_is_wrong() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("config.json");
        for (text, tells) in [
            (r#"{"model_type": "gpt2"}"#, true),
            (r#"{"model_type": "bert", "id2label": []}"#, false),
        ] {
            std::fs::write(&path, text).unwrap();
            let hint = EncoderConfig::read(&path).unwrap_err().hint().unwrap();
            assert_eq!(hint.contains("distilbert"), tells, "{text}: {hint}");
        }
    }
}
