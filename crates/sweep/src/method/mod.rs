//! What a method is, and the table of methods. A new method is one file and one line; nothing asks for one by name.

mod dense;
mod dsp;
mod exact;
mod fisher;
mod michel;
mod order;
mod part;
mod pipelined;
mod random;
mod ste;
mod voita;
mod voita_search;

use std::fmt;

use serde::Serialize;
use serde_json::Value;

pub use dsp::DspSection;
pub use fisher::FisherSection;
pub use michel::{CountedHeads, MichelSection, ScoreVariant};
pub use pipelined::PipelinedSection;
pub use random::RandomSection;
pub use ste::SteSection;
pub use voita::{PenaltyName, VoitaMask, VoitaMode, VoitaSection};

use crate::experiment::{Experiment, Finding};
use crate::job::{ExecuteError, Job, Progress};
use crate::store::Measured;
use crate::task::Task;

/// All methods, in the order in which runs are planned.
pub static METHODS: [&Method; 10] = [
    &dense::DENSE,
    &dsp::JOINT,
    &dsp::PIPELINED,
    &ste::JOINT,
    &ste::PIPELINED,
    &voita::JOINT,
    &voita::PIPELINED,
    &michel::MICHEL,
    &fisher::FISHER,
    &random::RANDOM,
];

/// What a method does with a run.
pub type Training = fn(&Job<'_>, &mut dyn Task, &mut dyn Progress) -> Result<Measured, ExecuteError>;

/// A method, or a stage that several runs of a method start from.
#[derive(Debug)]
pub struct Method {
    /// Name in experiment files, run names and tables.
    pub name: &'static str,
    /// Sections of the experiment that decide its numbers; those of the run it starts from need no mention.
    pub sections: &'static [Section],
    /// The method or stage whose run with the same seed, and the same variant if it has variants, it starts from.
    pub starts_from: Option<&'static Method>,
    /// Its runs for each seed.
    pub points: fn(&Experiment) -> Vec<Point>,
    /// What its sections must fulfil.
    pub check: fn(&Experiment) -> Result<(), Finding>,
    /// Whether its runs measure anything; a stage only prepares.
    pub measures: bool,
    /// One run.
    pub run: Training,
}

impl Method {
    /// The stages and methods that it starts from, the nearest first.
    pub fn bases(&'static self) -> impl Iterator<Item = &'static Self> {
        std::iter::successors(self.starts_from, |base| base.starts_from)
    }
}

/// Which run of a method, apart from the seed.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Point {
    /// Heads to keep; none where the run does not aim at a number.
    pub k: Option<usize>,
    /// Which of several of the method.
    pub variant: Option<&'static str>,
    /// Factor of the penalty, where the number of heads is reached by a penalty.
    pub lambda: Option<f64>,
}

impl Point {
    /// A point for each number of heads that the experiment asks of a method.
    pub fn heads(experiment: &Experiment, method: &str) -> Vec<Self> {
        let heads = experiment.heads_of(method).iter();
        heads
            .map(|&k| Self {
                k: Some(k),
                ..Self::default()
            })
            .collect()
    }

    /// The one point of a method that has no settings.
    pub fn single(_: &Experiment) -> Vec<Self> {
        vec![Self::default()]
    }
}

/// As progress displays show it: ` signed K=3`.
impl fmt::Display for Point {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(variant) = self.variant {
            write!(formatter, " {variant}")?;
        }
        if let Some(lambda) = self.lambda {
            write!(formatter, " lambda={lambda}")?;
        }
        match self.k {
            Some(k) => write!(formatter, " K={k}"),
            None => Ok(()),
        }
    }
}

/// A section of an experiment that may decide a run's numbers.
#[derive(Debug, Clone, Copy)]
pub struct Section {
    /// Name in the experiment file.
    pub name: &'static str,
    /// Those of its keys that decide numbers, with every default filled in.
    pub value: fn(&Experiment) -> Value,
}

impl Section {
    pub(crate) const DATA: Self = Self {
        name: "data",
        value: |experiment| json(&experiment.data),
    };
    pub(crate) const MODEL: Self = Self {
        name: "model",
        value: |experiment| json(&experiment.model),
    };
    pub(crate) const TRAIN: Self = Self {
        name: "train",
        // How often a run is saved does not change where it ends.
        value: |experiment| without(json(&experiment.train), &["checkpoint_every"]),
    };
    pub(crate) const SELECT: Self = Self {
        name: "select",
        // What of it decides depends on the method and is written where a run's config is.
        value: |experiment| json(&experiment.select),
    };
    pub(crate) const PIPELINED: Self = Self {
        name: "pipelined",
        value: |experiment| json(&experiment.pipelined),
    };
}

#[expect(
    clippy::expect_used,
    reason = "sections hold numbers, words, paths and lists; the loader refuses other paths"
)]
pub(crate) fn json(section: &impl Serialize) -> Value {
    serde_json::to_value(section).expect("a section is representable in JSON")
}

/// An object without some of its keys.
pub(crate) fn without(mut section: Value, keys: &[&str]) -> Value {
    if let Some(fields) = section.as_object_mut() {
        for key in keys {
            fields.remove(*key);
        }
    }
    section
}

/// The method of this name.
pub fn method(name: &str) -> Option<&'static Method> {
    METHODS.iter().copied().find(|method| method.name == name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_unique_stages_included() {
        let all = METHODS
            .iter()
            .flat_map(|method| std::iter::once(*method).chain(method.bases()));
        let mut names: Vec<(&str, *const Method)> =
            all.map(|method| (method.name, &raw const *method)).collect();
        names.sort();
        names.dedup();
        assert!(names.windows(2).all(|pair| pair[0].0 != pair[1].0), "{names:?}");
    }

    #[test]
    fn every_method_has_runs_by_default() {
        let mut experiment = Experiment::default();
        experiment.sweep.heads = vec![3];
        for method in METHODS {
            assert!(!(method.points)(&experiment).is_empty(), "{}", method.name);
        }
    }
}
