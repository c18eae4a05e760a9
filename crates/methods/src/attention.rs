//! Scores of what heads of the dense model attend to, without labels, gradients or training.
//!
//! Confidence is a word of Voita et al. 2019: the largest attention weight, averaged over tokens; entropy says how spread
//! attention is. That sure heads are worth keeping is a guess that these curves test, not a method of that paper.

use experiment::{Experiment, Finding, Part, Point, Section, SectionType, json, without};
use records::Measured;
use serde::{Deserialize, Serialize};

use crate::dense::DENSE;
use crate::error::ExecuteError;
use crate::method::{Job, Method};
use crate::order::{self, Removal};
use crate::progress::Progress;
use crate::task::{Split, Task};

/// Statistics of attention on the tuning split, heads that are spread removed first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct AttentionSection {
    /// Which statistics, each a curve of its own.
    pub variants: Vec<AttentionVariant>,
    /// Examples of the tuning split that are looked at, spread evenly; all of them if left out.
    pub examples: Option<usize>,
}

/// A statistic of attention.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum AttentionVariant {
    /// Mean entropy of the attention of a token: the lowest stay.
    Entropy,
    /// Mean of the largest attention probability of a token: the highest stay.
    Confidence,
}

impl AttentionVariant {
    const ALL: [Self; 2] = [Self::Entropy, Self::Confidence];

    fn name(self) -> &'static str {
        match self {
            Self::Entropy => "entropy",
            Self::Confidence => "confidence",
        }
    }
}

impl Default for AttentionSection {
    fn default() -> Self {
        Self {
            variants: vec![AttentionVariant::Entropy, AttentionVariant::Confidence],
            examples: None,
        }
    }
}

impl Section for AttentionSection {
    const NAME: &'static str = "attention";
}

static ORDER: Method = Method {
    name: "attention-order",
    sections: &[SectionType::of::<AttentionSection>()],
    decisive: &[
        Part::TUNING,
        Part {
            name: "attention",
            value: |experiment| without(json(&experiment.section::<AttentionSection>()), &["variants"]),
        },
    ],
    starts_from: Some(&DENSE),
    same_heads: false,
    points: variants,
    check,
    measures: false,
    run: find,
};

/// The dense model without the heads whose attention is most spread.
pub(crate) static ATTENTION: Method = Method {
    name: "attention",
    sections: &[],
    decisive: &[],
    starts_from: Some(&ORDER),
    same_heads: false,
    points: |experiment| Point::heads_of_variants(experiment, "attention", variants(experiment)),
    check,
    measures: true,
    run: |job, task, progress| order::measure(job, task, progress, ORDER.name),
};

fn variants(experiment: &Experiment) -> Vec<Point> {
    let variants = experiment.section::<AttentionSection>().variants.into_iter();
    variants.map(|variant| Point::variant(variant.name())).collect()
}

fn find(job: &Job<'_>, task: &mut dyn Task, progress: &mut dyn Progress) -> Result<Measured, ExecuteError> {
    let of_point = |variant: &AttentionVariant| Some(variant.name()) == job.point.variant;
    let variant = AttentionVariant::ALL.into_iter().find(of_point);
    let variant =
        variant.ok_or_else(|| ExecuteError::new("the run names no variant of `attention.variants`"))?;
    task.take_saved(job.base(DENSE.name)?)?;
    let removal = Removal {
        heads_per_step: 1,
        exact: false,
    };
    let examples = job.experiment.section::<AttentionSection>().examples;
    order::find(job, task, progress, removal, |task, kept, _| {
        let attention = task.attention(Split::Tuning, &kept.gates(), examples)?;
        Ok(match variant {
            AttentionVariant::Entropy => attention.entropy.iter().map(|entropy| -entropy).collect(),
            AttentionVariant::Confidence => attention.largest,
        })
    })
}

fn check(experiment: &Experiment) -> Result<(), Finding> {
    let AttentionSection { variants, examples } = experiment.section();
    Finding::entries("attention.variants", &variants)?;
    examples.map_or(Ok(()), |examples| {
        Finding::at_least_one("attention.examples", examples)
    })
}
