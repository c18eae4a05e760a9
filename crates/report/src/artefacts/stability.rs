//! heads_stability.csv and agreement_of_methods.csv: how far the masks of different seeds, and of different methods, agree.

use records::to_csv;

use crate::ReportError;
use crate::artefact::{Artefact, Made, Stored};
use crate::between::{BETWEEN_COLUMNS, between_methods};
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

/// agreement_of_methods.csv, where two methods have a number of heads in common.
pub(super) struct BetweenMethods;

impl Artefact for BetweenMethods {
    fn make(&self, sweep: &Stored) -> Result<Vec<Made>, ReportError> {
        let pairs = between_methods(&sweep.heads)?;
        if pairs.is_empty() {
            return Ok(Vec::new());
        }
        Made::csv("agreement_of_methods.csv", to_csv(&BETWEEN_COLUMNS, &pairs))
    }
}
