//! Translates a split: batches of sentences of like length, put back into the order of the corpus.

use data::bpe;
use data::translation::{Dictionary, MaxTokenBatches, ParallelCorpus};
use methods::{ExecuteError, Worth};
use models::translation::{GenerationConfig, SourceBatch, TranslationModel};
use models::{HeadGates, Parameters};
use train::translation_batch;

use super::corpora::Split;
use crate::preflight::spread;

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
    let batches = MaxTokenBatches::natural(&corpus.lengths(), limit).map_err(ExecuteError::caused_by)?;
    let mut translations = vec![String::new(); corpus.len()];
    let translator = model.translator();
    for pairs in batches.iter() {
        let batch = corpus.batch(pairs);
        let source = SourceBatch::new(&batch.source, batch.rows.len(), model.options());
        let found = translator
            .generate(&source, gates, config)
            .map_err(ExecuteError::new)?;
        for (&row, hypotheses) in batch.rows.iter().zip(&found) {
            let best = hypotheses.first().ok_or_else(|| {
                ExecuteError::new("no translation was found: the model's scores are not numbers")
                    .with_hint("lower train.learning_rate")
            })?;
            let ids: Vec<u32> = best.tokens.iter().map(|id| id.cast_unsigned()).collect();
            translations[row] = bpe::undo(&dictionary.decode(&ids).join(" "), bpe::SEPARATOR);
        }
    }
    Ok(translations)
}

/// So many pairs, spread evenly over a corpus, the shortest first.
pub(super) fn by_length(corpus: &ParallelCorpus, count: usize) -> Vec<usize> {
    let mut chosen = spread(corpus.len(), count);
    let lengths = corpus.lengths();
    chosen.sort_by_key(|&pair| (lengths[pair].source, lengths[pair].target));
    chosen
}

/// Translates so many sentences of a corpus, spread evenly over it, each batch as far as its longest reference goes: a
/// model that is not trained yet does not know where to end. Says how many they were.
pub(super) fn translate_some(
    model: &TranslationModel,
    corpus: &ParallelCorpus,
    count: usize,
    config: &GenerationConfig,
    sentences: usize,
) -> Result<usize, ExecuteError> {
    let mut chosen = spread(corpus.len(), count);
    let lengths = corpus.lengths();
    chosen.sort_by_key(|&pair| lengths[pair].source);
    let translator = model.translator();
    for pairs in chosen.chunks(sentences.max(1)) {
        let batch = corpus.batch(pairs);
        let longest = pairs.iter().map(|&pair| lengths[pair].target).max().unwrap_or(1);
        // The end symbol is one of its words.
        let words = longest.saturating_sub(1).max(1);
        let config = GenerationConfig {
            max_len_a: 0.0,
            max_len_b: words as f64,
            min_len: words,
            ..*config
        };
        let source = SourceBatch::new(&batch.source, batch.rows.len(), model.options());
        translator
            .generate(&source, None, &config)
            .map_err(ExecuteError::new)?;
    }
    Ok(chosen.len())
}

/// Mean cross-entropy of a word of the references under `gates`, N values, over so many pairs, or all of them.
pub(super) fn worth(
    model: &TranslationModel,
    corpus: &ParallelCorpus,
    gates: &[f64],
    count: Option<usize>,
    sentences: usize,
) -> Result<Worth, ExecuteError> {
    let model = model.plain();
    let options = model.options();
    let gates = HeadGates::new(gates, model.grid(), options).map_err(ExecuteError::new)?;
    let chosen = by_length(corpus, count.unwrap_or(corpus.len()));
    let (mut loss, mut words) = (0.0, 0);
    for pairs in chosen.chunks(sentences.max(1)) {
        let batch = translation_batch(&corpus.batch(pairs), options);
        let losses = model.sentence_losses(&batch, Some(&gates));
        let losses = losses.try_into_vec_as::<f64>().map_err(ExecuteError::new)?;
        loss += losses.iter().sum::<f64>();
        words += batch.tokens;
    }
    Ok(Worth {
        loss: loss / words.max(1) as f64,
        accuracy: None,
        examples: chosen.len(),
    })
}
