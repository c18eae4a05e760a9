//! How far a run is, and who is told.

use serde::{Deserialize, Serialize};

/// How far a run is.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct ProgressReport {
    /// What is being done, in a word.
    pub phase: String,
    /// Steps done of the whole run, not of the phase.
    pub done: u64,
    /// Steps of the whole run.
    pub total: u64,
    /// Training loss.
    pub loss: Option<f64>,
    /// Temperature.
    pub tau: Option<f64>,
}

/// Takes what a run says while it is executed.
pub trait Progress {
    /// May be called at every update: what is too much is dropped.
    fn report(&mut self, report: &ProgressReport);
}
