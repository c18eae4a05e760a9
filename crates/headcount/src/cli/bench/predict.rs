//! `bench predict`: a classifier of a model folder scoring batches of token ids.

use std::path::PathBuf;
use std::time::Instant;

use clap::Args;
use tasks::inference::Network;
use tasks::use_threads;

use super::step::{ClassifierLine, Limits, Line, read};
use crate::cli::bench::median::median;
use crate::problem::{Problem, Result};
use crate::terminal::{ALL_DONE, Format, print};

#[derive(Debug, Args)]
pub(crate) struct Options {
    /// Folder of an encoder with its classifier, as transformers writes it.
    #[arg(long, value_name = "DIR")]
    model: PathBuf,
    /// Batches as JSON lines, each `{"inputs": [[…], …], "types": [[…], …], "labels": […]}`.
    #[arg(long, value_name = "FILE")]
    batches: PathBuf,
    /// Threads.
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u16).range(1..))]
    threads: u16,
    /// Device.
    #[arg(long, default_value = "auto")]
    device: String,
    /// Rounds over all batches that count; one more warms up.
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u64).range(1..))]
    rounds: u64,
    /// How to print.
    #[arg(long, value_enum, default_value_t = Format::Table)]
    format: Format,
}

pub(crate) fn predict(options: &Options) -> Result<u8> {
    use_threads(usize::from(options.threads));
    let Network::Encoder(model, config, tensors) = Network::open(&options.model, &options.device)? else {
        let problem = Problem::new(format!("{} is no classifier", options.model.display()));
        return Err(problem.hint("`bench decode` times translation"));
    };
    let limits = Limits {
        vocabulary: config.vocab_size,
        longest: config.longest_input(),
    };
    let lines: Vec<ClassifierLine> = read(&options.batches, limits)?;
    let scorer = model.scorer(&tensors);
    let examples: usize = lines.iter().map(Line::examples).sum();
    let (mut milliseconds, mut scores) = (Vec::new(), Vec::new());
    for round in 0..=options.rounds {
        let started = Instant::now();
        scores.clear();
        for line in &lines {
            let found = scorer.scores(&line.batch(&tensors), None);
            scores.extend(found.map_err(|error| Problem::new(error.to_string()))?);
        }
        if round > 0 {
            milliseconds.push(1e3 * started.elapsed().as_secs_f64());
        }
    }
    let median = median(&mut milliseconds);
    let speed = 1e3 * examples as f64 / median;
    match options.format {
        Format::Json => print(
            &(serde_json::json!({
                "ms": median,
                "examples": examples,
                "examples_per_second": speed,
                "scores": scores,
                "threads": options.threads,
                "rounds": options.rounds,
            })
            .to_string()
                + "\n"),
        )?,
        Format::Table => print(&format!(
            "{examples} examples in {} batches: {median:.1} ms, {speed:.1} examples a second\n",
            lines.len(),
        ))?,
    }
    Ok(ALL_DONE)
}
