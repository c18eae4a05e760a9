//! Approximate randomisation: the outputs of the two systems exchanged at random, segment by segment.

use rayon::prelude::*;

use super::draws::{Draws, Use};
use super::error::SignificanceError;
use super::paired::{Pair, Paired, Scores, check_scores};
use super::statistic::Resampled;
use super::tally::Tally;

/// What exchanges say about two systems: were the outputs of the two alike, exchanging them would change nothing.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Randomisation {
    /// The scores as they are.
    pub observed: Scores,
    /// The absolute difference between the sides of an exchange against the observed one.
    pub tally: Tally,
}

impl Randomisation {
    /// The test that compares `observed` with the scores of both sides of each exchange.
    ///
    /// # Errors
    /// There are no exchanges, or a score is not finite.
    pub fn from_scores(observed: Scores, exchanges: &[Scores]) -> Result<Self, SignificanceError> {
        check_scores(&[observed])?;
        check_scores(exchanges)?;
        let differences = exchanges.iter().map(|sides| sides.difference().abs());
        let tally = Tally::of(differences, observed.difference().abs());
        Ok(Self { observed, tally })
    }

    /// Two-sided p-value that the systems do not differ, ties counted against a difference. Of a single segment it is 1,
    /// as exchanging it changes no absolute difference.
    pub fn p_value(&self) -> f64 {
        self.tally.p_at_least()
    }
}

impl<R: Resampled<WIDTH>, const WIDTH: usize> Paired<R, WIDTH> {
    /// Approximate randomisation with `trials` exchanges that depend on `seed` alone; 10,000 are usual.
    ///
    /// # Errors
    /// There are no trials, or an exchange has no finite score.
    pub fn randomisation(&self, trials: usize, seed: u64) -> Result<Randomisation, SignificanceError> {
        let draws = Draws::new(seed, Use::Randomisation);
        let exchange = self.exchange();
        let exchanges: Vec<Scores> = (0..trials)
            .into_par_iter()
            .map(|trial| exchange.scores(self, draws.swaps(trial)))
            .collect();
        Randomisation::from_scores(self.observed(), &exchanges)
    }

    /// The scores of both sides of given exchanges. In a row, `true` leaves a segment's outputs where they are, `false`
    /// exchanges them; [`Scores::baseline`] is the side that has the baseline's output where the row has `true`.
    ///
    /// # Errors
    /// A row has another length than there are segments.
    pub fn scores_of_exchanges<B: AsRef<[bool]>>(
        &self,
        rows: &[B],
    ) -> Result<Vec<Scores>, SignificanceError> {
        let exchange = self.exchange();
        rows.iter()
            .enumerate()
            .map(|(trial, row)| {
                let row = row.as_ref();
                if row.len() != self.segments() {
                    return Err(SignificanceError::DrawLength {
                        trial,
                        found: row.len(),
                        segments: self.segments(),
                    });
                }
                Ok(exchange.scores(self, row.chunks(64).map(swapped)))
            })
            .collect()
    }

    pub(super) fn exchange(&self) -> Exchange<WIDTH> {
        Exchange::new(&self.pairs)
    }
}

/// What is needed to score an exchange: an exchange moves differences from one side to the other, and the sum of both
/// sides stays the same.
pub(super) struct Exchange<const WIDTH: usize> {
    pub(super) baseline: [i64; WIDTH],
    both: [i64; WIDTH],
    /// System minus baseline, for each segment.
    pub(super) differences: Vec<[i64; WIDTH]>,
}

impl<const WIDTH: usize> Exchange<WIDTH> {
    fn new(pairs: &[Pair<WIDTH>]) -> Self {
        let [baseline, system] = super::paired::sum(pairs.iter());
        let mut both = baseline;
        for (sum, count) in both.iter_mut().zip(system) {
            *sum += count;
        }
        let differences = pairs
            .iter()
            .map(|[baseline, system]| std::array::from_fn(|at| system[at] - baseline[at]))
            .collect();
        Self {
            baseline,
            both,
            differences,
        }
    }

    /// Both sides of an exchange, given the sums of the first.
    pub(super) fn sides(&self, first: [i64; WIDTH]) -> Pair<WIDTH> {
        [first, std::array::from_fn(|at| self.both[at] - first[at])]
    }

