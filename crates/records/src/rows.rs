//! Strict reading and writing of CSV files with fixed columns: errors name file, line and column.

use std::path::Path;

use files::FileError;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::RecordError;

/// Bytes of the longest name that a table or a figure shows; a longer one is no name but damage, and letters are set one by
/// one.
pub const LONGEST_NAME: usize = 4096;

/// What is wrong with a name that is too long to be one.
pub(crate) fn check_length(name: &str) -> Result<(), String> {
    match name.len() {
        0..=LONGEST_NAME => Ok(()),
        length => Err(format!(
            "has {length} bytes; no name has more than {LONGEST_NAME}"
        )),
    }
}

/// How long the fields of a file may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Lengths {
    /// As long as a name.
    Names,
    /// As long as a text.
    Texts,
}

/// The rows of a CSV whose header is `columns`, each with its line, from 1; `fault` says what makes a row impossible.
pub(crate) fn read_rows<T: DeserializeOwned>(
    path: &Path,
    columns: &[&str],
    lengths: Lengths,
    fault: fn(&T) -> Option<String>,
) -> Result<Vec<(u64, T)>, RecordError> {
    let text = std::fs::read(path).map_err(FileError::reading(path))?;
    let line_error = |line, reason| line_error(path, line, reason);
    let mut reader = csv::Reader::from_reader(text.as_slice());

    let header = reader
        .headers()
        .map_err(|error| line_error(line_of(&error, 1), reason_of(&error, columns)))?
        .clone();
    if header.iter().ne(columns.iter().copied()) {
        let reason = match columns
            .iter()
            .enumerate()
            .find(|(i, column)| header.get(*i) != Some(**column))
        {
            Some((i, column)) => format!(
                "column {} is `{}`, expected `{column}`",
                i + 1,
                header.get(i).unwrap_or("")
            ),
            None => format!("{} columns, expected {}", header.len(), columns.len()),
        };
        return Err(RecordError::Line {
            path: path.to_owned(),
            line: 1,
            reason,
            hint: Some(format!("the columns are {}", columns.join(","))),
        });
    }

    let mut rows = Vec::new();
    let mut record = csv::StringRecord::new();
    loop {
        let start = reader.position().line();
        match reader.read_record(&mut record) {
            Ok(true) => {}
            Ok(false) => return Ok(rows),
            Err(error) => return Err(line_error(line_of(&error, start), reason_of(&error, columns))),
        }
        let line = record.position().map_or(start, csv::Position::line);
        if lengths == Lengths::Names {
            for (column, field) in columns.iter().zip(&record) {
                check_length(field).map_err(|reason| line_error(line, format!("{column} {reason}")))?;
            }
        }
        let row: T = record
            .deserialize(Some(&header))
            .map_err(|error| line_error(line, reason_of(&error, columns)))?;
        if let Some(reason) = fault(&row) {
            return Err(line_error(line, reason));
        }
        rows.push((line, row));
    }
}

/// That one line of `path` does not say what it should.
pub(crate) fn line_error(path: &Path, line: u64, reason: String) -> RecordError {
    RecordError::Line {
        path: path.to_owned(),
        line,
        reason,
        hint: None,
    }
}

/// Rows as CSV under an explicit header, so that a file without rows still has one.
///
/// # Errors
/// A row is no flat record.
pub fn to_csv<T: Serialize>(header: &[&str], rows: &[T]) -> std::io::Result<Vec<u8>> {
    let mut writer = csv::WriterBuilder::new()
        .has_headers(false)
        .from_writer(Vec::new());
    writer.write_record(header)?;
    for row in rows {
        writer.serialize(row)?;
    }
    writer.into_inner().map_err(csv::IntoInnerError::into_error)
}

fn line_of(error: &csv::Error, otherwise: u64) -> u64 {
    error.position().map_or(otherwise, csv::Position::line)
}

/// The reason alone, without the position, which the line number already gives; a field by its column's name.
fn reason_of(error: &csv::Error, columns: &[&str]) -> String {
    match error.kind() {
        csv::ErrorKind::Deserialize { err, .. } => match err.field().and_then(|i| columns.get(i as usize)) {
            Some(column) => format!("{column}: {}", err.kind()),
            None => err.kind().to_string(),
        },
        csv::ErrorKind::UnequalLengths {
            expected_len, len, ..
        } => {
            format!("{len} fields, expected {expected_len}")
        }
        csv::ErrorKind::Utf8 { err, .. } => err.to_string(),
        _ => error.to_string(),
    }
}
