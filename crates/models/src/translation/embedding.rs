//! Words of one side: scaled embeddings plus positions.

use burn::tensor::{Int, Tensor};

use super::pass::Pass;
use super::positions::Positions;
use super::{PADDING, TranslationConfig};
use crate::{Embedding, Initializer, dropout};

/// Embeddings scaled by sqrt(width), positions added, dropout.
#[derive(Debug, Clone)]
pub(super) struct WordEmbedding {
    /// `[vocabulary, width]`.
    pub(super) table: Embedding,
    scale: f64,
    dropout: f64,
}

impl WordEmbedding {
    /// Normal rows of standard deviation 1 / sqrt(width), that of padding 0.
    pub(super) fn new(vocabulary: usize, config: &TranslationConfig, initial: &mut Initializer) -> Self {
        let scale = (config.embed_dim as f64).sqrt();
        let mut table = Embedding::new(vocabulary, config.embed_dim, scale.recip(), initial);
        let padding = PADDING as usize;
        table.weight = table
            .weight
            .slice_fill([padding..padding + 1, 0..config.embed_dim], 0.0);
        Self {
            table,
            scale,
            dropout: config.dropout,
        }
    }

    /// `[sentences, length]` to `[sentences * length, width]`.
    pub(super) fn forward(
        &self,
        ids: Tensor<2, Int>,
        positions: Tensor<2, Int>,
        table: &Positions,
        pass: &Pass<'_>,
    ) -> Tensor<2> {
        let [sentences, length] = ids.dims();
        let embedded = self.table.forward(ids).mul_scalar(self.scale) + table.forward(positions);
        let [.., width] = embedded.dims();
        let rows = embedded.reshape([sentences * length, width]);
        dropout(rows, pass.rate(self.dropout))
    }

    /// Words of equal position without dropout, `[rows]` to `[rows, width]`; `position`: `[1, width]`.
    pub(super) fn step(&self, ids: Tensor<1, Int>, position: Tensor<2>) -> Tensor<2> {
        let rows: Tensor<2> = self.table.forward(ids.unsqueeze_dim(1)).squeeze_dim(1);
        rows.mul_scalar(self.scale) + position
    }

    /// Scores of every word, `[rows, width]` to `[rows, vocabulary]`: the embeddings are the output projection too.
    pub(super) fn scores(&self, hidden: Tensor<2>) -> Tensor<2> {
        hidden.matmul(self.table.weight.clone().transpose())
    }
}
