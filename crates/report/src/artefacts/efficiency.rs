//! efficiency: what heads cost and what they are worth, as a table and as panels beside one another.

use records::to_csv;

use crate::ReportError;
use crate::artefact::{Artefact, Made, Stored};
use crate::efficiency::{EFFICIENCY_COLUMNS, efficiency};
use crate::figure::efficiency_chart;

/// efficiency.csv.
pub(super) struct Table;

impl Artefact for Table {
    fn make(&self, sweep: &Stored) -> Result<Vec<Made>, ReportError> {
        let rows = efficiency(&sweep.points, &sweep.latency);
        if rows.is_empty() {
            return Ok(Vec::new());
        }
        Made::csv("efficiency.csv", to_csv(&EFFICIENCY_COLUMNS, &rows))
    }
}

pub(super) struct Figure;

impl Artefact for Figure {
    fn make(&self, sweep: &Stored) -> Result<Vec<Made>, ReportError> {
        let rows = efficiency(&sweep.points, &sweep.latency);
        Made::figure(sweep, efficiency_chart(&rows, &sweep.gaps, &sweep.caption))
    }
}
