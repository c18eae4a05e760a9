//! What every subset of heads is worth: `oracle.csv` of a run, and of a sweep with the seed before each line.

use std::path::Path;

use files::FileError;
use serde::{Deserialize, Serialize};

use crate::RecordError;
use crate::rows::{Lengths, read_rows, to_csv};

/// Name of the file, in the folder of a run and in that of a sweep.
pub const ORACLE_FILE: &str = "oracle.csv";
/// How the split by which choices are made is called in it.
pub const TUNING: &str = "tuning";

/// The columns of a run's file.
const OF_RUN: [&str; 5] = ["mask", "k", "split", "metric", "value"];
/// The columns of a sweep's file.
pub const SUBSET_COLUMNS: [&str; 6] = ["seed", "mask", "k", "split", "metric", "value"];

/// One number of one subset.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SubsetRow {
    /// A digit a head, 1 for a head that is kept, in the flat order of the grid.
    pub mask: String,
    /// Heads kept.
    pub k: usize,
    /// The evaluated examples: [`TUNING`], or a split that results are reported on.
    pub split: String,
    /// `loss` or `accuracy`.
    pub metric: String,
    /// The number.
    pub value: f64,
}

/// The same with the seed of the dense model.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SeededSubset {
    /// The seed.
    pub seed: u64,
    /// A digit a head.
    pub mask: String,
    /// Heads kept.
    pub k: usize,
    /// The evaluated examples.
    pub split: String,
    /// `loss` or `accuracy`.
    pub metric: String,
    /// The number.
    pub value: f64,
}

impl SubsetRow {
    /// Of the dense model of a seed.
    pub fn of_seed(self, seed: u64) -> SeededSubset {
        let Self {
            mask,
            k,
            split,
            metric,
            value,
        } = self;
        SeededSubset {
            seed,
            mask,
            k,
            split,
            metric,
            value,
        }
    }
}

/// What makes a line impossible.
fn fault(mask: &str, k: usize, value: f64) -> Option<String> {
    if let Some(other) = mask.chars().find(|digit| !matches!(digit, '0' | '1')) {
        return Some(format!("mask: `{other}` is neither 0 nor 1"));
    }
    let ones = mask.bytes().filter(|&digit| digit == b'1').count();
    if ones != k {
        return Some(format!("k is {k}, and the mask keeps {ones}"));
    }
    (!value.is_finite()).then(|| format!("value is {value}, not a finite number"))
}

/// Writes the file of a run.
///
/// # Errors
/// The system refuses.
pub fn write_subsets(path: &Path, rows: &[SubsetRow]) -> Result<(), RecordError> {
    let bytes = to_csv(&OF_RUN, rows).map_err(FileError::writing(path))?;
    Ok(files::store(path, &bytes)?)
}

/// Reads the file of a run.
///
/// # Errors
/// It cannot be read, or a line is impossible; the error names it.
pub fn read_subsets(path: &Path) -> Result<Vec<SubsetRow>, RecordError> {
    let rows = read_rows(path, &OF_RUN, Lengths::Names, |row: &SubsetRow| {
        fault(&row.mask, row.k, row.value)
    })?;
    Ok(rows.into_iter().map(|(_, row)| row).collect())
}

/// Writes the file of a sweep atomically, sorted by seed, number of the mask (the first head is the last binary digit),
/// split, metric and value, so that the bytes depend on the set of rows only.
///
/// # Errors
/// The system refuses.
pub fn write_seeded_subsets(path: &Path, rows: &[SeededSubset]) -> Result<(), RecordError> {
    let mut sorted: Vec<&SeededSubset> = rows.iter().collect();
    let number = |a: &str, b: &str| {
        a.len()
            .cmp(&b.len())
            .then_with(|| a.bytes().rev().cmp(b.bytes().rev()))
    };
    sorted.sort_by(|a, b| {
        (a.seed.cmp(&b.seed))
            .then_with(|| number(&a.mask, &b.mask))
            .then_with(|| (&a.split, &a.metric).cmp(&(&b.split, &b.metric)))
            .then_with(|| a.value.total_cmp(&b.value))
    });
    let bytes = to_csv(&SUBSET_COLUMNS, &sorted).map_err(FileError::writing(path))?;
    Ok(files::write(path, &bytes).map_err(FileError::writing(path))?)
}

/// Reads the file of a sweep.
///
/// # Errors
/// It cannot be read, or a line is impossible; the error names it.
pub fn read_seeded_subsets(path: &Path) -> Result<Vec<SeededSubset>, RecordError> {
    let fault = |row: &SeededSubset| fault(&row.mask, row.k, row.value);
    let rows = read_rows(path, &SUBSET_COLUMNS, Lengths::Names, fault)?;
    Ok(rows.into_iter().map(|(_, row)| row).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_and_the_impossible_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(ORACLE_FILE);
        let row = |mask: &str, k, value| SubsetRow {
            mask: mask.to_owned(),
            k,
            split: TUNING.to_owned(),
            metric: "loss".to_owned(),
            value,
        };
        let rows = vec![row("00", 0, 1.5), row("10", 1, 0.1 + 0.2)];
        write_subsets(&path, &rows).unwrap();
        assert_eq!(read_subsets(&path).unwrap(), rows);
        let of_sweep = |(seed, row): (u64, SubsetRow)| row.of_seed(seed);
        // A head is worth the more in the number of a mask the later it stands; 10 comes after 9.
        let seeded = [
            (9, row("01", 1, 1.0)),
            (10, row("10", 1, 1.0)),
            (10, row("01", 1, 1.0)),
        ];
        let seeded: Vec<SeededSubset> = seeded.into_iter().map(of_sweep).collect();
        write_seeded_subsets(&path, &seeded).unwrap();
        assert_eq!(read_seeded_subsets(&path).unwrap(), seeded);
        let bytes = std::fs::read(&path).unwrap();
        let turned: Vec<SeededSubset> = seeded.into_iter().rev().collect();
        write_seeded_subsets(&path, &turned).unwrap();
        assert_eq!(std::fs::read(&path).unwrap(), bytes);
        for (wrong, reason) in [
            (row("2", 1, 1.0), "neither 0 nor 1"),
            (row("11", 1, 1.0), "the mask keeps 2"),
            (row("1", 1, f64::NAN), "not a finite number"),
        ] {
            write_subsets(&path, &[wrong]).unwrap();
            let error = read_subsets(&path).unwrap_err().to_string();
            assert!(error.contains(reason) && error.contains(":2:"), "{error}");
        }
    }
}
