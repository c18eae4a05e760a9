//! The segments of two systems side by side, and the scores of any draw of them.

use super::error::{SignificanceError, check_finite};
use super::statistic::Resampled;

/// The scores of two systems on the same segments, or of the two sides of an exchange of their outputs.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Scores {
    /// Score of the baseline; of an exchange, of the side that starts from it.
    pub baseline: f64,
    /// Score of the system that is compared with it; of an exchange, of the other side.
    pub system: f64,
}

impl Scores {
    /// System minus baseline.
    pub fn difference(&self) -> f64 {
        self.system - self.baseline
    }
}

/// Counts of one segment under the baseline and under the system: together, as they are always used together.
pub(super) type Pair<const WIDTH: usize> = [[i64; WIDTH]; 2];

/// The segments of a baseline and of a system that is compared with it, in the same order.
#[derive(Debug, Clone, PartialEq)]
pub struct Paired<R, const WIDTH: usize> {
    statistic: R,
    pub(super) pairs: Vec<Pair<WIDTH>>,
    observed: Scores,
}

impl<R: Resampled<WIDTH>, const WIDTH: usize> Paired<R, WIDTH> {
    /// Pairs segment i of `baseline` with segment i of `system`.
    ///
    /// # Errors
    /// The lists are empty or differ in length, a count is too large to be summed in any draw, or a score is not finite.
    pub fn new(
        statistic: R,
        baseline: &[R::Segment],
        system: &[R::Segment],
    ) -> Result<Self, SignificanceError> {
        if baseline.len() != system.len() {
            return Err(SignificanceError::LengthMismatch {
                baseline: baseline.len(),
                system: system.len(),
            });
        }
        if baseline.is_empty() {
            return Err(SignificanceError::TooFew { needed: 1, found: 0 });
        }
        let pairs: Vec<Pair<WIDTH>> = baseline
            .iter()
            .zip(system)
            .map(|(baseline, system)| [statistic.counts(baseline), statistic.counts(system)])
            .collect();
        check_range(&pairs, R::LARGEST_SUM)?;
        let observed = Self::score(&statistic, &sum(pairs.iter()));
        check_finite([observed.baseline, observed.system])?;
        Ok(Self {
            statistic,
            pairs,
            observed,
        })
    }

    /// Number of segments, at least one.
    pub fn segments(&self) -> usize {
        self.pairs.len()
    }

    /// The scores on all segments.
    pub fn observed(&self) -> Scores {
        self.observed
    }

    /// The scores of two sums.
    pub(super) fn score_of(&self, sums: &Pair<WIDTH>) -> Scores {
        Self::score(&self.statistic, sums)
    }

    fn score(statistic: &R, sums: &Pair<WIDTH>) -> Scores {
        let [baseline, system] = sums;
        Scores {
            baseline: statistic.score(baseline),
            system: statistic.score(system),
        }
    }
}

/// Refuses counts that could leave their range when one segment is drawn again and again.
fn check_range<const WIDTH: usize>(pairs: &[Pair<WIDTH>], limit: i64) -> Result<(), SignificanceError> {
    let most = limit.unsigned_abs() / pairs.len() as u64;
    for (segment, pair) in pairs.iter().enumerate() {
        if let Some(count) = pair.iter().flatten().find(|count| count.unsigned_abs() > most) {
            return Err(SignificanceError::TooLarge {
                count: *count,
                segment,
                segments: pairs.len(),
                limit,
            });
        }
    }
    Ok(())
}

/// The sums of both systems over the drawn segments.
pub(super) fn sum<'a, const WIDTH: usize>(drawn: impl Iterator<Item = &'a Pair<WIDTH>>) -> Pair<WIDTH> {
    let mut sums = [[0; WIDTH]; 2];
    for pair in drawn {
        // Side by side, not flattened: the lengths are known then, and whole registers are added.
        for (sums, counts) in sums.iter_mut().zip(pair) {
            for (sum, count) in sums.iter_mut().zip(counts) {
                *sum += count;
            }
        }
    }
    sums
}

/// Refuses scores that are not finite, naming the trial.
pub(super) fn check_scores(scores: &[Scores]) -> Result<(), SignificanceError> {
    if scores.is_empty() {
        return Err(SignificanceError::NoTrials);
    }
    check_finite(scores.iter().map(|scores| scores.baseline))?;
    check_finite(scores.iter().map(|scores| scores.system))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bleu::{BleuOptions, SegmentStats};
    use crate::significance::{Accuracy, CorpusBleu};

    #[test]
    fn scores_all_segments() {
        let paired = Paired::new(Accuracy, &[true, false, false, true], &[true, true, false, true]).unwrap();
        assert_eq!(paired.segments(), 4);
        assert_eq!(
            paired.observed(),
            Scores {
                baseline: 0.5,
                system: 0.75
            }
        );
        assert_eq!(paired.observed().difference(), 0.25);
    }

    #[test]
    fn what_cannot_be_paired_is_refused() {
        let error = Paired::new(Accuracy, &[true], &[]).unwrap_err();
        assert_eq!(
            error.to_string(),
            "the baseline has 1 values and the system 0: they cannot be paired"
        );
        let error = Paired::new(Accuracy, &[], &[]).unwrap_err();
        assert_eq!(error, SignificanceError::TooFew { needed: 1, found: 0 });
    }

    #[test]
    fn sums_that_could_overflow_are_refused() {
        let bleu = CorpusBleu::new(BleuOptions::default()).unwrap();
        let segment = |ref_len| SegmentStats {
            ref_len,
            ..SegmentStats::default()
        };
        let most = u32::MAX / 2;
        assert!(Paired::new(bleu, &[segment(1); 2], &[segment(most); 2]).is_ok());
        let error = Paired::new(bleu, &[segment(1); 2], &[segment(1), segment(most + 1)]).unwrap_err();
        assert_eq!(
            error.to_string(),
            "2147483648 in segment 1, drawn 2 times, is more than 4294967295"
        );
    }

    /// A score that some draws do not have.
    #[derive(Debug)]
    struct Ratio;

    impl Resampled<2> for Ratio {
        type Segment = [i64; 2];

        fn counts(&self, segment: &[i64; 2]) -> [i64; 2] {
            *segment
        }

        fn score(&self, sums: &[i64; 2]) -> f64 {
            sums[0] as f64 / sums[1] as f64
        }
    }

    #[test]
    fn a_score_that_is_no_number_is_refused() {
        let error = Paired::new(Ratio, &[[1, 1]], &[[1, 0]]).unwrap_err();
        assert_eq!(error.to_string(), "value 1 is inf, not a finite number");
        let paired = Paired::new(Ratio, &[[1, 1], [0, 0]], &[[1, 1], [0, 0]]).unwrap();
        let error = paired.bootstrap(100, 1).unwrap_err();
        assert!(
            matches!(error, SignificanceError::NotFinite { value, .. } if value.is_nan()),
            "{error}"
        );
    }
}
