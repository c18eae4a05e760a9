//! `bench gate`: one sample of the gate and its pull-back.

use std::hint::black_box;
use std::time::Instant;

use baselines::SimpleGate;
use clap::{Args, ValueEnum};
use dsp_gate::{SubsetGate, TemperatureSchedule};
use heads::{GateError, HeadGate, SeededUniform, UniformStream};

use crate::cli::bench::median::median;
use crate::problem::{Problem, Result};
use crate::terminal::{ALL_DONE, Format, print};

#[derive(Debug, Args)]
pub(crate) struct Options {
    /// Heads there are.
    #[arg(long, default_value_t = 144)]
    n: usize,
    /// Heads to keep.
    #[arg(long, default_value_t = 72)]
    k: usize,
    /// Temperature; the costliest are those at which many exponentials count.
    #[arg(long, default_value_t = 1.0)]
    tau: f64,
    /// Which gate.
    #[arg(long, value_enum, default_value_t = Gate::Dsp)]
    gate: Gate,
    /// How to print.
    #[arg(long, value_enum, default_value_t = Format::Table)]
    format: Format,
}

/// A gate of exactly K heads that draws noise.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Gate {
    /// Gumbel soft top-K.
    Dsp,
    /// SIMPLE, which has no temperature.
    Simple,
}

pub(crate) fn gate(options: &Options) -> Result<u8> {
    let mut importances = vec![0.0; options.n];
    SeededUniform::at_update(1, 0).fill(&mut importances);
    let schedule = TemperatureSchedule::constant(options.tau).map_err(|e| Problem::new(e.to_string()))?;
    let gate: std::result::Result<Box<dyn HeadGate>, GateError> = match options.gate {
        Gate::Dsp => {
            SubsetGate::new(importances.clone(), options.k, schedule).map(|gate| Box::new(gate) as _)
        }
        Gate::Simple => SimpleGate::new(importances.clone(), options.k).map(|gate| Box::new(gate) as _),
    };
    let mut gate = gate.map_err(|e| Problem::new(e.to_string()).hint("--k is between 1 and --n"))?;
    let mut times: Vec<f64> = (0..2000)
        .map(|update| {
            let mut noise = SeededUniform::at_update(2, update);
            let started = Instant::now();
            black_box(gate.sample(&mut noise));
            // An overflow of the derivative costs the same as any other value.
            let _ = black_box(gate.pull_back(&importances));
            started.elapsed().as_secs_f64() * 1e3
        })
        .collect();
    let ms = median(&mut times);
    let name = match options.gate {
        Gate::Dsp => format!("tau = {}", options.tau),
        Gate::Simple => "SIMPLE".to_owned(),
    };
    match options.format {
        Format::Json => print(
            &serde_json::json!({
                "ms_sample_and_pullback": ms, "n": options.n, "k": options.k, "tau": options.tau,
                "repeats": times.len(),
            })
            .to_string(),
        )?,
        Format::Table => print(&format!(
            "sample and pull-back, N = {}, K = {}, {name}: {ms:.4} ms (median of {})",
            options.n,
            options.k,
            times.len()
        ))?,
    }
    Ok(ALL_DONE)
}
