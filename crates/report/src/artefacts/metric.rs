//! The figures of each metric against the heads kept: the main one, and panels of the methods that it leaves out.

use crate::ReportError;
use crate::artefact::{Artefact, Made, Stored};
use crate::figure::{MetricFigure, methods_chart};
use crate::measure::Measure;

impl Artefact for Measure {
    fn make(&self, sweep: &Stored) -> Result<Vec<Made>, ReportError> {
        let main = MetricFigure::new(&sweep.points, &sweep.published, *self, &sweep.caption);
        let mut made = Made::figure(sweep, main)?;
        made.extend(Made::figure(
            sweep,
            methods_chart(&sweep.points, self, &sweep.caption),
        )?);
        Ok(made)
    }
}
