//! What every preparation does alike: tokenising by language, then merges, segmentation, dictionaries and the folder.

use std::path::Path;

use files::Sha256;

use super::error::PrepareError;
use super::folder::{Before, CODES, Draft, dictionary_name, examine, words};
use super::language::Languages;
use super::preparation::{Outcome, Preparation};
use super::record::{Counts, Input, PrefixLists, Recipe, Record};
use super::rules::prefix_file;
use super::text::{Limits, Sides, clean, lower, segment, squeeze, tokenize};
use crate::DataError;
use crate::bpe::{Merges, SEPARATOR, Segmenter};
use crate::moses::{Prefixes, Tokenizer};
use crate::translation::Dictionary;

/// The rarest pair that is merged, as in subword-nmt.
const MIN_FREQUENCY: u64 = 2;

/// Brings the lines of both languages into the form of words between spaces.
pub(super) struct Normalizer {
    /// Of source and target; none for text that is tokenised already.
    tokenizers: Option<[Tokenizer; 2]>,
    lowercase: bool,
    pub(super) prefixes: PrefixLists,
}

impl Normalizer {
    /// For text whose words white space separates already.
    pub(super) fn of_tokenized(lowercase: bool) -> Self {
        Self {
            tokenizers: None,
            lowercase,
            prefixes: PrefixLists::NotTokenized,
        }
    }

    /// With the prefix lists of a folder, which become inputs, or else the program's own.
    ///
    /// # Errors
    /// There are no rules for a language, or a list cannot be read or is empty.
    pub(super) fn with_tokenizers(
        languages: &Languages,
        folder: Option<&Path>,
        lowercase: bool,
        inputs: &mut Vec<Input>,
    ) -> Result<Self, DataError> {
        let rules = languages.rules().map_err(PrepareError::from)?;
        let mut tokenizer = |side: usize| -> Result<Tokenizer, DataError> {
            let prefixes = match folder {
                None => Prefixes::builtin(rules[side]),
                Some(folder) => {
                    let code = &languages.codes[side];
                    let path = folder.join(prefix_file(code));
                    let prefixes = Prefixes::read(&path)?;
                    inputs.push(Input::of(format!("prefixes.{code}"), &path)?);
                    prefixes
                }
            };
            Ok::<_, DataError>(Tokenizer::new(rules[side], prefixes))
        };
        Ok(Self {
            tokenizers: Some([tokenizer(0)?, tokenizer(1)?]),
            lowercase,
            prefixes: match folder {
                None => PrefixLists::Builtin,
                Some(_) => PrefixLists::Read,
            },
        })
    }

    /// Words between single spaces.
    pub(super) fn tokenize(&self, sides: &Sides) -> Sides {
        match &self.tokenizers {
            Some(tokenizers) => [0, 1].map(|side| tokenize(&sides[side], &tokenizers[side])),
            None => [0, 1].map(|side| squeeze(&sides[side])),
        }
    }

    /// Lower case, unless upper case was to stay.
    pub(super) fn lower(&self, sides: Sides) -> Sides {
        if self.lowercase {
            sides.map(|lines| lower(&lines))
        } else {
            sides
        }
    }
}

/// The three parts of a corpus, normalised and not yet segmented.
pub(super) struct Parts {
    pub(super) train: Sides,
    pub(super) valid: Sides,
    pub(super) test: Sides,
}

/// Where the merges come from.
pub(super) enum Units {
    /// Learned from the training text, source then target.
    Learn(usize),
    Given(Merges),
}

/// A preparation that is decided and not yet done.
pub(super) struct Plan {
    pub(super) recipe: Recipe,
    pub(super) inputs: Vec<Input>,
    pub(super) languages: Languages,
    pub(super) units: Units,
    /// To write in place of those of the training text.
    pub(super) dictionaries: Option<[Dictionary; 2]>,
    pub(super) replace: bool,
}

