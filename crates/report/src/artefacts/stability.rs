//! heads_stability.csv: how far the masks of different seeds agree.

use records::to_csv;

use crate::ReportError;
use crate::artefact::{Artefact, Made, Stored};
use crate::stability::{STABILITY_COLUMNS, stability};

pub(super) struct Table;

impl Artefact for Table {
    fn make(&self, sweep: &Stored) -> Result<Vec<Made>, ReportError> {
        if sweep.heads.is_empty() {
            return Ok(Vec::new());
        }
        let overlaps = stability(&sweep.heads)?;
        Made::csv("heads_stability.csv", to_csv(&STABILITY_COLUMNS, &overlaps))
    }
}
