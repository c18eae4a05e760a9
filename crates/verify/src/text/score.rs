//! A BLEU score as it is recorded, and the options that it was made with.

use metrics::bleu::{Bleu, BleuError, Smooth, Tokenize};
use serde::Deserialize;

use crate::tally::Tally;

/// Tolerance of scores, precisions and brevity penalties: absolute, or relative to numbers above 1.
const TOLERANCE: f64 = 1e-9;

#[derive(Deserialize)]
pub(super) struct RecordedScore {
    score: f64,
    counts: [f64; 4],
    totals: [f64; 4],
    /// Missing in recordings of whole files.
    precisions: Option<[f64; 4]>,
    bp: f64,
    sys_len: u32,
    ref_len: u32,
}

impl RecordedScore {
    /// Compares everything the score is made of: counts and lengths exactly, the rest within the tolerance.
    pub(super) fn compare(&self, tally: &mut Tally, place: &str, ours: Result<Bleu, BleuError>) {
        let ours = match ours {
            Ok(ours) => ours,
            Err(error) => return tally.differs(format!("{place}: {error}")),
        };
        number(tally, &format!("{place} score"), ours.score, self.score);
        number(tally, &format!("{place} bp"), ours.bp, self.bp);
        let precisions = self.precisions.unwrap_or(ours.precisions);
        for (ours, recorded) in ours.precisions.into_iter().zip(precisions) {
            number(tally, &format!("{place} precisions"), ours, recorded);
        }
        tally.equal(&format!("{place} counts"), &ours.counts, &self.counts);
        tally.equal(&format!("{place} totals"), &ours.totals, &self.totals);
        tally.equal(&format!("{place} sys_len"), &ours.sys_len, &self.sys_len);
        tally.equal(&format!("{place} ref_len"), &ours.ref_len, &self.ref_len);
    }
}

/// Compares a score or a part of one.
pub(super) fn number(tally: &mut Tally, place: &str, ours: f64, recorded: f64) {
    tally.number(place, ours, recorded, TOLERANCE * recorded.abs().max(1.0));
}

/// The tokeniser of a name in a signature.
pub(super) fn tokenize(name: &str) -> Option<Tokenize> {
    [Tokenize::None, Tokenize::V13a, Tokenize::Intl]
        .into_iter()
        .find(|tokenizer| tokenizer.name() == name)
}

/// The smoothing of a name in a signature, with its usual value where none is given.
pub(super) fn smoothing(method: &str, value: Option<f64>) -> Option<Smooth> {
    match method {
        "exp" => Some(Smooth::Exp),
        "floor" => Some(Smooth::Floor(value.unwrap_or(Smooth::FLOOR))),
        "none" => Some(Smooth::None),
        "add-k" => Some(Smooth::AddK(value.unwrap_or(Smooth::K))),
        _ => None,
    }
}
