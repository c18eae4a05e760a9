//! Index files: which rows of a corpus make up a split.

use std::path::{Path, PathBuf};

use super::lines::Lines;
use crate::error::DataError;
use crate::line_error::LineError;

/// Ascending row numbers, asked for one after another as the corpus streams by.
pub(super) struct Rows {
    path: PathBuf,
    rows: Vec<usize>,
    taken: usize,
}

impl Rows {
    /// Reads one row number a line, from 0, strictly ascending.
    pub(super) fn read(path: &Path) -> Result<Self, DataError> {
        let mut lines = Lines::open(path)?;
        let mut rows: Vec<usize> = Vec::new();
        while lines.advance_to_entry()? {
            let line = lines.line();
            let row = line
                .parse()
                .map_err(|_| lines.fault(LineError::NotARowNumber { text: line.into() }))?;
            match rows.last() {
                Some(&previous) if row <= previous => {
                    return Err(lines.fault(LineError::RowsNotAscending { row, previous }));
                }
                _ => rows.push(row),
            }
        }
        if rows.is_empty() {
            return Err(DataError::EmptyFile { path: path.into() });
        }
        Ok(Self {
            path: path.into(),
            rows,
            taken: 0,
        })
    }

    /// Whether `row` is selected; rows must be asked for in order.
    pub(super) fn select(&mut self, row: usize) -> bool {
        let selected = self.rows.get(self.taken) == Some(&row);
        self.taken += usize::from(selected);
        selected
    }

    /// Fails if a row number lies past the last of the `rows` rows of `corpus`.
    pub(super) fn finish(&self, corpus: &Path, rows: usize) -> Result<(), DataError> {
        match self.rows.get(self.taken) {
            None => Ok(()),
            Some(&row) => Err(DataError::Line {
                path: self.path.clone(),
                line: self.taken + 1,
                problem: LineError::RowOutOfRange {
                    row,
                    rows,
                    corpus: corpus.into(),
                },
            }),
        }
    }
}
