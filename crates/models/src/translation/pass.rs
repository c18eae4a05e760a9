//! What accompanies a forward pass through the layers: the pass itself, and who looks on.

use burn::tensor::Tensor;
use heads::HeadRow;

use crate::attention::Attended;
use crate::ops::RowDropout;
use crate::pass::Pass;
use crate::{HeadGates, LayerNorm, Mode, SequenceRows};

/// A place in the model whose states can be looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Place {
    /// Embedded source words.
    SourceEmbedding,
    /// Embedded target words.
    TargetEmbedding,
    /// Output of an attention module, before the residual.
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
    /// Shown the states, `[rows, width]`.
    pub(super) watch: Option<Watch<'a>>,
}

impl<'a> Walk<'a> {
    /// A pass over a batch.
    pub(super) fn new(
        rows: &SequenceRows,
        gates: Option<&'a HeadGates>,
        mode: Mode,
        watch: Option<Watch<'a>>,
    ) -> Self {
        Self {
            pass: Pass::new(rows, gates, mode),
            watch,
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

    /// The rest of a sublayer of attention, whose row of the grid is `row`: output, dropout, residual and norm.
    pub(super) fn finish(
        &mut self,
        row: HeadRow,
        attended: Attended<'_>,
        residual: Tensor<2>,
        norm: &LayerNorm,
        dropout: RowDropout<'_>,
    ) -> Tensor<2> {
        if let Some(watch) = &mut self.watch {
            let [rows, _] = residual.dims();
            watch(Place::Attention(row), &attended.output(rows, &self.pass));
        }
        attended.add_norm(residual, norm, dropout, &self.pass)
    }
}
