//! What is learned: the two tasks, what each takes for granted, and the keys that mean nothing to one of them.

use serde::{Deserialize, Serialize};

/// What is learned.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum TaskName {
    /// Classification of a text or of a pair of texts with an encoder; also called `nli`.
    #[default]
    #[serde(alias = "nli")]
    Classification,
    /// Translation of sentences with an encoder-decoder.
    Translation,
}

/// Keys that only a classification reads.
const CLASSIFICATION_ONLY: [&str; 7] = [
    "data.vocabulary",
    "data.valid_share",
    "data.max_length",
    "model.classifier_dropout",
    "model.linear_std",
    "model.embedding_std",
    "train.bucket_by_length",
];

/// Keys that only a translation reads.
const TRANSLATION_ONLY: [&str; 13] = [
    "data.test_examples",
    "data.languages",
    "data.dictionaries",
    "data.archive",
    "data.prefixes",
    "data.merges",
    "model.decoder_layers",
    "model.activation_dropout",
    "train.max_tokens",
    "train.label_smoothing",
    "train.decay",
    "select.beam",
    "generate",
];

impl TaskName {
    /// Name in experiment files and messages.
    pub fn name(self) -> &'static str {
        match self {
            Self::Classification => "classification",
            Self::Translation => "translation",
        }
    }

    /// Name in what is stored and hashed: classification keeps the name that it had when the first results were.
    pub fn stored_name(self) -> &'static str {
        match self {
            Self::Classification => "nli",
            Self::Translation => "translation",
        }
    }

    /// Dotted keys, and sections, that only other tasks read: they are refused where they are written and are no part
    /// of what decides a run.
    pub(crate) fn foreign_keys(self) -> &'static [&'static str] {
        match self {
            Self::Classification => &TRANSLATION_ONLY,
            Self::Translation => &CLASSIFICATION_ONLY,
        }
    }

    /// What titles call the embedded corpus, so that nobody takes it for the corpus of the paper.
    pub fn embedded_corpus(self) -> &'static str {
        match self {
            Self::Classification => "embedded demo-nli corpus (not MNLI)",
            Self::Translation => "embedded demo-translation corpus (not IWSLT14)",
        }
    }

    /// Evaluation splits of the embedded corpus.
    pub fn embedded_splits(self) -> &'static [&'static str] {
        match self {
            Self::Classification => &["matched", "mismatched"],
            Self::Translation => &["test"],
        }
    }
}
