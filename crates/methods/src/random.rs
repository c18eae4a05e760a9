//! Random subsets of heads: of the dense model's, the baseline that any importance must beat, and one drawn before the training,
//! under which the weights learn from their start, the control that joint training must beat.

use baselines::random_subset;
use experiment::{Finding, Part, Point, Section, SectionType, json};
use heads::{HeadMask, SeededUniform, derive_seed};
use records::Measured;
use serde::{Deserialize, Serialize};

use crate::dense::{DENSE, weight_rate};
use crate::error::ExecuteError;
use crate::fixed;
use crate::method::{Job, Method};
use crate::progress::Progress;
use crate::task::{Answers, Candidate, Gates, Role, Task};

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

impl Section for RandomSection {
    const NAME: &'static str = "random";
}

/// The dense model under random subsets of its heads; nothing is trained.
pub(crate) static RANDOM: Method = Method {
    name: "random",
    sections: &[SectionType::of::<RandomSection>()],
    decisive: &[Part {
        name: "random",
        value: |experiment| json(&experiment.section::<RandomSection>()),
    }],
    starts_from: Some(&DENSE),
    same_heads: false,
    points: |experiment| Point::heads(experiment, "random"),
    check: |experiment| match experiment.section::<RandomSection>().draws {
        0 => Err(Finding::new("random.draws", "is 0; draw at least one subset")),
        _ => Ok(()),
    },
    measures: true,
    run,
};

/// One random subset, the weights trained under it from their start: joint training with nothing chosen.
pub(crate) static JOINT: Method = Method {
    name: "random-joint",
    sections: &[],
    decisive: &[Part::DATA, Part::MODEL, Part::TRAIN, Part::SELECT],
    starts_from: None,
    same_heads: false,
    points: |experiment| Point::heads(experiment, "random-joint"),
    check: |_| Ok(()),
    measures: true,
    run: joint,
};

/// Subset number `draw`, from 0, of a run: the same ones for every method of a seed.
pub(crate) fn subset(job: &Job<'_>, task: &dyn Task, draw: usize) -> Result<HeadMask, ExecuteError> {
    let (k, total) = (job.k()?, task.grid().total());
    let seed = derive_seed(derive_seed(job.seed, "random subsets"), &format!("K = {k}"));
    let mut noise = SeededUniform::at_update(seed, draw as u64);
    random_subset(total, k, &mut noise).map_err(ExecuteError::new)
}

fn run(job: &Job<'_>, task: &mut dyn Task, progress: &mut dyn Progress) -> Result<Measured, ExecuteError> {
    task.take_saved(job.base("dense")?)?;
    let k = job.k()?;
    let candidates = (0..job.experiment.section::<RandomSection>().draws)
        .map(|draw| {
            Ok(Candidate {
                variant: format!("draw-{}", draw + 1),
                k_target: Some(k),
                gates: Gates::Hard(subset(job, task, draw)?),
                answers: Answers::Stored,
                role: Role::Alternative,
            })
        })
        .collect::<Result<Vec<_>, ExecuteError>>()?;
    task.measure(&candidates, progress)
}

fn joint(job: &Job<'_>, task: &mut dyn Task, progress: &mut dyn Progress) -> Result<Measured, ExecuteError> {
    let (mask, updates) = (subset(job, task, 0)?, job.updates(task));
    task.take_fresh()?;
    fixed::train(job, task, progress, mask, (updates, weight_rate(job)))
}
