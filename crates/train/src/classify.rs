//! Classification: host batches to device batches, and evaluation under given gates.

use std::error::Error;

use data::{Batch, Dataset, EvalBatches, TokenExample, eval_batches};
use models::TensorOptions;
use models::encoder::{EncoderClassifier, TokenBatch};

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
/// order of the grid, or with every head as it is. Which examples are in a batch together changes no prediction.
///
/// # Errors
/// Not one gate for each head; the corpus has no example or cannot give one; the device cannot give the scores.
pub fn evaluate<E: Error + Send + Sync + 'static>(
    model: &EncoderClassifier,
    corpus: &impl Dataset<TokenExample, E>,
    gates: Option<&[f64]>,
    batches: EvalBatches,
    options: &TensorOptions,
) -> Result<Evaluation, TrainError> {
    let scorer = model.scorer(options);
    let mut logits = vec![Vec::new(); corpus.len()];
    let mut labels = vec![0; corpus.len()];
    for batch in eval_batches(corpus, batches).map_err(TrainError::corpus)? {
        let batch = batch.map_err(TrainError::corpus)?;
        let scores = scorer.scores(&token_batch(&batch, options), gates)?;
        let rows = scores.iter().zip(&batch.labels);
        for (&example, (row, label)) in batch.examples.iter().zip(rows) {
            logits[example] = row.iter().map(|&score| score as f32).collect();
            labels[example] = label.cast_unsigned();
        }
    }
    let predictions: Vec<u32> = logits.iter().map(|row| largest(row)).collect();
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
