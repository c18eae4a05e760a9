//! `[select]`: which model of a training is kept: the last, the best on a dev set, or the average of the last few.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::task::TaskName;

/// Split that `data.valid` and the embedded corpus of translations bring for choosing models.
pub const VALID: &str = "valid";

/// Which model of a training is kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct SelectSection {
    /// The last, the best of those looked at, or the average of the last ones looked at.
    pub model: Keep,
    /// Methods that this holds for, where it does not hold for all: the others keep the last model.
    pub methods: Option<Vec<String>>,
    /// Evaluation split that decides which is best.
    pub split: String,
    /// A look every so many updates, and one at the end.
    pub every: usize,
    /// Gates of a look: those of the mask that the training would end with, or a fresh sample with noise, as the
    /// released program has on translation.
    pub gate: SelectGate,
    /// Hypotheses of the beam search of a look; 1 is greedy search.
    pub beam: usize,
    /// Models in an average.
    pub average: usize,
}

/// Which model is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Keep {
    /// That of the last update.
    Last,
    /// The best on the dev set; among equals the first.
    Best,
    /// The mean of the weights of the last looks, under the gates of the last update.
    Average,
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
            methods: None,
            split: "matched".into(),
            every: 500,
            gate: SelectGate::Sampled,
            beam: 1,
            average: 5,
        }
    }
}

impl SelectSection {
    /// Which model a training of this method keeps.
    pub fn keep(&self, method: &str) -> Keep {
        let is_meant = |methods: &Vec<String>| methods.iter().any(|name| name == method);
        if self.methods.as_ref().is_none_or(is_meant) {
            self.model
        } else {
            Keep::Last
        }
    }

    /// What of it decides the numbers of a method: nothing else where the last model is kept.
    pub(crate) fn decisive(&self, task: TaskName, method: &str) -> Value {
        let model = self.keep(method);
        match model {
            Keep::Last => json!({ "model": model }),
            Keep::Best => {
                let mut section =
                    json!({ "model": model, "split": self.split, "every": self.every, "gate": self.gate });
                if task == TaskName::Translation {
                    section["beam"] = json!(self.beam);
                }
                section
            }
            Keep::Average => json!({ "model": model, "every": self.every, "average": self.average }),
        }
    }
}
