//! Pairs of sentences padded to batches, as host arrays.

use std::cmp::Reverse;
use std::error::Error;

use super::dictionary::{END, PAD};
use super::pairs::{ParallelCorpus, SentencePair};
use crate::dataset::Dataset;

/// Pairs of sentences as rows of equal length. All arrays are row-major.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TranslationBatch {
    /// `[pairs, source_length]`: padding, then the ids, the last of which is the end symbol.
    pub source: Vec<i32>,
    /// Ids of a source row, padding included.
    pub source_length: usize,
    /// `[pairs, target_length]`: what the decoder has read when it predicts the id in the same place of `target`, that
    /// is the end symbol, then the target without its last id, then padding.
    pub previous: Vec<i32>,
    /// `[pairs, target_length]`: the ids, the last of which is the end symbol, then padding.
    pub target: Vec<i32>,
    /// Ids of a target row, padding included.
    pub target_length: usize,
    /// `[pairs]`: which pairs of the corpus these are.
    pub rows: Vec<usize>,
    /// Ids of `target` that are not padding; sums of losses and gradients are divided by it.
    pub ntokens: usize,
}

impl TranslationBatch {
    /// The named pairs of a corpus, the longest sources first, equally long ones in the order given.
    ///
    /// # Errors
    /// The corpus cannot give a pair.
    ///
    /// # Panics
    /// If a pair is not below the corpus' length.
    pub fn of<E: Error + Send + Sync + 'static>(
        corpus: &impl Dataset<SentencePair, E>,
        pairs: &[usize],
    ) -> Result<Self, E> {
        let items = corpus.get_many(pairs.to_vec())?;
        let mut rows: Vec<(usize, SentencePair)> = pairs.iter().copied().zip(items).collect();
        rows.sort_by_key(|(_, pair)| Reverse(pair.source.len()));
        let longest = |side: fn(&SentencePair) -> &[u32]| rows.iter().map(|(_, pair)| side(pair).len()).max();
        let source_length = longest(|pair| &pair.source).unwrap_or(0);
        let target_length = longest(|pair| &pair.target).unwrap_or(0);
        let mut source = Vec::with_capacity(rows.len() * source_length);
        let mut previous = Vec::with_capacity(rows.len() * target_length);
        let mut target = Vec::with_capacity(rows.len() * target_length);
        let mut ntokens = 0;
        for (_, pair) in &rows {
            let ids = &pair.source;
            source.resize(source.len() + source_length - ids.len(), PAD.cast_signed());
            source.extend(ids.iter().map(|id| id.cast_signed()));

            let ids = &pair.target;
            let row_end = target.len() + target_length;
            let before = [END].iter().chain(ids).take(ids.len());
            previous.extend(before.map(|id| id.cast_signed()));
            previous.resize(row_end, PAD.cast_signed());
            target.extend(ids.iter().map(|id| id.cast_signed()));
            target.resize(row_end, PAD.cast_signed());
            ntokens += ids.len();
        }
        Ok(Self {
            source,
            source_length,
            previous,
            target,
            target_length,
            rows: rows.into_iter().map(|(row, _)| row).collect(),
            ntokens,
        })
    }
}

impl ParallelCorpus {
    /// The named pairs as one batch, the longest sources first, equally long ones in the order given.
    ///
    /// # Panics
    /// If a pair is not below [`ParallelCorpus::len`].
    pub fn batch(&self, pairs: &[usize]) -> TranslationBatch {
        let Ok(batch) = TranslationBatch::of(self, pairs);
        batch
    }
}
