//! Why raw parallel text could not be prepared, and the remedy.

use std::io;
use std::path::PathBuf;

use super::language::LanguageError;

/// What is wrong with an archive, a pair of files, an option or the folder to write.
#[derive(Debug, thiserror::Error)]
pub enum PrepareError {
    /// The archive breaks off, fails a checksum, or is no gzipped tar archive.
    #[error("{archive}: the archive is damaged: {source}")]
    Damaged {
        /// The archive.
        archive: PathBuf,
        /// What the decoder said.
        source: io::Error,
    },
    /// An entry of the archive names a place outside the archive.
    #[error("{archive}: entry `{entry}` leads out of the archive's folder")]
    Leaves {
        /// The archive.
        archive: PathBuf,
        /// The entry, with what it links to if it is a link.
        entry: String,
    },
    /// What should be a text is a link, a folder or a device.
    #[error("{archive}: entry `{entry}` is not an ordinary file")]
    NotAFile {
        /// The archive.
        archive: PathBuf,
        /// The entry.
        entry: String,
    },
    /// A text stands in the archive twice.
    #[error("{archive}: `{first}` and `{second}` have the same file name")]
    Twice {
        /// The archive.
        archive: PathBuf,
        /// The earlier entry.
        first: String,
        /// The later one.
        second: String,
    },
    /// The archive unpacks to more than is sensible.
    #[error("{archive}: the archive unpacks to more than {limit} bytes")]
    TooLarge {
        /// The archive.
        archive: PathBuf,
        /// The limit.
        limit: u64,
    },
    /// The archive lacks a text.
    #[error("{archive}: the archive has no `{member}`")]
    Missing {
        /// The archive.
        archive: PathBuf,
        /// The file name of the text.
        member: String,
    },
    /// Two texts that should be parallel are not equally long.
    #[error("{source_path} and {target_path} have {source_lines} and {target_lines} lines")]
    UnequalSides {
        /// File of the sentences to translate.
        source_path: PathBuf,
        /// Its lines, without those that are dropped as no sentences.
        source_lines: usize,
        /// File of the translations.
        target_path: PathBuf,
        /// Its lines.
        target_lines: usize,
    },
    /// A text has no sentences.
    #[error("{path}: no sentences")]
    NoSentences {
        /// The file.
        path: PathBuf,
    },
    /// Nothing is left to train on, or too little to validate on a part of it.
    #[error("none of the {read} pairs of {path} is left for {purpose} ({dropped})")]
    NothingKept {
        /// File of the sentences to translate.
        path: PathBuf,
        /// What there should be pairs for.
        purpose: &'static str,
        /// Pairs that were read.
        read: usize,
        /// How many were dropped for what.
        dropped: String,
    },
    /// A language cannot be prepared.
    #[error(transparent)]
    Language(#[from] LanguageError),
    /// An option has a value that makes no sense.
    #[error("option {option}: {problem}")]
    BadOption {
        /// The option, as the command line spells it.
        option: &'static str,
        /// What is wrong.
        problem: String,
    },
    /// The folder holds something that preparation did not write.
    #[error("{folder} is not empty and holds `{entry}`, which no preparation has written")]
    ForeignFolder {
        /// The folder.
        folder: PathBuf,
        /// What it holds.
        entry: String,
    },
    /// The folder holds another preparation.
    #[error("{folder} was prepared with other {}", .differences.join(", "))]
    OtherPreparation {
        /// The folder.
        folder: PathBuf,
        /// The options and inputs in which it differs.
        differences: Vec<String>,
    },
    /// A file of an earlier preparation is gone or has changed.
    #[error("{folder} was prepared, but `{file}` is missing or has changed since")]
    ChangedSince {
        /// The folder.
        folder: PathBuf,
        /// The file.
        file: String,
    },
    /// The record of an earlier preparation cannot be understood.
    #[error("{path}: {problem}")]
    UnreadableRecord {
        /// The record.
        path: PathBuf,
        /// What is wrong.
        problem: String,
    },
}

impl PrepareError {
    /// What to do about it.
    pub(crate) fn hint(&self) -> String {
        match self {
            Self::Damaged { .. } => "download the archive again and compare its sha256 with that of its source".into(),
            Self::Leaves { .. } | Self::TooLarge { .. } => {
                "the official archive does not do this: do not unpack this one, and download it from its source".into()
            }
            Self::NotAFile { .. } | Self::Twice { .. } | Self::Missing { .. } => {
                "use the official de-en.tgz of IWSLT 2014, as it was downloaded".into()
            }
            Self::UnequalSides { .. } => "line n of one file must translate line n of the other".into(),
            Self::NoSentences { .. } => "check that it is the right file, and whole".into(),
            Self::NothingKept { .. } => "check that both files are of one corpus, or widen the limits".into(),
            Self::Language(problem) => problem.hint().into(),
            Self::BadOption { .. } => "see --help for what it means".into(),
            Self::ForeignFolder { .. } => "choose a folder that is new or empty".into(),
            Self::OtherPreparation { .. } => "choose another folder, or replace it with --force".into(),
            Self::ChangedSince { .. } => "prepare it anew with --force".into(),
            Self::UnreadableRecord { .. } => {
                "another version of this program may have written it: choose another folder, or delete this one".into()
            }
        }
    }
}
