//! heads_by_kind: how many heads of each kind of attention are kept, where a model has several.

use crate::ReportError;
use crate::artefact::{Artefact, Made, Stored};
use crate::figure::KindsFigure;

pub(super) struct Figure;

impl Artefact for Figure {
    fn make(&self, sweep: &Stored) -> Result<Vec<Made>, ReportError> {
        Made::figure(sweep, KindsFigure::new(&sweep.kept, &sweep.caption))
    }
}
