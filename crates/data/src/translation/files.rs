//! Reads pairs of sentences from two files of lines.

use std::path::Path;

use super::dictionary::Dictionary;
use super::pairs::{ParallelCorpus, Sentences};
use crate::error::DataError;
use crate::line_error::LineError;
use crate::read::Lines;

/// What to do about a pair of lines that cannot be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unusable {
    /// Fail and name the line: nothing may be missing from a test.
    Refuse,
    /// Leave the pair out and count it.
    Skip,
}

/// Which pairs of lines are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PairRules {
    /// Most tokens of a sentence on either side, its end symbol included.
    pub longest: usize,
    /// What becomes of a pair with a longer or an empty sentence.
    pub unusable: Unusable,
}

/// A parallel corpus as read, what was left out, and what the dictionaries do not have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ParallelReport {
    /// The usable pairs in the order of the files.
    pub corpus: ParallelCorpus,
    /// Pairs left out because a side has no words.
    pub empty: usize,
    /// Pairs left out because a side is too long.
    pub too_long: usize,
    /// Words of usable source sentences that the dictionary does not have.
    pub unknown_source: usize,
    /// Words of usable target sentences that the dictionary does not have.
    pub unknown_target: usize,
}

impl ParallelCorpus {
    /// Reads two files of which line n of one translates line n of the other. They may be packed; the file name then
    /// ends in `.gz`.
    ///
    /// # Errors
    /// A file cannot be read or is not UTF-8, one has more lines than the other, a pair of lines is refused under
    /// `rules`, or no pair is left; the error names file and line.
    pub fn read(
        source: (&Path, &Dictionary),
        target: (&Path, &Dictionary),
        rules: PairRules,
    ) -> Result<ParallelReport, DataError> {
        let mut source_side = Side::open(source.0, source.1)?;
        let mut target_side = Side::open(target.0, target.1)?;
        let (mut empty, mut too_long) = (0, 0);
        while both_advance(&mut source_side, &mut target_side)? {
            let fault = [&mut source_side, &mut target_side]
                .into_iter()
                .find_map(|side| side.encode(rules.longest).err());
            match fault {
                None => {
                    source_side.keep();
                    target_side.keep();
                }
                Some(fault) if rules.unusable == Unusable::Refuse => return Err(fault),
                Some(DataError::Line {
                    problem: LineError::EmptySentence,
                    ..
                }) => empty += 1,
                Some(_) => too_long += 1,
            }
        }
        if source_side.sentences.is_empty() {
            return Err(DataError::NoUsablePairs {
                source_path: source.0.into(),
                target_path: target.0.into(),
                empty,
                too_long,
            });
        }
        let corpus = Self {
            source: source_side.sentences,
            target: target_side.sentences,
            source_vocab_size: source.1.size(),
            target_vocab_size: target.1.size(),
        };
        Ok(ParallelReport {
            empty,
            too_long,
            unknown_source: corpus.source.unknown(),
            unknown_target: corpus.target.unknown(),
            corpus,
        })
    }
}

/// One of the two files on the way, with the sentences that are kept of it.
struct Side<'a> {
    path: &'a Path,
    lines: Lines,
    dictionary: &'a Dictionary,
    current: Vec<u32>,
    sentences: Sentences,
}

impl<'a> Side<'a> {
    fn open(path: &'a Path, dictionary: &'a Dictionary) -> Result<Self, DataError> {
        Ok(Self {
            path,
            lines: Lines::open(path)?,
            dictionary,
            current: Vec::new(),
            sentences: Sentences::default(),
        })
    }

    fn encode(&mut self, longest: usize) -> Result<(), DataError> {
        self.current = self.dictionary.encode(self.lines.line());
        match self.current.len() {
            1 => Err(self.lines.fault(LineError::EmptySentence)),
            tokens if tokens > longest => {
                Err(self.lines.fault(LineError::SentenceTooLong { tokens, longest }))
            }
            _ => Ok(()),
        }
    }

    fn keep(&mut self) {
        self.sentences.push(&self.current);
    }
}

/// Goes to the next pair of lines; false if there is none, an error if only one file goes on.
fn both_advance<'a>(source: &mut Side<'a>, target: &mut Side<'a>) -> Result<bool, DataError> {
    let more = (source.lines.advance()?, target.lines.advance()?);
    let (shorter, longer) = match more {
        (true, true) => return Ok(true),
        (false, false) => return Ok(false),
        (true, false) => (target, source),
        (false, true) => (source, target),
    };
    let problem = LineError::NoTranslation {
        other: shorter.path.into(),
    };
    Err(longer.lines.fault(problem))
}
