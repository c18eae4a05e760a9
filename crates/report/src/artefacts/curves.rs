//! curves.csv: the points of all curves.

use records::to_csv;

use crate::ReportError;
use crate::artefact::{Artefact, Made, Stored};
use crate::curves::CURVE_COLUMNS;

pub(super) struct Curves;

impl Artefact for Curves {
    fn make(&self, sweep: &Stored) -> Result<Vec<Made>, ReportError> {
        Made::csv("curves.csv", to_csv(&CURVE_COLUMNS, &sweep.points))
    }
}
