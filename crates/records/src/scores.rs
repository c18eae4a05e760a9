//! scores.csv: the number by which each method ranks each head, one row a head.

use std::collections::BTreeMap;
use std::path::Path;

use files::FileError;
use serde::{Deserialize, Serialize};

use crate::RecordError;
use crate::rows::{Lengths, line_error, read_rows, to_csv};
use crate::run_result::RunResult;

/// Name of the file, in the folder of a sweep.
pub const SCORES_FILE: &str = "scores.csv";

/// The columns of scores.csv, in order.
pub const SCORE_COLUMNS: [&str; 7] = ["method", "variant", "k", "seed", "run_id", "head", "score"];

/// How the name of a stage ends that finds the order in which heads go; the method is what stands before it.
const STAGE: &str = "-order";

/// The score of one head in one run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ScoreRow {
    /// The pruning method; for the stage `michel-order` it is `michel`.
    pub method: String,
    /// What sets the run apart within its method, as in results.csv; may be empty.
    pub variant: String,
    /// Number of heads the run was asked to keep; none where it aims at no number.
    pub k: Option<u32>,
    /// The run's seed.
    pub seed: u64,
    /// The run's id: its folder's name under `runs/`.
    pub run_id: String,
    /// The head's flat index in the order of the model's grid, from 0.
    pub head: u32,
    /// The score, in the method's own unit: the higher, the longer the head stays.
    pub score: f64,
}

impl ScoreRow {
    /// What makes this row impossible by itself, if anything does.
    fn fault(&self) -> Option<String> {
        if self.method.is_empty() || self.run_id.is_empty() {
            Some("method and run_id must not be empty".into())
        } else if !self.score.is_finite() {
            Some(format!("score is {}, not a finite number", self.score))
        } else {
            None
        }
    }

    /// What the scores of one run share.
    fn run(&self) -> (&str, &str, Option<u32>, u64, &str) {
        (&self.method, &self.variant, self.k, self.seed, &self.run_id)
    }
}

/// The first row that shows the scores of a run to be incomplete, and why. A run has a score for each head from 0 on.
fn fault_of_runs<'a>(rows: impl Iterator<Item = &'a ScoreRow>) -> Option<(usize, String)> {
    let mut runs: BTreeMap<_, Vec<(u32, usize)>> = BTreeMap::new();
    for (i, row) in rows.enumerate() {
        runs.entry(row.run()).or_default().push((row.head, i));
    }
    let wrong = |heads: &mut Vec<(u32, usize)>| {
        heads.sort_unstable();
        let (expected, (head, i)) = (0..)
            .zip(&*heads)
            .find(|(expected, (head, _))| expected != head)?;
        let reason = if head < &expected {
            format!("head {head} stands twice")
        } else {
            format!("head {expected} has no score")
        };
        Some((*i, reason))
    };
    runs.values_mut().filter_map(wrong).min()
}

/// Reads a scores.csv.
///
/// # Errors
/// The file cannot be read, its header is not [`SCORE_COLUMNS`], a line does not parse or is impossible, or a run lacks
/// the score of a head; the error names file and line.
pub fn read_scores(path: &Path) -> Result<Vec<ScoreRow>, RecordError> {
    let rows = read_rows(path, &SCORE_COLUMNS, Lengths::Names, ScoreRow::fault)?;
    if let Some((i, reason)) = fault_of_runs(rows.iter().map(|(_, row)| row)) {
        let line = rows.get(i).map_or(1, |(line, _)| *line);
        return Err(line_error(path, line, reason));
    }
    Ok(rows.into_iter().map(|(_, row)| row).collect())
}

/// Writes `rows` to `path` atomically, sorted by method, variant, k (none first), seed, run and head, so that the bytes
/// depend on the set of rows only.
///
/// # Errors
/// A row is impossible, a run lacks the score of a head, or the file cannot be written.
pub fn write_scores(path: &Path, rows: &[ScoreRow]) -> Result<(), RecordError> {
    let alone = rows
        .iter()
        .enumerate()
        .find_map(|(i, row)| Some((i, row.fault()?)));
    if let Some((i, reason)) = alone.or_else(|| fault_of_runs(rows.iter())) {
        let run_id = rows.get(i).map_or_else(String::new, |row| row.run_id.clone());
        return Err(RecordError::Row { run_id, reason });
    }
    let mut sorted: Vec<&ScoreRow> = rows.iter().collect();
    sorted.sort_by_key(|row| (row.run(), row.head));
    let bytes = to_csv(&SCORE_COLUMNS, &sorted).map_err(FileError::writing(path))?;
    Ok(files::write(path, &bytes).map_err(FileError::writing(path))?)
}

