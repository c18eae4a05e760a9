//! What a preparation says of itself: where its files are, how much of the text is in them, and a report in words.

use std::fmt;
use std::path::{Path, PathBuf};

use super::folder::{CODES, dictionary_name};
use super::language::Languages;
use super::record::{Counts, PrefixLists, Record};

/// What became of the folder.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// It is new.
    Written,
    /// It has replaced an earlier one.
    Replaced,
    /// It was there already, made of the same inputs by the same rules, and was left alone.
    AlreadyThere,
}

/// A prepared corpus. Of two files the first is the source's, the second the target's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Preparation {
    /// The folder.
    pub folder: PathBuf,
    /// Segmented sentences to train on, line n of one file translating line n of the other.
    pub train: [PathBuf; 2],
    /// Segmented sentences to choose settings by.
    pub valid: [PathBuf; 2],
    /// Segmented sentences to report on; those of the target are the references.
    pub test: [PathBuf; 2],
    /// The dictionaries.
    pub dictionaries: [PathBuf; 2],
    /// The merges of the segmentation.
    pub codes: PathBuf,
    /// How many of what was read, dropped and kept.
    pub counts: Counts,
    /// Which lists of non-breaking prefixes the tokeniser used.
    pub prefixes: PrefixLists,
    /// What became of the folder.
    pub outcome: Outcome,
    /// What a user should know of the inputs.
    pub warnings: Vec<String>,
}

impl Preparation {
    pub(super) fn new(out: &Path, languages: &Languages, outcome: Outcome, record: Record) -> Self {
        let of_codes =
            |name: &dyn Fn(&str) -> String| [0, 1].map(|side| out.join(name(&languages.codes[side])));
        let part = |part: &str| of_codes(&|code| format!("{part}.{code}"));
        Self {
            folder: out.into(),
            train: part("train"),
            valid: part("valid"),
            test: part("test"),
            dictionaries: of_codes(&dictionary_name),
            codes: out.join(CODES),
            counts: record.counts,
            prefixes: record.recipe.prefixes,
            outcome,
            warnings: Vec::new(),
        }
    }
}

impl fmt::Display for Preparation {
    /// Several lines, without a line end after the last.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Counts {
            train_lines,
            train_read,
            train,
            valid,
            test,
            merges,
            dictionary,
            dropped,
            tag_lines,
        } = &self.counts;
        let folder = self.folder.display();
        match self.outcome {
            Outcome::Written => writeln!(formatter, "wrote {folder}")?,
            Outcome::Replaced => writeln!(formatter, "replaced {folder}")?,
            Outcome::AlreadyThere => writeln!(formatter, "{folder} is prepared already, nothing to do")?,
        }
        if let Some([source, target]) = tag_lines {
            writeln!(
                formatter,
                "training lines: {} source, {} target; dropped: {} + {} <url>, {} + {} <talkid>, {} + {} <keywords>",
                train_lines[0],
                train_lines[1],
                source.url,
                target.url,
                source.talkid,
                target.talkid,
                source.keywords,
                target.keywords
            )?;
        }
        writeln!(formatter, "training pairs: {train_read}; {dropped}")?;
        writeln!(formatter, "pairs: {train} train, {valid} valid, {test} test")?;
        writeln!(
            formatter,
            "{merges} merges, dictionaries of {} and {} words",
            dictionary[0], dictionary[1]
        )?;
        formatter.write_str(match self.prefixes {
            PrefixLists::Builtin => {
                "non-breaking prefixes: built in, which are not those of Moses; compare scores only with text prepared alike"
            }
            PrefixLists::Read => "non-breaking prefixes: as read; prepared.toml has their digests",
            PrefixLists::NotTokenized => "not tokenised: the text was already",
        })
    }
}
