//! Figures of panels: agreement of masks, factors of penalties, what pruning costs, and how trainings went.

use crate::ReportError;
use crate::artefact::{Artefact, Made, Stored};
use crate::figure::{agreement_chart, cost_chart, dynamics_chart, factors_chart};
use crate::stability::stability;

pub(super) enum Figure {
    /// mask_agreement.
    Agreement,
    /// penalty_factors.
    Factors,
    /// quality_vs_cost.
    Cost,
    /// training_dynamics, where the sweep's runs are there.
    Dynamics,
}

impl Artefact for Figure {
    fn make(&self, sweep: &Stored) -> Result<Vec<Made>, ReportError> {
        let caption = &sweep.caption;
        let chart = match self {
            Self::Agreement => agreement_chart(&stability(&sweep.heads)?, &sweep.gaps, caption),
            Self::Factors => factors_chart(&sweep.points, caption),
            Self::Cost => cost_chart(&sweep.points, caption),
            Self::Dynamics => dynamics_chart(&sweep.dynamics, caption),
        };
        Made::figure(sweep, chart)
    }
}
