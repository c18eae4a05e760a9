//! The paired bootstrap: both systems scored on segments drawn with replacement.

use rayon::prelude::*;

use super::draws::{Draws, Use};
use super::error::SignificanceError;
use super::paired::{Paired, Scores, check_scores, sum};
use super::statistic::Resampled;
use super::tally::Tally;

/// A score, and how it varies over resamples.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ResampledScore {
    /// The score on all segments.
    pub score: f64,
    /// Mean over the resamples.
    pub mean: f64,
    /// Lower end of the 95 % percentile interval: of N sorted scores the one at position floor(N/40), from 0.
    pub low: f64,
    /// Upper end: the one at position N - floor(N/40) - 1.
    pub high: f64,
}

impl ResampledScore {
    fn new(score: f64, mut resampled: Vec<f64>) -> Self {
        let mean = resampled.iter().sum::<f64>() / resampled.len() as f64;
        resampled.sort_by(f64::total_cmp);
        let cut = resampled.len() / 40;
        Self {
            score,
            mean,
            low: resampled[cut],
            high: resampled[resampled.len() - cut - 1],
        }
    }

    /// Half the width of the interval, which is what sacreBLEU prints after "±".
    pub fn half_width(&self) -> f64 {
        (self.high - self.low) / 2.0
    }
}

/// What resamples say about two systems.
///
/// With A and B the scores of baseline and system on a resample, D = B - A, and d the absolute difference on all
/// segments, a test asks how often D, moved to where the systems do not differ, is as large as d.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Bootstrap {
    /// Score of the baseline.
    pub baseline: ResampledScore,
    /// Score of the system.
    pub system: ResampledScore,
    /// System minus baseline, resample by resample: the interval that belongs in a report beside p.
    pub difference: ResampledScore,
    /// |D - mean of D| against d: the bootstrap test of a mean (Efron and Tibshirani, 1993, section 16.4), and what
    /// [`Bootstrap::p_value`] uses.
    pub centred: Tally,
    /// |D| - mean of |D| against d: sacreBLEU's definition, for comparison with numbers that it printed. Do not judge by
    /// it: p comes out too small. Where the systems are far apart it counts one side of D only, and p is about half of
    /// what it should be. Where they are close, D lies on both sides of 0, and folding it there before it is centred takes
    /// away much of its spread besides: p = 0.27 where randomisation says 0.75.
    pub absolute: Tally,
}

impl Bootstrap {
    /// The test that compares `observed` with the scores of each resample.
    ///
    /// # Errors
    /// There are no resamples, or a score is not finite.
    pub fn from_scores(observed: Scores, resamples: &[Scores]) -> Result<Self, SignificanceError> {
        check_scores(&[observed])?;
        check_scores(resamples)?;
        let trials = resamples.len() as f64;
        let differences: Vec<f64> = resamples.iter().map(Scores::difference).collect();
        let mean = differences.iter().sum::<f64>() / trials;
        let mean_absolute = differences.iter().map(|difference| difference.abs()).sum::<f64>() / trials;
        let distance = observed.difference().abs();
        let centred = Tally::of(
            differences.iter().map(|difference| (difference - mean).abs()),
            distance,
        );
        let absolute = Tally::of(
            differences
                .iter()
                .map(|difference| difference.abs() - mean_absolute),
            distance,
        );
        Ok(Self {
            baseline: ResampledScore::new(
                observed.baseline,
                resamples.iter().map(|scores| scores.baseline).collect(),
            ),
            system: ResampledScore::new(
                observed.system,
                resamples.iter().map(|scores| scores.system).collect(),
            ),
            difference: ResampledScore::new(observed.difference(), differences),
            centred,
            absolute,
        })
    }

    /// Two-sided p-value that the systems do not differ: [`Bootstrap::centred`], ties counted against a difference.
    pub fn p_value(&self) -> f64 {
        self.centred.p_at_least()
    }
}

