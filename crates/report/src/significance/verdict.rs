//! What follows from the comparisons of a family: first whether a system is not worse by the margin, then whether it is better.

use std::fmt;

use metrics::significance::holm;
use serde::{Serialize, Serializer};

use super::runs::{FEWEST_SEEDS, SeedTest};

/// The chance of any false verdict in a family.
pub const ALPHA: f64 = 0.05;

/// What a comparison says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Verdict {
    /// Better: not worse by the margin, and above 0.
    Better,
    /// Not worse by the margin, and not shown to be better.
    NotWorse,
    /// Worse than nothing, and not shown to be less worse than the margin.
    Worse,
    /// Neither was shown.
    Undecided,
    /// There are too few seeds for a test.
    TooFewSeeds,
}

impl Verdict {
    /// In words.
    pub fn name(self) -> &'static str {
        match self {
            Self::Better => "better",
            Self::NotWorse => "not worse by the margin",
            Self::Worse => "worse",
            Self::Undecided => "undecided",
            Self::TooFewSeeds => "too few seeds",
        }
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}

impl Serialize for Verdict {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

/// Adjusted p-values: two-sided, and of non-inferiority.
pub type Adjusted = (Option<f64>, Option<f64>);

/// The verdicts of a family, each with its p-values adjusted by Holm over all comparisons that were tested.
///
/// Within a comparison the order is fixed: what is better is also not worse by the margin, so that both tests can be at the
/// level of the family.
pub fn verdicts(family: &[SeedTest]) -> Vec<(Verdict, Adjusted)> {
    let two_sided = adjusted(family, |test| test.p);
    let against_margin = adjusted(family, |test| test.p_noninferior);
    let adjusted = two_sided.into_iter().zip(against_margin);
    let each = family.iter().zip(adjusted).map(|(test, (differs, holds))| {
        let is_small = |p: Option<f64>| p.is_some_and(|p| p <= ALPHA);
        let verdict = if test.n < FEWEST_SEEDS {
            Verdict::TooFewSeeds
        } else if is_small(holds) {
            if is_small(differs) && test.estimate > 0.0 {
                Verdict::Better
            } else {
                Verdict::NotWorse
            }
        } else if is_small(differs) && test.estimate < 0.0 {
            Verdict::Worse
        } else {
            Verdict::Undecided
        };
        (verdict, (differs, holds))
    });
    each.collect()
}

fn adjusted(family: &[SeedTest], p: fn(&SeedTest) -> Option<f64>) -> Vec<Option<f64>> {
    let tested: Vec<f64> = family.iter().filter_map(p).collect();
    // Values that are no probabilities come from no test: nothing is shown then.
    let mut adjusted = holm(&tested).unwrap_or_default().into_iter();
    let each = family.iter().map(|test| p(test).and_then(|_| adjusted.next()));
    each.collect()
}

#[cfg(test)]
mod tests {
    use super::super::runs::test_of_seeds;
    use super::*;

    fn of(differences: &[f64]) -> Verdict {
        let values: Vec<(f64, f64)> = differences.iter().map(|d| (80.0 + d, 80.0)).collect();
        verdicts(&[test_of_seeds(&values, 1.0)])[0].0
    }

    #[test]
    fn verdicts_follow_from_both_tests() {
        assert_eq!(of(&[1.0, 1.2, 0.8, 1.1, 0.9, 1.0]), Verdict::Better);
        assert_eq!(of(&[0.1, -0.2, 0.2, -0.1, 0.1, -0.1]), Verdict::NotWorse);
        // Below 0 for sure, and for sure by less than the margin.
        assert_eq!(of(&[-0.3, -0.2, -0.4, -0.3, -0.2, -0.3]), Verdict::NotWorse);
        assert_eq!(of(&[-3.0, -2.0, -2.5, -3.5, -2.2, -2.8]), Verdict::Worse);
        assert_eq!(of(&[4.0, -5.0, 3.0, -4.0, 2.0, -1.0]), Verdict::Undecided);
        assert_eq!(of(&[1.0, 1.2, 0.8]), Verdict::TooFewSeeds);
    }

    #[test]
    fn what_is_not_tested_does_not_count_in_the_family() {
        let tested = test_of_seeds(
            &[
                (81.0, 80.0),
                (81.4, 80.0),
                (80.5, 80.0),
                (81.0, 80.0),
                (80.9, 80.0),
                (81.1, 80.0),
            ],
            1.0,
        );
        let few = test_of_seeds(&[(81.0, 80.0), (80.0, 80.5)], 1.0);
        let alone = verdicts(std::slice::from_ref(&tested));
        let beside = verdicts(&[few, tested.clone(), tested]);
        assert_eq!(beside[0].1, (None, None));
        assert_eq!(alone[0].1.0.unwrap() * 2.0, beside[1].1.0.unwrap());
    }
}
