//! IWSLT 2014 German to English from the official archive, by the steps that the translation literature takes.

use std::path::{Path, PathBuf};

use super::PREPARATION_VERSION;
use super::archive::{Member, read_members};
use super::error::PrepareError;
use super::language::Languages;
use super::pipeline::{Normalizer, Parts, Plan, Units, check_sides, keep};
use super::preparation::Preparation;
use super::record::{Counts, Input, Kind, Recipe};
use super::tagged::{segments, train_text};
use super::text::{Limits, Sides, take_every};
use crate::DataError;

/// The test sets that together are the test, in their order.
const TEST_SETS: [&str; 5] = [
    "IWSLT14.TED.dev2010",
    "IWSLT14.TEDX.dev2012",
    "IWSLT14.TED.tst2010",
    "IWSLT14.TED.tst2011",
    "IWSLT14.TED.tst2012",
];

/// Every pair of the clean training text whose number, from 1, this divides is for validation.
const VALID_EVERY: usize = 23;

const LIMITS: Limits = Limits {
    max_words: 175,
    ratio: 1.5,
};

/// What can be chosen; the rest is as everyone does it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Iwslt14Options {
    /// Folder of Moses' `nonbreaking_prefix.de` and `nonbreaking_prefix.en`; the program's own lists without it.
    pub prefixes: Option<PathBuf>,
    /// Merges to learn from the training text of both languages.
    pub merges: usize,
    /// Whether an earlier preparation may be replaced.
    pub replace: bool,
}

impl Default for Iwslt14Options {
    /// 10,000 merges.
    fn default() -> Self {
        Self {
            prefixes: None,
            merges: 10_000,
            replace: false,
        }
    }
}

/// Prepares the official archive `de-en.tgz` into the folder `out`.
///
/// Lines with `<url>`, `<talkid>` or `<keywords>` are dropped from the training text, the tags of titles and
/// descriptions stripped. It is tokenised as by Moses; pairs with a side of no or more than 175 words or with more than
/// 1.5 times as many words as the other are dropped; then everything is lower-cased, every 23rd pair goes to `valid`
/// and the rest to `train`. `test` is the segments of dev2010, TEDX.dev2012, tst2010, tst2011 and tst2012, tokenised
/// and lower-cased alike, with plain apostrophes. Joint merges are learned on the training text, German then English.
///
/// The folder appears whole or not at all. If it holds this very preparation, nothing is done.
///
/// # Errors
/// The archive cannot be read, is damaged or hostile, or lacks a file; the two sides of a text differ in length; a line
/// cannot be used; or the folder holds something else or cannot be written.
pub fn iwslt14(archive: &Path, options: &Iwslt14Options, out: &Path) -> Result<Preparation, DataError> {
    let (plan, normalizer) = plan(archive, options)?;
    plan.carry_out(out, |counts| parts(archive, &normalizer, counts))
}

/// A name for the preparation of [`iwslt14`] with the same content and rules, whatever its files are called: sixteen
/// hexadecimal digits.
///
/// # Errors
/// The archive or a list of prefixes cannot be read.
pub fn iwslt14_key(archive: &Path, options: &Iwslt14Options) -> Result<String, DataError> {
    Ok(plan(archive, options)?.0.key())
}

fn plan(archive: &Path, options: &Iwslt14Options) -> Result<(Plan, Normalizer), DataError> {
    let mut inputs = vec![Input::of("archive", archive)?];
    let languages = Languages::new("de", "en").map_err(PrepareError::from)?;
    let normalizer = Normalizer::with_tokenizers(&languages, options.prefixes.as_deref(), true, &mut inputs)?;
    let plan = Plan {
        recipe: Recipe {
            preparation_version: PREPARATION_VERSION,
            kind: Kind::Iwslt14,
            source_language: languages.codes[0].clone(),
            target_language: languages.codes[1].clone(),
            prefixes: normalizer.prefixes,
            lowercase: true,
            merges: Some(options.merges),
            max_words: LIMITS.max_words,
            ratio: LIMITS.ratio,
        },
        inputs,
        languages,
        units: Units::Learn(options.merges),
        dictionaries: None,
        replace: options.replace,
    };
    Ok((plan, normalizer))
}

fn parts(archive: &Path, normalizer: &Normalizer, counts: &mut Counts) -> Result<Parts, DataError> {
    let mut wanted = vec!["train.tags.de-en.de".to_owned(), "train.tags.de-en.en".to_owned()];
    for set in TEST_SETS {
        wanted.extend(["de", "en"].map(|code| format!("{set}.de-en.{code}.xml")));
    }
    let members = read_members(archive, &wanted)?;
    let (train, tests) = members.split_at(2);

    let (source, target) = (train_text(&train[0])?, train_text(&train[1])?);
    counts.train_lines = [source.read, target.read];
    counts.tag_lines = Some([source.dropped, target.dropped]);
    let raw = [source.sentences, target.sentences];
    check_sides([&train[0].path, &train[1].path], &raw)?;
    let kept = keep(normalizer, &train[0].path, &raw, LIMITS, counts)?;
    let (valid, train) = take_every(kept, VALID_EVERY);
    if valid[0].is_empty() {
        return Err(PrepareError::NothingKept {
            path: members[0].path.clone(),
            purpose: "validation",
            read: counts.train_read,
            dropped: counts.dropped.to_string(),
        }
        .into());
    }

    let mut test = Sides::default();
    for set in tests.chunks_exact(2) {
        let raw = test_set(&set[0], &set[1])?;
        for (all, lines) in test.iter_mut().zip(raw) {
            all.extend(lines);
        }
    }
    Ok(Parts {
        train,
        valid,
        test: normalizer.lower(normalizer.tokenize(&test)),
    })
}

fn test_set(source: &Member, target: &Member) -> Result<Sides, DataError> {
    let raw = [segments(source)?, segments(target)?];
    check_sides([&source.path, &target.path], &raw)?;
    Ok(raw)
}