    fn scores<R: Resampled<WIDTH>>(
        &self,
        paired: &Paired<R, WIDTH>,
        swaps: impl Iterator<Item = u64>,
    ) -> Scores {
        let mut first = self.baseline;
        for (differences, mut swaps) in self.differences.chunks(64).zip(swaps) {
            for difference in differences {
                // Half of the swaps go either way: a mask costs less than a branch that is mispredicted as often.
                let mask = -((swaps & 1) as i64);
                swaps >>= 1;
                for (sum, count) in first.iter_mut().zip(difference) {
                    *sum += count & mask;
                }
            }
        }
        paired.score_of(&self.sides(first))
    }
}

/// The word in which bit i is set where segment i of up to 64 does not stay.
fn swapped(stays: &[bool]) -> u64 {
    stays
        .iter()
        .rev()
        .fold(0, |word, stays| word << 1 | u64::from(!stays))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::significance::Accuracy;

    #[test]
    fn given_exchanges_are_scored_as_they_are() {
        let paired = Paired::new(
            Accuracy,
            &[true, false, false, false],
            &[false, true, true, false],
        )
        .unwrap();
        let rows = [[true; 4], [false; 4], [false, true, true, true]];
        let sides: Vec<(f64, f64)> = paired
            .scores_of_exchanges(&rows)
            .unwrap()
            .iter()
            .map(|scores| (scores.baseline, scores.system))
            .collect();
        assert_eq!(sides, [(0.25, 0.5), (0.5, 0.25), (0.0, 0.75)]);
        let error = paired.scores_of_exchanges(&[[true; 3]]).unwrap_err();
        assert_eq!(error.to_string(), "draw 0 has 3 entries for 4 segments");
        assert_eq!(paired.randomisation(0, 1), Err(SignificanceError::NoTrials));
    }

    #[test]
    fn every_word_of_a_given_exchange_counts() {
        let (baseline, system) = ([false; 130], [true; 130]);
        let paired = Paired::new(Accuracy, &baseline, &system).unwrap();
        let rows: Vec<Vec<bool>> = [0, 63, 64, 129]
            .iter()
            .map(|swap| (0..130).map(|segment| segment != *swap).collect())
            .collect();
        for scores in paired.scores_of_exchanges(&rows).unwrap() {
            assert_eq!((scores.baseline, scores.system), (1.0 / 130.0, 129.0 / 130.0));
        }
    }

    #[test]
    fn one_segment_proves_nothing() {
        let paired = Paired::new(Accuracy, &[true], &[false]).unwrap();
        assert_eq!(paired.randomisation(99, 1).unwrap().p_value(), 1.0);
    }

    #[test]
    fn ten_wins_of_ten_are_beyond_chance() {
        // Exactly 2 of 1,024 exchanges keep the difference; four standard deviations with 20,000 trials are 1.2e-3.
        let paired = Paired::new(Accuracy, &[false; 10], &[true; 10]).unwrap();
        let p = paired.randomisation(20_000, 5).unwrap().p_value();
        assert!((p - 2.0 / 1024.0).abs() < 1.2e-3, "{p}");
    }

    proptest! {
        #[test]
        fn exchanging_the_systems_changes_nothing(
            outcomes in prop::collection::vec(any::<(bool, bool)>(), 1..90), seed: u64,
        ) {
            let (baseline, system): (Vec<bool>, Vec<bool>) = outcomes.into_iter().unzip();
            let there = Paired::new(Accuracy, &baseline, &system).unwrap().randomisation(200, seed).unwrap();
            let back = Paired::new(Accuracy, &system, &baseline).unwrap().randomisation(200, seed).unwrap();
            prop_assert_eq!(there.tally, back.tally);
            prop_assert!((0.0..=1.0).contains(&there.p_value()));
        }

        #[test]
        fn a_system_does_not_differ_from_itself(
            outcomes in prop::collection::vec(any::<bool>(), 1..40), seed: u64,
        ) {
            let paired = Paired::new(Accuracy, &outcomes, &outcomes).unwrap();
            prop_assert_eq!(paired.randomisation(50, seed).unwrap().p_value(), 1.0);
        }
    }
}
