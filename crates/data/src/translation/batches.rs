//! Which pairs of sentences go together: batches of like lengths under a limit of tokens, as fairseq makes them.

use std::num::NonZeroUsize;

use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;

use crate::error::DataError;

/// Tokens of the longest sentence that a model of the usual size has positions for, its end symbol included.
pub const LONGEST_SENTENCE: usize = 1024;

/// Batches that are cut off before their end have a multiple of so many pairs, or fewer than so many.
const MULTIPLE: usize = 8;

/// Tokens of a pair of sentences, end symbols included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PairLength {
    /// Of the sentence to translate.
    pub source: usize,
    /// Of its translation.
    pub target: usize,
}

impl PairLength {
    /// Tokens of the longer side.
    pub fn longer(self) -> usize {
        self.source.max(self.target)
    }
}

/// What limits a batch. Without limits all pairs are one batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BatchLimit {
    /// Number of pairs times the length of the longest sentence on either side. Pairs that one batch leaves to the
    /// next can carry that one over the limit.
    pub max_tokens: Option<NonZeroUsize>,
    /// Number of pairs.
    pub max_sentences: Option<NonZeroUsize>,
    /// Pairs with a longer sentence on either side are left out, usually [`LONGEST_SENTENCE`] in training.
    pub longest: Option<usize>,
}

/// A fixed division of a corpus into batches.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MaxTokenBatches {
    pairs: Vec<usize>,
    /// Where each batch begins in `pairs`, and their end.
    offsets: Vec<usize>,
    left_out: usize,
}

impl MaxTokenBatches {
    /// Batches of the pairs that `order` names, pairs of equal lengths in that order.
    ///
    /// The pairs are sorted by target length, then by source length, both stably, and one after another put in the
    /// batch at hand. Where it has reached `max_sentences`, or the next pair would take it over `max_tokens`, its first
    /// pairs are cut off as a batch, a multiple of eight or fewer than eight, and the rest begins the next.
    ///
    /// # Errors
    /// A single pair is over `max_tokens`, or no pair is left.
    ///
    /// # Panics
    /// If `order` names a pair that `lengths` does not have.
    pub fn new(
        lengths: &[PairLength],
        order: impl IntoIterator<Item = usize>,
        limit: BatchLimit,
    ) -> Result<Self, DataError> {
        let mut pairs: Vec<usize> = order.into_iter().collect();
        let all = pairs.len();
        pairs.retain(|pair| {
            limit
                .longest
                .is_none_or(|longest| lengths[*pair].longer() <= longest)
        });
        let left_out = all - pairs.len();
        if pairs.is_empty() {
            return Err(DataError::NoBatches { left_out });
        }
        let max_tokens = limit.max_tokens.map_or(usize::MAX, NonZeroUsize::get);
        if let Some(&pair) = pairs.iter().find(|pair| lengths[**pair].longer() > max_tokens) {
            return Err(DataError::PairOverLimit {
                pair,
                tokens: lengths[pair].longer(),
                max_tokens,
            });
        }
        pairs.sort_by_key(|pair| lengths[*pair].target);
        pairs.sort_by_key(|pair| lengths[*pair].source);
        let sizes: Vec<usize> = pairs.iter().map(|pair| lengths[*pair].longer()).collect();
        Ok(Self {
            offsets: cut(&sizes, max_tokens, limit.max_sentences),
            pairs,
            left_out,
        })
    }

    /// Batches for training: pairs of equal lengths in an order that `seed` decides.
    ///
    /// # Errors
    /// As [`MaxTokenBatches::new`].
    pub fn shuffled(lengths: &[PairLength], limit: BatchLimit, seed: u64) -> Result<Self, DataError> {
        let mut order: Vec<usize> = (0..lengths.len()).collect();
        order.shuffle(&mut generator(seed, 0));
        Self::new(lengths, order, limit)
    }

    /// Batches for a test: pairs of equal lengths in the order of the corpus.
    ///
    /// # Errors
    /// As [`MaxTokenBatches::new`].
    pub fn natural(lengths: &[PairLength], limit: BatchLimit) -> Result<Self, DataError> {
        Self::new(lengths, 0..lengths.len(), limit)
    }

    /// Number of batches.
    pub fn len(&self) -> usize {
        self.offsets.len() - 1
    }

