//! The loop of `bench step`: updates that warm up, then updates that are timed.

use anyhow::Result;
use heads::HeadGrid;
use models::{TensorOptions, parameter_count};
use train::{AdamConfig, DecayOrder, GateTraining, TrainError, Trainable, Trainer, TrainerConfig};

use super::batch_file::{BatchOf, BatchWriter, Line};
use super::options::Options;
use super::sizes::Sizes;
use crate::cli::Problem;
use crate::executor::{Parts, constant, timed_gate, timed_update};

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
        let (parts, batch) = timed_update(&mut trainer, &mut *batches, update)
            .map_err(|error: TrainError| Problem::new(error.to_string()).hint(error.hint()))?;
        if update < WARM_UP {
            continue;
        }
        timed.parts.push(parts);
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

fn gate(k: usize, grid: &HeadGrid, adam: AdamConfig) -> Result<GateTraining, Problem> {
    timed_gate(k, grid, adam).map_err(|error: heads::GateError| {
        Problem::new(error.to_string()).hint(format!(
            "--k is between 1 and the {} heads of this model",
            grid.total()
        ))
    })
}
