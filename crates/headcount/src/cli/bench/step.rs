//! `bench step`: training updates of an encoder of given sizes on random tokens.

use std::time::Instant;

use anyhow::Result;
use clap::{Args, ValueEnum};
use dsp_gate::{SubsetGate, TemperatureSchedule};
use heads::{SeededUniform, UniformStream};
use models::bert::{BertClassifier, BertConfig, TokenBatch};
use models::{Initializer, TensorOptions, parameter_count};
use train::{AdamConfig, Course, DecayOrder, GateTraining, LearningRate, Seconds, Trainer, TrainerConfig};

use super::median;
use crate::cli::{ALL_DONE, Format, Problem, print};
use crate::executor::use_threads;

/// Updates before the first that counts.
const WARM_UP: u64 = 3;

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Arch {
    /// Encoder with a sequence classifier.
    Bert,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct Options {
    /// Kind of model.
    #[arg(long, value_enum, default_value_t = Arch::Bert)]
    arch: Arch,
    /// Encoder layers.
    #[arg(long, default_value_t = 3)]
    layers: usize,
    /// Width of the hidden states.
    #[arg(long, default_value_t = 64)]
    width: usize,
    /// Heads per layer.
    #[arg(long, default_value_t = 4)]
    heads: usize,
    /// Width of the feed-forward layer [default: 4 times the width].
    #[arg(long)]
    ffn: Option<usize>,
    /// Entries of the vocabulary.
    #[arg(long, default_value_t = 75)]
    vocab: usize,
    /// Examples per update.
    #[arg(long, default_value_t = 32)]
    batch: usize,
    /// Tokens of each example; none is padding.
    #[arg(long, default_value_t = 16)]
    length: usize,
    /// Threads.
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u16).range(1..))]
    threads: u16,
    /// Device.
    #[arg(long, default_value = "auto")]
    device: String,
    /// Updates that count; three more warm up.
    #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u64).range(1..))]
    updates: u64,
    /// Dropout of embeddings, layers and attention.
    #[arg(long, default_value_t = 0.0)]
    dropout: f64,
    /// Train importances too, keeping K heads (differentiable subset pruning at tau = 1).
    #[arg(long, value_name = "K")]
    k: Option<usize>,
    /// Leave the weights as they are, as pipelined methods do; needs --k.
    #[arg(long, requires = "k")]
    frozen: bool,
    /// How to print.
    #[arg(long, value_enum, default_value_t = Format::Table)]
    format: Format,
}

/// Milliseconds of one update.
struct Parts {
    data: f64,
    seconds: Seconds,
    total: f64,
}

pub(super) fn step(options: &Options) -> Result<u8> {
    let refused = |reason: String| Problem::new(format!("cannot build such a model: {reason}"));
    use_threads(usize::from(options.threads));
    let device = models::open_device(&options.device)
        .map_err(|error| Problem::new(error.to_string()).hint(error.hint()))?;
    let tensors = TensorOptions::single(device);
    let Arch::Bert = options.arch;
    let mut config = BertConfig::of_sizes(
        options.vocab,
        options.width,
        options.layers,
        options.heads,
        options.ffn.unwrap_or(4 * options.width),
        options.length,
    );
    config.num_labels = Some(3);
    config.hidden_dropout_prob = options.dropout;
    config.attention_probs_dropout_prob = options.dropout;
    if !(0.0..1.0).contains(&options.dropout) || options.batch == 0 {
        return Err(refused("--dropout is in [0, 1) and --batch above 0".into()).into());
    }
    let model = BertClassifier::new(&config, &mut Initializer::new(1, tensors.clone())).map_err(refused)?;
    let mut trainer = Trainer::new(
        &model,
        gate(options, &model)?,
        trainer_config(options),
        tensors.clone(),
    );

    let mut parts = Vec::new();
    for update in 0..WARM_UP + options.updates {
        let started = Instant::now();
        let batch = random_batch(options, update, &tensors);
        let data = started.elapsed().as_secs_f64();
        let record = trainer
            .step(&batch)
            .map_err(|e| Problem::new(e.to_string()).hint(e.hint()))?;
        let total = started.elapsed().as_secs_f64();
        if update >= WARM_UP {
            parts.push(Parts {
                data,
                seconds: record.seconds,
                total,
            });
        }
    }
    report(options, &parts, parameter_count(&model))
}