/// A line for each head of a run whose method ranks heads by a number; none for another.
pub fn score_rows(result: &RunResult) -> Vec<ScoreRow> {
    let RunResult { run, measured, .. } = result;
    let count = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
    // The variant as in results.csv, which names the factor of a penalty; a stage has no line there.
    let variant = measured.rows.first().map_or_else(
        || run.variant.clone().unwrap_or_default(),
        |row| row.variant.clone(),
    );
    let method = run.method.strip_suffix(STAGE).unwrap_or(&run.method);
    let of_head = |(head, score): (usize, &f64)| ScoreRow {
        method: method.to_owned(),
        variant: variant.clone(),
        k: run.k.map(count),
        seed: run.seed,
        run_id: run.id.to_string(),
        head: count(head),
        score: *score,
    };
    let scores = measured.scores.iter().flatten();
    scores.enumerate().map(of_head).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::measured::{Measured, Row};
    use crate::run_id::{RunId, RunKey};
    use crate::run_result::RunIdentity;
    use crate::stored_files::StoredFiles;

    fn rows(method: &str, k: Option<u32>, seed: u64, scores: &[f64]) -> Vec<ScoreRow> {
        let row = |(head, &score): (u32, &f64)| ScoreRow {
            method: method.to_owned(),
            variant: String::new(),
            k,
            seed,
            run_id: format!("{method}-{seed}"),
            head,
            score,
        };
        (0..).zip(scores).map(row).collect()
    }

    #[test]
    fn rows_come_back_sorted_and_their_order_is_irrelevant() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(SCORES_FILE);
        let sorted = [
            rows("fisher", None, 2, &[0.5, -1.0 / 3.0]),
            rows("fisher", None, 10, &[0.0, 1.0]),
            rows("ste-joint", Some(9), 1, &[2.0, 1e-300]),
            rows("ste-joint", Some(10), 1, &[2.0, 0.1 + 0.2]),
        ]
        .concat();
        let mut given = sorted.clone();
        given.reverse();
        given.rotate_left(3);
        write_scores(&path, &given).unwrap();
        assert_eq!(read_scores(&path).unwrap(), sorted);
        let text = std::fs::read_to_string(&path).unwrap();
        assert!(text.starts_with("method,variant,k,seed,run_id,head,score\nfisher,,,2,fisher-2,0,0.5\n"));
    }

    #[test]
    fn the_impossible_is_refused_with_its_line() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(SCORES_FILE);
        let header = SCORE_COLUMNS.join(",");
        for (lines, reason) in [
            (
                "fisher,,,1,a,0,NaN",
                "scores.csv:2: score is NaN, not a finite number",
            ),
            (",,,1,a,0,1", "scores.csv:2: method and run_id must not be empty"),
            (
                "fisher,,x,1,a,0,1",
                "scores.csv:2: k: invalid digit found in string",
            ),
            ("fisher,,,1,a,1,1", "scores.csv:2: head 0 has no score"),
            (
                "fisher,,,1,a,0,1\nfisher,,,1,a,2,1",
                "scores.csv:3: head 1 has no score",
            ),
            (
                "fisher,,,1,a,0,1\nfisher,,,1,a,0,2",
                "scores.csv:3: head 0 stands twice",
            ),
        ] {
            std::fs::write(&path, format!("{header}\n{lines}\n")).unwrap();
            let error = read_scores(&path).unwrap_err().to_string();
            assert!(error.ends_with(reason), "{error}");
        }
        std::fs::write(&path, "method,head\n").unwrap();
        let error = read_scores(&path).unwrap_err().to_string();
        assert!(
            error.ends_with("scores.csv:1: column 2 is `head`, expected `variant`"),
            "{error}"
        );
        let gap = &rows("fisher", None, 1, &[1.0, 2.0])[1..];
        let error = write_scores(&path, gap).unwrap_err().to_string();
        assert_eq!(error, "run `fisher-1`: head 0 has no score");
    }

    #[test]
    fn a_run_tells_its_scores_and_a_stage_is_its_method() {
        let result = |method: &str, k, scores: Option<Vec<f64>>, rows| {
            let run = RunIdentity {
                id: RunId::new("michel-order-s3-0a"),
                key: RunKey::of("x"),
                method: method.to_owned(),
                k,
                variant: Some("signed".to_owned()),
                lambda: None,
                seed: 3,
                recipe_version: 1,
            };
            let measured = Measured {
                scores,
                rows,
                ..Measured::prepared(2)
            };
            RunResult::new(run, measured, StoredFiles::new())
        };
        let stage = score_rows(&result("michel-order", None, Some(vec![0.5, 0.25]), Vec::new()));
        let [first, second] = <[_; 2]>::try_from(stage).unwrap();
        assert_eq!(
            (first.method.as_str(), first.variant.as_str()),
            ("michel", "signed")
        );
        assert_eq!((first.k, first.seed, first.head, first.score), (None, 3, 0, 0.5));
        assert_eq!((second.head, second.score), (1, 0.25));
        assert_eq!(second.run_id, "michel-order-s3-0a");

        let row = Row {
            variant: "lambda=0.1".to_owned(),
            k_target: 1,
            k_actual: 1,
            split: "matched".to_owned(),
            metric: "accuracy".to_owned(),
            value: 0.5,
            n_examples: 10,
            signature: String::new(),
            params_after: 1,
            macs_before: None,
            macs_after: None,
        };
        let run = score_rows(&result("voita", Some(1), Some(vec![0.5]), vec![row]));
        assert_eq!((run[0].variant.as_str(), run[0].k), ("lambda=0.1", Some(1)));
        assert!(score_rows(&result("random", Some(1), None, Vec::new())).is_empty());
    }
}
