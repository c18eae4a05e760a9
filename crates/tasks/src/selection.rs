//! Which model of a training is kept: looks at it now and then, kept on disk so that an interrupted training loses none.

use std::fs;
use std::path::{Path, PathBuf};

use experiment::{Keep, SelectGate};
use heads::{SeededUniform, derive_seed};
use methods::{Choose, ExecuteError, Trained};
use models::load_mean;
use models::weights::{load_parameters, save_parameters};
use records::{read_looks, write_looks};
use serde::{Deserialize, Serialize};
use train::Trainer;

use super::context::Context;
use super::learning::Learning;

const BEST: &str = "best.safetensors";
const LOOK: &str = "look-";

/// `best.json`, beside `best.safetensors`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Best {
    update: u64,
    value: f64,
    /// Parameters of the gate.
    parameters: Vec<f64>,
}

/// Looks at a model now and then.
pub(crate) struct Selection {
    every: u64,
    rule: Rule,
    folder: PathBuf,
}

enum Rule {
    /// Keeps the best on the dev set.
    Best {
        gate: SelectGate,
        choose: Option<Choose>,
        best: Option<Best>,
        /// Updates finished at each look, and what the model was worth.
        looks: Vec<(u64, f64)>,
    },
    /// Averages the weights of so many last looks.
    Average(u64),
}

impl Selection {
    /// Goes on from what an earlier process left, if the training goes on too; none where the last model is kept.
    pub(crate) fn open<L: Learning>(
        context: &Context<'_, L>,
        folder: &Path,
        choose: Option<Choose>,
        finished: u64,
    ) -> Option<Self> {
        let section = &context.job.experiment.select;
        let rule = match section.keep(context.job.method.name) {
            Keep::Last => return None,
            Keep::Average => Rule::Average(section.average as u64),
            Keep::Best => {
                let goes_on = finished > 0;
                let stored = || serde_json::from_slice(&fs::read(folder.join("best.json")).ok()?).ok();
                Rule::Best {
                    gate: section.gate,
                    choose,
                    best: if goes_on { stored() } else { None },
                    looks: if goes_on {
                        read_looks(&looks_file(folder))
                    } else {
                        Vec::new()
                    },
                }
            }
        };
        Some(Self {
            every: section.every as u64,
            rule,
            folder: folder.to_owned(),
        })
    }

    /// The update after which the next look is due.
    pub(crate) fn next(&self, finished: u64, updates: u64) -> u64 {
        ((finished / self.every + 1) * self.every).min(updates)
    }

    /// Whether a look is due.
    pub(crate) fn is_due(&self, finished: u64, updates: u64) -> bool {
        finished > 0 && (finished.is_multiple_of(self.every) || finished == updates)
    }

    /// Looks if a look is due. One that an earlier process has made already finds what it found: a model is kept only
    /// if it is better than all before it, so a best of later updates stays right while they are trained again.
    pub(crate) fn look<L: Learning>(
        &mut self,
        context: &Context<'_, L>,
        trainer: &mut Trainer<L::Model>,
        updates: u64,
    ) -> Result<(), ExecuteError> {
        let update = trainer.finished();
        if !self.is_due(update, updates) {
            return Ok(());
        }
        let best_weights = self.best_weights();
        match &mut self.rule {
            Rule::Average(count) => {
                if self.every * count.saturating_sub(1) + update >= updates {
                    save_parameters(&averaged(&self.folder, update), trainer.model())
                        .map_err(ExecuteError::caused_by)?;
                }
            }
            Rule::Best {
                gate,
                choose,
                best,
                looks,
            } => {
                let parameters = trainer
                    .gate()
                    .map_or(Vec::new(), |gate| gate.importances().to_vec());
                let gates = match (choose, gate) {
                    (None, _) => None,
                    (Some(choose), SelectGate::Hard) => {
                        Some(choose(&parameters).map_err(ExecuteError::new)?.gates())
                    }
                    (Some(_), SelectGate::Sampled) => {
                        let seed = derive_seed(context.job.seed, "noise of dev evaluations");
                        trainer.sample_gates(&mut SeededUniform::at_update(seed, update))
                    }
                };
                let value = context.learning.dev_score(trainer.model(), gates.as_deref())?;
                looks.retain(|(earlier, _)| *earlier < update);
                looks.push((update, value));
                write_looks(&looks_file(&self.folder), looks)?;
                if best.as_ref().is_none_or(|best| value > best.value) {
                    let found = Best {
                        update,
                        value,
                        parameters,
                    };
                    let text = serde_json::to_string(&found).map_err(ExecuteError::new)? + "\n";
                    save_parameters(&best_weights, trainer.model()).map_err(ExecuteError::caused_by)?;
                    files::store(&self.folder.join("best.json"), text.as_bytes())?;
                    *best = Some(found);
                }
            }
        }
        Ok(())
    }

    /// Puts what was chosen in place of the last model.
    pub(crate) fn restore<L: Learning>(
        &self,
        context: &Context<'_, L>,
        model: &mut L::Model,
        trained: &mut Trained,
        updates: u64,
    ) -> Result<(), ExecuteError> {
        let options = context.learning.options();
        match &self.rule {
            Rule::Average(count) => load_mean(&self.averaged_files(*count, updates), model, options)
                .map_err(ExecuteError::caused_by),
            Rule::Best { best, .. } => {
                let best = best
                    .as_ref()
                    .ok_or_else(|| ExecuteError::new("no model was looked at, so that none is the best"))?;
                load_parameters(&self.best_weights(), model, options).map_err(ExecuteError::caused_by)?;
                trained.parameters.clone_from(&best.parameters);
                trained.selected = Some(best.update);
                Ok(())
            }
        }
    }

    fn best_weights(&self) -> PathBuf {
        self.folder.join(BEST)
    }

    /// The last look is at the end, wherever that is; those before it at multiples.
    fn averaged_files(&self, count: u64, updates: u64) -> Vec<PathBuf> {
        let before = (1..updates)
            .rev()
            .filter(|update| update.is_multiple_of(self.every));
        let looks = std::iter::once(updates).chain(before).take(count as usize);
        looks.map(|update| averaged(&self.folder, update)).collect()
    }
}

/// Whether a file of this name holds the weights of a look, of no use once the model of the run is saved.
pub(crate) fn holds_weights_of_a_look(name: &str) -> bool {
    name == BEST || (name.starts_with(LOOK) && name.ends_with(".safetensors"))
}

fn averaged(folder: &Path, update: u64) -> PathBuf {
    folder.join(format!("{LOOK}{update}.safetensors"))
}

fn looks_file(folder: &Path) -> PathBuf {
    folder.join("dev.csv")
}
