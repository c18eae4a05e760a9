//! published.csv: what others have published, beside what this sweep measured.

use records::to_csv;

use crate::ReportError;
use crate::artefact::{Artefact, Made, Stored};
use crate::published::COMPARED_COLUMNS;

pub(super) struct Table;

impl Artefact for Table {
    fn make(&self, sweep: &Stored) -> Result<Vec<Made>, ReportError> {
        if sweep.published.is_empty() {
            return Ok(Vec::new());
        }
        Made::csv("published.csv", to_csv(&COMPARED_COLUMNS, &sweep.published))
    }
}
