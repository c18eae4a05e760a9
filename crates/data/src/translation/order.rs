//! Which batch of pairs each update of a training sees: a pure function of the seed and the update's number.

use rand::seq::SliceRandom;

use super::batches::{MaxTokenBatches, generator};

/// The endless sequence of training batches: each epoch has every batch once, in an order of its own.
#[derive(Debug, Clone)]
pub struct TranslationOrder {
    batches: MaxTokenBatches,
    seed: u64,
    epoch: u64,
    order: Vec<usize>,
}

impl TranslationOrder {
    /// The order that `seed` decides; it may be the seed that the batches were shuffled with.
    pub fn new(batches: MaxTokenBatches, seed: u64) -> Self {
        let order = shuffled(batches.len(), seed, 0);
        Self {
            batches,
            seed,
            epoch: 0,
            order,
        }
    }

    /// Updates in an epoch.
    pub fn batches_per_epoch(&self) -> usize {
        self.batches.len()
    }

    /// The pairs of update `update`, from 0. Depends on nothing but the batches, the seed and the number, so a training
    /// resumes anywhere; only a change of epoch costs more than a look-up.
    pub fn batch(&mut self, update: usize) -> &[usize] {
        let epoch = (update / self.batches.len()) as u64;
        if epoch != self.epoch {
            self.epoch = epoch;
            self.order = shuffled(self.batches.len(), self.seed, epoch);
        }
        self.batches.batch(self.order[update % self.batches.len()])
    }
}

fn shuffled(batches: usize, seed: u64, epoch: u64) -> Vec<usize> {
    let mut order: Vec<usize> = (0..batches).collect();
    order.shuffle(&mut generator(seed, epoch + 1));
    order
}
