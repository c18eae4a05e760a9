//! `[pipelined]`: how long the methods that start from the dense model are trained.

use serde::{Deserialize, Serialize};

use crate::experiment::{Experiment, Finding};
use crate::job::Job;
use crate::task::Task;

/// How long the methods that start from the dense model are trained.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct PipelinedSection {
    /// Passes over the training set; 1 if neither this nor `updates` is set, no limit if only `updates` is.
    pub epochs: Option<f64>,
    /// Updates; with `epochs` whichever ends first. `train.updates` caps these trainings too.
    pub updates: Option<usize>,
}

impl Default for PipelinedSection {
    fn default() -> Self {
        Self {
            epochs: Some(1.0),
            updates: None,
        }
    }
}

/// Updates of a pipelined training.
pub(super) fn updates(job: &Job<'_>, task: &dyn Task) -> usize {
    let PipelinedSection { epochs, updates } = job.experiment.pipelined;
    let cap = job.experiment.train.updates;
    task.updates(epochs, updates.into_iter().chain(cap).min())
}

pub(super) fn check(experiment: &Experiment) -> Result<(), Finding> {
    let PipelinedSection { epochs, updates } = experiment.pipelined;
    match (epochs, updates) {
        (Some(epochs), _) => Finding::positive("pipelined.epochs", epochs)?,
        (None, None) => {
            return Err(Finding::new(
                "pipelined.updates",
                "is missing, and so is `pipelined.epochs`; set one of them",
            ));
        }
        (None, Some(_)) => {}
    }
    updates.map_or(Ok(()), |updates| {
        Finding::at_least_one("pipelined.updates", updates)
    })
}
