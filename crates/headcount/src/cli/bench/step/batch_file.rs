//! Token ids of updates as files of JSON lines, so that another program can train on the same.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use models::{Indices, SequenceRows, TensorOptions};
use serde::Serialize;
use serde::de::DeserializeOwned;
use train::Trainable;

use super::options::WARM_UP;
use crate::places::must_be_file;
use crate::problem::Problem;

/// What an update of a line's model sees.
pub(crate) type BatchOf<L> = <<L as Line>::Model as Trainable>::Batch;

/// Token ids of one update, rows without padding.
pub(crate) trait Line: Serialize + DeserializeOwned {
    /// What trains on them.
    type Model: Trainable;

    /// The rows of a batch.
    fn of(batch: &BatchOf<Self>) -> Self;

    /// The rows as a batch.
    fn batch(&self, tensors: &TensorOptions) -> BatchOf<Self>;

    /// Why a model of such sizes cannot train on them, if so.
    fn check(&self, limits: Limits) -> Result<(), String>;

    /// Every row of ids, those of all inputs and outputs.
    fn rows(&self) -> impl Iterator<Item = &Vec<i32>>;

    /// Examples.
    fn examples(&self) -> usize;

    /// Cells of the rectangles of ids in a batch, padding included.
    fn cells(batch: &BatchOf<Self>) -> usize;

    /// Tokens of all rows.
    fn tokens(&self) -> usize {
        self.rows().map(Vec::len).sum()
    }

    /// Tokens of the longest row.
    fn longest(&self) -> usize {
        self.rows().map(Vec::len).max().unwrap_or(0)
    }
}

/// What rows must keep to.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Limits {
    /// Entries of the vocabulary.
    pub(crate) vocabulary: usize,
    /// Tokens of the longest row.
    pub(crate) longest: usize,
}

impl Limits {
    /// Refuses an empty or too long row and ids outside of the vocabulary; `name` is the key and `number` the place.
    pub(crate) fn check(self, name: &str, number: usize, row: &[i32]) -> Result<(), String> {
        if row.is_empty() {
            return Err(format!("row {number} of `{name}` is empty"));
        }
        if row.len() > self.longest {
            let length = row.len();
            return Err(format!(
                "row {number} of `{name}` has {length} tokens, more than --length {}",
                self.longest
            ));
        }
        let known = |id: &i32| usize::try_from(*id).is_ok_and(|id| id < self.vocabulary);
        match row.iter().find(|id| !known(id)) {
            None => Ok(()),
            Some(id) => Err(format!(
                "row {number} of `{name}` has the id {id}, which a vocabulary of {} entries lacks",
                self.vocabulary
            )),
        }
    }
}

/// Reads and checks a file; refuses one without lines.
pub(crate) fn read<L: Line>(path: &Path, limits: Limits) -> Result<Vec<L>, Problem> {
    must_be_file("--batches", path)?;
    let text = std::fs::read_to_string(path).map_err(|error| {
        Problem::new(format!("cannot read --batches {}: {error}", path.display())).hint("check the path")
    })?;
    let refused = |number: usize, reason: String| {
        Problem::new(format!("{}:{number}: {reason}", path.display()))
            .hint("`headcount help bench step` shows what a line of --batches is")
    };
    let mut lines = Vec::new();
    for (index, line) in text.lines().enumerate() {
        let parsed: L = serde_json::from_str(line).map_err(|error| refused(index + 1, syntax(&error)))?;
        parsed
            .check(limits)
            .map_err(|reason| refused(index + 1, reason))?;
        lines.push(parsed);
    }
    if lines.is_empty() {
        return Err(Problem::new(format!("{} has no lines", path.display()))
            .hint("each line holds the token ids of an update"));
    }
    Ok(lines)
}

/// What is wrong with a line, without the number that the parser gives it, which is always 1.
fn syntax(error: &serde_json::Error) -> String {
    let message = error.to_string();
    let place = format!(" at line {} column {}", error.line(), error.column());
    let reason = message.strip_suffix(&place).unwrap_or(&message);
    format!("column {}: {reason}", error.column())
}

/// Which of `lines` lines an update sees: the first that counts the first line.
pub(crate) fn line_at(update: u64, lines: usize) -> usize {
    let lines = lines as u64;
    ((update + (lines - WARM_UP % lines)) % lines) as usize
}

/// The numbers of the tokens of each sequence.
pub(crate) fn tokens(indices: &Indices, rows: &SequenceRows) -> Vec<Vec<i32>> {
    let of_rows = signed(indices.host());
    rows.tokens()
        .iter()
        .map(|tokens| of_rows[tokens.clone()].to_vec())
        .collect()
}

/// Numbers that are no larger than ids.
pub(crate) fn signed(numbers: &[u32]) -> Vec<i32> {
    numbers.iter().map(|number| number.cast_signed()).collect()
}

/// A file that is being written.
pub(crate) struct BatchWriter {
    path: PathBuf,
    file: BufWriter<File>,
}

impl BatchWriter {
    /// Creates it.
    pub(crate) fn create(path: &Path) -> Result<Self, Problem> {
        let file = File::create(path).map_err(|error| unwritable(path, &error))?;
        Ok(Self {
            path: path.to_owned(),
            file: BufWriter::new(file),
        })
    }

    /// Adds an update.
    pub(crate) fn write(&mut self, line: &impl Line) -> Result<(), Problem> {
        serde_json::to_writer(&mut self.file, line)
            .map_err(std::io::Error::from)
            .and_then(|()| self.file.write_all(b"\n"))
            .map_err(|error| unwritable(&self.path, &error))
    }

    /// Leaves nothing in memory.
    pub(crate) fn finish(mut self) -> Result<(), Problem> {
        self.file.flush().map_err(|error| unwritable(&self.path, &error))
    }
}

fn unwritable(path: &Path, error: &std::io::Error) -> Problem {
    Problem::new(format!("cannot write {}: {error}", path.display()))
        .hint("--write-batches names a file in a folder that exists")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_update_that_counts_sees_the_first_line() {
        for lines in 1..9 {
            for later in 0..20 {
                let seen = line_at(WARM_UP + later, lines);
                assert_eq!(seen as u64, later % lines as u64, "{lines} lines");
            }
            assert!((0..WARM_UP).all(|update| line_at(update, lines) < lines));
        }
    }

    #[test]
    fn a_row_is_within_the_vocabulary_and_the_length() {
        let limits = Limits {
            vocabulary: 9,
            longest: 3,
        };
        assert_eq!(limits.check("inputs", 1, &[0, 8, 4]), Ok(()));
        let refused = |row: &[i32]| limits.check("inputs", 7, row).unwrap_err();
        assert_eq!(refused(&[]), "row 7 of `inputs` is empty");
        assert!(refused(&[1, 2, 3, 4]).contains("4 tokens, more than --length 3"));
        assert!(refused(&[1, 9]).contains("the id 9"));
        assert!(refused(&[-1]).contains("the id -1"));
    }
}
