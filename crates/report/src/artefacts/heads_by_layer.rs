//! heads_by_layer: how many heads of each attention module are kept, as a table and as shades.

use records::to_csv;

use crate::ReportError;
use crate::artefact::{Artefact, Made, Stored};
use crate::figure::LayersFigure;
use crate::kept::LAYER_COLUMNS;

/// heads_by_layer.csv.
pub(super) struct Table;

impl Artefact for Table {
    fn make(&self, sweep: &Stored) -> Result<Vec<Made>, ReportError> {
        if sweep.heads.is_empty() {
            return Ok(Vec::new());
        }
        Made::csv("heads_by_layer.csv", to_csv(&LAYER_COLUMNS, &sweep.kept))
    }
}

pub(super) struct Figure;

impl Artefact for Figure {
    fn make(&self, sweep: &Stored) -> Result<Vec<Made>, ReportError> {
        Made::figure(sweep, LayersFigure::new(&sweep.kept, &sweep.caption))
    }
}
