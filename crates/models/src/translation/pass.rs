//! What accompanies a forward pass through the layers: the pass itself, the place of each module's gates, and who looks on.

use burn::tensor::Tensor;
use heads::{HeadRow, RowKind};

use crate::ops::{self, RowDropout};
use crate::pass::Pass;
use crate::{GatedAttention, LayerNorm, SequenceRows};

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

/// Somebody who is shown states.
pub type Watch<'a> = &'a mut dyn FnMut(Place, &Tensor<2>);

/// One forward pass.
pub(super) struct Walk<'a> {
    pub(super) pass: Pass<'a>,
    /// Numbers of encoder and decoder layers, which place the rows of a decoder layer.
    pub(super) layers: (usize, usize),
    /// Shown the states, `[rows, width]`.
    pub(super) watch: Option<Watch<'a>>,
}

impl Walk<'_> {
    /// The row of a module's gates.
    pub(super) fn row(&self, row: HeadRow) -> usize {
        let (encoder, decoder) = self.layers;
        row.layer
            + match row.kind {
                RowKind::EncoderSelf => 0,
                RowKind::EncoderDecoder => encoder,
                RowKind::DecoderSelf => encoder + decoder,
            }
    }

    pub(super) fn show(&mut self, place: Place, state: &Tensor<2>) {
        if let Some(watch) = &mut self.watch {
            watch(place, state);
        }
    }

    /// Dropout of rows of hidden states where training has `rate`.
    pub(super) fn dropout<'r>(&self, rate: f64, rows: &'r SequenceRows) -> RowDropout<'r> {
        RowDropout {
            dropout: self.pass.dropout(rate),
            rows,
        }
    }

    /// The rest of a sublayer of attention, from its contexts: output projection, dropout, residual and norm.
    pub(super) fn finish(
        &mut self,
        row: HeadRow,
        attention: &GatedAttention,
        [context, residual]: [Tensor<2>; 2],
        norm: &LayerNorm,
        dropout: RowDropout<'_>,
    ) -> Tensor<2> {
        if let Some(watch) = &mut self.watch {
            let attended = ops::project(&self.pass, context.clone(), &[attention.output()]);
            watch(Place::Attention(row), &attended);
        }
        ops::project_add_norm(&self.pass, context, attention.output(), residual, norm, dropout)
    }
}
