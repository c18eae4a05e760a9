//! latency.csv: how long a batch takes on a model with all of its heads, with some masked, and without them.

use std::collections::BTreeSet;
use std::path::Path;

use files::FileError;
use serde::{Deserialize, Serialize};

use crate::RecordError;
use crate::rows::{Lengths, line_error, read_rows, to_csv};

/// Name of the file, in the folder of a sweep.
pub const LATENCY_FILE: &str = "latency.csv";

/// The columns of latency.csv, in order.
pub const LATENCY_COLUMNS: [&str; 18] = [
    "run_id",
    "method",
    "variant",
    "k",
    "n_heads",
    "seed",
    "kind",
    "device",
    "threads",
    "batch",
    "length",
    "repeats",
    "ms",
    "ms_low",
    "ms_high",
    "tokens_per_second",
    "params",
    "macs",
];

/// Which model was timed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LatencyKind {
    /// The one with all of its heads.
    Dense,
    /// The one whose pruned heads are computed and multiplied by 0.
    Masked,
    /// The one that has only the heads kept.
    Removed,
}

impl LatencyKind {
    /// Its name in the file.
    pub fn name(self) -> &'static str {
        match self {
            Self::Dense => "dense",
            Self::Masked => "masked",
            Self::Removed => "removed",
        }
    }
}

/// The time of one model on one device, with batches of one shape.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LatencyRow {
    /// The run whose heads are kept; empty where the model is no run's.
    pub run_id: String,
    /// The pruning method, as in results.csv.
    pub method: String,
    /// The variant, as in results.csv; may be empty.
    pub variant: String,
    /// Heads kept.
    pub k: u32,
    /// Number of heads of the dense model.
    pub n_heads: u32,
    /// The run's seed, or that by which heads were drawn.
    pub seed: u64,
    /// Which model was timed.
    pub kind: LatencyKind,
    /// The device.
    pub device: String,
    /// Threads of the host.
    pub threads: u32,
    /// Examples of a batch.
    pub batch: u32,
    /// Tokens of an example.
    pub length: u32,
    /// Batches timed.
    pub repeats: u32,
    /// Milliseconds of a batch: the median.
    pub ms: f64,
    /// Lower end of the interval of the median.
    pub ms_low: f64,
    /// Upper end of the interval of the median.
    pub ms_high: f64,
    /// Tokens decoded in a second, where a model decodes.
    pub tokens_per_second: Option<f64>,
    /// Parameters of the model that was timed.
    pub params: u64,
    /// Multiply-adds of an example of this length in it.
    pub macs: u64,
}

/// What two rows of one file must not share, in the order in which rows stand.
type Key<'a> = (
    (&'a str, u32, u32, u32),
    (&'a str, &'a str, u32, LatencyKind),
    (u64, &'a str),
);

impl LatencyRow {
    fn key(&self) -> Key<'_> {
        (
            (&self.device, self.threads, self.batch, self.length),
            (&self.method, &self.variant, self.k, self.kind),
            (self.seed, &self.run_id),
        )
    }

    /// What makes this row impossible by itself, if anything does.
    fn fault(&self) -> Option<String> {
        let Self {
            k,
            n_heads,
            kind,
            ms,
            ms_low,
            ms_high,
            ..
        } = self;
        let times = [*ms, *ms_low, *ms_high].into_iter().chain(self.tokens_per_second);
        if self.method.is_empty() || self.device.is_empty() {
            Some("method and device must not be empty".into())
        } else if *n_heads == 0 || k > n_heads {
            Some(format!("{k} heads kept of {n_heads}"))
        } else if *kind == LatencyKind::Dense && k < n_heads {
            Some(format!("kind is dense, and {k} of {n_heads} heads are kept"))
        } else if self.batch == 0 || self.length == 0 || self.repeats == 0 {
            Some("batch, length and repeats must not be 0".into())
        } else if let Some(wrong) = times.into_iter().find(|time| !(time.is_finite() && *time > 0.0)) {
            Some(format!("{wrong} is no time or rate that was measured"))
        } else if !(ms_low <= ms && ms <= ms_high) {
            Some(format!("ms is {ms}, outside its interval {ms_low} to {ms_high}"))
        } else {
            None
        }
    }
}

/// The first row that says anew what an earlier one says.
fn repeated<'a>(rows: impl Iterator<Item = &'a LatencyRow>) -> Option<(usize, String)> {
    let mut seen = BTreeSet::new();
    let (place, row) = rows.enumerate().find(|(_, row)| !seen.insert(row.key()))?;
    let reason = format!(
        "{} of {} heads of {} ({}) stands twice for one device and batch",
        row.k,
        row.n_heads,
        row.method,
        row.kind.name()
    );
    Some((place, reason))
}

