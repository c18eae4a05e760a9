//! Translates a split: batches of sentences of like length, put back into the order of the corpus.

use data::bpe;
use data::translation::{Dictionary, MaxTokenBatches};
use models::translation::{GenerationConfig, SourceBatch, TranslationModel};
use sweep::ExecuteError;

use super::corpora::Split;
use crate::executor::data_error;

/// The best translation of each sentence of a split, in words, segmentation undone.
pub(super) fn translate(
    model: &TranslationModel,
    split: &Split,
    dictionary: &Dictionary,
    gates: Option<&[f64]>,
    config: &GenerationConfig,
    sentences: usize,
) -> Result<Vec<String>, ExecuteError> {
    let corpus = &split.corpus;
    let limit = data::translation::BatchLimit {
        max_tokens: None,
        max_sentences: std::num::NonZeroUsize::new(sentences),
        longest: None,
    };
    let batches = MaxTokenBatches::natural(&corpus.lengths(), limit).map_err(data_error)?;
    let mut translations = vec![String::new(); corpus.len()];
    for pairs in batches.iter() {
        let batch = corpus.batch(pairs);
        let source = SourceBatch::new(&batch.source, batch.rows.len(), model.options());
        let found = model
            .generate(&source, gates, config)
            .map_err(ExecuteError::new)?;
        for (&row, hypotheses) in batch.rows.iter().zip(&found) {
            let best = hypotheses.first().ok_or_else(|| {
                ExecuteError::new("no translation was found: the model's scores are not numbers")
                    .hint("lower train.learning_rate")
            })?;
            let ids: Vec<u32> = best.tokens.iter().map(|id| id.cast_unsigned()).collect();
            translations[row] = bpe::undo(&dictionary.decode(&ids).join(" "), bpe::SEPARATOR);
        }
    }
    Ok(translations)
}
