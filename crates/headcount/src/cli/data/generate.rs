//! `headcount data generate`: the embedded demo corpora as files.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use data::Corpus;
use data::demo::{NliSize, TranslationSize, nli, translation};
use data::translation::Dictionary;
use files::shell::path_word;

use crate::places::make_writable;
use crate::problem::{Problem, Result};
use crate::terminal::ALL_DONE;

#[derive(Debug, Subcommand)]
pub(crate) enum Demo {
    /// Natural language inference by natural logic; a demo, not MNLI. JSON lines with a vocabulary.
    Nli(Nli),
    /// German to English by a synchronous grammar; a demo, not IWSLT14. Tokenised lines with dictionaries.
    Translation(Translation),
}

#[derive(Debug, Args)]
pub(crate) struct Nli {
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

#[derive(Debug, Args)]
pub(crate) struct Translation {
    /// Folder to write train, valid and test in .de and .en, dict.de.txt and dict.en.txt to.
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    /// Seed of the corpus.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Training pairs.
    #[arg(long, default_value_t = TranslationSize::default().train)]
    train: usize,
    /// Validation pairs.
    #[arg(long, default_value_t = TranslationSize::default().valid)]
    valid: usize,
    /// Test pairs.
    #[arg(long, default_value_t = TranslationSize::default().test)]
    test: usize,
}

pub(crate) fn generate(demo: &Demo) -> Result<u8> {
    match demo {
        Demo::Nli(options) => generate_nli(options)?,
        Demo::Translation(options) => generate_translation(options)?,
    }
    Ok(ALL_DONE)
}

fn generate_nli(options: &Nli) -> Result<()> {
    make_writable("--out", &options.out)?;
    let corpus = nli(
        options.seed,
        NliSize {
            train: options.train,
            dev: options.dev,
        },
    );
    for (name, part) in [
        ("train", &corpus.train),
        ("matched", &corpus.matched),
        ("mismatched", &corpus.mismatched),
    ] {
        let pairs = format!(" ({} pairs)", part.examples.len());
        write(&options.out, &format!("{name}.jsonl"), &json_lines(part), &pairs)?;
    }
    write(
        &options.out,
        "vocab.txt",
        &(corpus.vocabulary.join("\n") + "\n"),
        "",
    )
}

fn generate_translation(options: &Translation) -> Result<()> {
    for (name, size) in [
        ("train", options.train),
        ("valid", options.valid),
        ("test", options.test),
    ] {
        if size == 0 {
            let problem = format!("--{name} 0 makes an empty file, which cannot be used");
            return Err(Problem::new(problem).hint("ask for at least one pair"));
        }
    }
    make_writable("--out", &options.out)?;
    let corpus = translation(
        options.seed,
        TranslationSize {
            train: options.train,
            valid: options.valid,
            test: options.test,
        },
    );
    for (name, part) in [
        ("train", &corpus.train),
        ("valid", &corpus.valid),
        ("test", &corpus.test),
    ] {
        let pairs = format!(" ({} pairs)", part.len());
        let (german, english): (String, String) = part
            .iter()
            .map(|(german, english)| (format!("{german}\n"), format!("{english}\n")))
            .unzip();
        write(&options.out, &format!("{name}.de"), &german, &pairs)?;
        write(&options.out, &format!("{name}.en"), &english, &pairs)?;
    }
    for (code, side) in [("de", 0), ("en", 1)] {
        let lines = corpus
            .train
            .iter()
            .map(|(german, english)| [german, english][side]);
        let path = options.out.join(::data::prepare::dictionary_name(code));
        Dictionary::build(lines, 1).write(&path)?;
        eprintln!("wrote {}", path_word(&path));
    }
    Ok(())
}

fn write(folder: &Path, name: &str, text: &str, remark: &str) -> Result<()> {
    let path = folder.join(name);
    files::store(&path, text.as_bytes())?;
    eprintln!("wrote {}{remark}", path_word(&path));
    Ok(())
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
