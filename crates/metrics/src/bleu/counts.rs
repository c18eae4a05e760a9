//! The n-grams of a segment and how many of them its reference has.

use std::collections::HashMap;
use std::iter::Sum;
use std::ops::AddAssign;

/// The longest n-grams that count.
pub const ORDER: usize = 4;

/// What a segment, or a sum of segments, adds to a score. Sums hold up to four thousand million tokens.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct SegmentStats {
    /// For n = 1..=4: n-grams of the hypothesis that match, each at most as often as the reference has it.
    pub counts: [u32; ORDER],
    /// For n = 1..=4: n-grams of the hypothesis.
    pub totals: [u32; ORDER],
    /// Tokens of the hypothesis.
    pub sys_len: u32,
    /// Tokens of the reference.
    pub ref_len: u32,
}

impl AddAssign for SegmentStats {
    fn add_assign(&mut self, other: Self) {
        for n in 0..ORDER {
            self.counts[n] += other.counts[n];
            self.totals[n] += other.totals[n];
        }
        self.sys_len += other.sys_len;
        self.ref_len += other.ref_len;
    }
}

impl Sum for SegmentStats {
    fn sum<I: Iterator<Item = Self>>(segments: I) -> Self {
        segments.fold(Self::default(), |mut sum, segment| {
            sum += segment;
            sum
        })
    }
}

/// The id of every token that only the hypothesis has: it matches nothing, so nothing depends on which one it is.
const IN_HYPOTHESIS_ONLY: u32 = u32::MAX;
/// The id of a place in the reference that is never matched.
const UNMATCHABLE: u32 = u32::MAX - 1;

/// Counts the matches of two lists of tokens; a `None` of the reference is a token that equals no other.
pub(super) fn count_matches<'a>(
    hypothesis: impl Iterator<Item = &'a str>,
    reference: impl Iterator<Item = Option<&'a str>>,
) -> SegmentStats {
    let mut ids: HashMap<&str, u32> = HashMap::new();
    let reference: Vec<u32> = reference
        .map(|token| match token {
            Some(token) => {
                let next = ids.len() as u32;
                *ids.entry(token).or_insert(next)
            }
            None => UNMATCHABLE,
        })
        .collect();
    let hypothesis: Vec<u32> = hypothesis
        .map(|token| ids.get(token).copied().unwrap_or(IN_HYPOTHESIS_ONLY))
        .collect();

    let mut stats = SegmentStats {
        sys_len: hypothesis.len() as u32,
        ref_len: reference.len() as u32,
        ..SegmentStats::default()
    };
    for order in 1..=ORDER {
        let ngrams = sorted_ngrams(&hypothesis, order);
        stats.totals[order - 1] = ngrams.len() as u32;
        stats.counts[order - 1] = common(&ngrams, &sorted_ngrams(&reference, order));
    }
    stats
}

/// All n-grams of one order, each packed into 32 bits a token, which fits exactly up to [`ORDER`].
fn sorted_ngrams(ids: &[u32], order: usize) -> Vec<u128> {
    let mut ngrams: Vec<u128> = ids
        .windows(order)
        .map(|ngram| ngram.iter().fold(0, |packed, id| packed << 32 | u128::from(*id)))
        .collect();
    ngrams.sort_unstable();
    ngrams
}

/// The size of what two sorted lists have in common, repetitions counted as often as both have them.
fn common(left: &[u128], right: &[u128]) -> u32 {
    let mut right = right.iter().peekable();
    let mut common = 0;
    for ngram in left {
        while right.next_if(|other| *other < ngram).is_some() {}
        common += u32::from(right.next_if_eq(&ngram).is_some());
    }
    common
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn count(hypothesis: &[&'static str], reference: &[&'static str]) -> SegmentStats {
        count_matches(hypothesis.iter().copied(), reference.iter().copied().map(Some))
    }

    /// The definition in its plainest form: every match uses up one n-gram of the reference.
    fn matches_one_by_one(hypothesis: &[&str], reference: &[&str], order: usize) -> u32 {
        let mut left: Vec<&[&str]> = reference.windows(order).collect();
        let mut matches = 0;
        for ngram in hypothesis.windows(order) {
            if let Some(at) = left.iter().position(|other| *other == ngram) {
                left.swap_remove(at);
                matches += 1;
            }
        }
        matches
    }

    #[test]
    fn matches_are_clipped() {
        let stats = count(&["the", "the", "the", "the"], &["the", "cat", "the"]);
        assert_eq!(stats.counts, [2, 0, 0, 0]);
        assert_eq!(stats.totals, [4, 3, 2, 1]);
        assert_eq!((stats.sys_len, stats.ref_len), (4, 3));
    }

    #[test]
    fn an_unmatchable_place_breaks_every_ngram_over_it() {
        let hypothesis = ["a", "b", "c", "d"];
        let reference = [Some("a"), None, Some("c"), Some("d")];
        let stats = count_matches(hypothesis.into_iter(), reference.into_iter());
        assert_eq!(stats.counts, [3, 1, 0, 0]);
        // Two tokens that nobody else has are no match either, though neither is in the other list.
        let stats = count_matches(["x"].into_iter(), [None].into_iter());
        assert_eq!(stats.counts, [0; ORDER]);
    }

    proptest! {
        #[test]
        fn counts_are_those_of_the_definition(
            hypothesis in prop::collection::vec(prop::sample::select(vec!["a", "b", "c", "x"]), 0..24),
            reference in prop::collection::vec(prop::sample::select(vec!["a", "b", "c", "y"]), 0..24),
        ) {
            let stats = count(&hypothesis, &reference);
            for order in 1..=ORDER {
                prop_assert_eq!(
                    stats.counts[order - 1],
                    matches_one_by_one(&hypothesis, &reference, order)
                );
                prop_assert_eq!(
                    stats.totals[order - 1] as usize,
                    hypothesis.len().saturating_sub(order - 1)
                );
            }
        }
    }
}
