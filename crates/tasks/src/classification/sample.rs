//! Examples of a corpus, spread evenly over it: answered as in an evaluation, or asked what a model is worth on them.

use data::{EncodedCorpus, Padding};
use methods::{ExecuteError, Worth};
use models::TensorOptions;
use models::encoder::EncoderClassifier;
use train::token_batch;

use super::EVALUATION_BATCH;
use crate::preflight::spread;

/// So many examples, spread evenly over a corpus, the shortest first.
pub(super) fn by_length(corpus: &EncodedCorpus, examples: usize) -> Vec<usize> {
    let mut chosen = spread(corpus.len(), examples);
    chosen.sort_by_key(|&example| corpus.ids(example).len());
    chosen
}

/// Answers so many examples of a corpus, spread evenly over it, and says how many they were.
pub(super) fn answer(
    model: &EncoderClassifier,
    corpus: &EncodedCorpus,
    examples: usize,
    padding: Padding,
    options: &TensorOptions,
) -> Result<usize, ExecuteError> {
    let scorer = model.scorer(options);
    let chosen = by_length(corpus, examples);
    for batch in chosen.chunks(EVALUATION_BATCH.get()) {
        let batch = token_batch(&corpus.batch(batch, padding), options);
        scorer.scores(&batch, None).map_err(ExecuteError::new)?;
    }
    Ok(chosen.len())
}

/// Mean cross-entropy and accuracy under `gates`, N values, over so many examples, or all of them.
pub(super) fn worth(
    model: &EncoderClassifier,
    corpus: &EncodedCorpus,
    gates: &[f64],
    examples: Option<usize>,
    (padding, options): (Padding, &TensorOptions),
) -> Result<Worth, ExecuteError> {
    let scorer = model.scorer(options);
    let chosen = by_length(corpus, examples.unwrap_or(corpus.len()));
    let (mut loss, mut right) = (0.0, 0_usize);
    for batch in chosen.chunks(EVALUATION_BATCH.get()) {
        let batch = corpus.batch(batch, padding);
        let scores = scorer.scores(&token_batch(&batch, options), Some(gates));
        for (row, &label) in scores.map_err(ExecuteError::new)?.iter().zip(&batch.labels) {
            let of_label = row[label as usize];
            let largest = row.iter().copied().fold(f64::NEG_INFINITY, f64::max);
            let sum: f64 = row.iter().map(|score| (score - largest).exp()).sum();
            loss += largest + sum.ln() - of_label;
            let best = row.iter().position(|score| *score == largest);
            right += usize::from(best == Some(label as usize));
        }
    }
    let count = chosen.len().max(1) as f64;
    Ok(Worth {
        loss: loss / count,
        accuracy: Some(right as f64 / count),
        examples: chosen.len(),
    })
}
