//! Exact randomisation: every exchange of the outputs of a few segments, one after the other.

use super::error::{SignificanceError, check_finite};
use super::paired::{Paired, Scores};
use super::statistic::Resampled;
use super::tally::Tally;

/// The most segments of an exact randomisation: half a million exchanges to score.
pub const EXACT_LIMIT: usize = 20;

/// What all 2^n exchanges of n segments say about two systems.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ExactRandomisation {
    /// The scores as they are.
    pub observed: Scores,
    /// Exchanges with a larger absolute difference than the observed one.
    pub greater: usize,
    /// Exchanges with the same, within [`TIE`](super::TIE): at least the one of nothing and the one of everything.
    pub equal: usize,
    /// All exchanges.
    pub exchanges: usize,
}

impl ExactRandomisation {
    /// The share of exchanges with a difference at least as large as the observed one: the two-sided p-value that the
    /// systems do not differ. With n segments it is 2 / 2^n or more.
    pub fn p_value(&self) -> f64 {
        (self.greater + self.equal) as f64 / self.exchanges as f64
    }

    /// The share of exchanges with a larger difference: not a p-value, as it can be 0, but the limit of
    /// [`Tally::p_strict`](super::Tally::p_strict) of approximate randomisation with ever more trials.
    pub fn p_strict(&self) -> f64 {
        self.greater as f64 / self.exchanges as f64
    }
}

impl<R: Resampled<WIDTH>, const WIDTH: usize> Paired<R, WIDTH> {
    /// Exact randomisation. Of a single segment p is 1, as exchanging it changes no absolute difference.
    ///
    /// # Errors
    /// There are more than [`EXACT_LIMIT`] segments, or an exchange has no finite score.
    pub fn exact_randomisation(&self) -> Result<ExactRandomisation, SignificanceError> {
        let segments = self.segments();
        if segments > EXACT_LIMIT {
            return Err(SignificanceError::TooMany {
                limit: EXACT_LIMIT,
                found: segments,
            });
        }
        // Exchanging all segments besides only exchanges the sides, so half of the exchanges stand for all: those that
        // leave the last segment alone.
        let half = 1_usize << (segments - 1);
        let exchange = self.exchange();
        let mut first = exchange.baseline;
        let differences: Vec<f64> = (0..half)
            .map(|step| {
                // In the order of Gray's code each exchange is the one before with one segment more or less.
                if step > 0 {
                    let segment = step.trailing_zeros() as usize;
                    let exchanged = (step ^ (step >> 1)) >> segment & 1 == 1;
                    for (sum, count) in first.iter_mut().zip(exchange.differences[segment]) {
                        *sum += if exchanged { count } else { -count };
                    }
                }
                self.score_of(&exchange.sides(first)).difference().abs()
            })
            .collect();
        check_finite(differences.iter().copied())?;
        let tally = Tally::of(differences, self.observed().difference().abs());
        Ok(ExactRandomisation {
            observed: self.observed(),
            greater: 2 * tally.greater,
            equal: 2 * tally.equal,
            exchanges: 2 * tally.trials,
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::bleu::{BleuOptions, SegmentStats};
    use crate::significance::{Accuracy, BLEU_WIDTH, Contingency, CorpusBleu};

    #[test]
    fn one_segment_proves_nothing() {
        let exact = Paired::new(Accuracy, &[true], &[false])
            .unwrap()
            .exact_randomisation()
            .unwrap();
        assert_eq!((exact.p_value(), exact.p_strict()), (1.0, 0.0));
        assert_eq!(exact.exchanges, 2);
    }

    #[test]
    fn too_many_segments_are_refused() {
        let paired = Paired::new(Accuracy, &[true; 21], &[false; 21]).unwrap();
        assert_eq!(
            paired.exact_randomisation().unwrap_err().to_string(),
            "exact randomisation takes at most 20 segments, not 21: use the approximate one"
        );
        let paired = Paired::new(Accuracy, &[true; 20], &[false; 20]).unwrap();
        let exact = paired.exact_randomisation().unwrap();
        assert_eq!(exact.p_value(), 2.0 / f64::from(1 << 20));
    }

    fn segment() -> impl Strategy<Value = SegmentStats> {
        (4_u32..20, 1_u32..20).prop_flat_map(|(sys_len, ref_len)| {
            (0..=sys_len).prop_map(move |matched| SegmentStats {
                counts: [0, 1, 2, 3].map(|n| matched.saturating_sub(n)),
                totals: [0, 1, 2, 3].map(|n| sys_len - n),
                sys_len,
                ref_len,
            })
        })
    }

    fn segments() -> impl Strategy<Value = Vec<(SegmentStats, SegmentStats)>> {
        prop::collection::vec((segment(), segment()), 1..9)
    }

    fn bleu(pairs: &[(SegmentStats, SegmentStats)]) -> Paired<CorpusBleu, BLEU_WIDTH> {
        let (baseline, system): (Vec<_>, Vec<_>) = pairs.iter().copied().unzip();
        Paired::new(
            CorpusBleu::new(BleuOptions::default()).unwrap(),
            &baseline,
            &system,
        )
        .unwrap()
    }

    fn counts(exact: &ExactRandomisation) -> (usize, usize, usize) {
        (exact.greater, exact.equal, exact.exchanges)
    }

    proptest! {
        #[test]
        fn the_walk_goes_through_every_exchange(pairs in segments()) {
            let paired = bleu(&pairs);
            let rows: Vec<Vec<bool>> = (0..1_usize << pairs.len())
                .map(|row| (0..pairs.len()).map(|at| row >> at & 1 == 0).collect())
                .collect();
            let differences = paired.scores_of_exchanges(&rows).unwrap();
            let differences = differences.iter().map(|scores| scores.difference().abs());
            let tally = Tally::of(differences, paired.observed().difference().abs());
            let exact = paired.exact_randomisation().unwrap();
            prop_assert_eq!(counts(&exact), (tally.greater, tally.equal, tally.trials));
        }

        #[test]
        fn the_order_of_segments_and_of_systems_does_not_matter(
            pairs in segments(), turn in 0_usize..9,
        ) {
            let exact = counts(&bleu(&pairs).exact_randomisation().unwrap());
            let mut moved = pairs.clone();
            moved.rotate_left(turn % pairs.len());
            moved.reverse();
            prop_assert_eq!(counts(&bleu(&moved).exact_randomisation().unwrap()), exact);
            let exchanged: Vec<_> = pairs.iter().map(|(one, other)| (*other, *one)).collect();
            prop_assert_eq!(counts(&bleu(&exchanged).exact_randomisation().unwrap()), exact);
        }

        #[test]
        fn of_accuracies_it_is_the_exact_test_of_mcnemar(
            outcomes in prop::collection::vec(any::<(bool, bool)>(), 1..12),
        ) {
            let (baseline, system): (Vec<bool>, Vec<bool>) = outcomes.into_iter().unzip();
            let exact = Paired::new(Accuracy, &baseline, &system).unwrap().exact_randomisation().unwrap();
            let mcnemar = Contingency::from_outcomes(&baseline, &system).unwrap().mcnemar();
            prop_assert!((exact.p_value() - mcnemar.exact).abs() < 1e-12);
        }
    }
}
