//! Random subsets of the dense model's heads, the baseline that any importance must beat.

use baselines::random_subset;
use experiment::{Finding, Part, Point, Section, SectionType, json};
use heads::{SeededUniform, derive_seed};
use records::Measured;
use serde::{Deserialize, Serialize};

use crate::dense::DENSE;
use crate::error::ExecuteError;
use crate::method::{Job, Method};
use crate::progress::Progress;
use crate::task::{Answers, Candidate, Gates, Task};

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
    points: |experiment| Point::heads(experiment, "random"),
    check: |experiment| match experiment.section::<RandomSection>().draws {
        0 => Err(Finding::new("random.draws", "is 0; draw at least one subset")),
        _ => Ok(()),
    },
    measures: true,
    run,
};

fn run(job: &Job<'_>, task: &mut dyn Task, progress: &mut dyn Progress) -> Result<Measured, ExecuteError> {
    task.take_saved(job.base("dense")?)?;
    let (k, total) = (job.k()?, task.grid().total());
    let seed = derive_seed(job.seed, "random subsets");
    let candidates = (0..job.experiment.section::<RandomSection>().draws)
        .map(|draw| {
            let mut noise = SeededUniform::at_update(derive_seed(seed, &format!("K = {k}")), draw as u64);
            let mask = random_subset(total, k, &mut noise).map_err(ExecuteError::new)?;
            Ok(Candidate {
                variant: format!("draw-{}", draw + 1),
                k_target: Some(k),
                gates: Gates::Hard(mask),
                answers: Answers::Stored,
            })
        })
        .collect::<Result<Vec<_>, ExecuteError>>()?;
    task.measure(&candidates, progress)
}
