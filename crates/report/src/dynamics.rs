//! How trainings with gates went: temperatures, open heads and importances of one run of each method, from its logs.

use std::collections::BTreeSet;
use std::path::Path;

use records::{
    GATES_FILE, LoggedUpdate, MASK_FILE, METRICS_FILE, ResultRow, read_gate_log, read_mask, read_training_log,
};

use crate::ReportError;
use crate::figure::curve_rank;

/// Pieces into which a training is cut, of each of which a mean is shown.
const PIECES: usize = 100;

/// One run of one method.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Dynamics {
    pub method: String,
    pub variant: String,
    pub k: u32,
    pub seed: u64,
    /// Mean update of each piece, with what follows in it.
    pub pieces: Vec<Piece>,
    /// Update and importance of each head, where the gate has one a head; none of runs without a log of them.
    pub importances: Vec<Vec<(f64, f64)>>,
    /// Whether each head is kept in the end; empty where the run has no mask.
    pub kept: Vec<bool>,
}

/// Means over some updates.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Piece {
    pub update: f64,
    pub tau: Option<f64>,
    /// Heads whose gate was above 1/2.
    pub open: f64,
    /// Share of the updates whose open heads are those that are tested; none where the run has no mask.
    pub tested: Option<f64>,
}

/// The runs of the first seed, at the middle one of the numbers of heads, whose logs of gates are in `folder`, in the order of a
/// legend; and which logs could not be read.
pub(crate) fn dynamics(rows: &[ResultRow], folder: &Path) -> (Vec<Dynamics>, Vec<String>) {
    let log_of = |row: &ResultRow| folder.join("runs").join(&row.run_id).join(METRICS_FILE);
    let is_exact = |row: &&ResultRow| row.k_actual == row.k_target && row.k_target < row.n_heads;
    let logged: Vec<&ResultRow> = rows
        .iter()
        .filter(is_exact)
        .filter(|row| row.variant.is_empty() && log_of(row).is_file())
        .collect();
    let ks: BTreeSet<u32> = logged.iter().map(|row| row.k_target).collect();
    let Some(k) = ks.iter().nth(ks.len() / 2) else {
        return Default::default();
    };
    let seed = logged.iter().map(|row| row.seed).min();
    let of_point = |row: &&&ResultRow| row.k_target == *k && Some(row.seed) == seed;
    let mut runs: Vec<&ResultRow> = logged.iter().filter(of_point).copied().collect();
    runs.sort_by_key(|row| (curve_rank(&row.method, &row.variant), &row.method, &row.run_id));
    runs.dedup_by_key(|row| &row.run_id);
    let (mut found, mut faults) = (Vec::new(), Vec::new());
    for row in runs {
        match of_run(row, &folder.join("runs").join(&row.run_id)) {
            Ok(run) => found.extend(run),
            // A damaged log of one run is no reason to have no report of the others.
            Err(error) => faults.push(format!("{error}: the log is left out of the report")),
        }
    }
    (found, faults)
}

/// The training of a run; none where its gates never move.
fn of_run(row: &ResultRow, run: &Path) -> Result<Option<Dynamics>, ReportError> {
    let updates = read_training_log(&run.join(METRICS_FILE))?;
    // Weights under a mask that was chosen before have gates that never move.
    let moves = updates
        .windows(2)
        .any(|pair| matches!(pair, [a, b] if a.open != b.open));
    if !moves
        || updates
            .iter()
            .any(|update| update.open.len() != row.n_heads as usize)
    {
        return Ok(None);
    }
    let mask = run.join(MASK_FILE);
    let kept: Vec<bool> = if mask.is_file() {
        let flags = read_mask(&mask)?;
        flags.concat().into_iter().map(|flag| flag == 1).collect()
    } else {
        Vec::new()
    };
    Ok(Some(Dynamics {
        method: row.method.clone(),
        variant: row.variant.clone(),
        k: row.k_target,
        seed: row.seed,
        pieces: pieces(&updates, &kept),
        importances: importances(&run.join(GATES_FILE), row.n_heads as usize)?,
        kept,
    }))
}

fn pieces(updates: &[LoggedUpdate], kept: &[bool]) -> Vec<Piece> {
    let tested: String = kept.iter().map(|kept| if *kept { '1' } else { '0' }).collect();
    let length = updates.len().div_ceil(PIECES).max(1);
    let piece = |updates: &[LoggedUpdate]| {
        let count = updates.len() as f64;
        let mean = |value: &dyn Fn(&LoggedUpdate) -> f64| updates.iter().map(value).sum::<f64>() / count;
        let is_tested = |update: &LoggedUpdate| f64::from(u8::from(update.open == tested));
        Piece {
            update: mean(&|update| update.update as f64),
            // The last one: a mean of powers says little.
            tau: updates.last().and_then(|update| update.tau),
            open: mean(&|update| update.open.bytes().filter(|&digit| digit == b'1').count() as f64),
            tested: (!kept.is_empty()).then(|| mean(&is_tested)),
        }
    };
    updates.chunks(length).map(piece).collect()
}

/// The lines of each head; none where the file has another number of parameters.
fn importances(path: &Path, heads: usize) -> Result<Vec<Vec<(f64, f64)>>, ReportError> {
    if !path.is_file() {
        return Ok(Vec::new());
    }
    let log = read_gate_log(path)?;
    if log.names.len() != heads {
        return Ok(Vec::new());
    }
    let of_head = |head: usize| {
        let values = log
            .lines
            .iter()
            .filter_map(|(update, values)| Some((*update as f64, *values.get(head)?)));
        values.filter(|(_, value)| value.is_finite()).collect()
    };
    Ok((0..heads).map(of_head).collect())
}
