//! Head importance of Michel et al. (2019): the derivative of the loss with respect to each gate, without training.

use baselines::{HeadImportance, ImportanceVariant, normalised_scores};
use experiment::{Experiment, Finding, Part, Point, Section, SectionType, Switch, TaskName, json, without};
use heads::HeadMask;
use records::Measured;
use serde::{Deserialize, Serialize};

use crate::dense::DENSE;
use crate::error::ExecuteError;
use crate::method::{Job, Method};
use crate::order::{self, Removal};
use crate::progress::Progress;
use crate::task::{Derivatives, Task, Unit};

/// Head importance of Michel et al. (2019).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct MichelSection {
    /// Which importances, each a curve of its own: `batch-abs` (the released program on BERT), `example-abs` (the paper
    /// by Michel et al.), `token-abs` (their program) and `signed` (the released program on translation).
    pub variants: Vec<ScoreVariant>,
    /// Heads removed at a step.
    pub heads_per_step: usize,
    /// Whether importances are computed anew at every step, or once for all.
    pub exact: bool,
    /// Batches of the training set at a step; all of them if left out.
    pub batches: Option<usize>,
    /// The heads that take part in the norm of a layer and in the minimum and maximum over all.
    pub counted: CountedHeads,
}

/// Importances of Michel et al. (2019).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ScoreVariant {
    /// Absolute value of the derivative of a batch's loss, summed over batches.
    BatchAbs,
    /// Absolute value of the derivative of an example's loss, summed over examples.
    ExampleAbs,
    /// Absolute value of the derivative by each position's context, summed over positions and examples.
    TokenAbs,
    /// The derivative itself, summed over examples.
    Signed,
}

impl ScoreVariant {
    /// The importance that is meant.
    pub fn importance(self) -> ImportanceVariant {
        match self {
            Self::BatchAbs => ImportanceVariant::BatchAbs,
            Self::ExampleAbs => ImportanceVariant::ExampleAbs,
            Self::TokenAbs => ImportanceVariant::TokenAbs,
            Self::Signed => ImportanceVariant::Signed,
        }
    }
}

/// Heads that take part in the normalisation of scores.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum CountedHeads {
    /// Also those that are gone, whose gates still have a derivative (the released program).
    All,
    /// Only those still kept (the program of Michel et al., which scores a head behind its mask, so that one that is gone
    /// scores 0).
    Kept,
}

impl Default for MichelSection {
    fn default() -> Self {
        Self {
            variants: vec![ScoreVariant::BatchAbs],
            heads_per_step: 12,
            exact: true,
            batches: None,
            counted: CountedHeads::All,
        }
    }
}

impl Section for MichelSection {
    const NAME: &'static str = "michel";
    const SWITCHES: &'static [Switch] = &[
        Switch {
            key: "michel.variants",
            task: Some(TaskName::Classification),
            released: "[\"batch-abs\"]",
            paper: "[\"example-abs\"]",
            reason: "absolute value per batch in the program, per example in Michel et al.",
        },
        Switch {
            key: "michel.variants",
            task: Some(TaskName::Translation),
            released: "[\"signed\"]",
            paper: "[\"example-abs\"]",
            reason: "no absolute value in the program on translation, one per example in Michel et al.",
        },
        Switch {
            key: "michel.counted",
            task: None,
            released: "\"all\"",
            paper: "\"kept\"",
            reason: "heads that are gone still count in the normalisation of the program; that of Michel et al. scores them 0",
        },
    ];

    fn preset(task: TaskName) -> &'static str {
        match task {
            TaskName::Classification => "",
            TaskName::Translation => "heads_per_step = 4\n",
        }
    }
}

/// The order in which heads go, one for each variant and seed.
static ORDER: Method = Method {
    name: "michel-order",
    sections: &[SectionType::of::<MichelSection>()],
    // Each variant is a run of its own; which others there are does not matter.
    decisive: &[Part {
        name: "michel",
        value: |experiment| without(json(&experiment.section::<MichelSection>()), &["variants"]),
    }],
    starts_from: Some(&DENSE),
    same_heads: false,
    points: variants,
    check,
    measures: false,
    run: find,
};

/// The dense model without its least important heads.
pub(crate) static MICHEL: Method = Method {
    name: "michel",
    sections: &[],
    decisive: &[],
    starts_from: Some(&ORDER),
    same_heads: false,
    points: |experiment| Point::heads_of_variants(experiment, "michel", variants(experiment)),
    check,
    measures: true,
    run: |job, task, progress| order::measure(job, task, progress, ORDER.name),
};

pub(crate) fn variants(experiment: &Experiment) -> Vec<Point> {
    let variants = experiment.section::<MichelSection>().variants.into_iter();
    variants
        .map(|variant| Point::variant(variant.importance().name()))
        .collect()
}

fn find(job: &Job<'_>, task: &mut dyn Task, progress: &mut dyn Progress) -> Result<Measured, ExecuteError> {
    let section: MichelSection = job.experiment.section();
    let name = job.point.variant.unwrap_or_default();
    let variant: ImportanceVariant = name.parse().map_err(ExecuteError::new)?;
    task.take_saved(job.base(DENSE.name)?)?;
    let removal = Removal {
        heads_per_step: section.heads_per_step,
        exact: section.exact,
    };
    order::find(job, task, progress, removal, |task, kept, progress| {
        score(variant, &section, task, kept, progress)
    })
}

fn score(
    variant: ImportanceVariant,
    section: &MichelSection,
    task: &mut dyn Task,
    kept: &HeadMask,
    progress: &mut dyn Progress,
) -> Result<Vec<f64>, ExecuteError> {
    let mut importance = HeadImportance::new(variant, kept.total());
    let request = Derivatives {
        gates: &kept.gates(),
        unit: match variant {
            ImportanceVariant::ExampleAbs => Unit::Example,
            ImportanceVariant::TokenAbs => Unit::Position,
            ImportanceVariant::BatchAbs | ImportanceVariant::Signed => Unit::Batch,
        },
        batches: section.batches,
    };
    task.derivatives(&request, progress, &mut |gradient, examples| {
        importance.add(gradient, examples);
    })?;
    let counted = match section.counted {
        CountedHeads::All => None,
        CountedHeads::Kept => Some(kept),
    };
    Ok(normalised_scores(importance.accumulated(), task.grid(), counted))
}

fn check(experiment: &Experiment) -> Result<(), Finding> {
    let section: MichelSection = experiment.section();
    Finding::entries("michel.variants", &section.variants)?;
    Finding::at_least_one("michel.heads_per_step", section.heads_per_step)?;
    let all = experiment.n_heads();
    if section.heads_per_step >= all {
        let message = format!("is {}, but the model has {all} heads", section.heads_per_step);
        return Err(
            Finding::new("michel.heads_per_step", message).hint("one head at a step is the finest path")
        );
    }
    section
        .batches
        .map_or(Ok(()), |batches| Finding::at_least_one("michel.batches", batches))
}
