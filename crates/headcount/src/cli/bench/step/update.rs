//! The loop of `bench step`: updates that warm up, then updates that are timed.

use heads::HeadGrid;
use models::{TensorOptions, parameter_count};
use tasks::{Parts, constant, timed_gate, timed_update};
use train::{AdamConfig, DecayOrder, GateTraining, Trainable, Trainer, TrainerConfig};

use super::batch_file::{BatchOf, BatchWriter, Line};
use super::options::{Options, WARM_UP};
use super::sizes::Sizes;
use crate::problem::{Problem, Result};

/// A training of which some updates are timed.
pub(crate) struct Training<'a, L: Line> {
    /// Before the first update.
    pub(crate) model: L::Model,
    /// What it is.
    pub(crate) sizes: Sizes,
    /// How its weights are trained.
    pub(crate) config: TrainerConfig,
    /// How importances are stepped, if there are any.
    pub(crate) gate_adam: AdamConfig,
    /// Where it is.
    pub(crate) tensors: TensorOptions,
    /// Threads that it may use.
    pub(crate) threads: usize,
    /// The batch of each update.
    pub(crate) batches: Box<dyn FnMut(u64) -> BatchOf<L> + 'a>,
}

/// What was measured, and of what.
pub(crate) struct Timed {
    /// The updates that count.
    pub(crate) parts: Vec<Parts>,
    /// Tokens of all these updates, padding left out.
    pub(crate) tokens: usize,
    /// Tokens of all these updates, padding included.
    pub(crate) cells: usize,
    /// Examples of the largest update.
    pub(crate) examples: usize,
    /// Tokens of the longest row.
    pub(crate) longest: usize,
    /// Numbers that the model has.
    pub(crate) parameters: usize,
    /// Of the model.
    pub(crate) sizes: Sizes,
    /// Of the weights.
    pub(crate) config: TrainerConfig,
    /// Threads that it could use.
    pub(crate) threads: usize,
}

/// Trains, and times the updates that count.
pub(crate) fn time<L: Line>(options: &Options, training: Training<'_, L>) -> Result<Timed> {
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
        let (parts, batch) = timed_update(&mut trainer, &mut *batches, update)?;
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
pub(crate) fn trainer_config(options: &Options) -> TrainerConfig {
    TrainerConfig {
        weights: (!options.frozen).then(|| (adam(), constant(1e-4))),
        clip: 1.0,
        clip_gates: true,
        seed: 1,
    }
}

/// Adam's constants for a model of given sizes.
pub(crate) fn adam() -> AdamConfig {
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
