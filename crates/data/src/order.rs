//! Which examples each update of a training sees: a pure function of the seed and the update's number.

use std::error::Error;
use std::num::NonZeroUsize;
use std::ops::Range;

use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;

use crate::dataset::{Dataset, TokenExample, of_all};

/// Batches that are sorted by length together: enough for little padding, few enough to keep an epoch well mixed.
const POOL_BATCHES: usize = 50;

/// How the examples of an epoch are put into batches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BatchOrder {
    /// Examples in a batch; an epoch may have one smaller batch.
    pub batch_size: NonZeroUsize,
    /// Decides every epoch's order.
    pub seed: u64,
    /// Batch examples of like length, which saves padding; the released program does not.
    pub bucket: bool,
}

/// The endless sequence of training batches, epoch after epoch.
///
/// In each epoch every example is in exactly one batch. Without buckets an epoch is a shuffle cut into batches, the
/// smaller one last. With buckets, pools of 50 batches of the shuffle are sorted by length and cut, and the batches
/// are shuffled, so that the smaller one may be anywhere.
#[derive(Debug, Clone)]
pub struct TrainBatches {
    order: BatchOrder,
    lengths: Vec<usize>,
    epoch: Epoch,
}

#[derive(Debug, Clone)]
struct Epoch {
    number: usize,
    examples: Vec<usize>,
    batches: Vec<Range<usize>>,
}

impl TrainBatches {
    /// The batches of `corpus` in this order, which the seed and the lengths of the examples decide.
    ///
    /// # Errors
    /// The corpus cannot give an example.
    pub fn new<E: Error + Send + Sync + 'static>(
        corpus: &impl Dataset<TokenExample, E>,
        order: BatchOrder,
    ) -> Result<Self, E> {
        let lengths = of_all(corpus, |item| item.ids.len())?;
        let epoch = Epoch::new(0, &lengths, order);
        Ok(Self {
            order,
            lengths,
            epoch,
        })
    }

    /// Updates in an epoch; a smaller batch counts.
    pub fn batches_per_epoch(&self) -> usize {
        self.lengths.len().div_ceil(self.order.batch_size.get())
    }

    /// The examples of update `update`, from 0. Depends on nothing but the order and the number, so a training resumes
    /// anywhere; only a change of epoch costs more than a look-up.
    pub fn batch_indices(&mut self, update: usize) -> &[usize] {
        let number = update / self.batches_per_epoch();
        if number != self.epoch.number {
            self.epoch = Epoch::new(number, &self.lengths, self.order);
        }
        let batch = self.epoch.batches[update % self.batches_per_epoch()].clone();
        &self.epoch.examples[batch]
    }
}

impl Epoch {
    fn new(number: usize, lengths: &[usize], order: BatchOrder) -> Self {
        let mut rng = ChaCha8Rng::seed_from_u64(order.seed);
        rng.set_stream(number as u64);
        let size = order.batch_size.get();
        let mut examples: Vec<usize> = (0..lengths.len()).collect();
        examples.shuffle(&mut rng);
        let mut batches: Vec<Range<usize>> = (0..lengths.len())
            .step_by(size)
            .map(|start| start..lengths.len().min(start.saturating_add(size)))
            .collect();
        if order.bucket {
            for pool in examples.chunks_mut(size.saturating_mul(POOL_BATCHES)) {
                pool.sort_by_key(|example| lengths[*example]);
            }
            batches.shuffle(&mut rng);
        }
        Self {
            number,
            examples,
            batches,
        }
    }
}
