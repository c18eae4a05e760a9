//! `[report]`: what is declared before the numbers are seen. None of it changes a number of a run, so no key holds it.

use serde::{Deserialize, Serialize};

use crate::finding::Finding;

/// How results are judged.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct ReportSection {
    /// Points of accuracy (in percent) or of BLEU by which a method must be worse than another to be called worse.
    pub margin: f64,
}

impl Default for ReportSection {
    fn default() -> Self {
        Self { margin: 1.0 }
    }
}

impl ReportSection {
    /// A margin is a number of points.
    pub(crate) fn check(&self) -> Result<(), Finding> {
        if (0.0..=100.0).contains(&self.margin) {
            return Ok(());
        }
        let message = format!("is {}, but must be a number of points from 0 to 100", self.margin);
        Err(Finding::new("report.margin", message).hint("one point is 1.0"))
    }
}
