//! An encoder-decoder with packed weights, for translating: its words, its encoder, and what its decoder is made of.

use burn::tensor::Tensor;
use kernels::{Packed, embedding};

use super::SourceBatch;
use crate::ops::Host;
use crate::packed::{PackedFeedForward, PackedGates, PackedLayer, PackedSublayer, Space, Spans};

/// Words of one side.
#[derive(Debug)]
pub(super) struct PackedWords {
    table: Host,
    width: usize,
    scale: f32,
}

impl PackedWords {
    pub(super) fn new(table: &Tensor<2>, scale: f64) -> Self {
        Self {
            table: Host::new(table),
            width: table.dims()[1],
            scale: scale as f32,
        }
    }

    /// Words and their rows of the table of positions to `[rows, width]`.
    pub(super) fn embed(&self, ids: &[u32], places: &[u32], positions: &Host, into: &mut Vec<f32>) {
        into.resize(ids.len() * self.width, 0.0);
        embedding::gather(self.table.numbers(), self.width, ids, self.scale, into);
        embedding::gather_add(positions.numbers(), self.width, places, 1.0, into);
    }
}

/// A table of embeddings as the layer that makes scores of states.
pub(super) fn packed_table(table: &Tensor<2>) -> Packed {
    let words = Host::new(table);
    let nothing = vec![0.0; table.dims()[0]];
    Packed::new(&[(words.matrix().transposed(), &nothing)])
}

/// The encoder.
#[derive(Debug)]
pub(super) struct PackedEncoder {
    pub(super) words: PackedWords,
    pub(super) layers: Vec<PackedLayer>,
}

impl PackedEncoder {
    /// States of the source words, `[rows, width]`.
    pub(super) fn encode(
        &self,
        source: &SourceBatch,
        positions: &Host,
        gates: Option<&PackedGates>,
    ) -> Vec<f32> {
        let (mut hidden, mut space) = (Vec::new(), Space::default());
        let places = source.positions.host();
        self.words
            .embed(source.ids.host(), places, positions, &mut hidden);
        let spans = Spans::new(&source.rows, &source.rows);
        for layer in &self.layers {
            layer.apply(&mut hidden, None, &spans, gates, &mut space);
        }
        hidden
    }
}

/// The decoder.
#[derive(Debug)]
pub(super) struct PackedDecoder {
    pub(super) words: PackedWords,
    /// From states to scores of every word.
    pub(super) scores: Packed,
    pub(super) layers: Vec<PackedDecoderLayer>,
}

/// A layer of the decoder.
#[derive(Debug)]
pub(super) struct PackedDecoderLayer {
    pub(super) own: PackedSublayer,
    pub(super) memory: PackedSublayer,
    pub(super) feed_forward: PackedFeedForward,
}
