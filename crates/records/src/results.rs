//! results.csv: one row for each number that a run produced, in one order, the same bytes for the same rows.

use std::cmp::Ordering;
use std::path::Path;

use files::FileError;
use serde::{Deserialize, Serialize};

use crate::RecordError;
use crate::rows::{Lengths, read_rows, to_csv};

/// Version of results.csv: of the columns below. Rows of version 1, which has no `cost_examples`, and of version 2, which has no
/// `macs_before` and `macs_after`, are read too; those of a later one are refused.
pub const ROW_SCHEMA_VERSION: u32 = 3;

/// The columns of results.csv, in order.
pub const RESULT_COLUMNS: [&str; 24] = [
    "experiment",
    "task",
    "scale",
    "method",
    "variant",
    "k_target",
    "k_actual",
    "n_heads",
    "seed",
    "split",
    "metric",
    "value",
    "n_examples",
    "signature",
    "run_id",
    "recipe",
    "recipe_version",
    "params_before",
    "params_after",
    "train_updates",
    "cost_examples",
    "macs_before",
    "macs_after",
    "schema_version",
];

/// The columns that the first version does not have, each with the version that brought it.
const ADDED: [(&str, u32); 3] = [("cost_examples", 2), ("macs_before", 3), ("macs_after", 3)];

/// The columns of a version.
fn columns_of(version: u32) -> Vec<&'static str> {
    let is_later = |column: &str| {
        ADDED
            .iter()
            .any(|&(added, since)| added == column && since > version)
    };
    let columns = RESULT_COLUMNS.into_iter();
    columns.filter(|column| !is_later(column)).collect()
}

/// One number of one run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ResultRow {
    /// Name of the experiment file, as `mnli`.
    pub experiment: String,
    /// The task, as `mnli` or `iwslt`.
    pub task: String,
    /// `demo`, `small` or `paper`.
    pub scale: String,
    /// The pruning method, as `dsp-joint`; `dense` where nothing is pruned.
    pub method: String,
    /// What sets this row apart within its method, as `batch-abs`, or `draw-3` for the third of several draws; may be empty.
    pub variant: String,
    /// Number of heads the run was asked to keep.
    pub k_target: u32,
    /// Number of heads it kept.
    pub k_actual: u32,
    /// Number of heads of the dense model.
    pub n_heads: u32,
    /// The run's seed.
    pub seed: u64,
    /// The evaluated examples, as `matched`, `mismatched` or `test`.
    pub split: String,
    /// What `value` measures, as `accuracy` (in 0..=1) or `bleu` (in 0..=100).
    pub metric: String,
    /// The number.
    pub value: f64,
    /// Number of evaluated examples.
    pub n_examples: u64,
    /// How the metric was computed, as a BLEU signature; may be empty.
    pub signature: String,
    /// The run's id: its folder's name under `runs/`.
    pub run_id: String,
    /// `paper` or `released`.
    pub recipe: String,
    /// Version of the recipe.
    pub recipe_version: String,
    /// Number of parameters of the dense model.
    pub params_before: u64,
    /// Number of parameters once the pruned heads are removed.
    pub params_after: u64,
    /// Number of updates the run trained for.
    pub train_updates: u64,
    /// Examples that passed the model in the run and in all that it starts from, to train, to score heads or to choose; none
    /// where an earlier program counted none.
    #[serde(default)]
    pub cost_examples: Option<u64>,
    /// Multiply-adds of the dense model for an example, mean over the split; none where they were not counted.
    #[serde(default)]
    pub macs_before: Option<u64>,
    /// The same once the pruned heads are removed.
    #[serde(default)]
    pub macs_after: Option<u64>,
    /// Of what is written [`ROW_SCHEMA_VERSION`].
    pub schema_version: u32,
}

