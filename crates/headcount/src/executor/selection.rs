//! The best model of a training on a dev set, kept on disk so that an interrupted training loses none.

use std::fs;
use std::path::{Path, PathBuf};

use heads::{SeededUniform, derive_seed};
use models::bert::BertClassifier;
use models::weights::{load_parameters, save_parameters};
use serde::{Deserialize, Serialize};
use sweep::ExecuteError;
use sweep::experiment::SelectGate;
use sweep::store::write_atomically;
use sweep::task::{Choose, Trained};
use train::{Trainer, evaluate};

use super::classification::Classification;
use super::measuring::EVALUATION_BATCH;
use super::{model_error, train_error};

/// `best.json`, beside `best.safetensors`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Best {
    update: u64,
    value: f64,
    /// Parameters of the gate.
    parameters: Vec<f64>,
}

/// Looks at a model now and then and keeps the best.
pub(super) struct Selection {
    every: u64,
    gate: SelectGate,
    split: usize,
    choose: Option<Choose>,
    record: PathBuf,
    weights: PathBuf,
    best: Option<Best>,
}

impl Selection {
    /// Goes on from what an earlier process left, if the training goes on too.
    pub(super) fn open(
        task: &Classification<'_>,
        folder: &Path,
        choose: Option<Choose>,
        finished: u64,
    ) -> Result<Self, ExecuteError> {
        let section = &task.job.experiment.select;
        let named = |(name, _): &(String, _)| *name == section.split;
        let split = task.corpora.splits.iter().position(named).ok_or_else(|| {
            ExecuteError::new(format!(
                "select.split names `{}`, no evaluation split",
                section.split
            ))
        })?;
        let record = folder.join("best.json");
        let best = if finished > 0 {
            fs::read(&record)
                .ok()
                .and_then(|text| serde_json::from_slice(&text).ok())
        } else {
            None
        };
        Ok(Self {
            every: section.every as u64,
            gate: section.gate,
            split,
            choose,
            record,
            weights: folder.join("best.safetensors"),
            best,
        })
    }

    /// The update after which the next look is due.
    pub(super) fn next(&self, finished: u64, updates: u64) -> u64 {
        ((finished / self.every + 1) * self.every).min(updates)
    }

    /// Looks if a look is due. One that an earlier process has made already finds what it found: a model is kept only
    /// if it is better than all before it, so a best of later updates stays right while they are trained again.
    pub(super) fn look(
        &mut self,
        task: &Classification<'_>,
        trainer: &mut Trainer<BertClassifier>,
        updates: u64,
    ) -> Result<(), ExecuteError> {
        let update = trainer.finished();
        if update == 0 || (!update.is_multiple_of(self.every) && update != updates) {
            return Ok(());
        }
        let parameters = trainer
            .gate()
            .map_or(Vec::new(), |gate| gate.parameters().to_vec());
        let gates = match (&self.choose, self.gate) {
            (None, _) => None,
            (Some(choose), SelectGate::Hard) => Some(choose(&parameters).map_err(ExecuteError::new)?.gates()),
            (Some(_), SelectGate::Sampled) => {
                let seed = derive_seed(task.job.run.seed, "noise of dev evaluations");
                trainer.sample_gates(&mut SeededUniform::at_update(seed, update))
            }
        };
        let evaluation = evaluate(
            trainer.model(),
            &task.corpora.splits[self.split].1,
            gates.as_deref(),
            EVALUATION_BATCH,
            task.padding(),
            &task.options,
        )
        .map_err(train_error)?;
        let value = evaluation.accuracy;
        if self.best.as_ref().is_none_or(|best| value > best.value) {
            let best = Best {
                update,
                value,
                parameters,
            };
            let text = serde_json::to_string(&best).map_err(ExecuteError::new)? + "\n";
            save_parameters(&self.weights, trainer.model()).map_err(model_error)?;
            write_atomically(&self.record, text.as_bytes()).map_err(ExecuteError::new)?;
            self.best = Some(best);
        }
        Ok(())
    }

    /// Puts the best in place of the last.
    pub(super) fn restore(
        self,
        task: &Classification<'_>,
        model: &mut BertClassifier,
        trained: &mut Trained,
    ) -> Result<(), ExecuteError> {
        let best = self
            .best
            .ok_or_else(|| ExecuteError::new("no model was looked at, so that none is the best"))?;
        load_parameters(&self.weights, model, &task.options, false).map_err(model_error)?;
        trained.parameters = best.parameters;
        trained.selected = Some(best.update);
        Ok(())
    }
}