impl Plan {
    /// A name for what comes out: sixteen hexadecimal digits of the rules and the contents of the inputs.
    pub(super) fn key(&self) -> String {
        let inputs = self
            .inputs
            .iter()
            .map(Input::digest)
            .collect::<Vec<_>>()
            .join("\n");
        let rules = format!("{:?}\n{inputs}", self.recipe);
        Sha256::of(rules).hex()[..16].to_owned()
    }

    /// Does the plan unless it is done already; `parts` reads and normalises the text.
    pub(super) fn carry_out(
        self,
        out: &Path,
        parts: impl FnOnce(&mut Counts) -> Result<Parts, DataError>,
    ) -> Result<Preparation, DataError> {
        let outcome = match examine(out, &self.recipe, &self.inputs, self.replace)? {
            Before::Same(record) => {
                return Ok(Preparation::new(
                    out,
                    &self.languages,
                    Outcome::AlreadyThere,
                    *record,
                ));
            }
            Before::Nothing => Outcome::Written,
            Before::Replaceable => Outcome::Replaced,
        };
        let mut counts = Counts::default();
        let parts = parts(&mut counts)?;
        let merges = match self.units {
            Units::Learn(merges) => Merges::learn(parts.train.iter().flatten(), merges, MIN_FREQUENCY),
            Units::Given(merges) => merges,
        };
        let segmenter = Segmenter::new(&merges, SEPARATOR);
        let parts = [
            ("train", parts.train),
            ("valid", parts.valid),
            ("test", parts.test),
        ]
        .map(|(part, sides)| (part, sides.map(|lines| segment(&lines, &segmenter))));
        counts.merges = merges.pairs().len();
        [counts.train, counts.valid, counts.test] = [0, 1, 2].map(|part| parts[part].1[0].len());

        let mut draft = Draft::new(out)?;
        for (part, sides) in &parts {
            for (code, lines) in self.languages.codes.iter().zip(sides) {
                draft.lines(format!("{part}.{code}"), lines)?;
            }
        }
        draft.codes(CODES, &merges)?;
        for (side, code) in self.languages.codes.iter().enumerate() {
            let name = dictionary_name(code);
            counts.dictionary[side] = match &self.dictionaries {
                Some(dictionaries) => {
                    draft.dictionary(name, &dictionaries[side])?;
                    words(&dictionaries[side])
                }
                None => draft.filled_dictionary(name, &Dictionary::build(&parts[0].1[side], 1))?,
            };
        }
        let record = Record::new(self.recipe, counts, self.inputs, draft.outputs());
        draft.publish(&record, outcome == Outcome::Replaced)?;
        Ok(Preparation::new(out, &self.languages, outcome, record))
    }
}

/// Both sides have sentences, and equally many.
pub(super) fn check_sides(paths: [&Path; 2], sides: &Sides) -> Result<(), PrepareError> {
    let [source, target] = [sides[0].len(), sides[1].len()];
    if source != target {
        return Err(PrepareError::UnequalSides {
            source_path: paths[0].into(),
            source_lines: source,
            target_path: paths[1].into(),
            target_lines: target,
        });
    }
    if source == 0 {
        return Err(PrepareError::NoSentences {
            path: paths[0].into(),
        });
    }
    Ok(())
}

/// The training pairs within the limits, in their final form; the limits are on the tokenised text.
pub(super) fn keep(
    normalizer: &Normalizer,
    path: &Path,
    raw: &Sides,
    limits: Limits,
    counts: &mut Counts,
) -> Result<Sides, PrepareError> {
    let (kept, dropped) = clean(&normalizer.tokenize(raw), limits);
    counts.train_read = raw[0].len();
    counts.dropped = dropped;
    if kept[0].is_empty() {
        return Err(PrepareError::NothingKept {
            path: path.into(),
            purpose: "training",
            read: counts.train_read,
            dropped: dropped.to_string(),
        });
    }
    Ok(normalizer.lower(kept))
}
