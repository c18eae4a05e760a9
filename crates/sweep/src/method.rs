//! The table of methods. A new method is one more entry; nothing else asks for a method by name.

use serde::Serialize;
use serde_json::Value;

use crate::experiment::{Experiment, Finding};

/// What distinguishes one method's runs from another's.
#[derive(Debug)]
pub struct Method {
    /// Name in experiment files, run names and tables.
    pub name: &'static str,
    /// Sections of the experiment that decide its numbers; those of the run it starts from need no mention.
    pub sections: &'static [Section],
    /// The method whose run with the same seed it starts from.
    pub starts_from: Option<&'static str>,
    /// Whether each number of heads is a run of its own.
    pub per_k: bool,
    /// What its sections must fulfil.
    pub check: fn(&Experiment) -> Result<(), Finding>,
}

/// Sections of an experiment that may decide a run's numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Section {
    /// `[data]`
    Data,
    /// `[model]`
    Model,
    /// `[train]`
    Train,
    /// `[dsp]`
    Dsp,
    /// `[random]`
    Random,
}

impl Section {
    /// Name in the experiment file.
    pub fn name(self) -> &'static str {
        match self {
            Self::Data => "data",
            Self::Model => "model",
            Self::Train => "train",
            Self::Dsp => "dsp",
            Self::Random => "random",
        }
    }

    /// The section's keys with every default filled in.
    pub(crate) fn value(self, experiment: &Experiment) -> Value {
        match self {
            Self::Data => json(&experiment.data),
            Self::Model => json(&experiment.model),
            Self::Train => json(&experiment.train),
            Self::Dsp => json(&experiment.dsp),
            Self::Random => json(&experiment.random),
        }
    }
}

#[expect(
    clippy::expect_used,
    reason = "sections hold numbers, words, paths and lists; the loader refuses other paths"
)]
fn json(section: &impl Serialize) -> Value {
    serde_json::to_value(section).expect("a section is representable in JSON")
}

/// All methods, in the order in which figures list them.
pub const METHODS: &[Method] = &[
    Method {
        name: "dense",
        sections: &[Section::Data, Section::Model, Section::Train],
        starts_from: None,
        per_k: false,
        check: |_| Ok(()),
    },
    Method {
        name: "dsp-joint",
        sections: &[Section::Data, Section::Model, Section::Train, Section::Dsp],
        starts_from: None,
        per_k: true,
        check: check_dsp,
    },
    Method {
        name: "random",
        sections: &[Section::Random],
        starts_from: Some("dense"),
        per_k: true,
        check: |experiment| match experiment.random.draws {
            0 => Err(Finding::new("random.draws", "is 0; draw at least one subset")),
            _ => Ok(()),
        },
    },
];

/// The method of this name.
pub fn method(name: &str) -> Option<&'static Method> {
    METHODS.iter().find(|method| method.name == name)
}

fn check_dsp(experiment: &Experiment) -> Result<(), Finding> {
    let dsp = &experiment.dsp;
    match (dsp.cooldown, dsp.cooldown_updates) {
        (Some(_), Some(_)) => {
            return Err(Finding::new(
                "dsp.cooldown_updates",
                "says the same as `dsp.cooldown`; leave out one of them",
            ));
        }
        (None, None) => {
            return Err(Finding::new("dsp.cooldown", "is missing")
                .hint("say when the temperature reaches its end, as a share (`cooldown = 0.68`) or as `cooldown_updates`"));
        }
        (Some(share), None) if !(share > 0.0 && share <= 1.0) => {
            return Err(Finding::new(
                "dsp.cooldown",
                format!("is {share}; a share of the updates is in (0, 1]"),
            ));
        }
        (None, Some(0)) => {
            return Err(Finding::new(
                "dsp.cooldown_updates",
                "is 0; cool down over at least one update",
            ));
        }
        _ => {}
    }
    Finding::positive("dsp.learning_rate", dsp.learning_rate)?;
    Finding::positive("dsp.tau_start", dsp.tau_start)?;
    Finding::positive("dsp.tau_end", dsp.tau_end)?;
    if dsp.tau_end > dsp.tau_start {
        let message = format!(
            "is {}, above `dsp.tau_start` = {}; temperatures fall",
            dsp.tau_end, dsp.tau_start
        );
        return Err(Finding::new("dsp.tau_end", message));
    }
    Ok(())
}
