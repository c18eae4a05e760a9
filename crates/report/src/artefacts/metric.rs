//! The figures of each metric against the heads kept.

use crate::ReportError;
use crate::artefact::{Artefact, Made, Stored};
use crate::figure::MetricFigure;
use crate::measure::Measure;

impl Artefact for Measure {
    fn make(&self, sweep: &Stored) -> Result<Vec<Made>, ReportError> {
        let figures = MetricFigure::all(&sweep.points, *self, &sweep.caption);
        let made = figures
            .into_iter()
            .map(|figure| Made::figure(sweep, Some(figure)));
        Ok(made.collect::<Result<Vec<_>, _>>()?.concat())
    }
}
