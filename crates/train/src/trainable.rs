//! What the loop asks of a model.

use burn::tensor::Tensor;
use heads::HeadGrid;
use models::encoder::{EncoderClassifier, TokenBatch};
use models::{AttentionStatistics, HeadGates, Mode, Parameters, Removal, cross_entropy};

/// A model that can be trained under gates.
pub trait Trainable: Parameters + Clone {
    /// What one update sees: several examples.
    type Batch;

    /// The heads of the model.
    fn grid(&self) -> &HeadGrid;

    /// Examples in a batch.
    fn examples(batch: &Self::Batch) -> usize;

    /// What an update divides the loss of `batch` and everything derived from it by: 1 where [`loss`](Self::loss) is a
    /// mean, else the number of terms that it sums.
    fn divisor(batch: &Self::Batch) -> f64;

    /// The model that is left when heads are removed.
    #[must_use]
    fn removed(&self, removal: &Removal) -> Self;

    /// Loss of a batch in training mode under `gates`, or with every head as it is; one number. `seed` decides dropout.
    fn loss(&self, batch: &Self::Batch, gates: Option<&HeadGates>, seed: u64) -> Tensor<1>;

    /// From how many positions of `batch` the attention module of each row of the grid attends, padding included where there
    /// is any.
    fn positions(&self, batch: &Self::Batch) -> Vec<usize>;

    /// Loss of each example in evaluation mode, `[examples]`: plain cross-entropy without dropout or smoothing, summed
    /// over what an example predicts. No gates leave every head as it is.
    fn example_losses(&self, batch: &Self::Batch, gates: Option<&HeadGates>) -> Tensor<1>;

    /// What the heads attend to in evaluation mode, from every token of `batch`.
    ///
    /// # Errors
    /// What the device says when numbers cannot be read back.
    fn attention(
        &self,
        batch: &Self::Batch,
        gates: Option<&HeadGates>,
    ) -> Result<AttentionStatistics, String>;
}

impl Trainable for EncoderClassifier {
    type Batch = TokenBatch;

    fn grid(&self) -> &HeadGrid {
        self.grid()
    }

    fn examples(batch: &TokenBatch) -> usize {
        batch.len()
    }

    fn divisor(_: &TokenBatch) -> f64 {
        1.0
    }

    fn removed(&self, removal: &Removal) -> Self {
        self.removed(removal)
    }

    fn loss(&self, batch: &TokenBatch, gates: Option<&HeadGates>, seed: u64) -> Tensor<1> {
        let logits = self.forward(batch, gates, Mode::Train { seed });
        cross_entropy(logits, &batch.labels, 0.0).mean()
    }

    fn positions(&self, batch: &TokenBatch) -> Vec<usize> {
        self.positions(batch)
    }

    fn example_losses(&self, batch: &TokenBatch, gates: Option<&HeadGates>) -> Tensor<1> {
        cross_entropy(self.forward(batch, gates, Mode::Evaluate), &batch.labels, 0.0)
    }

    fn attention(
        &self,
        batch: &TokenBatch,
        gates: Option<&HeadGates>,
    ) -> Result<AttentionStatistics, String> {
        self.attention(batch, gates)
    }
}
