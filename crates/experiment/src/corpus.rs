//! `[data]`: where the text comes from.

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

/// Where the text comes from.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct DataSection {
    /// `demo`: the embedded corpus, made from `data.seed`; `files`: the files named below; `iwslt14`: the archive of
    /// that campaign, prepared from raw text.
    pub source: DataSource,
    /// Seed of the embedded corpus.
    pub seed: u64,
    /// Training pairs of the embedded corpus.
    pub train_examples: usize,
    /// Pairs of each dev set of the embedded corpus.
    pub dev_examples: usize,
    /// Pairs of the test set of the embedded corpus of translations.
    pub test_examples: usize,
    /// What titles call the corpus of `files`; the others have their names.
    pub corpus: Option<String>,
    /// Folder that relative paths below start from.
    pub dir: Option<PathBuf>,
    /// WordPiece vocabulary, one piece a line.
    pub vocabulary: Option<PathBuf>,
    /// Longest input in pieces, `[CLS]` and `[SEP]` included; longer pairs lose pieces of the longer text first.
    pub max_length: usize,
    /// Languages of the sources and of the translations, for tokenising and detokenising.
    pub languages: (String, String),
    /// Dictionaries of the sources and of the translations, `unit count` a line; those of `model.weights` or else of the
    /// training set if left out.
    pub dictionaries: Option<(PathBuf, PathBuf)>,
    /// The archive of `iwslt14`, `de-en.tgz`.
    pub archive: Option<PathBuf>,
    /// Folder of Moses' lists `nonbreaking_prefix.de` and `.en` for preparing `iwslt14`; short lists of this program if
    /// left out.
    pub prefixes: Option<PathBuf>,
    /// Merges of the joint segmentation of `iwslt14`.
    pub merges: usize,
    /// Training files, read in order and joined.
    pub train: Vec<DataFile>,
    /// Pairs by which models are chosen; reported only where `evaluate` names them too.
    pub valid: Vec<DataFile>,
    /// Share of the training examples that are taken out of training, all of a premise together, to choose models by in the
    /// place of `valid`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub valid_share: Option<f64>,
    /// Evaluation splits by name, each read in order and joined.
    pub evaluate: BTreeMap<String, Vec<DataFile>>,
}

/// Kinds of sources.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum DataSource {
    /// The embedded demo corpus.
    #[default]
    Demo,
    /// Files.
    Files,
    /// The archive of IWSLT 2014, German to English.
    Iwslt14,
}

/// Keys that only files read.
const OF_FILES: [&str; 8] = [
    "data.corpus",
    "data.dir",
    "data.vocabulary",
    "data.dictionaries",
    "data.train",
    "data.valid",
    "data.valid_share",
    "data.evaluate",
];
/// Keys that only the embedded corpus reads.
const OF_DEMO: [&str; 4] = [
    "data.seed",
    "data.train_examples",
    "data.dev_examples",
    "data.test_examples",
];
/// Keys that only the archive reads.
const OF_ARCHIVE: [&str; 3] = ["data.archive", "data.prefixes", "data.merges"];

impl DataSource {
    /// Name in files.
    pub fn name(self) -> &'static str {
        match self {
            Self::Demo => "demo",
            Self::Files => "files",
            Self::Iwslt14 => "iwslt14",
        }
    }

    /// Dotted keys that only other sources read: they are refused where they are written.
    pub(crate) fn foreign_keys(self) -> impl Iterator<Item = &'static str> {
        let foreign: [&[&str]; 2] = match self {
            Self::Demo => [&OF_FILES, &OF_ARCHIVE],
            Self::Files => [&OF_DEMO, &OF_ARCHIVE],
            Self::Iwslt14 => [&OF_FILES, &OF_DEMO],
        };
        let fixed: &[&str] = match self {
            Self::Files => &[],
            // Both are German to English.
            Self::Demo | Self::Iwslt14 => &["data.languages"],
        };
        foreign.into_iter().flatten().chain(fixed).copied()
    }
}

/// One corpus file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DataFile {
    /// Path, relative to `data.dir`; a name in .gz is unpacked.
    pub path: PathBuf,
    /// For translation the file of the translations, line by line.
    #[serde(default)]
    pub target: Option<PathBuf>,
    /// Format; `auto` looks at the name and the first record.
    #[serde(default)]
    pub format: data::Format,
    /// File of 0-based row numbers to keep, one a line, ascending.
    #[serde(default)]
    pub rows: Option<PathBuf>,
}

impl Default for DataSection {
    fn default() -> Self {
        Self {
            source: DataSource::Demo,
            seed: 1,
            train_examples: 20_001,
            dev_examples: 2_001,
            test_examples: 1_000,
            corpus: None,
            dir: None,
            vocabulary: None,
            max_length: 128,
            languages: ("de".into(), "en".into()),
            dictionaries: None,
            archive: None,
            prefixes: None,
            merges: 10_000,
            train: Vec::new(),
            valid: Vec::new(),
            valid_share: None,
            evaluate: BTreeMap::new(),
        }
    }
}
