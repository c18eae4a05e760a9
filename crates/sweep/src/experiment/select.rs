//! `[select]`: which model of a training is kept: the last, the best on a dev set, or the average of the last few.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::corpus::DataSource;
use super::schema::Experiment;
use super::task::Task;
use super::validate::{Finding, known_methods};
use crate::method::method;

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
    pub(crate) fn decisive(&self, task: Task, method: &str) -> Value {
        let model = self.keep(method);
        match model {
            Keep::Last => json!({ "model": model }),
            Keep::Best => {
                let mut section =
                    json!({ "model": model, "split": self.split, "every": self.every, "gate": self.gate });
                if task == Task::Translation {
                    section["beam"] = json!(self.beam);
                }
                section
            }
            Keep::Average => json!({ "model": model, "every": self.every, "average": self.average }),
        }
    }

    pub(super) fn check(&self, experiment: &Experiment) -> Result<(), Finding> {
        for (index, name) in self.methods.iter().flatten().enumerate() {
            if method(name).is_none() {
                let key = format!("select.methods.{index}");
                let message = format!("is `{name}`, no method of this program");
                return Err(Finding::new(key, message).hint(known_methods(name)));
            }
        }
        if self.model == Keep::Last {
            return Ok(());
        }
        Finding::at_least_one("select.every", self.every)?;
        Finding::at_least_one("select.beam", self.beam)?;
        Finding::at_least_one("select.average", self.average)?;
        if self.model == Keep::Average {
            return Ok(());
        }
        let data = &experiment.data;
        let mut names: Vec<&str> = match data.source {
            DataSource::Demo => experiment.task.embedded_splits().to_vec(),
            DataSource::Files => data.evaluate.keys().map(String::as_str).collect(),
            DataSource::Iwslt14 => vec!["test"],
        };
        let has_valid = match data.source {
            DataSource::Demo => experiment.task == Task::Translation,
            DataSource::Files => !data.valid.is_empty(),
            DataSource::Iwslt14 => true,
        };
        if has_valid && !names.contains(&VALID) {
            names.push(VALID);
        }
        if names.contains(&self.split.as_str()) {
            return Ok(());
        }
        let message = format!("is `{}`, no evaluation split of this experiment", self.split);
        Err(Finding::new("select.split", message).hint(format!("the splits are {}", names.join(", "))))
    }
}
