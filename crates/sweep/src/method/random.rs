//! Random subsets of the dense model's heads, the baseline that any importance must beat.

use baselines::random_subset;
use heads::{SeededUniform, derive_seed};
use serde::{Deserialize, Serialize};

use super::dense::DENSE;
use super::{Method, Point, Section, json};
use crate::experiment::Finding;
use crate::job::{ExecuteError, Job, Progress};
use crate::store::Measured;
use crate::task::{Candidate, Gates, Task};

/// Random subsets of heads of the dense model.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct RandomSection {
    /// Subsets drawn for each K and seed.
    pub draws: usize,
}

impl Default for RandomSection {
    fn default() -> Self {
        Self { draws: 10 }
    }
}

/// The dense model under random subsets of its heads; nothing is trained.
pub(super) static RANDOM: Method = Method {
    name: "random",
    sections: &[Section {
        name: "random",
        value: |experiment| json(&experiment.random),
    }],
    starts_from: Some(&DENSE),
    points: |experiment| Point::heads(experiment, "random"),
    check: |experiment| match experiment.random.draws {
        0 => Err(Finding::new("random.draws", "is 0; draw at least one subset")),
        _ => Ok(()),
    },
    measures: true,
    run,
};

fn run(job: &Job<'_>, task: &mut dyn Task, progress: &mut dyn Progress) -> Result<Measured, ExecuteError> {
    task.take_saved(job.base("dense")?)?;
    let (k, total) = (job.k()?, task.grid().total());
    let seed = derive_seed(job.run.seed, "random subsets");
    let candidates = (0..job.experiment.random.draws)
        .map(|draw| {
            let mut noise = SeededUniform::at_update(derive_seed(seed, &format!("K = {k}")), draw as u64);
            let mask = random_subset(total, k, &mut noise).map_err(ExecuteError::new)?;
            Ok(Candidate {
                variant: format!("draw-{}", draw + 1),
                k_target: Some(k),
                gates: Gates::Hard(mask),
            })
        })
        .collect::<Result<Vec<_>, ExecuteError>>()?;
    task.measure(&candidates, progress)
}
