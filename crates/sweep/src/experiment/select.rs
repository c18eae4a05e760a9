//! `[select]`: which model of a training is kept, the last or the best on a dev set.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::schema::{DataSource, Experiment};
use super::validate::Finding;

/// Which model of a training is kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct SelectSection {
    /// The last, or the best of those looked at.
    pub model: Keep,
    /// Evaluation split that decides which is best.
    pub split: String,
    /// A look every so many updates, and one at the end.
    pub every: usize,
    /// Gates of a look: those of the mask that the training would end with, or a fresh sample with noise, as the
    /// released program has on translation.
    pub gate: SelectGate,
}

/// Which model is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Keep {
    /// That of the last update.
    Last,
    /// The best on the dev set; among equals the first.
    Best,
}

/// Gates under which a model is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SelectGate {
    /// The final mask of the parameters as they stand.
    Hard,
    /// A sample with fresh noise.
    Sampled,
}

impl Default for SelectSection {
    fn default() -> Self {
        Self {
            model: Keep::Last,
            split: "matched".into(),
            every: 500,
            gate: SelectGate::Sampled,
        }
    }
}

impl SelectSection {
    /// What of it decides numbers: nothing else where the last model is kept.
    pub(crate) fn decisive(&self) -> Value {
        match self.model {
            Keep::Last => json!({ "model": self.model }),
            Keep::Best => json!(self),
        }
    }

    pub(super) fn check(&self, experiment: &Experiment) -> Result<(), Finding> {
        if self.model == Keep::Last {
            return Ok(());
        }
        Finding::at_least_one("select.every", self.every)?;
        let names: Vec<&str> = match experiment.data.source {
            DataSource::Demo => vec!["matched", "mismatched"],
            DataSource::Files => experiment.data.evaluate.keys().map(String::as_str).collect(),
        };
        if names.contains(&self.split.as_str()) {
            return Ok(());
        }
        let message = format!("is `{}`, no evaluation split of this experiment", self.split);
        Err(Finding::new("select.split", message).hint(format!("the splits are {}", names.join(", "))))
    }
}
