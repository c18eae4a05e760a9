//! A few examples answered, as all of them are in an evaluation.

use data::{EncodedCorpus, Padding};
use methods::ExecuteError;
use models::encoder::EncoderClassifier;
use models::{Mode, Parameters, TensorOptions};
use train::token_batch;

use super::EVALUATION_BATCH;
use crate::preflight::spread;

/// Answers so many examples of a corpus, spread evenly over it, and says how many they were.
pub(super) fn answer(
    model: &EncoderClassifier,
    corpus: &EncodedCorpus,
    examples: usize,
    padding: Padding,
    options: &TensorOptions,
) -> Result<usize, ExecuteError> {
    let model = model.plain();
    let mut chosen = spread(corpus.len(), examples);
    chosen.sort_by_key(|&example| corpus.ids(example).len());
    for batch in chosen.chunks(EVALUATION_BATCH.get()) {
        let batch = token_batch(&corpus.batch(batch, padding), options);
        let scores = model.forward(&batch, None, Mode::Evaluate);
        // Read, so that a device that works on its own has finished.
        scores.try_into_vec_as::<f32>().map_err(ExecuteError::new)?;
    }
    Ok(chosen.len())
}
