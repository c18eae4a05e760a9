//! The loop of `bench step`: updates that warm up, then updates that are timed.

use std::time::Instant;

use anyhow::Result;
use dsp_gate::{SubsetGate, TemperatureSchedule};
use heads::{HeadGrid, SeededUniform};
use models::{TensorOptions, parameter_count};
use train::{
    AdamConfig, Course, DecayOrder, GateTraining, LearningRate, Seconds, TrainError, Trainable, Trainer,
    TrainerConfig,
};

use super::batch_file::{BatchOf, BatchWriter, Line};
use super::options::Options;
use super::sizes::Sizes;
use crate::cli::Problem;

/// Updates before the first that counts.
pub(super) const WARM_UP: u64 = 3;

/// A training of which some updates are timed.
pub(super) struct Training<'a, L: Line> {
    /// Before the first update.
    pub(super) model: L::Model,
    /// What it is.
    pub(super) sizes: Sizes,
    /// How its weights are trained.
    pub(super) config: TrainerConfig,
    /// How importances are stepped, if there are any.
    pub(super) gate_adam: AdamConfig,
    /// Where it is.
    pub(super) tensors: TensorOptions,
    /// Threads that it may use.
    pub(super) threads: usize,
    /// The batch of each update.
    pub(super) batches: Box<dyn FnMut(u64) -> BatchOf<L> + 'a>,
}

/// Seconds of one update.
pub(super) struct Parts {
    /// Until the batch is on the device.
    pub(super) data: f64,
    /// The update itself.
    pub(super) seconds: Seconds,
    /// All of it.
    pub(super) total: f64,
}

/// What was measured, and of what.
pub(super) struct Timed {
    /// The updates that count.
    pub(super) parts: Vec<Parts>,
    /// Tokens of all these updates, padding left out.
    pub(super) tokens: usize,
    /// Tokens of all these updates, padding included.
    pub(super) cells: usize,
    /// Examples of the largest update.
    pub(super) examples: usize,
    /// Tokens of the longest row.
    pub(super) longest: usize,
    /// Numbers that the model has.
    pub(super) parameters: usize,
    /// Of the model.
    pub(super) sizes: Sizes,
    /// Of the weights.
    pub(super) config: TrainerConfig,
    /// Threads that it could use.
    pub(super) threads: usize,
}

/// Trains, and times the updates that count.
pub(super) fn time<L: Line>(options: &Options, training: Training<'_, L>) -> Result<Timed> {
    let Training {
        model,
        sizes,
        config,
        gate_adam,
        tensors,
        threads,
        mut batches,
    } = training;
    let mut writer = options
        .write_batches
        .as_deref()
        .map(BatchWriter::create)
        .transpose()?;
    let gate = match options.k {
        None => None,
        Some(k) => Some(gate(k, model.grid(), gate_adam)?),
    };
    let mut timed = Timed {
        parts: Vec::new(),
        tokens: 0,
        cells: 0,
        examples: 0,
        longest: 0,
        parameters: parameter_count(&model),
        sizes,
        config,
        threads,
    };
    let mut trainer = Trainer::new(&model, gate, config, tensors);
    // Its weights would stay in memory beside those that are trained.
    drop(model);
    for update in 0..WARM_UP + options.updates {
        let started = Instant::now();
        let batch = batches(update);
        let data = started.elapsed().as_secs_f64();
        let record = trainer
            .step(&batch)
            .map_err(|error: TrainError| Problem::new(error.to_string()).hint(error.hint()))?;
        let total = started.elapsed().as_secs_f64();
        if update < WARM_UP {
            continue;
        }
        timed.parts.push(Parts {
            data,
            seconds: record.seconds,
            total,
        });
        let line = L::of(&batch);
        timed.tokens += line.tokens();
        timed.cells += L::cells(&batch);
        timed.examples = timed.examples.max(line.examples());
        timed.longest = timed.longest.max(line.longest());
        if let Some(writer) = &mut writer {
            writer.write(&line)?;
        }
    }
    if let Some(writer) = writer {
        writer.finish()?;
    }
    Ok(timed)
}

/// How the weights of a model of given sizes are trained.
pub(super) fn trainer_config(options: &Options) -> TrainerConfig {
    TrainerConfig {
        weights: (!options.frozen).then(|| (adam(), constant(1e-4))),
        clip: 1.0,
        clip_gates: true,
        seed: 1,
    }
}

/// Adam's constants for a model of given sizes.
pub(super) fn adam() -> AdamConfig {
    AdamConfig {
        betas: (0.9, 0.999),
        epsilon: 1e-8,
        weight_decay: 0.0,
        decay_order: DecayOrder::AfterStep,
    }
}

fn constant(peak: f64) -> LearningRate {
    LearningRate {
        peak,
        course: Course::Constant,
        warmup: 0,
        total: 1,
    }
}

fn gate(k: usize, grid: &HeadGrid, adam: AdamConfig) -> Result<GateTraining, Problem> {
    let problem = |error: heads::GateError| {
        Problem::new(error.to_string()).hint(format!(
            "--k is between 1 and the {} heads of this model",
            grid.total()
        ))
    };
    let schedule = TemperatureSchedule::constant(1.0).map_err(problem)?;
    let mut noise = SeededUniform::at_update(1, 0);
    let gate = SubsetGate::xavier(grid, k, schedule, &mut noise).map_err(problem)?;
    Ok(GateTraining::new(Box::new(gate), adam, constant(0.5)))
}
