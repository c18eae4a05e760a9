//! The options of `bench latency`.

use std::path::PathBuf;

use clap::Args;

use crate::cli::bench::step::Arch;
use crate::problem::{Problem, Result};
use crate::sweeping::planned::MOST_THREADS;
use crate::terminal::Format;

/// Tokens of the largest batch that is timed.
const MOST_TOKENS: usize = 1 << 22;

#[derive(Debug, Args)]
pub(crate) struct Options {
    /// Folder of a sweep: the heads that its runs have kept, on its dense model. Writes latency.csv there, and efficiency.csv
    /// and its figure anew.
    pub(crate) sweep: Option<PathBuf>,
    /// Folder of a model, with random heads removed.
    #[arg(long, value_name = "DIR", conflicts_with = "sweep")]
    pub(crate) model: Option<PathBuf>,
    /// Kind of a model of random weights of the sizes below, with random heads removed.
    #[arg(long, value_enum, default_value_t = Arch::Bert, conflicts_with_all = ["sweep", "model"])]
    pub(crate) arch: Arch,
    /// Encoder layers; of an encoder-decoder the decoder has as many.
    #[arg(long, default_value_t = 12, conflicts_with_all = ["sweep", "model"])]
    pub(crate) layers: usize,
    /// Width of the hidden states.
    #[arg(long, default_value_t = 768, conflicts_with_all = ["sweep", "model"])]
    pub(crate) width: usize,
    /// Heads per attention module.
    #[arg(long, default_value_t = 12, conflicts_with_all = ["sweep", "model"])]
    pub(crate) heads: usize,
    /// Width of the feed-forward layer [default: 4 times the width].
    #[arg(long, conflicts_with_all = ["sweep", "model"])]
    pub(crate) ffn: Option<usize>,
    /// Entries of the vocabulary, of an encoder-decoder of each.
    #[arg(long, default_value_t = 30_522, conflicts_with_all = ["sweep", "model"])]
    pub(crate) vocab: usize,
    /// Numbers of heads to keep [default: a twelfth, a quarter, half and three quarters; of a sweep those of its runs].
    #[arg(long, value_delimiter = ',', value_name = "K,…")]
    pub(crate) k: Vec<usize>,
    /// Of a sweep: draw the heads at random in place of those that runs have kept.
    #[arg(long, requires = "sweep")]
    pub(crate) random_masks: bool,
    /// Of a sweep: only the runs of these methods.
    #[arg(
        long,
        value_delimiter = ',',
        value_name = "METHOD,…",
        requires = "sweep",
        conflicts_with = "random_masks"
    )]
    pub(crate) methods: Vec<String>,
    /// Examples of a batch.
    #[arg(long, value_delimiter = ',', default_values_t = [1, 8, 32], value_name = "EXAMPLES,…")]
    pub(crate) batch: Vec<usize>,
    /// Tokens of each example, none of them padding; of translations too. Never more than the model has positions for.
    #[arg(long, value_delimiter = ',', default_values_t = [32, 128], value_name = "TOKENS,…")]
    pub(crate) length: Vec<usize>,
    /// Hypotheses of a search, where the model translates.
    #[arg(long, default_value_t = 5)]
    pub(crate) beam: usize,
    /// Threads.
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u16).range(1..=MOST_THREADS))]
    threads: u16,
    /// Times that each model computes each batch; once more warms up.
    #[arg(long, default_value_t = 10)]
    pub(crate) repeats: usize,
    /// Seed of the heads drawn.
    #[arg(long, default_value_t = 1)]
    pub(crate) seed: u64,
    /// Device.
    #[arg(long, default_value = "auto")]
    pub(crate) device: String,
    /// How to print.
    #[arg(long, value_enum, default_value_t = Format::Table)]
    pub(crate) format: Format,
}

impl Options {
    /// Refuses what the parser of the command line cannot see.
    pub(crate) fn check(&self) -> Result<()> {
        if self.sweep.is_none() && (self.random_masks || !self.methods.is_empty()) {
            let problem = Problem::new(
                "--methods and --random-masks choose among the heads of a sweep, and none is named",
            );
            return Err(problem.hint("name the folder of a sweep, or leave them out"));
        }
        let most = self.batch.iter().max().zip(self.length.iter().max());
        let is_large = |(batch, length): &(&usize, &usize)| batch.saturating_mul(**length) > MOST_TOKENS;
        if let Some((batch, length)) = most.filter(is_large) {
            let problem = Problem::new(format!("a batch of {batch} x {length} tokens"));
            return Err(problem.hint(format!("time batches of at most {MOST_TOKENS} tokens")));
        }
        for (name, values) in [
            ("--batch", &self.batch),
            ("--length", &self.length),
            ("--k", &self.k),
        ] {
            if values.contains(&0) {
                return Err(Problem::new(format!("{name} has a 0")).hint("each is at least 1"));
            }
        }
        for (name, value) in [
            ("--repeats", self.repeats),
            ("--beam", self.beam),
            ("--heads", self.heads),
        ] {
            if value == 0 {
                return Err(Problem::new(format!("{name} is 0")).hint("it is at least 1"));
            }
        }
        Ok(())
    }

    /// Threads of the host.
    pub(crate) fn threads(&self) -> usize {
        self.threads.into()
    }
}
