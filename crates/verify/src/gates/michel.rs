//! Recordings of head importances, their scores, and the order in which heads are removed.

use std::num::NonZeroUsize;

use baselines::{HeadImportance, ImportanceVariant, lowest, normalised_scores, row_norms};
use heads::{HeadGrid, HeadMask};
use serde::Deserialize;

use crate::Verdict;
use crate::tally::Tally;

#[derive(Deserialize)]
pub(super) struct Case {
    id: String,
    variant: Variant,
    layers: usize,
    heads: NonZeroUsize,
    /// Null where only scores are recorded.
    heads_per_step: Option<usize>,
    /// Whether each step has batches of its own. Null where only scores are recorded.
    exact: Option<bool>,
    steps: Vec<Step>,
    scores_finite: bool,
    /// Null where only scores are recorded.
    reference_stopped_without_pruning: Option<bool>,
    min_gap: Option<f64>,
}

#[derive(Clone, Copy, PartialEq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Variant {
    Abs,
    Signed,
}

#[derive(Deserialize)]
struct Step {
    /// Null where the scores of the first step serve.
    batches: Option<Vec<Batch>>,
    accumulated: Option<Vec<f64>>,
    layer_norm: Option<Vec<f64>>,
    /// Not finite entries are null.
    scores: Option<Vec<Option<f64>>>,
    expected_fixed_pruned: Option<Vec<usize>>,
}

#[derive(Deserialize)]
struct Batch {
    grad: Vec<f64>,
    tokens: Option<u32>,
}

pub(super) fn check(cases: &[Case]) -> Verdict {
    let mut tally = Tally::default();
    for case in cases {
        tally.case();
        removal(&mut tally, case);
    }
    tally.verdict()
}

fn removal(tally: &mut Tally, case: &Case) {
    let (id, total) = (&case.id, case.layers * case.heads.get());
    // A step that would take every head is not made.
    let per_step = case.heads_per_step.filter(|&heads| heads < total);
    if let Some(stopped) = case.reference_stopped_without_pruning {
        tally.equal(&format!("{id} no step"), &per_step.is_none(), &stopped);
    }
    let mut kept = HeadMask::all(total);
    let mut scores = vec![f64::NAN; total];
    let mut gap = f64::INFINITY;
    for (n, step) in case.steps.iter().enumerate() {
        let place = format!("{id} step {n}");
        let looks = n == 0 || case.exact == Some(true);
        tally.equal(&format!("{place} has batches"), &step.batches.is_some(), &looks);
        if let Some(batches) = &step.batches {
            scores = scored(tally, case, step, batches, &place);
        }
        if let Some(recorded) = &step.scores {
            // Where the reference divides 0 by 0, every score of ours is 0.
            let unscored = if case.scores_finite { f64::NAN } else { 0.0 };
            let want: Vec<f64> = recorded.iter().map(|score| score.unwrap_or(unscored)).collect();
            tally.close(&format!("{place} scores"), &scores, &want, 1e-12);
        }
        gap = gap.min(smallest_gap(&scores, &kept));
        let next = per_step.map(|heads| lowest(&scores, &kept, heads));
        tally.equal(&format!("{place} pruned"), &next, &step.expected_fixed_pruned);
        let mut flags = kept.flags().to_vec();
        for head in next.into_iter().flatten() {
            flags[head] = false;
        }
        kept = HeadMask::from_flags(flags);
    }
    if let Some(want) = case.min_gap {
        tally.number(&format!("{id} min_gap"), gap, want, 2e-12);
    }
    let left = if per_step.is_some() { 0 } else { total };
    tally.equal(&format!("{id} heads left"), &kept.kept(), &left);
}

/// The scores after a look at `batches`.
fn scored(tally: &mut Tally, case: &Case, step: &Step, batches: &[Batch], place: &str) -> Vec<f64> {
    let variant = match case.variant {
        Variant::Abs => ImportanceVariant::BatchAbs,
        Variant::Signed => ImportanceVariant::Signed,
    };
    let grid = match HeadGrid::encoder(case.layers, case.heads.get()) {
        Ok(grid) => grid,
        Err(error) => {
            tally.differs(format!("{place}: {error}"));
            return Vec::new();
        }
    };
    let mut importance = HeadImportance::new(variant, grid.total());
    for batch in batches {
        if batch.grad.len() != importance.accumulated().len() {
            tally.differs(format!("{place}: a gradient is not of {} heads", grid.total()));
            continue;
        }
        tally.equal(
            &format!("{place} has tokens"),
            &batch.tokens.is_some(),
            &(case.variant == Variant::Abs),
        );
        // The recorded loss is what is differentiated, not a sum to be divided by a number of examples.
        importance.add(&batch.grad, 1);
    }
    if let Some(want) = &step.accumulated {
        relative(
            tally,
            &format!("{place} accumulated"),
            importance.accumulated(),
            want,
        );
    }
    // The reference divides by tokens, which matters only beside the 1e-20 that is added to a norm.
    let tokens = match case.variant {
        Variant::Abs => (batches.iter().filter_map(|batch| batch.tokens))
            .map(f64::from)
            .sum(),
        Variant::Signed => 1.0,
    };
    let divided: Vec<f64> = importance.accumulated().iter().map(|a| a / tokens).collect();
    if let Some(want) = &step.layer_norm {
        let norms = row_norms(&divided, &grid, None);
        relative(tally, &format!("{place} layer_norm"), &norms, want);
    }
    normalised_scores(&divided, &grid, None)
}

fn relative(tally: &mut Tally, place: &str, got: &[f64], want: &[f64]) {
    tally.equal(&format!("{place} length"), &got.len(), &want.len());
    for (&got, &want) in got.iter().zip(want) {
        tally.number(place, got, want, 1e-13 * want.abs());
    }
}

/// The smallest distance between scores of kept heads.
fn smallest_gap(scores: &[f64], kept: &HeadMask) -> f64 {
    let order = lowest(scores, kept, kept.kept());
    order
        .windows(2)
        .map(|pair| scores[pair[1]] - scores[pair[0]])
        .fold(f64::INFINITY, f64::min)
}
