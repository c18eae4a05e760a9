//! What can be wrong with one line of a file, and the remedy.

use std::io;
use std::path::PathBuf;

use crate::labels::NLI_LABELS;

/// What is wrong with one line of a file.
#[derive(Debug, thiserror::Error)]
pub enum LineError {
    /// The bytes are not UTF-8.
    #[error("not valid UTF-8 (byte {column} of the line is 0x{byte:02X})")]
    NotUtf8 {
        /// First bad byte of the line, counted from 1.
        column: usize,
        /// Its value.
        byte: u8,
    },
    /// The gzip stream breaks off, fails its checksum, or is no gzip stream.
    #[error("damaged gzip stream: {0}")]
    DamagedGzip(io::Error),
    /// The system could not read on.
    #[error("cannot read on: {0}")]
    Io(io::Error),
    /// The header lacks a column.
    #[error("the header has no column `{column}` (it has {found})")]
    MissingColumn {
        /// The column.
        column: &'static str,
        /// The columns that are there.
        found: String,
    },
    /// The header has a column that would be left out.
    #[error("the header has `{column}` beside {read}, and it would not be read")]
    UnreadColumn {
        /// The column.
        column: String,
        /// The columns that would be read.
        read: String,
    },
    /// A row is cut differently from the first line.
    #[error("{found} fields where the first line has {expected}")]
    FieldCount {
        /// Fields of the row.
        found: usize,
        /// Fields of the first line.
        expected: usize,
    },
    /// The label is none of the known ones.
    #[error("unknown label `{label}`")]
    UnknownLabel {
        /// The label.
        label: String,
        /// The known ones, for the hint.
        known: String,
    },
    /// The label is a number, which does not say what it means.
    #[error("the label is the number {number}, not a word")]
    NumericLabel {
        /// The number.
        number: serde_json::Number,
    },
    /// The line is JSON of another kind.
    #[error("{found} where a JSON object is due")]
    NotAnObject {
        /// What it is.
        found: &'static str,
    },
    /// The line is not the JSON object it should be.
    #[error("invalid JSON at column {column}: {message}")]
    InvalidJson {
        /// Column from 1.
        column: usize,
        /// What the parser said.
        message: String,
    },
    /// The JSON object lacks a key.
    #[error("key `{key}` is missing or null")]
    MissingKey {
        /// The key.
        key: &'static str,
    },
    /// A line of an index file is not a number.
    #[error("`{text}` is not a row number")]
    NotARowNumber {
        /// The line.
        text: String,
    },
    /// A row number is not larger than the one before.
    #[error("row {row} follows row {previous}: not ascending")]
    RowsNotAscending {
        /// This line's row.
        row: usize,
        /// The line before's row.
        previous: usize,
    },
    /// A row number points past the end of the corpus.
    #[error("row {row} is out of range: {corpus} has {rows} rows")]
    RowOutOfRange {
        /// The row.
        row: usize,
        /// Rows of the corpus.
        rows: usize,
        /// File of the corpus.
        corpus: PathBuf,
    },
    /// A blank line in a file whose every line says something.
    #[error("the line is blank and others follow")]
    BlankLine,
    /// The codes file marks the end of a word in another way.
    #[error("codes of `{found}` cannot be used")]
    CodesVersion {
        /// The version, as a header would give it.
        found: String,
    },
    /// A line of a codes file is not two units.
    #[error("`{text}` is not two units separated by a space")]
    NotAMerge {
        /// The line.
        text: String,
    },
    /// A line of a dictionary is not a word and a count.
    #[error("`{text}` is not a word, a space and a count")]
    NotAWordCount {
        /// The line.
        text: String,
    },
    /// A dictionary has a special symbol as a word.
    #[error("`{word}` is a special symbol, which a dictionary does not list")]
    SpecialWord {
        /// The symbol.
        word: String,
    },
    /// A word stands in a dictionary twice, so its id would be ambiguous.
    #[error("`{word}` already stands in line {first_line}")]
    DuplicateWord {
        /// The word.
        word: String,
        /// The earlier line, from 1.
        first_line: usize,
    },
    /// A sentence has no words.
    #[error("the sentence is empty")]
    EmptySentence,
    /// A sentence is longer than is allowed.
    #[error("the sentence has {tokens} tokens, its end symbol included; the limit is {longest}")]
    SentenceTooLong {
        /// Tokens of the sentence.
        tokens: usize,
        /// The limit.
        longest: usize,
    },
    /// A line of a test set opens a segment and does not hold it whole.
    #[error("not a whole segment")]
    NotASegment,
    /// A text that was to be segmented has units of a segmentation.
    #[error("`{unit}` is a unit of a segmentation, or looks like one")]
    Segmented {
        /// The unit.
        unit: String,
    },
    /// One of two parallel files goes on where the other has ended.
    #[error("{other} ends before this line")]
    NoTranslation {
        /// The file that has ended.
        other: PathBuf,
    },
}

