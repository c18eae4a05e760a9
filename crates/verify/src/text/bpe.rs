//! Recorded merges and segmentations of subword-nmt.

use std::fs;

use data::bpe::{Merges, SEPARATOR, Segmenter};
use serde::Deserialize;
use tempfile::NamedTempFile;

use super::Found;
use super::exact::{Exact, list_difference, text_difference};
use super::packs::{CODES, PackError, Packs, or_skipped};
use crate::digest::check_digest;
use crate::{Verdict, VerifyError};

/// The merges of the codes that `first_2000_merges` is segmented with.
const FIRST: usize = 2000;

#[derive(Deserialize)]
pub(super) struct File {
    learn: Vec<Learned>,
    apply: Applied,
}

#[derive(Deserialize)]
struct Learned {
    id: String,
    corpus: Vec<String>,
    symbols: usize,
    min_frequency: u64,
    merges: Vec<(String, String)>,
    segmented: Vec<String>,
}

#[derive(Deserialize)]
struct Applied {
    codes_sha256: String,
    separator: String,
    lines: Vec<Segmented>,
    first_2000_merges: Vec<Segmented>,
}

#[derive(Deserialize)]
struct Segmented {
    input: String,
    output: String,
}

pub(super) fn check(file: &File, packs: &Packs) -> Result<Found, VerifyError> {
    let (mut merges, mut segmented) = (Exact::default(), Exact::default());
    for case in &file.learn {
        case.compare(&mut merges, &mut segmented);
    }
    let applied = or_skipped(file.apply.check(packs, None))?;
    let first = or_skipped(file.apply.check(packs, Some(FIRST)))?;
    Ok(vec![
        ("merges learned".into(), merges.verdict()),
        (
            "lines segmented by them, where recorded".into(),
            segmented.verdict(),
        ),
        (format!("lines segmented by {CODES}"), applied),
        (format!("lines segmented by its first {FIRST}"), first),
    ])
}

impl Learned {
    fn compare(&self, merges: &mut Exact, segmented: &mut Exact) {
        let learned = Merges::learn(&self.corpus, self.symbols, self.min_frequency);
        merges.case(list_difference(&self.id, learned.pairs(), &self.merges));
        let mut segmenter = Segmenter::new(&learned, SEPARATOR);
        // Of long corpora only the first lines are recorded.
        for ((line, recorded), number) in self.corpus.iter().zip(&self.segmented).zip(1..) {
            let place = format!("{} line {number}", self.id);
            segmented.case(text_difference(&place, &segmenter.segment_line(line), recorded));
        }
        if self.segmented.len() > self.corpus.len() {
            segmented.case(Some(format!("{}: more lines than its corpus has", self.id)));
        }
    }
}

impl Applied {
    fn check(&self, packs: &Packs, first: Option<usize>) -> Result<Verdict, PackError> {
        check_digest(&packs.find(CODES)?, Some(&self.codes_sha256))?;
        let merges = packs.merges()?;
        let (merges, recorded) = match first {
            None => (merges, &self.lines),
            Some(count) => (shortened(&merges, count, packs)?, &self.first_2000_merges),
        };
        let mut segmenter = Segmenter::new(&merges, &self.separator);
        let mut exact = Exact::default();
        for (line, number) in recorded.iter().zip(1..) {
            let ours = segmenter.segment_line(&line.input);
            exact.case(text_difference(&format!("line {number}"), &ours, &line.output));
        }
        Ok(exact.verdict())
    }
}

/// The first merges of some. Merges come from files, so these take the way over one.
fn shortened(merges: &Merges, count: usize, packs: &Packs) -> Result<Merges, PackError> {
    let first = merges.pairs().iter().take(count);
    let codes: String = first
        .map(|(first, second)| format!("{first} {second}\n"))
        .collect();
    let io = |source| VerifyError::io(&std::env::temp_dir(), source);
    let file = NamedTempFile::new().map_err(io)?;
    // Without a header they would be codes of version 0.1, which mark the end of a word in another way.
    fs::write(file.path(), format!("#version: 0.2\n{codes}")).map_err(io)?;
    Merges::read(file.path()).map_err(|error| packs.broken(error))
}