impl<R: Resampled<WIDTH>, const WIDTH: usize> Paired<R, WIDTH> {
    /// The paired bootstrap with `trials` resamples that depend on `seed` alone; 1,000 to 10,000 are usual.
    ///
    /// # Errors
    /// There are fewer than two segments, no trials, or a resample has no finite score.
    pub fn bootstrap(&self, trials: usize, seed: u64) -> Result<Bootstrap, SignificanceError> {
        self.check_resamples()?;
        let segments = self.segments();
        let draws = Draws::new(seed, Use::Bootstrap);
        let resamples: Vec<Scores> = (0..trials)
            .into_par_iter()
            .map(|trial| self.resample(draws.resample(trial, segments)))
            .collect();
        Bootstrap::from_scores(self.observed(), &resamples)
    }

    /// The scores on given resamples: each row names, from 0, as many segments as there are.
    ///
    /// # Errors
    /// There are fewer than two segments, or a row has another length or names a segment that does not exist.
    pub fn scores_of_resamples<I: AsRef<[usize]>>(
        &self,
        rows: &[I],
    ) -> Result<Vec<Scores>, SignificanceError> {
        self.check_resamples()?;
        let segments = self.segments();
        rows.iter()
            .enumerate()
            .map(|(trial, row)| {
                let row = row.as_ref();
                if row.len() != segments {
                    return Err(SignificanceError::DrawLength {
                        trial,
                        found: row.len(),
                        segments,
                    });
                }
                if let Some(index) = row.iter().copied().find(|index| *index >= segments) {
                    return Err(SignificanceError::DrawIndex {
                        trial,
                        index,
                        segments,
                    });
                }
                Ok(self.resample(row.iter().copied()))
            })
            .collect()
    }

    /// All resamples of one segment are the same, so that they say nothing.
    fn check_resamples(&self) -> Result<(), SignificanceError> {
        match self.segments() {
            0 | 1 => Err(SignificanceError::TooFew {
                needed: 2,
                found: self.segments(),
            }),
            _ => Ok(()),
        }
    }

