//! Recordings of the straight-through estimator.

use baselines::StraightThrough;
use heads::{GateError, HeadGate, HeadMask, SeededUniform};
use serde::Deserialize;

use super::bits;
use crate::Verdict;
use crate::tally::Tally;

#[derive(Deserialize)]
pub(super) struct Case {
    id: String,
    n: usize,
    k: usize,
    w: Vec<f64>,
    c: Vec<f64>,
    expected_fixed: Expected,
}

#[derive(Deserialize)]
struct Expected {
    mask: Vec<u8>,
    ones: usize,
    dw: Vec<f64>,
}

pub(super) fn check(cases: &[Case]) -> Verdict {
    let mut tally = Tally::default();
    for case in cases {
        tally.case();
        let Case { id, n, k, w, .. } = case;
        let expected = &case.expected_fixed;
        if w.len() != *n || case.c.len() != *n {
            tally.differs(format!("{id}: w or c is not of {n} numbers"));
            continue;
        }
        match HeadMask::top_k(w, *k) {
            Ok(mask) => {
                tally.equal(&format!("{id} mask"), &bits(&mask), &expected.mask);
                tally.equal(&format!("{id} ones"), &mask.kept(), &expected.ones);
            }
            Err(error) => tally.differs(format!("{id}: {error}")),
        }
        match StraightThrough::new(w.clone(), *k) {
            Ok(gate) => trained(&mut tally, case, gate),
            // A training for 0 heads is refused, so that only the mask can be compared.
            Err(error) => tally.equal(
                &format!("{id} refused"),
                &error,
                &GateError::Count { k: 0, n: *n },
            ),
        }
    }
    tally.verdict()
}

fn trained(tally: &mut Tally, case: &Case, mut gate: StraightThrough) {
    let id = &case.id;
    let want: Vec<f64> = case.expected_fixed.mask.iter().copied().map(f64::from).collect();
    // The estimator draws nothing.
    let gates = gate.sample(&mut SeededUniform::at_update(0, 0));
    tally.close(&format!("{id} gates"), gates, &want, 0.0);
    if let Err(error) = gate.pull_back(&case.c) {
        tally.differs(format!("{id}: {error}"));
    }
    for group in gate.parameters() {
        tally.close(&format!("{id} dw"), group.gradient, &case.expected_fixed.dw, 0.0);
    }
}
