//! The figure of each metric against the heads kept.

use crate::ReportError;
use crate::artefact::{Artefact, Made, Stored};
use crate::figure::MetricFigure;
use crate::measure::Measure;

impl Artefact for Measure {
    fn make(&self, sweep: &Stored) -> Result<Vec<Made>, ReportError> {
        Made::figure(sweep, MetricFigure::new(&sweep.points, *self, &sweep.caption))
    }
}
