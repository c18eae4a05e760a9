//! Reads labelled corpora: one file per format behind one trait.

mod glue_tsv;
mod lines;
mod multinli_jsonl;
mod plain_jsonl;
mod rows;

use std::ffi::OsStr;
use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::error::{DataError, LineError};
use crate::{Corpus, Example, NLI_LABELS};
use glue_tsv::GlueTsv;
pub(crate) use lines::Lines;
use multinli_jsonl::MultinliJsonl;
use plain_jsonl::PlainJsonl;
use rows::Rows;

/// What MultiNLI, SNLI and GLUE write where the annotators did not agree.
const NO_GOLD_LABEL: &str = "-";

/// How a corpus file is laid out. Every format may be packed; the file name then ends in `.gz`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Format {
    /// One of the others, by the file name and the first line.
    #[default]
    Auto,
    /// GLUE, with a header: `sentence1`, `sentence2`, `gold_label` (MNLI) or `sentence`, `label` (SST-2).
    GlueTsv,
    /// The official MultiNLI and SNLI releases: `sentence1`, `sentence2`, `gold_label`.
    MultinliJsonl,
    /// JSON lines with `premise`, `hypothesis`, `label`.
    PlainJsonl,
}

/// A corpus as read, and what was left out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReadReport {
    /// The usable rows in file order, named after the file.
    pub corpus: Corpus,
    /// Selected rows without a gold label.
    pub dropped: usize,
}

/// What a format has to say: its classes, and how a line becomes an example.
trait Records {
    /// Whether the first line is a header and no record.
    fn has_header(&self) -> bool {
        false
    }

    fn label_names(&self) -> Vec<String>;

    /// `None` where the record has no gold label.
    fn parse(&self, line: &str) -> Result<Option<Example>, LineError>;
}

/// Reads the corpus in `path`, or only those of its rows that the index file `rows` lists.
///
/// An index file has one row number a line, ascending; row 0 is the first record of the unpacked file, and records
/// without a gold label count. Rows that are not selected are checked all the same.
///
/// # Errors
/// A file that cannot be read, that is not what `format` says, or that leaves no usable row; the error names the line.
pub fn read_corpus(path: &Path, format: Format, rows: Option<&Path>) -> Result<ReadReport, DataError> {
    let mut rows = rows.map(Rows::read).transpose()?;
    let mut lines = Lines::open(path)?;
    if !lines.advance()? {
        return Err(DataError::EmptyFile { path: path.into() });
    }
    let records = records_of(format, path, &lines)?;
    let mut more = !records.has_header() || lines.advance()?;

    let mut examples = Vec::new();
    let mut dropped = 0;
    let mut row = 0;
    while more {
        let record = records
            .parse(lines.line())
            .map_err(|problem| lines.fault(problem))?;
        let selected = rows.as_mut().is_none_or(|rows| rows.select(row));
        match record {
            Some(example) if selected => examples.push(example),
            None if selected => dropped += 1,
            _ => {}
        }
        row += 1;
        more = lines.advance()?;
    }
    if let Some(rows) = &rows {
        rows.finish(path, row)?;
    }
    if examples.is_empty() {
        return Err(DataError::NoUsableRows {
            path: path.into(),
            dropped,
        });
    }
    let corpus = Corpus {
        name: base_name(path)
            .file_stem()
            .unwrap_or_default()
            .to_string_lossy()
            .into(),
        label_names: records.label_names(),
        examples,
    };
    Ok(ReadReport { corpus, dropped })
}

/// The file name without `.gz`.
fn base_name(path: &Path) -> &Path {
    let name = match path.extension() {
        Some(extension) if extension == "gz" => path.file_stem(),
        _ => path.file_name(),
    };
    Path::new(name.unwrap_or_default())
}

fn records_of(format: Format, path: &Path, lines: &Lines) -> Result<Box<dyn Records>, DataError> {
    match format {
        Format::Auto => records_of(detect(path, lines.line())?, path, lines),
        Format::GlueTsv => match GlueTsv::from_header(lines.line()) {
            Ok(records) => Ok(Box::new(records)),
            Err(problem) => Err(lines.fault(problem)),
        },
        Format::MultinliJsonl => Ok(Box::new(MultinliJsonl)),
        Format::PlainJsonl => Ok(Box::new(PlainJsonl)),
    }
}

fn detect(path: &Path, first_line: &str) -> Result<Format, DataError> {
    let json = if first_line.contains("\"gold_label\"") {
        Format::MultinliJsonl
    } else {
        Format::PlainJsonl
    };
    match base_name(path).extension().and_then(OsStr::to_str) {
        Some("tsv") => Ok(Format::GlueTsv),
        Some("jsonl") => Ok(json),
        _ if first_line.starts_with('{') => Ok(json),
        _ if first_line.contains('\t') => Ok(Format::GlueTsv),
        _ => Err(DataError::UnknownFormat { path: path.into() }),
    }
}

fn nli_label_names() -> Vec<String> {
    NLI_LABELS.map(String::from).to_vec()
}

fn nli_label(word: &str) -> Result<usize, LineError> {
    NLI_LABELS
        .iter()
        .position(|label| *label == word)
        .ok_or_else(|| LineError::UnknownLabel {
            label: word.into(),
            known: NLI_LABELS.join(", "),
        })
}

/// The parser's message without its own line number, which is always 1: the record is a line of its own.
fn invalid_json(error: serde_json::Error) -> LineError {
    let message = error.to_string();
    let place = format!(" at line {} column {}", error.line(), error.column());
    LineError::InvalidJson {
        column: error.column(),
        message: message.strip_suffix(&place).unwrap_or(&message).into(),
    }
}
