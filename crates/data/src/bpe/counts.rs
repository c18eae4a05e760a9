//! How often pairs stand in a text, in the books that subword-nmt keeps: short ones of frequent pairs, long ones of all.
//!
//! Short books are for speed, but they decide merges. A pair that is struck from them takes its count along into the long
//! ones, where a later count of the same pair replaces it. So what was learned earlier is only learned again if the books
//! are kept in the same way, down to when they are gone through.

use std::collections::{BinaryHeap, HashMap};
use std::sync::Arc;

use super::{Pair, Units};

/// A pair in the queue. The order of the fields is that of the choice.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Candidate {
    pub(super) count: i64,
    pub(super) first: Arc<str>,
    pub(super) second: Arc<str>,
    pub(super) pair: Pair,
}

/// The books.
pub(super) struct PairCounts {
    /// The pairs that are looked at.
    frequent: HashMap<Pair, i64>,
    /// All pairs as they were when they were last struck from `frequent`.
    all: HashMap<Pair, i64>,
    /// Every positive count of `frequent`, and counts that have fallen or been struck since.
    queue: BinaryHeap<Candidate>,
    /// What is rarer is struck when the books are gone through.
    threshold: f64,
}

impl PairCounts {
    pub(super) fn new(counts: HashMap<Pair, i64>, units: &Units) -> Self {
        let most = counts.values().copied().max().unwrap_or(0);
        Self {
            queue: queue(&counts, units),
            all: counts.clone(),
            frequent: counts,
            threshold: most as f64 / 10.0,
        }
    }

    /// The pair of the largest count, among equals the last in the order of code points; none without a positive count.
    /// `step` is the number of merges so far.
    pub(super) fn take_most_frequent(&mut self, step: usize, units: &Units) -> Option<Candidate> {
        let best = self.pop();
        let is_frequent = |best: &Candidate| best.count as f64 >= self.threshold;
        if step == 0 || best.as_ref().is_some_and(is_frequent) {
            return best;
        }
        // A struck pair may be more frequent by now: the short books begin anew.
        self.strike();
        let most = self.all.values().copied().max().unwrap_or(0);
        self.threshold = most as f64 * step as f64 / (step as f64 + 10_000.0);
        self.frequent = self.all.clone();
        self.strike();
        self.queue = queue(&self.frequent, units);
        self.pop()
    }

    /// Brings in what a merge has changed.
    pub(super) fn change(&mut self, changes: HashMap<Pair, i64>, units: &Units) {
        for (pair, change) in changes {
            let count = self.frequent.entry(pair).or_default();
            *count += change;
            if change > 0 && *count > 0 {
                self.queue.push(candidate(units, pair, *count));
            }
        }
    }

    /// Counts a pair as merged everywhere.
    pub(super) fn clear(&mut self, pair: Pair) {
        self.frequent.insert(pair, 0);
    }

    /// Moves counts under the threshold to the long books. A negative one is a change of what stands there.
    pub(super) fn strike(&mut self) {
        let all = &mut self.all;
        let threshold = self.threshold;
        self.frequent.retain(|&pair, &mut count| {
            if count as f64 >= threshold {
                return true;
            }
            if count < 0 {
                *all.entry(pair).or_default() += count;
            } else {
                all.insert(pair, count);
            }
            false
        });
    }

    fn pop(&mut self) -> Option<Candidate> {
        while let Some(mut candidate) = self.queue.pop() {
            let Some(&count) = self.frequent.get(&candidate.pair) else {
                continue;
            };
            if count == candidate.count {
                return Some(candidate);
            }
            if 0 < count && count < candidate.count {
                candidate.count = count;
                self.queue.push(candidate);
            }
        }
        None
    }
}

fn queue(counts: &HashMap<Pair, i64>, units: &Units) -> BinaryHeap<Candidate> {
    counts
        .iter()
        .filter(|(_, count)| **count > 0)
        .map(|(&pair, &count)| candidate(units, pair, count))
        .collect()
}

fn candidate(units: &Units, pair: Pair, count: i64) -> Candidate {
    Candidate {
        count,
        first: Arc::clone(units.name(pair.0)),
        second: Arc::clone(units.name(pair.1)),
        pair,
    }
}
