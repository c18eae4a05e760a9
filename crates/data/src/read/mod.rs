//! Reads labelled corpora: one file per format behind one trait.

mod glue_tsv;
mod lines;
mod multinli_jsonl;
mod plain_jsonl;
mod rows;

use std::ffi::OsStr;
use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::error::DataError;
use crate::line_error::LineError;
use crate::{Corpus, Example, NLI_LABELS};
use glue_tsv::GlueTsv;
pub use lines::Lines;
pub(crate) use lines::open_file;
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
    /// GLUE: the columns of the header say which of its tasks it is; CoLA has none.
    GlueTsv,
    /// The official MultiNLI and SNLI releases: `sentence1`, `sentence2`, `gold_label`.
    MultinliJsonl,
    /// JSON lines with `premise`, `hypothesis`, `label`. As in all JSON lines, blank ones are no records.
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
/// without a gold label count. Rows that are not selected are checked all the same. A label `-` is none.
///
/// # Errors
/// A file that cannot be read, that is not what `format` says, or that leaves no usable row; the error names the line.
pub fn read_corpus(path: &Path, format: Format, rows: Option<&Path>) -> Result<ReadReport, DataError> {
    let mut rows = rows.map(Rows::read).transpose()?;
    let mut lines = Lines::open(path)?;
    let mut format = format;
    if !advance(&mut lines, is_json(format) || format == Format::Auto)? {
        return Err(DataError::EmptyFile { path: path.into() });
    }
    if format == Format::Auto {
        format = detect(path, lines.line())?;
        if lines.number() > 1 && !is_json(format) {
            return Err(DataError::Line {
                path: path.into(),
                line: 1,
                problem: LineError::BlankLine,
            });
        }
    }
    let records = records_of(format, &lines)?;
    let mut more = !records.has_header() || advance(&mut lines, is_json(format))?;

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
        more = advance(&mut lines, is_json(format))?;
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

/// Goes to the next record: past blank lines everywhere, or only at the end of the file.
fn advance(lines: &mut Lines, blank_lines: bool) -> Result<bool, DataError> {
    if !blank_lines {
        return lines.advance_to_entry();
    }
    while lines.advance()? {
        if !lines.line().trim().is_empty() {
            return Ok(true);
        }
    }
    Ok(false)
}

fn is_json(format: Format) -> bool {
    matches!(format, Format::MultinliJsonl | Format::PlainJsonl)
}

/// The records of a file whose first line `lines` has reached.
fn records_of(format: Format, lines: &Lines) -> Result<Box<dyn Records>, DataError> {
    Ok(match format {
        Format::MultinliJsonl => Box::new(MultinliJsonl),
        Format::PlainJsonl => Box::new(PlainJsonl),
        Format::GlueTsv | Format::Auto => {
            Box::new(GlueTsv::from_header(lines.line()).map_err(|problem| lines.fault(problem))?)
        }
    })
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
        _ if first_line.trim_start().starts_with(['{', '[']) => Ok(json),
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

/// The record of a line of JSON: an object. What is read from an array would depend on the order of its values.
fn object<'line, T: Deserialize<'line>>(line: &'line str) -> Result<T, LineError> {
    match line.trim_start().chars().next() {
        Some('[') => Err(LineError::NotAnObject { found: "an array" }),
        Some('"') => Err(LineError::NotAnObject { found: "a string" }),
        _ => serde_json::from_str(line).map_err(invalid_json),
    }
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
