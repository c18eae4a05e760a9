//! What a short process finds out on the device: the sizes of the data, and what single steps of a run take.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::measured::TRAINING;
use crate::run_result::RunResult;

/// Steps that runs are made of and whose time is measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// An update of weights and gates.
    Update,
    /// An update of the gates alone.
    FrozenUpdate,
    /// The derivatives of a batch's loss with respect to the gates.
    Batch,
    /// The same of the loss of each example of a batch.
    ExampleBatch,
    /// The same with gates of their own for all positions of a batch.
    PositionBatch,
    /// An example evaluated for a result.
    Example,
    /// An example evaluated to choose a model.
    Look,
}

impl Kind {
    /// All of them.
    pub const ALL: [Self; 7] = [
        Self::Update,
        Self::FrozenUpdate,
        Self::Batch,
        Self::ExampleBatch,
        Self::PositionBatch,
        Self::Example,
        Self::Look,
    ];

    /// Its name between the processes.
    pub fn name(self) -> &'static str {
        match self {
            Self::Update => "update",
            Self::FrozenUpdate => "frozen-update",
            Self::Batch => "batch",
            Self::ExampleBatch => "example-batch",
            Self::PositionBatch => "position-batch",
            Self::Example => "example",
            Self::Look => "look",
        }
    }

    /// A step that costs about as much or more, where there was no time to measure this one.
    pub fn stand_in(self) -> Option<Self> {
        match self {
            Self::Update | Self::Example => None,
            Self::FrozenUpdate | Self::Batch | Self::ExampleBatch | Self::PositionBatch => Some(Self::Update),
            Self::Look => Some(Self::Example),
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}

impl FromStr for Kind {
    type Err = String;

    fn from_str(word: &str) -> Result<Self, String> {
        let found = Self::ALL.into_iter().find(|kind| kind.name() == word);
        found.ok_or_else(|| format!("`{word}` is no step that is measured"))
    }
}

/// What the data and the model say about the runs.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Facts {
    /// Updates in a pass over the training set.
    pub updates_per_epoch: usize,
    /// Examples of each evaluation split.
    pub examples: BTreeMap<String, usize>,
    /// Examples of the split by which models are chosen.
    pub look_examples: usize,
    /// Numbers that the model has.
    pub parameters: u64,
}

impl Facts {
    /// Those that the result of a finished run tells; how long a pass over the training set is it does not.
    pub fn of_result(result: &RunResult) -> Self {
        let rows = &result.measured.rows;
        Self {
            examples: rows
                .iter()
                .filter(|row| row.split != TRAINING)
                .map(|row| (row.split.clone(), row.n_examples))
                .collect(),
            parameters: result.measured.params_before,
            ..Self::default()
        }
    }
}

/// What one step takes.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Price {
    /// Seconds of one, the mean of those measured.
    pub seconds: f64,
    /// How many were measured.
    pub count: u64,
}

/// What a process found out.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Measurement {
    /// Sizes of the data and of the model.
    pub facts: Facts,
    /// The device, by a name that means one.
    pub device: String,
    /// Threads that it used.
    pub threads: usize,
    /// Seconds until corpora and weights were loaded, as every run loads them.
    pub start_seconds: f64,
    /// What was measured of the steps that were asked for.
    pub prices: BTreeMap<Kind, Price>,
    /// Largest memory of the process in MiB; none where the system does not say.
    pub peak_mib: Option<f64>,
    /// Seconds of all of it.
    pub seconds: f64,
}

impl Measurement {
    /// What a step takes, or what stands in for it.
    pub fn price(&self, kind: Kind) -> Option<f64> {
        let of = |kind: Kind| self.prices.get(&kind).map(|price| price.seconds);
        of(kind).or_else(|| of(kind.stand_in()?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_come_back_and_steps_without_time_cost_as_much_as_a_larger_one() {
        for kind in Kind::ALL {
            assert_eq!(kind.name().parse(), Ok(kind));
        }
        assert!("updates".parse::<Kind>().is_err());
        let mut measurement = Measurement::default();
        assert_eq!(measurement.price(Kind::FrozenUpdate), None);
        let price = |seconds| Price { seconds, count: 1 };
        measurement.prices.insert(Kind::Update, price(2.0));
        measurement.prices.insert(Kind::Example, price(0.5));
        assert_eq!(measurement.price(Kind::FrozenUpdate), Some(2.0));
        assert_eq!(measurement.price(Kind::Look), Some(0.5));
        measurement.prices.insert(Kind::FrozenUpdate, price(1.0));
        assert_eq!(measurement.price(Kind::FrozenUpdate), Some(1.0));
        let text = serde_json::to_string(&measurement).unwrap();
        assert_eq!(serde_json::from_str::<Measurement>(&text).unwrap(), measurement);
    }
}
