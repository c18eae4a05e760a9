//! What can be wrong with a corpus, a vocabulary or a token cache, and the remedy.

use std::io;
use std::path::PathBuf;

use files::Hint;

use crate::line_error::LineError;
use crate::prepare::PrepareError;

/// Why a corpus, an index file, a vocabulary or a token cache could not be used.
#[derive(Debug, thiserror::Error)]
pub enum DataError {
    /// The file is not there, or may not be read.
    #[error("cannot open {path}: {source}")]
    Open {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// What should be a file is a folder.
    #[error("cannot read {path}: it is a folder")]
    IsFolder {
        /// The folder.
        path: PathBuf,
    },
    /// One line of a file cannot be used.
    #[error("{path}:{line}: {problem}")]
    Line {
        /// The file.
        path: PathBuf,
        /// The line, counted from 1 in the unpacked file.
        line: usize,
        /// What is wrong with it.
        problem: LineError,
    },
    /// The file holds not even a header or a first record.
    #[error("{path}: the file is empty")]
    EmptyFile {
        /// The file.
        path: PathBuf,
    },
    /// A file named as codes is a dictionary.
    #[error("{path}: every line is a word and a count, as in a dictionary")]
    CountsForCodes {
        /// The file.
        path: PathBuf,
    },
    /// Every record was dropped, or none was there or selected.
    #[error("{path}: no usable rows ({dropped} dropped because they have no gold label)")]
    NoUsableRows {
        /// The file.
        path: PathBuf,
        /// Rows without a gold label.
        dropped: usize,
    },
    /// Neither the name nor the first line says what the format is.
    #[error("{path}: cannot tell the format from the file name and the first line")]
    UnknownFormat {
        /// The file.
        path: PathBuf,
    },
    /// Two corpora of different classes cannot be one.
    #[error(
        "corpora `{first}` ({}) and `{second}` ({}) differ in their classes",
        .first_labels.join(", "), .second_labels.join(", ")
    )]
    LabelSetsDiffer {
        /// Name of the first corpus.
        first: String,
        /// Its classes.
        first_labels: Vec<String>,
        /// Name of the other corpus.
        second: String,
        /// Its classes.
        second_labels: Vec<String>,
    },
    /// A corpus without examples was to be joined or tokenised.
    #[error("corpus `{name}` has no examples")]
    NoExamples {
        /// Name of the corpus.
        name: String,
    },
    /// The vocabulary has no pieces.
    #[error("{vocabulary}: the vocabulary is empty")]
    EmptyVocabulary {
        /// The vocabulary's file.
        vocabulary: String,
    },
    /// A special token is not in the vocabulary.
    #[error("{vocabulary}: the vocabulary has no {token}")]
    MissingToken {
        /// The vocabulary's file.
        vocabulary: String,
        /// The special token.
        token: String,
    },
    /// A tokenizer.json cannot be used.
    #[error("{path}: {problem}", path = path.display())]
    Tokenizer {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        problem: String,
    },
    /// The tokeniser of a tokenizer.json fails on a text.
    #[error("the tokeniser fails on a text that begins with `{text}`: {problem}")]
    FailsOnText {
        /// The beginning of the text.
        text: String,
        /// What its library said.
        problem: String,
    },
    /// The maximal length has no room for the special tokens of a pair.
    #[error(
        "a maximal length of {max_length} tokens leaves no room for a pair of texts; it needs {shortest}"
    )]
    MaxLength {
        /// The length asked for.
        max_length: usize,
        /// The shortest that has room.
        shortest: usize,
    },
    /// The token cache could not be written.
    #[error("cannot write the token cache {path}: {source}")]
    Cache {
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// A file could not be written.
    #[error("cannot write {path}: {source}")]
    Write {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// Every pair of lines was left out, or none was there.
    #[error(
        "{source_path} and {target_path}: no usable pairs of sentences ({empty} left out because a side is empty, \
         {too_long} because a side is too long)"
    )]
    NoUsablePairs {
        /// File of the sentences to translate.
        source_path: PathBuf,
        /// File of the translations.
        target_path: PathBuf,
        /// Pairs of which a side has no words.
        empty: usize,
        /// Pairs of which a side is too long.
        too_long: usize,
    },
    /// There is nothing to make batches of.
    #[error("no pairs to put in batches ({left_out} left out because of their length)")]
    NoBatches {
        /// Pairs that are too long.
        left_out: usize,
    },
    /// One pair of sentences alone is more than a batch may have.
    #[error("pair {pair} has {tokens} tokens on its longer side, more than the {max_tokens} of a batch")]
    PairOverLimit {
        /// The pair, counted from 0.
        pair: usize,
        /// Tokens of its longer side.
        tokens: usize,
        /// The limit.
        max_tokens: usize,
    },
    /// Raw parallel text could not be prepared.
    #[error(transparent)]
    Prepare(#[from] PrepareError),
}

impl Hint for DataError {
    fn hint(&self) -> Option<String> {
        match self {
            Self::Open { .. } => Some("check the path; a packed corpus ends in .gz".into()),
            Self::IsFolder { .. } => Some("name a file".into()),
            Self::Line { problem, line, .. } => problem.hint(*line),
            Self::EmptyFile { .. } => Some("fetch or generate the file again".into()),
            Self::CountsForCodes { .. } => Some(
                "codes are what bpe-learn writes; where these are merges of numbers, put `#version: 0.1` in the first line"
                    .into(),
            ),
            Self::NoUsableRows { .. } => Some("only rows with a gold label can be used: is it an unlabelled test file?".into()),
            Self::UnknownFormat { .. } => Some("name the format: glue-tsv, multinli-jsonl or plain-jsonl".into()),
            Self::LabelSetsDiffer { .. } => Some("only corpora of one task can be joined".into()),
            Self::NoExamples { .. } => {
                Some("a corpus needs an example, and data.valid_share must leave some on both sides".into())
            }
            Self::EmptyVocabulary { .. } | Self::MissingToken { .. } => Some(
                "use the vocab.txt that belongs to the weights: one piece a line, with [PAD], [UNK], [CLS] and [SEP]".into(),
            ),
            Self::Tokenizer { .. } => Some(
                "the tokenizer.json of a BERT, RoBERTa, XLM-R or DistilBERT folder, as save_pretrained writes it, can be used".into(),
            ),
            Self::FailsOnText { .. } => Some(
                "the tokenizer.json of the model is damaged, or combines parts that its library cannot combine".into(),
            ),
            Self::MaxLength { .. } => Some("special tokens are counted; the paper uses 128 in all".into()),
            Self::Cache { .. } => Some("choose a cache folder that can be written, or none".into()),
            Self::Write { .. } => Some("the folder must exist and be writable".into()),
            Self::NoUsablePairs { .. } | Self::NoBatches { .. } => None,
            Self::PairOverLimit { .. } => Some("raise the tokens of a batch, or leave out pairs of this length".into()),
            Self::Prepare(problem) => Some(problem.hint()),
        }
    }
}
