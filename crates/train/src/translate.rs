//! Translation: host batches to device batches, and what the loop asks of an encoder-decoder.

use burn::tensor::Tensor;
use heads::{HeadGrid, HeadRow, RowKind};
use models::translation::{TranslationBatch, TranslationModel};
use models::{AttentionStatistics, HeadGates, Removal, TensorOptions};

use crate::Trainable;

/// Moves a host batch to the device.
pub fn translation_batch(
    batch: &data::translation::TranslationBatch,
    options: &TensorOptions,
) -> TranslationBatch {
    TranslationBatch::new(&batch.source, &batch.target, batch.rows.len(), options)
}

impl Trainable for TranslationModel {
    type Batch = TranslationBatch;

    fn grid(&self) -> &HeadGrid {
        self.grid()
    }

    fn examples(batch: &TranslationBatch) -> usize {
        batch.sentences()
    }

    /// Words to predict, fairseq's sample size: the loss is their sum.
    fn divisor(batch: &TranslationBatch) -> f64 {
        batch.tokens as f64
    }

    fn removed(&self, removal: &Removal) -> Self {
        self.removed(removal)
    }

    fn loss(&self, batch: &TranslationBatch, gates: Option<&HeadGates>, seed: u64) -> Tensor<1> {
        self.loss(batch, gates, seed)
    }

    fn positions(&self, batch: &TranslationBatch) -> Vec<usize> {
        let of_row = |row: &HeadRow| match row.kind {
            RowKind::EncoderSelf => batch.source.rows.count(),
            RowKind::EncoderDecoder | RowKind::DecoderSelf => batch.rows.count(),
        };
        self.grid().rows().iter().map(of_row).collect()
    }

    fn example_losses(&self, batch: &TranslationBatch, gates: Option<&HeadGates>) -> Tensor<1> {
        self.sentence_losses(batch, gates)
    }

    fn attention(
        &self,
        batch: &TranslationBatch,
        gates: Option<&HeadGates>,
    ) -> Result<AttentionStatistics, String> {
        self.attention(batch, gates)
    }
}
