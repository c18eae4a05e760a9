//! Any raw parallel text, of which training, validation and test come in files of lines.

use std::path::{Path, PathBuf};

use super::error::PrepareError;
use super::language::Languages;
use super::pipeline::{Normalizer, Parts, Plan, Units, check_sides, keep};
use super::preparation::Preparation;
use super::record::{Counts, Input, Kind, Recipe};
use super::text::{Limits, Sides, first_empty, first_of_segmented, first_unit};
use crate::bpe::{Merges, SEPARATOR};
use crate::error::DataError;
use crate::line_error::LineError;
use crate::read_lines;
use crate::translation::Dictionary;

/// To be raised whenever the same inputs and options would give other files. 2: merges are those of subword-nmt also
/// where a text has units of one spelling that come about in several ways.
const VERSION: u32 = 2;

/// Raw text, source and target of each part; packed files end in `.gz`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ParallelFiles {
    /// Text to train on.
    pub train: [PathBuf; 2],
    /// Text to choose settings by.
    pub valid: [PathBuf; 2],
    /// Text to report on.
    pub test: [PathBuf; 2],
}

/// Where the merges come from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Codes {
    /// At most so many are learned from the training text of both languages.
    Learn(usize),
    /// They are read.
    Read(PathBuf),
}

/// How the text is prepared.
#[derive(Debug, Clone, PartialEq)]
pub struct ParallelOptions {
    /// Code of the source language; it ends the names of its files.
    pub source_language: String,
    /// Code of the target language.
    pub target_language: String,
    /// Whether Moses' tokenisation is applied; text that is tokenised already only has its white space squeezed.
    pub tokenize: bool,
    /// Whether everything is lower-cased.
    pub lowercase: bool,
    /// Folder of Moses' lists `nonbreaking_prefix.CODE`; the program's own lists without it.
    pub prefixes: Option<PathBuf>,
    /// Words of the longest training sentence that is kept.
    pub max_words: usize,
    /// The most words of a training sentence for each word of its translation.
    pub ratio: f64,
    /// Where the merges come from.
    pub codes: Codes,
    /// Dictionaries to use in place of those of the training text.
    pub dictionaries: Option<[PathBuf; 2]>,
    /// Whether an earlier preparation may be replaced.
    pub replace: bool,
}

impl ParallelOptions {
    /// Tokenised, lower-cased, at most 175 words, ratio 1.5, 10,000 merges, as IWSLT14 is prepared.
    pub fn new(source_language: impl Into<String>, target_language: impl Into<String>) -> Self {
        Self {
            source_language: source_language.into(),
            target_language: target_language.into(),
            tokenize: true,
            lowercase: true,
            prefixes: None,
            max_words: 175,
            ratio: 1.5,
            codes: Codes::Learn(10_000),
            dictionaries: None,
            replace: false,
        }
    }

    fn check(&self) -> Result<Languages, PrepareError> {
        let bad = |option, problem: &str| PrepareError::BadOption {
            option,
            problem: problem.into(),
        };
        if self.max_words == 0 {
            return Err(bad("max-words", "0 words leave no sentence"));
        }
        // Not a number compares with nothing.
        if !(self.ratio >= 1.0 && self.ratio.is_finite()) {
            return Err(bad(
                "ratio",
                "the longer side has at least as many words as the shorter",
            ));
        }
        if self.prefixes.is_some() && !self.tokenize {
            return Err(bad("prefixes", "text that is not tokenised needs none"));
        }
        Ok(Languages::new(&self.source_language, &self.target_language)?)
    }
}