impl ResultRow {
    /// The order of results.csv: total, and equal only for equal rows.
    fn order(&self, other: &Self) -> Ordering {
        fn key(row: &ResultRow) -> impl Ord + '_ {
            (
                (&row.experiment, &row.task, &row.scale, &row.method, &row.variant),
                (
                    row.k_target,
                    row.seed,
                    &row.split,
                    &row.metric,
                    row.k_actual,
                    row.n_heads,
                ),
                (
                    &row.signature,
                    &row.run_id,
                    &row.recipe,
                    &row.recipe_version,
                    row.n_examples,
                ),
                (
                    row.params_before,
                    row.params_after,
                    row.train_updates,
                    row.cost_examples,
                    row.macs_before,
                    row.macs_after,
                    row.schema_version,
                ),
            )
        }
        key(self)
            .cmp(&key(other))
            .then(self.value.total_cmp(&other.value))
    }

    /// Refuses an impossible row.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn check(&self) -> Result<(), RecordError> {
        match self.fault() {
            None => Ok(()),
            Some(reason) => Err(RecordError::Row {
                run_id: self.run_id.clone(),
                reason,
            }),
        }
    }

    /// What makes this row impossible, if anything does.
    fn fault(&self) -> Option<String> {
        let Self {
            k_target,
            k_actual,
            n_heads,
            value,
            schema_version,
            ..
        } = self;
        if !(1..=ROW_SCHEMA_VERSION).contains(schema_version) {
            Some(format!(
                "schema_version is {schema_version}, this program reads {ROW_SCHEMA_VERSION}"
            ))
        } else if !value.is_finite() {
            Some(format!("value is {value}, not a finite number"))
        } else if *n_heads == 0 {
            Some("n_heads is 0".into())
        } else if k_actual > n_heads || k_target > n_heads {
            Some(format!("{} heads kept of {n_heads}", k_actual.max(k_target)))
        } else if self.macs_before.is_some() != self.macs_after.is_some() {
            Some("of macs_before and macs_after one is missing".into())
        } else if self.macs_after > self.macs_before {
            Some("macs_after is larger than macs_before".into())
        } else if self.method.is_empty() || self.split.is_empty() || self.metric.is_empty() {
            Some("method, split and metric must not be empty".into())
        } else {
            None
        }
    }
}

/// Reads a results.csv of any version.
///
/// # Errors
/// The file cannot be read, its header is not [`RESULT_COLUMNS`] (or that of an earlier version), or a line does not parse; the
/// error names file and line.
pub fn read_results(path: &Path) -> Result<Vec<ResultRow>, RecordError> {
    let length = header_length(path);
    // A file without a header, or with one of no version, is held against the newest.
    let columns = (1..ROW_SCHEMA_VERSION)
        .map(columns_of)
        .find(|columns| Some(columns.len()) == length)
        .unwrap_or_else(|| RESULT_COLUMNS.to_vec());
    let rows = read_rows(path, &columns, Lengths::Names, ResultRow::fault)?;
    Ok(rows.into_iter().map(|(_, row)| row).collect())
}

/// How many columns the header of the file has; none where there is no header.
fn header_length(path: &Path) -> Option<usize> {
    let mut reader = csv::Reader::from_path(path).ok()?;
    Some(reader.headers().ok()?.len())
}

/// Writes `rows` to `path` atomically, sorted by task, method, variant, target K, seed, split, metric and then
/// every other column, so that the bytes depend on the set of rows only.
///
/// # Errors
/// A row is impossible (a value that is not finite, more heads kept than there are), or the file cannot be written.
pub fn write_results(path: &Path, rows: &[ResultRow]) -> Result<(), RecordError> {
    rows.iter().try_for_each(ResultRow::check)?;
    let mut sorted: Vec<&ResultRow> = rows.iter().collect();
    sorted.sort_by(|a, b| a.order(b));
    let bytes = to_csv(&RESULT_COLUMNS, &sorted).map_err(FileError::writing(path))?;
    Ok(files::write(path, &bytes).map_err(FileError::writing(path))?)
}