fn report(options: &Options, parts: &[Parts], parameters: usize) -> Result<u8> {
    let of = |part: fn(&Parts) -> f64| median(&mut parts.iter().map(|p| 1e3 * part(p)).collect::<Vec<_>>());
    let total = of(|p| p.total);
    let data = of(|p| p.data);
    let forward = of(|p| p.seconds.forward);
    let backward = of(|p| p.seconds.backward);
    let optimizer = of(|p| p.seconds.optimizer);
    let peak = peak_mib();
    match options.format {
        Format::Json => print(
            &serde_json::json!({
                "ms_per_update": total,
                "parts": {
                    "data": data, "forward": forward, "backward": backward, "optimizer": optimizer,
                },
                "peak_mib": peak, "updates": options.updates, "threads": options.threads,
                "device": options.device, "arch": "bert", "layers": options.layers, "width": options.width,
                "heads": options.heads, "ffn": options.ffn.unwrap_or(4 * options.width),
                "vocab": options.vocab, "batch": options.batch, "length": options.length,
                "dropout": options.dropout, "k": options.k, "frozen": options.frozen, "parameters": parameters,
            })
            .to_string(),
        )?,
        Format::Table => print(&format!(
            "{total:.2} ms per update (median of {}): data {data:.2}, forward {forward:.2}, backward {backward:.2}, \
             optimizer {optimizer:.2}; {parameters} parameters, {} thread(s), device {}, peak memory {} MiB",
            options.updates,
            options.threads,
            options.device,
            peak.map_or_else(|| "unknown".to_owned(), |mib| format!("{mib:.0}")),
        ))?,
    }
    Ok(ALL_DONE)
}

fn trainer_config(options: &Options) -> TrainerConfig {
    let rate = LearningRate {
        peak: 1e-4,
        course: Course::Constant,
        warmup: 0,
        total: 1,
    };
    TrainerConfig {
        weights: (!options.frozen).then(|| (adam(), rate)),
        clip: 1.0,
        clip_gates: true,
        seed: 1,
    }
}

fn adam() -> AdamConfig {
    AdamConfig {
        betas: (0.9, 0.999),
        epsilon: 1e-8,
        weight_decay: 0.0,
        decay_order: DecayOrder::AfterStep,
    }
}

fn gate(options: &Options, model: &BertClassifier) -> Result<Option<GateTraining>> {
    let Some(k) = options.k else {
        return Ok(None);
    };
    let problem =
        |error: heads::GateError| Problem::new(error.to_string()).hint("--k is at most layers * heads");
    let schedule = TemperatureSchedule::constant(1.0).map_err(problem)?;
    let mut noise = SeededUniform::at_update(1, 0);
    let gate = SubsetGate::xavier(model.grid(), k, schedule, &mut noise).map_err(problem)?;
    let rate = LearningRate {
        peak: 0.5,
        course: Course::Constant,
        warmup: 0,
        total: 1,
    };
    Ok(Some(GateTraining::new(Box::new(gate), adam(), rate)))
}

fn random_batch(options: &Options, update: u64, tensors: &TensorOptions) -> TokenBatch {
    let (batch, length) = (options.batch, options.length);
    let mut draws = vec![0.0; batch * length + batch];
    SeededUniform::at_update(3, update).fill(&mut draws);
    let below = |draw: &f64, bound: usize| (draw * bound as f64) as i32;
    let ids: Vec<i32> = draws[..batch * length]
        .iter()
        .map(|draw| below(draw, options.vocab))
        .collect();
    let labels: Vec<i32> = draws[batch * length..]
        .iter()
        .map(|draw| below(draw, 3))
        .collect();
    let types = vec![0; batch * length];
    TokenBatch::new(&ids, &types, &vec![true; batch * length], &labels, tensors)
}

/// Largest resident memory of this process so far; none where the system does not say.
fn peak_mib() -> Option<f64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kib: f64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kib / 1024.0)
}
