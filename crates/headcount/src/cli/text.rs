//! `headcount text`: the text tools of translation and classification as filters, standard input to standard output.

use std::io::{BufWriter, Write, stdout};
use std::path::{Path, PathBuf};

use clap::{Args, Subcommand, ValueEnum};
use data::bpe::{Merges, SEPARATOR, Segmenter, undo};
use data::moses::{self, Buffers, Detokenizer, Prefixes, Tokenizer};
use data::{Example, Lines, ModelTokenizer, WordPieceOptions};

use crate::problem::Result;
use crate::terminal::{ALL_DONE, print, warn};

#[derive(Debug, Subcommand)]
pub(crate) enum Action {
    /// Moses tokenisation, with its escapes.
    Tokenize(Tokenize),
    /// Moses detokenisation.
    Detokenize(Detokenize),
    /// Lower-casing as Moses does it, character by character.
    Lowercase,
    /// Learn merges of byte pair encoding as subword-nmt does, from files or standard input.
    BpeLearn(BpeLearn),
    /// Segment words by learned merges, or undo it.
    BpeApply(BpeApply),
    /// WordPiece as BERT has it, pieces separated by spaces.
    Wordpiece(Wordpiece),
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Language {
    /// German.
    De,
    /// English.
    En,
}

impl From<Language> for moses::Language {
    fn from(language: Language) -> Self {
        match language {
            Language::De => Self::German,
            Language::En => Self::English,
        }
    }
}

#[derive(Debug, Args)]
pub(crate) struct Tokenize {
    /// Language of the text.
    #[arg(long, value_enum)]
    lang: Language,
    /// Moses' list of non-breaking prefixes for the language; else a list of our own.
    #[arg(long, value_name = "FILE")]
    prefixes: Option<PathBuf>,
    /// Lower-case the tokens.
    #[arg(long)]
    lowercase: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Detokenize {
    /// Language of the text.
    #[arg(long, value_enum)]
    lang: Language,
}

#[derive(Debug, Args)]
pub(crate) struct BpeLearn {
    /// Merges to learn.
    #[arg(long, default_value_t = 10_000)]
    merges: usize,
    /// Stop where the most frequent pair is rarer than this.
    #[arg(long, default_value_t = 2)]
    min_frequency: u64,
    /// Texts, read in order; standard input if none is named.
    files: Vec<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct BpeApply {
    /// Codes file with the merges.
    #[arg(long, value_name = "FILE", required_unless_present = "undo")]
    codes: Option<PathBuf>,
    /// Join units to words again.
    #[arg(long, conflicts_with = "codes")]
    undo: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Wordpiece {
    /// Vocabulary, one piece a line.
    #[arg(long, value_name = "FILE")]
    vocab: PathBuf,
}

pub(crate) fn text(action: &Action) -> Result<u8> {
    match action {
        Action::Tokenize(options) => {
            let language = options.lang.into();
            let prefixes = match &options.prefixes {
                Some(path) => Prefixes::read(path)?,
                None => Prefixes::builtin(language),
            };
            let tokenizer = Tokenizer::new(language, prefixes);
            let (mut buffers, lowercase) = (Buffers::default(), options.lowercase);
            filter(|line, out| {
                let tokens = tokenizer.tokenize_with(line, &mut buffers);
                if lowercase {
                    moses::lowercase_into(tokens, out);
                } else {
                    out.push_str(tokens);
                }
            })
        }
        Action::Detokenize(options) => {
            let detokenizer = Detokenizer::new(options.lang.into());
            filter(|line, out| detokenizer.detokenize_into(line, out))
        }
        Action::Lowercase => filter(moses::lowercase_into),
        Action::BpeLearn(options) => learn(options),
        Action::BpeApply(options) => match &options.codes {
            Some(path) => segment(path),
            None => filter(|line, out| out.push_str(&undo(line, SEPARATOR))),
        },
        Action::Wordpiece(options) => {
            let tokenizer = ModelTokenizer::from_vocab_file(&options.vocab, &WordPieceOptions::default())?;
            tokenizer.warnings().iter().for_each(|warning| warn(warning));
            try_filter(|line, out| pieces(&tokenizer, line, out))
        }
    }
}

/// The pieces of a line without the special ones around it.
fn pieces(tokenizer: &ModelTokenizer, line: &str, out: &mut String) -> Result<()> {
    let example = Example {
        text: line.to_owned(),
        pair: None,
        label: 0,
    };
    let ids = tokenizer.encode(&example, usize::MAX)?.input_ids;
    let inner = ids.get(1..ids.len().saturating_sub(1)).unwrap_or_default();
    for (position, &id) in inner.iter().enumerate() {
        if position > 0 {
            out.push(' ');
        }
        out.push_str(&tokenizer.vocabulary()[id as usize]);
    }
    Ok(())
}

fn learn(options: &BpeLearn) -> Result<u8> {
    let mut text = Vec::new();
    let mut read = |mut lines: Lines| -> Result<()> {
        while lines.advance()? {
            text.push(lines.whole_line().to_owned());
        }
        Ok(())
    };
    if options.files.is_empty() {
        read(Lines::standard_input())?;
    }
    for file in &options.files {
        read(Lines::open_or_standard_input(file)?)?;
    }
    print(&Merges::learn(text, options.merges, options.min_frequency).to_text())?;
    Ok(ALL_DONE)
}

/// Segments lines, and says which of them cannot be undone.
fn segment(codes: &Path) -> Result<u8> {
    let merges = Merges::read(codes)?;
    if let Some(warning) = merges.warning() {
        warn(&format!("{}: {warning}", codes.display()));
    }
    let mut segmenter = Segmenter::new(&merges, SEPARATOR);
    let (mut number, mut first, mut count) = (0_usize, None, 0_usize);
    let outcome = filter(|line, out| {
        number += 1;
        let segmented = segmenter.segment_line(line);
        if line.contains(SEPARATOR) && !words(&undo(&segmented, SEPARATOR)).eq(words(line)) {
            first.get_or_insert(number);
            count += 1;
        }
        out.push_str(&segmented);
    });
    if let Some(first) = first {
        warn(&format!(
            "standard input:{first}: a word ends in `{SEPARATOR}` as units do, so that --undo joins it to the next word \
             ({count} such lines)"
        ));
    }
    outcome
}

/// What is between spaces.
fn words(line: &str) -> impl Iterator<Item = &str> {
    line.split(' ').filter(|word| !word.is_empty())
}

/// Each line of standard input through `change`, which appends to its second argument.
fn filter(mut change: impl FnMut(&str, &mut String)) -> Result<u8> {
    try_filter(|line, out| {
        change(line, out);
        Ok(())
    })
}

/// As [`filter`], with a change that may fail.
fn try_filter(mut change: impl FnMut(&str, &mut String) -> Result<()>) -> Result<u8> {
    let mut lines = Lines::standard_input();
    let mut out = BufWriter::new(stdout().lock());
    let mut changed = String::new();
    while lines.advance()? {
        changed.clear();
        // A CR at the end is part of the text to some filters.
        change(lines.whole_line(), &mut changed)?;
        changed.push('\n');
        out.write_all(changed.as_bytes())?;
    }
    out.flush()?;
    Ok(ALL_DONE)
}
