//! `headcount data`: the embedded demo corpora as files.

use std::fmt::Write as _;
use std::path::PathBuf;

use anyhow::Result;
use clap::{Args, Subcommand, ValueEnum};
use data::Corpus;
use data::demo::{NliSize, nli};
use sweep::store::write_atomically;

use super::ALL_DONE;

#[derive(Debug, Subcommand)]
pub(super) enum Action {
    /// Write an embedded demo corpus as JSON lines with its vocabulary.
    Generate(Generate),
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Demo {
    /// Natural language inference by natural logic; a demo, not MNLI.
    Nli,
}

#[derive(Debug, Args)]
pub(super) struct Generate {
    /// Which corpus.
    corpus: Demo,
    /// Folder to write train.jsonl, matched.jsonl, mismatched.jsonl and vocab.txt to.
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    /// Seed of the corpus.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Training pairs.
    #[arg(long, default_value_t = NliSize::default().train)]
    train: usize,
    /// Pairs of each of the two dev sets.
    #[arg(long, default_value_t = NliSize::default().dev)]
    dev: usize,
}

pub(super) fn data(action: &Action) -> Result<u8> {
    let Action::Generate(options) = action;
    let Demo::Nli = options.corpus;
    let corpus = nli(
        options.seed,
        NliSize {
            train: options.train,
            dev: options.dev,
        },
    );
    std::fs::create_dir_all(&options.out)?;
    for (name, part) in [
        ("train", &corpus.train),
        ("matched", &corpus.matched),
        ("mismatched", &corpus.mismatched),
    ] {
        let path = options.out.join(format!("{name}.jsonl"));
        write_atomically(&path, json_lines(part).as_bytes())?;
        eprintln!("wrote {} ({} pairs)", path.display(), part.examples.len());
    }
    let path = options.out.join("vocab.txt");
    write_atomically(&path, (corpus.vocabulary.join("\n") + "\n").as_bytes())?;
    eprintln!("wrote {}", path.display());
    Ok(ALL_DONE)
}

fn json_lines(corpus: &Corpus) -> String {
    let mut text = String::new();
    for example in &corpus.examples {
        let record = serde_json::json!({
            "premise": example.text,
            "hypothesis": example.pair,
            "label": corpus.label_names[example.label],
        });
        // Writing to a string cannot fail.
        let _ = writeln!(text, "{record}");
    }
    text
}