impl LineError {
    /// `line` is where it is.
    pub(crate) fn hint(&self, line: usize) -> Option<String> {
        match self {
            Self::NotUtf8 {
                column: 1,
                byte: 0xFE | 0xFF,
            } if line == 1 => Some("it begins as UTF-16 does: convert it to UTF-8".into()),
            Self::NotUtf8 { .. } => Some("convert it to UTF-8, for instance with iconv".into()),
            Self::DamagedGzip(_) => Some("fetch the file again; .gz must mean gzip".into()),
            Self::Io(_) | Self::InvalidJson { .. } => None,
            Self::MissingColumn { .. } => {
                Some(
                    "tasks are known by their columns: sentence1, sentence2, gold_label (MNLI, SNLI); sentence, label (SST-2); \
                     sentence1, sentence2, label (RTE); question, sentence, label (QNLI); question1, question2, is_duplicate \
                     (QQP); #1 String, #2 String, Quality (MRPC)"
                        .into(),
                )
            }
            Self::UnreadColumn { .. } => Some(
                "take the column out if it is no part of the example, or use the names of the task's own columns".into(),
            ),
            Self::NotAnObject { .. } => Some("a line is one object with named keys, as in {\"premise\": \"…\", …}".into()),
            Self::FieldCount { .. } => Some("fields are separated by single tabs; there is no quoting".into()),
            Self::UnknownLabel { known, .. } => Some(format!("known labels: {known}")),
            Self::NumericLabel { .. } => {
                let order: Vec<_> = NLI_LABELS.iter().enumerate().map(|(id, label)| format!("{id} {label}")).collect();
                Some(format!(
                    "data sets number the classes differently (here {}): write the words",
                    order.join(", ")
                ))
            }
            Self::MissingKey { .. } => Some(
                "keys are sentence1, sentence2, gold_label (multinli-jsonl) or premise, hypothesis, label (plain-jsonl)".into(),
            ),
            Self::NotARowNumber { .. } | Self::RowsNotAscending { .. } | Self::RowOutOfRange { .. } => {
                Some("an index file has one row number a line, from 0, ascending, each at most once".into())
            }
            Self::BlankLine => Some("only the last lines of a file may be blank: delete this one".into()),
            Self::CodesVersion { .. } => Some("codes of subword-nmt are of version 0.1 or 0.2".into()),
            Self::NotAMerge { .. } => {
                Some("codes of subword-nmt begin with `#version: 0.2`, then have two units a line".into())
            }
            Self::NotAWordCount { .. } | Self::SpecialWord { .. } | Self::DuplicateWord { .. } => {
                Some("a dictionary has `word count` a line; <s>, <pad>, </s> and <unk> are not listed".into())
            }
            Self::EmptySentence | Self::SentenceTooLong { .. } => {
                Some("clean both files together, so that they stay parallel".into())
            }
            Self::NotASegment => Some("a segment is one line of the form `<seg id=\"1\">text</seg>`".into()),
            Self::Segmented { .. } => Some(
                "text that is segmented already is prepared: name the files in the experiment, or undo the segmentation \
                 first; in other text the tokeniser sets @ apart"
                    .into(),
            ),
            Self::NoTranslation { .. } => Some("line n of one file must translate line n of the other".into()),
        }
    }
}
