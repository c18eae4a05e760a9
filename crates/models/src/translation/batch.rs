//! Sentences on the device: sources, and sources with their translations.

use super::positions::positions;
use super::{END, PADDING};
use crate::{Indices, SequenceRows, TensorOptions};

/// Source sentences.
#[derive(Debug)]
pub struct SourceBatch {
    /// Word of each row.
    pub ids: Indices,
    /// Row of the table of positions for each row.
    pub positions: Indices,
    /// Which rows belong to which sentence.
    pub rows: SequenceRows,
}

impl SourceBatch {
    /// A batch from ids in row-major order, `sentences` rows that end in [`END`]; padding may stand on either side.
    /// `options` say whether it is left out.
    pub fn new(ids: &[i32], sentences: usize, options: &TensorOptions) -> Self {
        let length = ids.len() / sentences.max(1);
        let rows = SequenceRows::new(&is_word(ids), sentences, options);
        Self {
            ids: Indices::new(&rows.of_cells(ids), options),
            positions: Indices::new(&rows.of_cells(&positions(ids, length)), options),
            rows,
        }
    }

    /// Number of sentences.
    pub fn sentences(&self) -> usize {
        self.rows.sequences()
    }
}

/// Source sentences and their translations.
#[derive(Debug)]
pub struct TranslationBatch {
    /// What is translated.
    pub source: SourceBatch,
    /// What the decoder sees, for each row: the target moved on by one, with [`END`] in front.
    pub previous: Indices,
    /// Row of the table of positions for each of `previous`.
    pub previous_positions: Indices,
    /// Words to predict, for each row.
    pub target: Indices,
    /// Which rows belong to which sentence.
    pub rows: SequenceRows,
    /// Number of words to predict, end symbols included.
    pub tokens: usize,
}

impl TranslationBatch {
    /// A batch of `sentences` pairs from ids in row-major order; rows of the target end in [`END`], then padding, those of
    /// the source as [`SourceBatch::new`] has them.
    pub fn new(source: &[i32], target: &[i32], sentences: usize, options: &TensorOptions) -> Self {
        Self::of(
            SourceBatch::new(source, sentences, options),
            target,
            sentences,
            options,
        )
    }

    /// [`new`](Self::new) with a source that is there already.
    pub(super) fn of(source: SourceBatch, target: &[i32], sentences: usize, options: &TensorOptions) -> Self {
        let length = target.len() / sentences.max(1);
        let previous = previous(target, length);
        let rows = SequenceRows::new(&is_word(target), sentences, options);
        let indices = |of_cells: &[i32]| Indices::new(&rows.of_cells(of_cells), options);
        Self {
            source,
            previous_positions: indices(&positions(&previous, length)),
            previous: indices(&previous),
            target: indices(target),
            tokens: rows.token_count(),
            rows,
        }
    }

    /// Number of sentence pairs.
    pub fn sentences(&self) -> usize {
        self.source.sentences()
    }
}

fn is_word(ids: &[i32]) -> Vec<bool> {
    ids.iter().map(|&id| id != PADDING).collect()
}

/// The target moved on by one in each row, with the end symbol in front; padding stays where it is.
fn previous(target: &[i32], length: usize) -> Vec<i32> {
    let mut previous = Vec::with_capacity(target.len());
    for row in target.chunks(length.max(1)) {
        let before = [END].into_iter().chain(row.iter().copied());
        previous.extend(before.zip(row).map(|(before, &id)| match id {
            PADDING => PADDING,
            _ => before,
        }));
    }
    previous
}

#[cfg(test)]
mod tests {
    use super::*;
    use burn::tensor::Device;

    #[test]
    fn the_decoder_sees_the_target_moved_on_by_one() {
        let target = [7, 8, END, 9, END, PADDING];
        assert_eq!(previous(&target, 3), [END, 7, 8, END, 9, PADDING]);
    }

    #[test]
    fn words_are_counted_with_their_end_symbols() {
        let options = TensorOptions::single(Device::flex());
        let source = [PADDING, 5, END, 6, 7, END];
        for options in [options.clone(), options.packed()] {
            let batch = TranslationBatch::new(&source, &[7, END, 8, END], 2, &options);
            assert_eq!((batch.tokens, batch.sentences()), (4, 2));
            assert_eq!(batch.source.rows.token_count(), 5);
        }
    }
}
