//! Classification: host batches to device batches, and evaluation under given gates.

use std::num::NonZeroUsize;

use data::{Batch, EncodedCorpus, Padding, eval_batches};
use models::encoder::{EncoderClassifier, TokenBatch};
use models::{HeadGates, Mode, Parameters, TensorOptions};

use crate::TrainError;

/// Predictions of a classifier on a corpus, in corpus order.
#[derive(Debug, Clone, PartialEq)]
pub struct Evaluation {
    /// Most likely class of each example.
    pub predictions: Vec<u32>,
    /// Class scores of each example, `[examples][classes]`.
    pub logits: Vec<Vec<f32>>,
    /// Share of predictions that equal the label.
    pub accuracy: f64,
}

/// Moves a host batch to the device.
pub fn token_batch(batch: &Batch, options: &TensorOptions) -> TokenBatch {
    TokenBatch::new(
        &batch.input_ids,
        &batch.token_type_ids,
        &batch.attention_mask,
        &batch.labels,
        options,
    )
}

/// Evaluates `model` (any state; evaluation runs outside autodiff, without dropout) under `gates`, N values in the
/// order of the grid, or with every head as it is.
///
/// # Errors
/// Not one gate for each head, no example, or numbers that cannot be read back.
pub fn evaluate(
    model: &EncoderClassifier,
    corpus: &EncodedCorpus,
    gates: Option<&[f64]>,
    batch_size: NonZeroUsize,
    padding: Padding,
    options: &TensorOptions,
) -> Result<Evaluation, TrainError> {
    let model = model.plain();
    let gates = gates
        .map(|gates| HeadGates::new(gates, model.grid(), options))
        .transpose()?;
    let mut logits = vec![Vec::new(); corpus.len()];
    for batch in eval_batches(corpus, batch_size, padding) {
        let scores = model.forward(&token_batch(&batch, options), gates.as_ref(), Mode::Evaluate);
        let classes = scores.dims()[1];
        let scores = scores.try_into_vec_as::<f32>().map_err(TrainError::device)?;
        for (&example, row) in batch.examples.iter().zip(scores.chunks(classes)) {
            logits[example] = row.to_vec();
        }
    }
    let predictions: Vec<u32> = logits.iter().map(|row| largest(row)).collect();
    let labels: Vec<u32> = (0..corpus.len()).map(|example| corpus.label(example)).collect();
    let accuracy = metrics::accuracy(&predictions, &labels)?;
    Ok(Evaluation {
        predictions,
        logits,
        accuracy,
    })
}

/// Index of the largest score; the lowest among equals.
fn largest(scores: &[f32]) -> u32 {
    let mut best = 0;
    for (index, score) in scores.iter().enumerate() {
        if *score > scores[best] {
            best = index;
        }
    }
    best as u32
}
