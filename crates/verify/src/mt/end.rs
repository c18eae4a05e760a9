//! What a recording says of the end of a training.

use serde::Deserialize;

/// What a trajectory file says of its end. Numbers are of the run in single precision; masks are of both.
#[derive(Deserialize)]
pub(super) struct End {
    pub(super) final_hard_mask: Option<Vec<Vec<f64>>>,
    pub(super) final_threshold_gap: Option<f64>,
    pub(super) final_eval_gates: Option<Vec<Vec<f64>>>,
    pub(super) final_p_open: Option<Vec<Vec<f64>>>,
    pub(super) final_threshold_mask: Option<Vec<Vec<f64>>>,
}
