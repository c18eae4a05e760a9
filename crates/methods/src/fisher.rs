//! Taylor scores with the empirical Fisher information for the Hessian, so that first derivatives are enough (Kwon et al.
//! 2022, arXiv 2204.09656), heads only.

use baselines::FisherImportance;
use experiment::{Experiment, Finding, Part, Point, Section, SectionType, json};
use records::Measured;
use serde::{Deserialize, Serialize};

use crate::dense::DENSE;
use crate::error::ExecuteError;
use crate::method::{Job, Method};
use crate::order::{self, Removal};
use crate::progress::Progress;
use crate::task::{Derivatives, Task, Unit};

/// Scores with the diagonal of the empirical Fisher information: one look at the dense model, no training. The paper's
/// later stages (rearranging the mask within layers, tuning its values) are left out.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct FisherSection {
    /// Batches of the training set that are looked at; all of them if left out.
    pub batches: Option<usize>,
}

impl Section for FisherSection {
    const NAME: &'static str = "fisher";
}

static ORDER: Method = Method {
    name: "fisher-order",
    sections: &[SectionType::of::<FisherSection>()],
    decisive: &[Part {
        name: "fisher",
        value: |experiment| json(&experiment.section::<FisherSection>()),
    }],
    starts_from: Some(&DENSE),
    points: Point::single,
    check,
    measures: false,
    run: find,
};

/// The dense model without the heads whose removal the Fisher information says to cost least.
pub(crate) static FISHER: Method = Method {
    name: "fisher",
    sections: &[],
    decisive: &[],
    starts_from: Some(&ORDER),
    points: |experiment| Point::heads(experiment, "fisher"),
    check,
    measures: true,
    run: |job, task, progress| order::measure(job, task, progress, ORDER.name),
};

fn find(job: &Job<'_>, task: &mut dyn Task, progress: &mut dyn Progress) -> Result<Measured, ExecuteError> {
    task.take_saved(job.base(DENSE.name)?)?;
    let removal = Removal {
        heads_per_step: 1,
        exact: false,
    };
    order::find(job, task, progress, removal, |task, kept, progress| {
        let mut importance = FisherImportance::new(kept.total());
        let request = Derivatives {
            gates: &kept.gates(),
            unit: Unit::Example,
            batches: job.experiment.section::<FisherSection>().batches,
        };
        task.derivatives(&request, progress, &mut |gradient, _| importance.add(gradient))?;
        Ok(importance.scores())
    })
}

fn check(experiment: &Experiment) -> Result<(), Finding> {
    let FisherSection { batches } = experiment.section();
    batches.map_or(Ok(()), |batches| Finding::at_least_one("fisher.batches", batches))
}