/// Prepares raw parallel text into the folder `out`.
///
/// Training pairs with an empty side or over the limits are dropped and counted. Nothing is dropped from validation and
/// test, which must stay comparable: an empty line there is refused.
///
/// The folder appears whole or not at all. If it holds this very preparation, nothing is done.
///
/// # Errors
/// A file cannot be read, the two sides of a part differ in length, a line cannot be used, an option makes no sense, no
/// training pair is left, or the folder holds something else or cannot be written.
pub fn parallel(
    files: &ParallelFiles,
    options: &ParallelOptions,
    out: &Path,
) -> Result<Preparation, DataError> {
    let languages = options.check()?;
    let mut inputs = Vec::new();
    for (part, paths) in [
        ("train", &files.train),
        ("valid", &files.valid),
        ("test", &files.test),
    ] {
        for (path, code) in paths.iter().zip(&languages.codes) {
            inputs.push(Input::of(format!("{part}.{code}"), path)?);
        }
    }
    let normalizer = if options.tokenize {
        let prefixes = options.prefixes.as_deref();
        Normalizer::with_tokenizers(&languages, prefixes, options.lowercase, &mut inputs)?
    } else {
        Normalizer::of_tokenized(options.lowercase)
    };
    let mut warnings = Vec::new();
    let units = match &options.codes {
        Codes::Learn(merges) => Units::Learn(*merges),
        Codes::Read(path) => {
            inputs.push(Input::of("codes", path)?);
            let merges = Merges::read(path)?;
            if merges.pairs().is_empty() {
                return Err(DataError::EmptyFile { path: path.clone() });
            }
            let warning = merges.warning();
            warnings.extend(warning.map(|warning| format!("{}: {warning}", path.display())));
            Units::Given(merges)
        }
    };
    let dictionaries = match &options.dictionaries {
        None => None,
        Some(paths) => {
            for (path, code) in paths.iter().zip(&languages.codes) {
                inputs.push(Input::of(format!("dictionary.{code}"), path)?);
            }
            Some([Dictionary::read(&paths[0])?, Dictionary::read(&paths[1])?])
        }
    };
    let limits = Limits {
        max_words: options.max_words,
        ratio: options.ratio,
    };
    let plan = Plan {
        recipe: Recipe {
            preparation_version: VERSION,
            kind: Kind::Parallel,
            source_language: languages.codes[0].clone(),
            target_language: languages.codes[1].clone(),
            prefixes: normalizer.prefixes,
            lowercase: options.lowercase,
            merges: match options.codes {
                Codes::Learn(merges) => Some(merges),
                Codes::Read(_) => None,
            },
            max_words: limits.max_words,
            ratio: limits.ratio,
        },
        inputs,
        languages,
        units,
        dictionaries,
        replace: options.replace,
    };
    let preparation = plan.carry_out(out, |counts| {
        parts(files, &normalizer, options.tokenize, limits, counts)
    })?;
    Ok(Preparation {
        warnings,
        ..preparation
    })
}

fn parts(
    files: &ParallelFiles,
    normalizer: &Normalizer,
    tokenize: bool,
    limits: Limits,
    counts: &mut Counts,
) -> Result<Parts, DataError> {
    let train = read_sides(&files.train, tokenize)?;
    counts.train_lines = [train[0].len(), train[1].len()];
    Ok(Parts {
        train: keep(normalizer, &files.train[0], &train, limits, counts)?,
        valid: held_out(normalizer, &files.valid, tokenize)?,
        test: held_out(normalizer, &files.test, tokenize)?,
    })
}

/// Text that is to be tokenised may have separators of units in it, which become tokens; other text is taken as it is.
fn read_sides(paths: &[PathBuf; 2], tokenize: bool) -> Result<Sides, DataError> {
    let sides = [read_lines(&paths[0])?, read_lines(&paths[1])?];
    for (path, lines) in paths.iter().zip(&sides) {
        let unit = if tokenize {
            first_of_segmented(lines, SEPARATOR)
        } else {
            first_unit(lines, SEPARATOR)
        };
        if let Some((place, unit)) = unit {
            return Err(DataError::Line {
                path: path.clone(),
                line: place + 1,
                problem: LineError::Segmented { unit },
            });
        }
    }
    check_sides([&paths[0], &paths[1]], &sides)?;
    Ok(sides)
}

/// Text of which every pair counts.
fn held_out(normalizer: &Normalizer, paths: &[PathBuf; 2], tokenize: bool) -> Result<Sides, DataError> {
    let sides = normalizer.lower(normalizer.tokenize(&read_sides(paths, tokenize)?));
    for (path, lines) in paths.iter().zip(&sides) {
        if let Some(place) = first_empty(lines) {
            return Err(DataError::Line {
                path: path.clone(),
                line: place + 1,
                problem: LineError::EmptySentence,
            });
        }
    }
    Ok(sides)
}
