//! `bench decode`: translating random sentences with and without caches, to a fixed length.

use std::time::Instant;

use clap::Args;
use heads::{SeededUniform, UniformStream};
use models::translation::{
    END, GenerationConfig, SPECIAL_IDS, SourceBatch, TranslationConfig, TranslationModel,
};
use models::{Initializer, TensorOptions};
use tasks::use_threads;

use crate::cli::bench::median::median;
use crate::problem::{Problem, Result};
use crate::terminal::{ALL_DONE, Format, print};

#[derive(Debug, Args)]
pub(crate) struct Options {
    /// Encoder layers, and decoder layers.
    #[arg(long, default_value_t = 6)]
    layers: usize,
    /// Width of the hidden states.
    #[arg(long, default_value_t = 512)]
    width: usize,
    /// Heads per attention module.
    #[arg(long, default_value_t = 4)]
    heads: usize,
    /// Width of the feed-forward layer [default: twice the width].
    #[arg(long)]
    ffn: Option<usize>,
    /// Entries of each vocabulary.
    #[arg(long, default_value_t = 6632)]
    vocab: usize,
    /// Sentences translated together.
    #[arg(long, default_value_t = 8)]
    batch: usize,
    /// Tokens of each source and of each translation.
    #[arg(long, default_value_t = 40)]
    length: usize,
    /// Hypotheses of each sentence.
    #[arg(long, default_value_t = 5)]
    beam: usize,
    /// Threads.
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u16).range(1..))]
    threads: u16,
    /// Device.
    #[arg(long, default_value = "auto")]
    device: String,
    /// Rounds that count, each with and without caches; one more warms up.
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u64).range(1..))]
    rounds: u64,
    /// Leave out what decodes without caches.
    #[arg(long)]
    cached_only: bool,
    /// How to print.
    #[arg(long, value_enum, default_value_t = Format::Table)]
    format: Format,
}

pub(crate) fn decode(options: &Options) -> Result<u8> {
    let refused = |reason: String| Problem::new(format!("cannot decode: {reason}"));
    use_threads(usize::from(options.threads));
    let device = models::open_device(&options.device)?;
    let tensors = TensorOptions::single(device);
    if options.batch == 0 || options.length == 0 {
        return Err(refused("--batch and --length are at least 1".into()));
    }
    let mut config = TranslationConfig::of_sizes(
        options.vocab,
        options.vocab,
        options.width,
        options.layers,
        options.heads,
        options.ffn.unwrap_or(2 * options.width),
    );
    config.max_target_positions = options.length + 1;
    let model = TranslationModel::new(&config, &mut Initializer::new(1, tensors.clone())).map_err(refused)?;
    let source = random_source(options, &tensors);
    // As long as asked for, neither shorter nor longer.
    let generation = GenerationConfig {
        beam: options.beam,
        max_len_b: options.length as f64,
        min_len: options.length,
        ..GenerationConfig::default()
    };
    let translator = model.translator();
    let time = |cached: bool| -> Result<(f64, usize)> {
        let started = Instant::now();
        let found = if cached {
            translator.generate(&source, None, &generation)
        } else {
            model.generate_recomputing(&source, None, &generation)
        };
        let found = found.map_err(|error| refused(error.to_string()))?;
        let tokens = found
            .iter()
            .filter_map(|best| best.first())
            .map(|best| best.tokens.len());
        Ok((1e3 * started.elapsed().as_secs_f64(), tokens.sum()))
    };
    let (mut cached, mut recomputed, mut tokens) = (Vec::new(), Vec::new(), 0);
    for round in 0..=options.rounds {
        let (fast, of_fast) = time(true)?;
        let slow = if options.cached_only {
            None
        } else {
            Some(time(false)?.0)
        };
        if round > 0 {
            cached.push(fast);
            recomputed.extend(slow);
            tokens = of_fast;
        }
    }
    let recomputed = (!options.cached_only).then(|| median(&mut recomputed));
    report(options, median(&mut cached), recomputed, tokens)
}

fn report(options: &Options, cached: f64, recomputed: Option<f64>, tokens: usize) -> Result<u8> {
    let ratio = recomputed.map(|recomputed| recomputed / cached);
    let speed = 1e3 * tokens as f64 / cached;
    match options.format {
        Format::Json => print(
            &(serde_json::json!({
                "ms_cached": cached,
                "ms_recomputed": recomputed,
                "ratio": ratio,
                "tokens": tokens,
                "tokens_per_second": speed,
                "beam": options.beam,
                "batch": options.batch,
                "length": options.length,
                "threads": options.threads,
                "device": options.device,
                "rounds": options.rounds,
            })
            .to_string()
                + "\n"),
        )?,
        Format::Table => {
            print(&format!(
                "{} sentences of {} tokens, beam {}\nwith caches     {cached:9.1} ms, {speed:.0} tokens a second\n",
                options.batch, options.length, options.beam,
            ))?;
            if let (Some(recomputed), Some(ratio)) = (recomputed, ratio) {
                print(&format!(
                    "without caches  {recomputed:9.1} ms\nratio           {ratio:9.1}\n"
                ))?;
            }
        }
    }
    Ok(ALL_DONE)
}

/// Sentences of random words.
fn random_source(options: &Options, tensors: &TensorOptions) -> SourceBatch {
    let mut draws = vec![0.0; options.batch * options.length];
    SeededUniform::at_update(1, 0).fill(&mut draws);
    let words = (options.vocab - SPECIAL_IDS) as f64;
    let mut ids: Vec<i32> = draws
        .iter()
        .map(|draw| (SPECIAL_IDS as f64 + draw * words) as i32)
        .collect();
    ids.chunks_mut(options.length)
        .filter_map(<[i32]>::last_mut)
        .for_each(|last| *last = END);
    SourceBatch::new(&ids, options.batch, tensors)
}