    /// Whether there is no batch; there always is one.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// How many pairs were left out because of their length.
    pub fn left_out(&self) -> usize {
        self.left_out
    }

    /// The pairs of one batch.
    ///
    /// # Panics
    /// If `batch` is not below [`MaxTokenBatches::len`].
    pub fn batch(&self, batch: usize) -> &[usize] {
        &self.pairs[self.offsets[batch]..self.offsets[batch + 1]]
    }

    /// All batches, the shortest sources first.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &[usize]> {
        (0..self.len()).map(|batch| self.batch(batch))
    }
}

/// What a seed draws: stream 0 decides what is in the batches, stream e + 1 the order of epoch e.
pub(super) fn generator(seed: u64, stream: u64) -> ChaCha8Rng {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    rng.set_stream(stream);
    rng
}

/// Where the batches of sentences of these sizes begin, and their end.
fn cut(sizes: &[usize], max_tokens: usize, max_sentences: Option<NonZeroUsize>) -> Vec<usize> {
    let mut offsets = vec![0];
    let mut start = 0;
    let mut longest = 0;
    for (next, &size) in sizes.iter().enumerate() {
        let count = next - start;
        longest = longest.max(size);
        let full = (count + 1).saturating_mul(longest) > max_tokens
            || max_sentences.is_some_and(|most| count == most.get());
        if count > 0 && full {
            start += (count - count % MULTIPLE).max(count % MULTIPLE);
            offsets.push(start);
            // What the batch leaves and this pair are not tested again: at most one batch is cut off for each pair.
            longest = sizes[start..=next].iter().copied().max().unwrap_or(0);
        }
    }
    offsets.push(sizes.len());
    offsets
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one_size(pairs: usize, size: usize) -> Vec<PairLength> {
        vec![
            PairLength {
                source: size,
                target: size - 1,
            };
            pairs
        ]
    }

    fn sizes(lengths: &[PairLength], max_tokens: usize, max_sentences: usize) -> Vec<usize> {
        let limit = BatchLimit {
            max_tokens: NonZeroUsize::new(max_tokens),
            max_sentences: NonZeroUsize::new(max_sentences),
            longest: None,
        };
        let batches = MaxTokenBatches::natural(lengths, limit).unwrap();
        batches.iter().map(<[usize]>::len).collect()
    }

    #[test]
    fn full_batches_are_multiples_of_eight_or_smaller_than_eight() {
        assert_eq!(sizes(&one_size(30, 5), 5 * 10, 0), [8, 8, 8, 6]);
        assert_eq!(sizes(&one_size(30, 5), 5 * 16, 0), [16, 14]);
        assert_eq!(sizes(&one_size(7, 5), 5 * 3, 0), [3, 3, 1]);
        assert_eq!(sizes(&one_size(25, 5), 0, 12), [8, 8, 9]);
        assert_eq!(sizes(&one_size(9, 5), 0, 0), [9]);
    }

    #[test]
    fn what_a_batch_leaves_can_carry_the_next_over_the_limit() {
        // Fifteen short pairs fill a batch, eight are cut off, and the long pair joins the other seven untested.
        let mut lengths = one_size(15, 2);
        lengths.extend(one_size(1, 30));
        assert_eq!(sizes(&lengths, 30, 0), [8, 8]);
    }

    #[test]
    fn a_pair_over_the_limit_is_refused_and_a_long_one_left_out() {
        let mut lengths = one_size(3, 4);
        lengths.push(PairLength {
            source: 3,
            target: 1025,
        });
        let mut limit = BatchLimit {
            max_tokens: NonZeroUsize::new(1024),
            max_sentences: None,
            longest: None,
        };
        let error = MaxTokenBatches::natural(&lengths, limit).unwrap_err();
        assert_eq!(
            error.to_string(),
            "pair 3 has 1025 tokens on its longer side, more than the 1024 of a batch"
        );
        limit.longest = Some(LONGEST_SENTENCE);
        let batches = MaxTokenBatches::natural(&lengths, limit).unwrap();
        assert_eq!((batches.left_out(), batches.batch(0)), (1, &[0, 1, 2][..]));
        let error = MaxTokenBatches::natural(&lengths[3..], limit).unwrap_err();
        assert_eq!(
            error.to_string(),
            "no pairs to put in batches (1 left out because of their length)"
        );
    }
}
