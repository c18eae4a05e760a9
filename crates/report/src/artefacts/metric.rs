//! The figures of each metric against the heads kept: the main one, and panels of the methods that it leaves out.

use crate::ReportError;
use crate::artefact::{Artefact, Made, Stored};
use crate::figure::methods_chart;
use crate::measure::Measure;
use crate::panels::main_figure;

impl Artefact for Measure {
    fn make(&self, sweep: &Stored) -> Result<Vec<Made>, ReportError> {
        let mut made = Made::figure(sweep, main_figure(sweep, *self))?;
        let methods = methods_chart(&sweep.points, &sweep.gaps, self, &sweep.caption);
        made.extend(Made::figure(sweep, methods)?);
        Ok(made)
    }
}
