//! `[pipelined]`: how long the methods that start from the dense model are trained.

use experiment::{Experiment, Finding, Part, Section, json};
use serde::{Deserialize, Serialize};

use crate::method::Job;
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

impl Section for PipelinedSection {
    const NAME: &'static str = "pipelined";

    fn completed(self, is_written: &dyn Fn(&str) -> bool) -> Self {
        match is_written("updates") && !is_written("epochs") {
            true => Self { epochs: None, ..self },
            false => self,
        }
    }
}

impl PipelinedSection {
    /// All of it decides the numbers of a pipelined training.
    pub(crate) const PART: Part = Part {
        name: Self::NAME,
        value: |experiment| json(&experiment.section::<Self>()),
    };
}

/// Updates of a pipelined training.
pub(crate) fn updates(job: &Job<'_>, task: &dyn Task) -> usize {
    let PipelinedSection { epochs, updates } = job.experiment.section();
    let cap = job.experiment.train.updates;
    task.updates(epochs, updates.into_iter().chain(cap).min())
}

/// The rate of importances on the frozen dense model: its own, or that of joint training.
pub(crate) fn rate(joint: f64, own: Option<f64>) -> f64 {
    own.unwrap_or(joint)
}

/// Refuses a rate of its own that is none.
pub(crate) fn check_rate(key: &str, own: Option<f64>) -> Result<(), Finding> {
    own.map_or(Ok(()), |rate| Finding::positive(key, rate))
}

pub(crate) fn check(experiment: &Experiment) -> Result<(), Finding> {
    let PipelinedSection { epochs, updates } = experiment.section();
    check_length(PipelinedSection::NAME, epochs, updates)
}

/// Refuses a training of the section of this name that has no end.
pub(crate) fn check_length(
    section: &str,
    epochs: Option<f64>,
    updates: Option<usize>,
) -> Result<(), Finding> {
    let (of_epochs, of_updates) = (format!("{section}.epochs"), format!("{section}.updates"));
    match (epochs, updates) {
        (Some(epochs), _) => Finding::positive(&of_epochs, epochs)?,
        (None, None) => {
            let message = format!("is missing, and so is `{of_epochs}`; set one of them");
            return Err(Finding::new(of_updates, message));
        }
        (None, Some(_)) => {}
    }
    updates.map_or(Ok(()), |updates| Finding::at_least_one(&of_updates, updates))
}
