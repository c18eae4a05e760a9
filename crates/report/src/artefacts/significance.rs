//! What was tested: every comparison, exact control of the number of heads, and effect sizes.

use records::to_csv;

use crate::ReportError;
use crate::artefact::{Artefact, Made, Stored};
use crate::cells::{cells, rows_of_cells};
use crate::effects::{EFFECT_COLUMNS, effects};
use crate::exact_k::{EXACT_COLUMNS, exact_control};
use crate::significance::COMPARISON_COLUMNS;

pub(super) enum Table {
    /// significance.csv.
    Comparisons,
    /// exact_k.csv.
    Exact,
    /// effect_sizes.csv.
    Effects,
}

impl Artefact for Table {
    fn make(&self, sweep: &Stored) -> Result<Vec<Made>, ReportError> {
        match self {
            Self::Comparisons => table("significance.csv", &COMPARISON_COLUMNS, &sweep.comparisons),
            Self::Exact => table("exact_k.csv", &EXACT_COLUMNS, &exact_control(&sweep.results)),
            Self::Effects => {
                let rows = rows_of_cells(&sweep.results);
                table("effect_sizes.csv", &EFFECT_COLUMNS, &effects(&cells(&rows)))
            }
        }
    }
}

/// The table, where it has rows.
fn table<T: serde::Serialize>(name: &str, columns: &[&str], rows: &[T]) -> Result<Vec<Made>, ReportError> {
    if rows.is_empty() {
        return Ok(Vec::new());
    }
    Made::csv(name, to_csv(columns, rows))
}
