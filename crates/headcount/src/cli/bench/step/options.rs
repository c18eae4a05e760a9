//! The options of `bench step`, and the tensors that they ask for.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use models::TensorOptions;

use crate::overrides::Overrides;
use crate::places::OutFolder;
use crate::problem::{Problem, Result};
use crate::terminal::Format;

/// Updates before the first that counts.
pub(crate) const WARM_UP: u64 = 3;

/// Kind of model.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Arch {
    /// Encoder with a sequence classifier.
    Bert,
    /// Encoder-decoder for translation.
    Mt,
}

/// How rows of unequal length are computed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum PaddingLayout {
    /// Tokens alone, one row after the other.
    Packed,
    /// Rectangles as long as the longest row.
    Longest,
}

impl PaddingLayout {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Packed => "packed",
            Self::Longest => "longest",
        }
    }
}

#[derive(Debug, Args)]
pub(crate) struct Options {
    /// Kind of model.
    #[arg(long, value_enum, default_value_t = Arch::Bert, conflicts_with = "experiment")]
    pub(crate) arch: Arch,
    /// Encoder layers; of an encoder-decoder the decoder has as many.
    #[arg(long, default_value_t = 3, conflicts_with = "experiment")]
    pub(crate) layers: usize,
    /// Width of the hidden states.
    #[arg(long, default_value_t = 64, conflicts_with = "experiment")]
    pub(crate) width: usize,
    /// Heads per attention module.
    #[arg(long, default_value_t = 4, conflicts_with = "experiment")]
    pub(crate) heads: usize,
    /// Width of the feed-forward layer [default: 4 times the width].
    #[arg(long, conflicts_with = "experiment")]
    ffn: Option<usize>,
    /// Entries of the vocabulary, of an encoder-decoder of each.
    #[arg(long, default_value_t = 75, conflicts_with = "experiment")]
    pub(crate) vocab: usize,
    /// Examples per update.
    #[arg(long, default_value_t = 32, conflicts_with_all = ["experiment", "batches"])]
    pub(crate) batch: usize,
    /// Tokens of each example, none of them padding; with --batches, the most that a row may have.
    #[arg(long, default_value_t = 16, conflicts_with = "experiment")]
    pub(crate) length: usize,
    /// Threads [default: 1, or run.threads of the experiment].
    #[arg(long, value_parser = clap::value_parser!(u16).range(1..))]
    pub(crate) threads: Option<u16>,
    /// Device.
    #[arg(long, default_value = "auto")]
    pub(crate) device: String,
    /// Updates that count; three more warm up.
    #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u64).range(1..))]
    pub(crate) updates: u64,
    /// Dropout of embeddings, layers and attention.
    #[arg(long, default_value_t = 0.0, conflicts_with = "experiment")]
    pub(crate) dropout: f64,
    /// Share of the loss of an encoder-decoder that is spread over the vocabulary [default: 0.1].
    #[arg(long, value_name = "SHARE", conflicts_with = "experiment")]
    label_smoothing: Option<f64>,
    /// Train importances too, keeping K heads (differentiable subset pruning at tau = 1).
    #[arg(long, value_name = "K")]
    pub(crate) k: Option<usize>,
    /// Leave the weights as they are, as pipelined methods do; needs --k.
    #[arg(long, requires = "k")]
    pub(crate) frozen: bool,
    /// Train what the runs of an experiment train, with its settings and its batches (seed 1): `mnli/demo`,
    /// `iwslt/demo` or another one of this program, or the path of an experiment file (`-`: standard input).
    #[arg(long, value_name = "NAME|FILE")]
    pub(crate) experiment: Option<String>,
    #[command(flatten)]
    pub(crate) overrides: Overrides,
    #[command(flatten)]
    pub(crate) out: OutFolder,
    /// Train on these token ids, one update a line of JSON, over and over: {"inputs": [[…], …], "types": [[…], …],
    /// "labels": […]}, or {"source": [[…], …], "target": [[…], …]} where each row ends in the end symbol 2.
    #[arg(long, value_name = "FILE", conflicts_with = "experiment")]
    pub(crate) batches: Option<PathBuf>,
    /// Write the token ids of the updates that count, in the form that --batches reads.
    #[arg(long, value_name = "FILE")]
    pub(crate) write_batches: Option<PathBuf>,
    /// Use plain tensor operations only.
    #[arg(long)]
    pub(crate) plain: bool,
    /// How rows of unequal length are computed.
    #[arg(long, value_enum, default_value_t = PaddingLayout::Packed)]
    pub(crate) padding: PaddingLayout,
    /// How to print.
    #[arg(long, value_enum, default_value_t = Format::Table)]
    pub(crate) format: Format,
}

impl Options {
    /// Refuses what the parser of the command line cannot see.
    pub(crate) fn check(&self) -> Result<(), Problem> {
        if self.experiment.is_none() {
            if !self.overrides.set.is_empty() {
                return Err(
                    Problem::new("--set replaces values of an experiment, and none is named")
                        .hint("add --experiment, or give the sizes as options"),
                );
            }
            if self.out.out.is_some() {
                return Err(
                    Problem::new("--out is the folder of an experiment, and none is named")
                        .hint("add --experiment, or leave out --out"),
                );
            }
        }
        if self.label_smoothing.is_some() && self.arch != Arch::Mt {
            return Err(Problem::new("--label-smoothing belongs to an encoder-decoder")
                .hint("add --arch mt, or leave out --label-smoothing"));
        }
        for (name, size) in [("--batch", self.batch), ("--length", self.length)] {
            if size == 0 {
                return Err(Problem::new(format!("{name} is 0")).hint("it is at least 1"));
            }
        }
        for (name, share) in [
            ("--dropout", self.dropout),
            ("--label-smoothing", self.label_smoothing()),
        ] {
            if !(0.0..1.0).contains(&share) {
                return Err(Problem::new(format!("{name} {share} is not in [0, 1)"))
                    .hint("it is a share that leaves something over"));
            }
        }
        Ok(())
    }

    /// Width of the feed-forward layer.
    pub(crate) fn feed_forward(&self) -> usize {
        self.ffn.unwrap_or(4 * self.width)
    }

    /// Label smoothing of an encoder-decoder.
    pub(crate) fn label_smoothing(&self) -> f64 {
        self.label_smoothing.unwrap_or(0.1)
    }
}

/// Where tensors are and how they are computed.
pub(crate) fn tensor_options(options: &Options) -> Result<TensorOptions, Problem> {
    let device = models::open_device(&options.device)?;
    let all = TensorOptions::single(device);
    let all = if options.plain { all.plain() } else { all };
    Ok(match options.padding {
        PaddingLayout::Packed => all.packed(),
        PaddingLayout::Longest => all,
    })
}
