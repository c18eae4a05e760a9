//! What the loop asks of a model.

use burn::tensor::Tensor;
use heads::HeadGrid;
use models::bert::{BertClassifier, TokenBatch};
use models::{Parameters, cross_entropy};

/// A model that can be trained under gates.
pub trait Trainable: Parameters + Clone {
    /// What one update sees.
    type Batch;

    /// The heads of the model.
    fn grid(&self) -> &HeadGrid;

    /// Loss of a batch in training mode under `gates` `[rows, heads]`, or with every head as it is; one number.
    fn loss(&self, batch: &Self::Batch, gates: Option<&Tensor<2>>) -> Tensor<1>;
}

impl Trainable for BertClassifier {
    type Batch = TokenBatch;

    fn grid(&self) -> &HeadGrid {
        self.grid()
    }

    fn loss(&self, batch: &TokenBatch, gates: Option<&Tensor<2>>) -> Tensor<1> {
        cross_entropy(self.forward(batch, gates, true), batch.labels.clone())
    }
}
