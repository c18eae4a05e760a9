//! warnings.csv: what each run says of its own numbers, one row a warning.

use std::path::Path;

use files::FileError;
use serde::{Deserialize, Serialize};

use crate::RecordError;
use crate::rows::{Lengths, read_rows, to_csv};
use crate::run_result::RunResult;

/// Name of the file, in the folder of a sweep. A sweep whose runs have no warning has the file with its header alone.
pub const WARNINGS_FILE: &str = "warnings.csv";

/// The columns of warnings.csv, in order.
pub const WARNING_COLUMNS: [&str; 7] = ["method", "variant", "k", "lambda", "seed", "run_id", "warning"];

/// One warning of one run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct WarningRow {
    /// Method.
    pub method: String,
    /// Which of several of the method; may be empty.
    pub variant: String,
    /// Number of heads the run was asked to keep; none where it aims at no number.
    pub k: Option<u32>,
    /// Factor of the penalty, where the run has one.
    pub lambda: Option<f64>,
    /// The run's seed.
    pub seed: u64,
    /// The run's id: its folder's name under `runs/`.
    pub run_id: String,
    /// What the run says.
    pub warning: String,
}

impl WarningRow {
    /// What makes this row impossible by itself, if anything does.
    fn fault(&self) -> Option<String> {
        if self.method.is_empty() || self.run_id.is_empty() || self.warning.is_empty() {
            Some("method, run_id and warning must not be empty".into())
        } else if self.lambda.is_some_and(|factor| !factor.is_finite()) {
            Some("lambda is not a finite number".into())
        } else {
            None
        }
    }
}

/// Reads a warnings.csv.
///
/// # Errors
/// The file cannot be read, its header is not [`WARNING_COLUMNS`], or a line does not parse or is impossible; the error names
/// file and line.
pub fn read_warnings(path: &Path) -> Result<Vec<WarningRow>, RecordError> {
    let rows = read_rows(path, &WARNING_COLUMNS, Lengths::Names, WarningRow::fault)?;
    Ok(rows.into_iter().map(|(_, row)| row).collect())
}

/// Writes `rows` to `path` atomically, sorted by method, variant, k (none first), factor, seed and run; the warnings of a run
/// stay in their order.
///
/// # Errors
/// A row is impossible, or the file cannot be written.
pub fn write_warnings(path: &Path, rows: &[WarningRow]) -> Result<(), RecordError> {
    if let Some((row, reason)) = rows.iter().find_map(|row| Some((row, row.fault()?))) {
        let run_id = row.run_id.clone();
        return Err(RecordError::Row { run_id, reason });
    }
    let mut sorted: Vec<&WarningRow> = rows.iter().collect();
    sorted.sort_by(|a, b| {
        let place = |row: &WarningRow| (row.method.clone(), row.variant.clone(), row.k);
        let factor = |row: &WarningRow| row.lambda.unwrap_or(f64::NEG_INFINITY);
        (place(a).cmp(&place(b)))
            .then(factor(a).total_cmp(&factor(b)))
            .then_with(|| (a.seed, &a.run_id).cmp(&(b.seed, &b.run_id)))
    });
    let bytes = to_csv(&WARNING_COLUMNS, &sorted).map_err(FileError::writing(path))?;
    Ok(files::write(path, &bytes).map_err(FileError::writing(path))?)
}

/// A line for each warning of a run.
pub fn warning_rows(result: &RunResult) -> Vec<WarningRow> {
    let RunResult { run, measured, .. } = result;
    let row = |warning: &String| WarningRow {
        method: run.method.clone(),
        variant: run.variant.clone().unwrap_or_default(),
        k: run.k.map(|k| u32::try_from(k).unwrap_or(u32::MAX)),
        lambda: run.lambda,
        seed: run.seed,
        run_id: run.id.to_string(),
        warning: warning.clone(),
    };
    measured.warnings.iter().map(row).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(k: Option<u32>, lambda: Option<f64>, seed: u64, warning: &str) -> WarningRow {
        WarningRow {
            method: "voita".into(),
            variant: String::new(),
            k,
            lambda,
            seed,
            run_id: format!("voita-s{seed}"),
            warning: warning.into(),
        }
    }

    #[test]
    fn rows_come_back_sorted_and_those_of_a_run_stay_in_order() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(WARNINGS_FILE);
        let sorted = [
            row(None, Some(0.5), 2, "b, with a comma"),
            row(None, Some(0.5), 2, "a"),
            row(None, Some(16.0), 1, "a"),
            row(Some(3), None, 1, "a"),
            row(Some(12), None, 1, "a"),
        ];
        let mut given = sorted.to_vec();
        given.rotate_left(2);
        write_warnings(&path, &given).unwrap();
        assert_eq!(read_warnings(&path).unwrap(), sorted);
        write_warnings(&path, &[]).unwrap();
        assert_eq!(read_warnings(&path).unwrap(), []);
    }

    #[test]
    fn the_impossible_is_refused_with_its_line() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(WARNINGS_FILE);
        for (line, reason) in [
            (
                "voita,,,1.0,1,a,",
                "warnings.csv:2: method, run_id and warning must not be empty",
            ),
            (
                "voita,,,NaN,1,a,b",
                "warnings.csv:2: lambda is not a finite number",
            ),
            (
                "voita,,x,,1,a,b",
                "warnings.csv:2: k: invalid digit found in string",
            ),
        ] {
            std::fs::write(&path, format!("{}\n{line}\n", WARNING_COLUMNS.join(","))).unwrap();
            let said = read_warnings(&path).unwrap_err().to_string();
            assert!(said.ends_with(reason), "{said}");
        }
        assert!(write_warnings(&path, &[row(None, Some(f64::NAN), 1, "a")]).is_err());
    }
}
