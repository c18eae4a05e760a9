//! Scores that are functions of summed counts of segments: corpus BLEU and accuracy.

use crate::bleu::{Bleu, BleuError, BleuOptions, ORDER, SegmentStats, sentence_bleu};

/// A score of a corpus that depends on the sum of `WIDTH` whole numbers per segment and on nothing else.
///
/// Whatever selection of segments is drawn, its score then costs one addition a segment and one [`Resampled::score`].
pub trait Resampled<const WIDTH: usize>: Sync {
    /// What is known of one segment under one system.
    type Segment;

    /// The largest sum of any of the numbers, in absolute value, that [`Resampled::score`] takes.
    ///
    /// The default leaves room for the differences of two systems' sums.
    const LARGEST_SUM: i64 = i64::MAX / 4;

    /// What the segment adds to the sums.
    fn counts(&self, segment: &Self::Segment) -> [i64; WIDTH];

    /// The score of the segments that `sums` is the sum of; must be finite.
    fn score(&self, sums: &[i64; WIDTH]) -> f64;
}

/// Corpus BLEU, 0 to 100. A segment is a [`SegmentStats`], of [`crate::bleu::segment_stats`] with the same options.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct CorpusBleu {
    options: BleuOptions,
}

impl CorpusBleu {
    /// BLEU with these options; only the smoothing and the effective order matter once segments are counted.
    ///
    /// # Errors
    /// The smoothing value is negative or not finite.
    pub fn new(options: BleuOptions) -> Result<Self, BleuError> {
        // The score itself is of no interest: every public score refuses bad options first.
        sentence_bleu("", "", &options)?;
        Ok(Self { options })
    }
}

/// Whole numbers per segment of [`CorpusBleu`]: the two lengths, the matches and the n-grams.
pub const BLEU_WIDTH: usize = 2 + 2 * ORDER;

impl Resampled<BLEU_WIDTH> for CorpusBleu {
    type Segment = SegmentStats;

    const LARGEST_SUM: i64 = u32::MAX as i64;

    fn counts(&self, segment: &SegmentStats) -> [i64; BLEU_WIDTH] {
        let mut counts = [0; BLEU_WIDTH];
        counts[0] = i64::from(segment.sys_len);
        counts[1] = i64::from(segment.ref_len);
        for order in 0..ORDER {
            counts[2 + order] = i64::from(segment.counts[order]);
            counts[2 + ORDER + order] = i64::from(segment.totals[order]);
        }
        counts
    }

    fn score(&self, sums: &[i64; BLEU_WIDTH]) -> f64 {
        // Lossless up to LARGEST_SUM.
        let mut stats = SegmentStats {
            sys_len: sums[0] as u32,
            ref_len: sums[1] as u32,
            ..SegmentStats::default()
        };
        for order in 0..ORDER {
            stats.counts[order] = sums[2 + order] as u32;
            stats.totals[order] = sums[2 + ORDER + order] as u32;
        }
        Bleu::from_stats(stats, &self.options).score
    }
}

/// The share of right predictions, 0 to 1. A segment is one example: was the prediction right?
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Accuracy;

impl Resampled<2> for Accuracy {
    type Segment = bool;

    fn counts(&self, right: &bool) -> [i64; 2] {
        [i64::from(*right), 1]
    }

    fn score(&self, sums: &[i64; 2]) -> f64 {
        let [right, examples] = *sums;
        right as f64 / examples as f64
    }
}

/// The same of examples that belong together, as those that share a premise: a segment is all of them, as the number of right
/// predictions and of examples.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct GroupedAccuracy;

impl Resampled<2> for GroupedAccuracy {
    type Segment = (u32, u32);

    fn counts(&self, (right, examples): &(u32, u32)) -> [i64; 2] {
        [i64::from(*right), i64::from(*examples)]
    }

    fn score(&self, sums: &[i64; 2]) -> f64 {
        Accuracy.score(sums)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bleu::{Smooth, corpus_bleu, segment_stats};

    #[test]
    fn the_score_of_summed_counts_is_that_of_the_corpus() {
        let options = BleuOptions {
            smooth: Smooth::Floor(0.2),
            ..BleuOptions::default()
        };
        let hypotheses = ["two dogs run over the wet grass", "a man sits", ""];
        let references = [
            "two dogs run on the wet grass .",
            "the man sits on a chair",
            "nothing",
        ];
        let bleu = CorpusBleu::new(options).unwrap();
        let mut sums = [0; BLEU_WIDTH];
        for (hypothesis, reference) in hypotheses.iter().zip(references) {
            let counts = bleu.counts(&segment_stats(hypothesis, reference, &options));
            for (sum, count) in sums.iter_mut().zip(counts) {
                *sum += count;
            }
        }
        let whole = corpus_bleu(&hypotheses, &references, &options).unwrap();
        assert!(whole.score > 0.0);
        assert_eq!(bleu.score(&sums), whole.score);
    }

    #[test]
    fn a_smoothing_without_meaning_is_refused() {
        let options = BleuOptions {
            smooth: Smooth::AddK(-1.0),
            ..BleuOptions::default()
        };
        assert_eq!(CorpusBleu::new(options), Err(BleuError::SmoothValue(-1.0)));
    }

    #[test]
    fn accuracy_is_the_share_of_right_examples() {
        assert_eq!(Accuracy.counts(&true), [1, 1]);
        assert_eq!(Accuracy.counts(&false), [0, 1]);
        assert_eq!(Accuracy.score(&[3, 4]), 0.75);
    }
}
