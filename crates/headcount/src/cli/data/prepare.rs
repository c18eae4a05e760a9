//! `headcount data prepare`: raw parallel text made into the folder that an experiment names.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use data::prepare::{Codes, Iwslt14Options, ParallelFiles, ParallelOptions, iwslt14, parallel};

use crate::places::{must_be_file, must_be_folder, no_file_in_place_of};
use crate::problem::{Problem, Result};
use crate::terminal::{ALL_DONE, warn};

/// Merges to learn where nothing else is said.
const MERGES: usize = 10_000;

#[derive(Debug, Subcommand)]
pub(crate) enum Raw {
    /// IWSLT 2014 German to English from the official archive de-en.tgz, by the usual steps.
    Iwslt14(Iwslt14),
    /// Any two languages from files of which line n of one translates line n of the other.
    Parallel(Parallel),
}

/// Where to, and by which lists.
#[derive(Debug, Args)]
struct Common {
    /// Folder to write; it appears whole or not at all.
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    /// Folder of Moses' lists nonbreaking_prefix.de and nonbreaking_prefix.en; else lists of our own. Tokens beside full
    /// stops depend on them, and so do scores.
    #[arg(long, value_name = "DIR")]
    prefixes: Option<PathBuf>,
    /// Replace an earlier preparation in the folder.
    #[arg(long)]
    force: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Iwslt14 {
    /// The archive as it was downloaded.
    #[arg(long, value_name = "FILE")]
    archive: PathBuf,
    /// Merges to learn from the training text of both languages.
    #[arg(long, default_value_t = MERGES)]
    merges: usize,
    #[command(flatten)]
    common: Common,
}

#[derive(Debug, Args)]
pub(crate) struct Parallel {
    /// Code of the source language.
    #[arg(long, value_name = "CODE")]
    source_language: String,
    /// Code of the target language.
    #[arg(long, value_name = "CODE")]
    target_language: String,
    /// Text to train on; a name in .gz is unpacked.
    #[arg(long, num_args = 2, value_names = ["SOURCE", "TARGET"], required = true)]
    train: Vec<PathBuf>,
    /// Text to choose settings by.
    #[arg(long, num_args = 2, value_names = ["SOURCE", "TARGET"], required = true)]
    valid: Vec<PathBuf>,
    /// Text to report on.
    #[arg(long, num_args = 2, value_names = ["SOURCE", "TARGET"], required = true)]
    test: Vec<PathBuf>,
    /// Merges to learn from the training text of both languages.
    #[arg(long, default_value_t = MERGES)]
    merges: usize,
    /// Codes file whose merges are used; none are learned.
    #[arg(long, value_name = "FILE", conflicts_with = "merges")]
    codes: Option<PathBuf>,
    /// Dictionaries to use; none are made.
    #[arg(long, num_args = 2, value_names = ["SOURCE", "TARGET"])]
    dictionaries: Vec<PathBuf>,
    /// The text is tokenised already.
    #[arg(long, conflicts_with = "prefixes")]
    no_tokenize: bool,
    /// Keep upper case.
    #[arg(long)]
    no_lowercase: bool,
    /// Words of the longest training sentence that is kept.
    #[arg(long, default_value_t = 175)]
    max_words: usize,
    /// Most words of a training sentence for each word of its translation.
    #[arg(long, default_value_t = 1.5)]
    ratio: f64,
    #[command(flatten)]
    common: Common,
}

pub(crate) fn prepare(raw: &Raw) -> Result<u8> {
    raw.check()?;
    let preparation = match raw {
        Raw::Iwslt14(Iwslt14 {
            archive,
            merges,
            common,
        }) => {
            let options = Iwslt14Options {
                prefixes: common.prefixes.clone(),
                merges: *merges,
                replace: common.force,
            };
            iwslt14(archive, &options, &common.out)?
        }
        Raw::Parallel(options) => {
            let files = ParallelFiles {
                train: two(&options.train)?,
                valid: two(&options.valid)?,
                test: two(&options.test)?,
            };
            parallel(&files, &options.rules()?, &options.common.out)?
        }
    };
    for warning in &preparation.warnings {
        warn(warning);
    }
    eprintln!("{preparation}");
    Ok(ALL_DONE)
}

impl Raw {
    /// What is named must be there, and the folder for output must not be a file; told with the option.
    fn check(&self) -> Result<(), Problem> {
        let (files, common): (Vec<(&str, &PathBuf)>, &Common) = match self {
            Self::Iwslt14(options) => (vec![("--archive", &options.archive)], &options.common),
            Self::Parallel(options) => {
                let lists = [
                    ("--train", &options.train),
                    ("--valid", &options.valid),
                    ("--test", &options.test),
                    ("--dictionaries", &options.dictionaries),
                ];
                let named = lists
                    .into_iter()
                    .flat_map(|(option, paths)| paths.iter().map(move |path| (option, path)));
                let codes = options.codes.iter().map(|path| ("--codes", path));
                (named.chain(codes).collect(), &options.common)
            }
        };
        for (option, path) in files {
            must_be_file(option, path)?;
        }
        if let Some(folder) = &common.prefixes {
            must_be_folder("--prefixes", folder)?;
        }
        no_file_in_place_of("--out", &common.out)
    }
}

impl Parallel {
    fn rules(&self) -> Result<ParallelOptions> {
        Ok(ParallelOptions {
            source_language: self.source_language.clone(),
            target_language: self.target_language.clone(),
            tokenize: !self.no_tokenize,
            lowercase: !self.no_lowercase,
            prefixes: self.common.prefixes.clone(),
            max_words: self.max_words,
            ratio: self.ratio,
            codes: match &self.codes {
                Some(path) => Codes::Read(path.clone()),
                None => Codes::Learn(self.merges),
            },
            dictionaries: match self.dictionaries.as_slice() {
                [] => None,
                files => Some(two(files)?),
            },
            replace: self.common.force,
        })
    }
}

/// Source and target. The command line takes two at a time, but an option may be given again.
fn two(files: &[PathBuf]) -> Result<[PathBuf; 2]> {
    match files {
        [source, target] => Ok([source.clone(), target.clone()]),
        files => Err(Problem::new(format!("{} files for one part", files.len()))
            .hint("give each option once, with a source and a target file")),
    }
}
