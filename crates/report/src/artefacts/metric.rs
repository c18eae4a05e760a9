//! The figures of each metric against the heads kept: the main one, and panels of the methods that it leaves out.

use crate::ReportError;
use crate::artefact::{Artefact, Made, Stored};
use crate::figure::{MetricFigure, methods_chart};
use crate::measure::Measure;

impl Artefact for Measure {
    fn make(&self, sweep: &Stored) -> Result<Vec<Made>, ReportError> {
        let mut made = Made::figure(sweep, MetricFigure::new(&sweep.points, *self, &sweep.caption))?;
        made.extend(Made::figure(
            sweep,
            methods_chart(&sweep.points, self, &sweep.caption),
        )?);
        Ok(made)
    }
}
