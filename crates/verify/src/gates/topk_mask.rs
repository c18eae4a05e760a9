//! Recordings of the final mask.

use heads::HeadMask;
use serde::Deserialize;

use super::bits;
use crate::Verdict;
use crate::tally::Tally;

#[derive(Deserialize)]
pub(super) struct Case {
    id: String,
    w: Vec<f64>,
    /// Null: entries above 0.5.
    k: Option<usize>,
    expected_fixed: Vec<u8>,
}

pub(super) fn check(cases: &[Case]) -> Verdict {
    let mut tally = Tally::default();
    for case in cases {
        tally.case();
        let mask = match case.k {
            Some(k) => HeadMask::top_k(&case.w, k),
            None => Ok(HeadMask::above(&case.w, 0.5)),
        };
        match mask {
            Ok(mask) => tally.equal(&case.id, &bits(&mask), &case.expected_fixed),
            Err(error) => tally.differs(format!("{}: {error}", case.id)),
        }
    }
    tally.verdict()
}
