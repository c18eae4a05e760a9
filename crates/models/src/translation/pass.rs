//! What accompanies a forward pass through the layers: gates, dropout, and who looks on.

use burn::tensor::Tensor;
use heads::{HeadRow, RowKind};

/// A place in the model whose states can be looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Place {
    /// Embedded source words.
    SourceEmbedding,
    /// Embedded target words.
    TargetEmbedding,
    /// Output projection of an attention module, before the residual.
    Attention(HeadRow),
    /// Output of an encoder layer.
    EncoderLayer(usize),
    /// Output of a decoder layer.
    DecoderLayer(usize),
}

/// One forward pass.
pub(super) struct Pass<'a> {
    /// `[1 | sentences, rows, heads]`.
    pub(super) gates: Option<&'a Tensor<3>>,
    /// Numbers of encoder and decoder layers, which place the rows of a decoder layer.
    pub(super) layers: (usize, usize),
    /// Switches dropout on.
    pub(super) train: bool,
    /// Shown the states, `[sentences * length, width]`.
    pub(super) watch: &'a mut dyn FnMut(Place, &Tensor<2>),
}

impl Pass<'_> {
    /// The gates of a row, `[1 | sentences, heads]`.
    pub(super) fn gates_of(&self, row: HeadRow) -> Option<Tensor<2>> {
        let (encoder, decoder) = self.layers;
        let index = row.layer
            + match row.kind {
                RowKind::EncoderSelf => 0,
                RowKind::EncoderDecoder => encoder,
                RowKind::DecoderSelf => encoder + decoder,
            };
        self.gates
            .map(|gates| gates.clone().slice_dim(1, index..index + 1).squeeze_dim(1))
    }

    /// The rate of dropout where training has `rate`.
    pub(super) fn rate(&self, rate: f64) -> f64 {
        if self.train { rate } else { 0.0 }
    }

    pub(super) fn show(&mut self, place: Place, state: &Tensor<2>) {
        (self.watch)(place, state);
    }
}
