//! Words of one side: scaled embeddings plus positions.

use burn::tensor::Tensor;

#[cfg(feature = "flex")]
use super::packed::{PackedWords, packed_table};
use super::pass::Walk;
use super::positions::Positions;
use super::{PADDING, TranslationConfig};
use crate::ops::{self, Lookup};
use crate::{Embedding, Indices, Initializer, SequenceRows};

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

    /// The words with their table where it lies.
    #[cfg(feature = "flex")]
    pub(super) fn packed(&self) -> PackedWords {
        PackedWords::new(&self.table.weight, self.scale)
    }

    /// The table as a packed output projection.
    #[cfg(feature = "flex")]
    pub(super) fn packed_scores(&self) -> kernels::Packed {
        packed_table(&self.table.weight)
    }

    /// Words and their places to `[rows, width]`.
    pub(super) fn forward(
        &self,
        ids: &Indices,
        places: &Indices,
        positions: &Positions,
        rows: &SequenceRows,
        walk: &Walk<'_>,
    ) -> Tensor<2> {
        let positions = positions.table_for(places);
        let words = Lookup {
            table: &self.table.weight,
            indices: ids,
            factor: self.scale,
        };
        let positions = Lookup {
            table: &positions,
            indices: places,
            factor: 1.0,
        };
        let embedded = ops::embed(&walk.pass, [words, positions]);
        ops::drop_rows(&walk.pass, embedded, walk.dropout(self.dropout, rows))
    }

    /// Scores of every word, `[rows, width]` to `[rows, vocabulary]`: the embeddings are the output projection too.
    pub(super) fn scores(&self, hidden: Tensor<2>, walk: &Walk<'_>) -> Tensor<2> {
        ops::scores(&walk.pass, hidden, &self.table.weight)
    }
}