/// Reads a latency.csv.
///
/// # Errors
/// The file cannot be read, its header is not [`LATENCY_COLUMNS`], or a line does not parse, is impossible or stands twice;
/// the error names file and line.
pub fn read_latency(path: &Path) -> Result<Vec<LatencyRow>, RecordError> {
    let rows = read_rows(path, &LATENCY_COLUMNS, Lengths::Names, LatencyRow::fault)?;
    if let Some((i, reason)) = repeated(rows.iter().map(|(_, row)| row)) {
        let line = rows.get(i).map_or(1, |(line, _)| *line);
        return Err(line_error(path, line, reason));
    }
    Ok(rows.into_iter().map(|(_, row)| row).collect())
}

/// Writes `rows` to `path` atomically, sorted by device, threads, batch, length, method, variant, k, kind, seed and run, so
/// that the bytes depend on the set of rows only.
///
/// # Errors
/// A row is impossible or says anew what another says, or the file cannot be written.
pub fn write_latency(path: &Path, rows: &[LatencyRow]) -> Result<(), RecordError> {
    let alone = rows
        .iter()
        .enumerate()
        .find_map(|(i, row)| Some((i, row.fault()?)));
    if let Some((i, reason)) = alone.or_else(|| repeated(rows.iter())) {
        let run_id = rows.get(i).map_or_else(String::new, |row| row.run_id.clone());
        return Err(RecordError::Row { run_id, reason });
    }
    let mut sorted: Vec<&LatencyRow> = rows.iter().collect();
    sorted.sort_by_key(|row| row.key());
    let bytes = to_csv(&LATENCY_COLUMNS, &sorted).map_err(FileError::writing(path))?;
    Ok(files::write(path, &bytes).map_err(FileError::writing(path))?)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(k: u32, kind: LatencyKind) -> LatencyRow {
        LatencyRow {
            run_id: format!("dsp-joint-k{k:02}-s1-0a0b0c0d"),
            method: "dsp-joint".into(),
            variant: String::new(),
            k,
            n_heads: 12,
            seed: 1,
            kind,
            device: "flex".into(),
            threads: 2,
            batch: 8,
            length: 128,
            repeats: 20,
            ms: 1.5 + f64::from(k),
            ms_low: 1.25 + f64::from(k),
            ms_high: 2.0 + f64::from(k),
            tokens_per_second: None,
            params: 100 + u64::from(k),
            macs: 1000 + u64::from(k),
        }
    }

    #[test]
    fn rows_come_back_sorted_whatever_their_order_was() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(LATENCY_FILE);
        let decoding = LatencyRow {
            tokens_per_second: Some(31.5),
            ..row(12, LatencyKind::Dense)
        };
        let rows = [
            row(3, LatencyKind::Masked),
            row(3, LatencyKind::Removed),
            decoding,
        ];
        write_latency(&path, &rows).unwrap();
        let text = std::fs::read_to_string(&path).unwrap();
        assert_eq!(text.lines().next().unwrap(), LATENCY_COLUMNS.join(","));
        assert!(
            text.contains(",masked,flex,2,8,128,20,4.5,4.25,5.0,,103,1003"),
            "{text}"
        );
        assert_eq!(read_latency(&path).unwrap(), rows);
        let turned: Vec<LatencyRow> = rows.into_iter().rev().collect();
        write_latency(&path, &turned).unwrap();
        assert_eq!(std::fs::read_to_string(&path).unwrap(), text);
        write_latency(&path, &[]).unwrap();
        assert_eq!(read_latency(&path).unwrap(), []);
    }

    #[test]
    fn the_impossible_is_neither_written_nor_read() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(LATENCY_FILE);
        let good = row(3, LatencyKind::Removed);
        type Change = fn(&mut LatencyRow);
        let wrong: [(Change, &str); 7] = [
            (|row| row.k = 13, "13 heads kept of 12"),
            (|row| row.kind = LatencyKind::Dense, "3 of 12 heads are kept"),
            (|row| row.ms = f64::NAN, "NaN is no time"),
            (|row| row.ms_low = 0.0, "0 is no time"),
            (|row| row.ms_high = 4.0, "outside its interval"),
            (|row| row.repeats = 0, "must not be 0"),
            (|row| row.device.clear(), "must not be empty"),
        ];
        for (change, reason) in wrong {
            let mut row = good.clone();
            change(&mut row);
            let said = write_latency(&path, std::slice::from_ref(&row))
                .unwrap_err()
                .to_string();
            assert!(said.contains(reason), "{said}");
            std::fs::write(&path, to_csv(&LATENCY_COLUMNS, &[&good, &row]).unwrap()).unwrap();
            let said = read_latency(&path).unwrap_err().to_string();
            assert!(said.contains("latency.csv:3") && said.contains(reason), "{said}");
        }
        let twice = [good.clone(), good];
        assert!(
            write_latency(&path, &twice)
                .unwrap_err()
                .to_string()
                .contains("stands twice")
        );
        std::fs::write(&path, to_csv(&LATENCY_COLUMNS, &twice).unwrap()).unwrap();
        let said = read_latency(&path).unwrap_err().to_string();
        assert!(
            said.contains("latency.csv:3") && said.contains("stands twice"),
            "{said}"
        );
    }
}
