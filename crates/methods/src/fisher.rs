//! Taylor scores with the empirical Fisher information for the Hessian, so that first derivatives are enough (Kwon et al.
//! 2022, arXiv 2204.09656), heads only.

use baselines::FisherImportance;
use experiment::{Experiment, Finding, Part, Point, Section, SectionType, json, without};
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
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct FisherSection {
    /// Which squares, each a curve of its own: `per-example` (the definition) and `per-batch` (the program of Kwon et al.).
    pub variants: Vec<FisherVariant>,
    /// Batches of the training set that are looked at; all of them if left out.
    pub batches: Option<usize>,
}

/// Whose gradient is squared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FisherVariant {
    /// That of each example's loss, averaged over examples: the empirical Fisher information.
    PerExample,
    /// That of the mean loss of each batch, averaged over batches: the program of Kwon et al., with batches of 32.
    PerBatch,
}

impl FisherVariant {
    const ALL: [Self; 2] = [Self::PerExample, Self::PerBatch];

    fn name(self) -> &'static str {
        match self {
            Self::PerExample => "per-example",
            Self::PerBatch => "per-batch",
        }
    }
}

impl Default for FisherSection {
    fn default() -> Self {
        Self {
            variants: vec![FisherVariant::PerExample],
            batches: None,
        }
    }
}

impl Section for FisherSection {
    const NAME: &'static str = "fisher";
}

static ORDER: Method = Method {
    name: "fisher-order",
    sections: &[SectionType::of::<FisherSection>()],
    decisive: &[Part {
        name: "fisher",
        value: |experiment| without(json(&experiment.section::<FisherSection>()), &["variants"]),
    }],
    starts_from: Some(&DENSE),
    same_heads: false,
    points: variants,
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
    same_heads: false,
    points: |experiment| Point::heads_of_variants(experiment, "fisher", variants(experiment)),
    check,
    measures: true,
    run: |job, task, progress| order::measure(job, task, progress, ORDER.name),
};

pub(crate) fn variants(experiment: &Experiment) -> Vec<Point> {
    let variants = experiment.section::<FisherSection>().variants.into_iter();
    variants.map(|variant| Point::variant(variant.name())).collect()
}

fn find(job: &Job<'_>, task: &mut dyn Task, progress: &mut dyn Progress) -> Result<Measured, ExecuteError> {
    let of_point = |variant: &FisherVariant| Some(variant.name()) == job.point.variant;
    let variant = FisherVariant::ALL.into_iter().find(of_point);
    let variant =
        variant.ok_or_else(|| ExecuteError::new("the run names no variant of `fisher.variants`"))?;
    task.take_saved(job.base(DENSE.name)?)?;
    let removal = Removal {
        heads_per_step: 1,
        exact: false,
    };
    order::find(job, task, progress, removal, |task, kept, progress| {
        let mut importance = FisherImportance::new(kept.total());
        let request = Derivatives {
            gates: &kept.gates(),
            unit: match variant {
                FisherVariant::PerExample => Unit::Example,
                FisherVariant::PerBatch => Unit::Batch,
            },
            batches: job.experiment.section::<FisherSection>().batches,
        };
        task.derivatives(&request, progress, &mut |gradient, examples| {
            importance.add(gradient, examples);
        })?;
        Ok(importance.scores())
    })
}

fn check(experiment: &Experiment) -> Result<(), Finding> {
    let FisherSection { variants, batches } = experiment.section();
    Finding::entries("fisher.variants", &variants)?;
    batches.map_or(Ok(()), |batches| Finding::at_least_one("fisher.batches", batches))
}