    fn resample(&self, drawn: impl Iterator<Item = usize>) -> Scores {
        self.score_of(&sum(drawn.map(|segment| &self.pairs[segment])))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::significance::Accuracy;

    fn scores(baseline: f64, system: f64) -> Scores {
        Scores { baseline, system }
    }

    #[test]
    fn four_resamples_by_hand() {
        let resamples = [
            scores(0.0, 3.0),
            scores(2.0, 1.0),
            scores(1.0, 1.0),
            scores(1.0, 3.0),
        ];
        let bootstrap = Bootstrap::from_scores(scores(1.0, 2.0), &resamples).unwrap();
        // D = 3, -1, 0, 2, mean 1: distances 2, 2, 1, 1 against d = 1.
        let expected = Tally {
            greater: 2,
            equal: 2,
            trials: 4,
        };
        assert_eq!(bootstrap.centred, expected);
        // |D| = 3, 1, 0, 2, mean 1.5: 1.5, -0.5, -1.5, 0.5 above it.
        let expected = Tally {
            greater: 1,
            equal: 0,
            trials: 4,
        };
        assert_eq!(bootstrap.absolute, expected);
        assert_eq!(bootstrap.p_value(), 1.0);
        let expected = ResampledScore {
            score: 1.0,
            mean: 1.0,
            low: -1.0,
            high: 3.0,
        };
        assert_eq!(bootstrap.difference, expected);
        assert_eq!(bootstrap.baseline.half_width(), 1.0);
        assert_eq!(bootstrap.system.mean, 2.0);
    }

    #[test]
    fn the_interval_leaves_out_a_fortieth_at_either_end() {
        let score = ResampledScore::new(0.5, (0..80).rev().map(f64::from).collect());
        assert_eq!((score.low, score.high, score.mean), (2.0, 77.0, 39.5));
    }

    #[test]
    fn draws_that_do_not_fit_are_refused() {
        let paired = Paired::new(Accuracy, &[true, false], &[true, true]).unwrap();
        let error = paired.scores_of_resamples(&[[0, 1], [1, 2]]).unwrap_err();
        assert_eq!(error.to_string(), "draw 1 takes segment 2 of 2, counted from 0");
        let error = paired.scores_of_resamples(&[[0, 1, 1]]).unwrap_err();
        assert_eq!(error.to_string(), "draw 0 has 3 entries for 2 segments");
        assert_eq!(paired.bootstrap(0, 1), Err(SignificanceError::NoTrials));
        let one = Paired::new(Accuracy, &[true], &[false]).unwrap();
        let expected = SignificanceError::TooFew { needed: 2, found: 1 };
        assert_eq!(one.bootstrap(10, 1), Err(expected));
        assert_eq!(one.scores_of_resamples(&[[0]]), Err(expected));
    }

    #[test]
    fn given_draws_are_scored_as_they_are() {
        let paired = Paired::new(Accuracy, &[true, false, false], &[false, true, true]).unwrap();
        let scored = paired.scores_of_resamples(&[[0, 0, 0], [1, 2, 2]]).unwrap();
        assert_eq!(scored, [scores(1.0, 0.0), scores(0.0, 1.0)]);
    }

    #[test]
    fn a_constant_difference_is_beyond_chance() {
        let paired = Paired::new(Accuracy, &[false; 9], &[true; 9]).unwrap();
        assert_eq!(paired.bootstrap(99, 1).unwrap().p_value(), 0.01);
    }

    #[test]
    fn the_number_of_threads_does_not_matter() {
        let baseline: Vec<bool> = (0..57).map(|example| example % 3 == 0).collect();
        let system: Vec<bool> = (0..57).map(|example| example % 4 != 0).collect();
        let paired = Paired::new(Accuracy, &baseline, &system).unwrap();
        let with = |threads| {
            let pool = rayon::ThreadPoolBuilder::new()
                .num_threads(threads)
                .build()
                .unwrap();
            pool.install(|| (paired.bootstrap(500, 3), paired.randomisation(500, 3)))
        };
        assert_eq!(with(1), with(5));
    }

    proptest! {
        #[test]
        fn exchanging_the_systems_changes_only_the_sign(
            outcomes in prop::collection::vec(any::<(bool, bool)>(), 2..40), seed: u64,
        ) {
            let (baseline, system): (Vec<bool>, Vec<bool>) = outcomes.into_iter().unzip();
            let there = Paired::new(Accuracy, &baseline, &system).unwrap().bootstrap(200, seed).unwrap();
            let back = Paired::new(Accuracy, &system, &baseline).unwrap().bootstrap(200, seed).unwrap();
            prop_assert_eq!(there.baseline, back.system);
            prop_assert_eq!(there.difference.low, -back.difference.high);
            prop_assert_eq!(there.centred, back.centred);
            prop_assert_eq!(there.absolute, back.absolute);
        }

        #[test]
        fn a_system_does_not_differ_from_itself(
            outcomes in prop::collection::vec(any::<bool>(), 2..40), seed: u64,
        ) {
            let bootstrap = Paired::new(Accuracy, &outcomes, &outcomes).unwrap().bootstrap(50, seed).unwrap();
            prop_assert_eq!(bootstrap.p_value(), 1.0);
            prop_assert_eq!((bootstrap.difference.low, bootstrap.difference.high), (0.0, 0.0));
        }

        #[test]
        fn the_interval_holds_the_mean(
            outcomes in prop::collection::vec(any::<(bool, bool)>(), 2..40), seed: u64,
        ) {
            let (baseline, system): (Vec<bool>, Vec<bool>) = outcomes.into_iter().unzip();
            let bootstrap = Paired::new(Accuracy, &baseline, &system).unwrap().bootstrap(200, seed).unwrap();
            for score in [bootstrap.baseline, bootstrap.system, bootstrap.difference] {
                prop_assert!(score.low <= score.mean + 1e-12 && score.mean <= score.high + 1e-12);
            }
            prop_assert!((0.0..=1.0).contains(&bootstrap.p_value()));
        }
    }
}
