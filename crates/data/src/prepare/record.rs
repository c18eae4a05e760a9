//! `prepared.toml`: what a prepared folder was made of, by which rules, and what came out.

use std::io;
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::error::PrepareError;
use super::tagged::TagLines;
use super::text::DroppedPairs;
use crate::DataError;
use crate::read::open_file;

/// The record's name in the folder.
pub const RECORD: &str = "prepared.toml";

/// To be raised whenever the layout of the record changes.
const FORMAT: u32 = 1;

const HEADING: &str = "# Written by the preparation that made the files beside it.\n\n";

/// Everything that the record says.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Record {
    format: u32,
    pub(super) recipe: Recipe,
    pub(super) counts: Counts,
    pub(super) inputs: Vec<Input>,
    pub(super) outputs: Vec<Output>,
}

/// The rules; with the contents of the inputs they decide every output.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(super) struct Recipe {
    pub(super) preparation_version: u32,
    pub(super) kind: Kind,
    pub(super) source_language: String,
    pub(super) target_language: String,
    pub(super) prefixes: PrefixLists,
    pub(super) lowercase: bool,
    /// Merges to learn; none if they were given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) merges: Option<usize>,
    pub(super) max_words: usize,
    pub(super) ratio: f64,
}

/// What the raw text is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Kind {
    Iwslt14,
    Parallel,
}

/// Which lists of non-breaking prefixes the tokeniser used; tokens beside full stops depend on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PrefixLists {
    /// Those of this program.
    Builtin,
    /// Those of a folder, such as Moses' own.
    Read,
    /// None: the text was tokenised already.
    NotTokenized,
}

/// A file that was read, by its part in the preparation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Input {
    part: String,
    /// The file's name; only its content counts.
    name: String,
    sha256: String,
}

/// A file that was written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Output {
    pub(super) name: String,
    pub(super) sha256: String,
}

/// How many of what was read, dropped and kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Counts {
    /// Lines of the training files, source and target.
    pub train_lines: [usize; 2],
    /// Pairs of sentences of the training files.
    pub train_read: usize,
    /// Pairs to train on.
    pub train: usize,
    /// Pairs to choose settings by.
    pub valid: usize,
    /// Pairs to report on.
    pub test: usize,
    /// Merges of the codes file.
    pub merges: usize,
    /// Words of the source and the target dictionary, fillers included, special symbols not.
    pub dictionary: [usize; 2],
    /// Training pairs that were dropped.
    pub dropped: DroppedPairs,
    /// Lines of tags that were dropped from the source and the target side, of texts that have such lines.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tag_lines: Option<[TagLines; 2]>,
}

impl Recipe {
    /// The names of the rules and inputs in which this preparation differs from an earlier one.
    pub(super) fn differences(&self, inputs: &[Input], earlier: &Record) -> Vec<String> {
        let mut differences = Vec::new();
        let [now, then] = [self, &earlier.recipe].map(|recipe| {
            // A recipe that cannot be written differs from every one that was.
            toml::Table::try_from(recipe).unwrap_or_default()
        });
        for key in now.keys().chain(then.keys()) {
            if now.get(key) != then.get(key) && !differences.contains(key) {
                differences.push(key.clone());
            }
        }
        for input in inputs.iter().chain(&earlier.inputs) {
            let of = |inputs: &[Input]| {
                let same = inputs.iter().find(|other| other.part == input.part);
                same.map(|input| input.sha256.clone())
            };
            if of(inputs) != of(&earlier.inputs) && !differences.contains(&input.part) {
                differences.push(input.part.clone());
            }
        }
        differences
    }
}

impl Input {
    /// What decides: the part and the content.
    pub(super) fn digest(&self) -> String {
        format!("{} {}", self.part, self.sha256)
    }

    /// # Errors
    /// The file cannot be read.
    pub(super) fn of(part: impl Into<String>, path: &Path) -> Result<Self, DataError> {
        Ok(Self {
            part: part.into(),
            name: path
                .file_name()
                .unwrap_or_default()
                .to_string_lossy()
                .into_owned(),
            sha256: sha256(path)?,
        })
    }
}

impl Record {
    pub(super) fn new(recipe: Recipe, counts: Counts, inputs: Vec<Input>, outputs: Vec<Output>) -> Self {
        Self {
            format: FORMAT,
            recipe,
            counts,
            inputs,
            outputs,
        }
    }

    /// # Errors
    /// Not a record, or one of another layout.
    pub(super) fn parse(path: &Path, text: &str) -> Result<Self, PrepareError> {
        let unreadable = |problem| PrepareError::UnreadableRecord {
            path: path.into(),
            problem,
        };
        let table: toml::Table = text
            .parse()
            .map_err(|error: toml::de::Error| unreadable(format!("not TOML: {}", error.message())))?;
        match table.get("format").and_then(toml::Value::as_integer) {
            Some(format) if format == i64::from(FORMAT) => {}
            Some(format) => {
                return Err(unreadable(format!(
                    "format {format}, this program reads {FORMAT}"
                )));
            }
            None => return Err(unreadable("no record of a preparation".into())),
        }
        table
            .try_into()
            .map_err(|error: toml::de::Error| unreadable(error.message().to_owned()))
    }

    /// The text of the file.
    ///
    /// # Errors
    /// A number does not fit the format.
    pub(super) fn to_text(&self) -> io::Result<String> {
        let text = toml::to_string(self).map_err(io::Error::other)?;
        Ok(format!("{HEADING}{text}"))
    }
}

/// SHA-256 of a file, in hexadecimal.
pub(super) fn sha256(path: &Path) -> Result<String, DataError> {
    // A folder is told from a file that cannot be read.
    open_file(path)?;
    files::sha256(path).map_err(|source| DataError::Open {
        path: path.into(),
        source,
    })
}
