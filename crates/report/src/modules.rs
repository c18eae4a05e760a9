//! Whether heads.csv and results.csv are of the same sweep.

use std::collections::BTreeSet;

use records::{HeadsRow, RecordError, ResultRow};

use crate::ReportError;

/// Refuses masks of runs that results.csv does not have.
pub(crate) fn check_runs(heads: &[HeadsRow], results: &[ResultRow]) -> Result<(), ReportError> {
    let runs: BTreeSet<(&str, u32)> = results
        .iter()
        .map(|row| (row.run_id.as_str(), row.n_heads))
        .collect();
    let is_foreign = |row: &&HeadsRow| !runs.contains(&(row.run_id.as_str(), row.n_heads));
    match heads.iter().find(is_foreign) {
        None => Ok(()),
        Some(row) => Err(RecordError::Row {
            run_id: row.run_id.clone(),
            reason: format!(
                "heads.csv has its mask of {} heads, results.csv has no such run; write both anew",
                row.n_heads
            ),
        }
        .into()),
    }
}
