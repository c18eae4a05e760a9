//! One training: the loop with its logs and checkpoints, and the choice of the model that is kept.

use std::fs;

use experiment::{Decay, ScheduleName, TrainSection};
use heads::derive_seed;
use methods::{Choose, ExecuteError, Fit, Progress, ProgressReport, Rate, Trained};
use train::{
    AdamConfig, Checkpointer, Course, DecayOrder, GateLog, GateTraining, LearningRate, MetricsLog, Observer,
    TrainError, Trainer, TrainerConfig, UpdateRecord, fit, open_heads_of,
};

use super::context::Context;
use super::interruption::Saving;
use super::learning::Learning;
use super::selection::Selection;

/// Name of the file from which an interrupted training goes on.
pub(crate) const CHECKPOINT: &str = "checkpoint.safetensors";

/// What the seed of the order of training examples is derived for.
pub(crate) const ORDER_OF_EXAMPLES: &str = "order of examples";

/// Trains the model taken and gives it back as it is to be kept.
pub(crate) fn train<L: Learning>(
    context: &Context<'_, L>,
    model: &L::Model,
    request: Fit,
    progress: &mut dyn Progress,
) -> Result<(L::Model, Trained), ExecuteError> {
    let (job, learning) = (context.job, &context.learning);
    let section = &job.experiment.train;
    let updates = request.updates as u64;
    let config = trainer_config(section, request.weights, updates, job.seed);
    let (gate, choose): (Option<GateTraining>, Option<Choose>) = match request.gate {
        Some(gate) => {
            let rate = learning_rate(gate.rate, updates);
            (
                Some(GateTraining::new(gate.gate, adam_config(section), rate)),
                Some(gate.choose),
            )
        }
        None => (None, None),
    };
    let mut trainer = Trainer::new(model, gate, config, learning.options().clone());
    let folder = &request.folder;
    fs::create_dir_all(folder).map_err(|error| {
        ExecuteError::new(format!("cannot create the folder {}: {error}", folder.display()))
    })?;
    let key = job.key.to_string();
    let mut checkpointer = Checkpointer::new(&folder.join(CHECKPOINT), &key, section.checkpoint_every as u64);
    if let Some(found) = checkpointer.resume(&mut trainer) {
        eprintln!("{found}");
    }
    let finished = trainer.finished();
    let metrics_file = folder.join("metrics.csv");
    let mut metrics = MetricsLog::open(&metrics_file, finished).map_err(ExecuteError::caused_by)?;
    // What learns nothing has nothing to write.
    let mut gates = match trainer.gate().filter(|gate| !gate.parameters().is_empty()) {
        None => None,
        Some(gate) => {
            let path = folder.join("gates.csv");
            Some(GateLog::open(&path, gate, updates, finished).map_err(ExecuteError::caused_by)?)
        }
    };
    let mut selection = Selection::open(context, folder, choose, finished);
    let mut watch = Watch {
        progress,
        updates,
        overflows: 0,
    };
    let mut batch_at = learning.batches(derive_seed(job.seed, ORDER_OF_EXAMPLES));
    loop {
        // An interrupted process may have stopped between a checkpoint and the look that was due at it.
        if let Some(selection) = &mut selection {
            if selection.is_due(trainer.finished(), updates) {
                // A look may take long, and nothing is lost by ending it.
                checkpointer
                    .save_last(&trainer)
                    .map_err(ExecuteError::caused_by)?;
            }
            selection.look(context, &mut trainer, updates)?;
        }
        if trainer.finished() >= updates {
            break;
        }
        let stop = selection
            .as_ref()
            .map_or(updates, |selection| selection.next(trainer.finished(), updates));
        let mut observers: Vec<&mut dyn Observer<L::Model>> = vec![&mut metrics, &mut watch];
        if let Some(gates) = &mut gates {
            observers.push(gates);
        }
        // Last: what the logs hold must not fall behind what a resumed training takes for done.
        let mut saving = Saving {
            checkpointer: &mut checkpointer,
            interruption: context.interruption,
        };
        observers.push(&mut saving);
        let guard = context.interruption.training();
        fit(&mut trainer, stop, &mut batch_at, &mut observers).map_err(ExecuteError::caused_by)?;
        drop(guard);
    }
    let mut model = trainer.model().clone();
    let mut trained = Trained {
        parameters: trainer
            .gate()
            .map_or(Vec::new(), |gate| gate.importances().to_vec()),
        overflows: watch.overflows,
        selected: None,
        open: match trainer.gate() {
            Some(gate) => open_heads_of(&metrics_file, gate.total()).map_err(ExecuteError::caused_by)?,
            None => Vec::new(),
        },
    };
    // Measuring may take long, and what interrupts it must not cost the training.
    checkpointer
        .save_last(&trainer)
        .map_err(ExecuteError::caused_by)?;
    if let Some(selection) = selection {
        selection.restore(context, &mut model, &mut trained, updates)?;
    }
    Ok((model, trained))
}

/// How the section has a training of so many updates; frozen weights have no rate.
pub fn trainer_config(
    section: &TrainSection,
    weights: Option<Rate>,
    updates: u64,
    seed: u64,
) -> TrainerConfig {
    TrainerConfig {
        weights: weights.map(|rate| (adam_config(section), learning_rate(rate, updates))),
        clip: section.clip,
        clip_gates: section.clip_gates,
        seed,
    }
}

/// The optimizer's constants, for weights and importances.
pub fn adam_config(section: &TrainSection) -> AdamConfig {
    AdamConfig {
        betas: section.betas,
        epsilon: section.epsilon,
        weight_decay: section.weight_decay,
        decay_order: match section.decay {
            Decay::AfterStep => DecayOrder::AfterStep,
            Decay::BeforeStep => DecayOrder::BeforeStep,
        },
    }
}

/// Passes what happens on to the progress display, and counts what it must not hide.
struct Watch<'p> {
    progress: &'p mut dyn Progress,
    updates: u64,
    overflows: usize,
}

impl<M> Observer<M> for Watch<'_> {
    fn after_update(&mut self, _: &Trainer<M>, record: &UpdateRecord) -> Result<(), TrainError> {
        self.overflows += usize::from(record.gate_overflow);
        self.progress.report(&ProgressReport {
            phase: "trains".to_owned(),
            done: record.update + 1,
            total: self.updates,
            loss: Some(record.loss),
            tau: record.temperature,
        });
        Ok(())
    }
}

fn learning_rate(rate: Rate, total: u64) -> LearningRate {
    LearningRate {
        peak: rate.peak,
        course: match rate.schedule {
            ScheduleName::Linear => Course::Linear,
            ScheduleName::InverseSqrt => Course::InverseSqrt,
            // What follows the weights has been given their course.
            ScheduleName::Constant | ScheduleName::AsWeights => Course::Constant,
        },
        warmup: rate.warmup as u64,
        total,
    }
}
