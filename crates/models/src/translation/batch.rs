//! Sentences on the device: sources, and sources with their translations.

use burn::tensor::{Int, Tensor};

use super::positions::positions;
use super::{END, PADDING};
use crate::TensorOptions;
use crate::attention::MASKED_SCORE;

/// Source sentences, padded on the left.
#[derive(Debug, Clone)]
pub struct SourceBatch {
    /// Word ids, `[sentences, length]`.
    pub ids: Tensor<2, Int>,
    /// Row of the table of positions for each word, `[sentences, length]`.
    pub positions: Tensor<2, Int>,
    /// `[sentences, 1, 1, length]`: 0 at words, very negative at padding; none where nothing is padded.
    pub padding: Option<Tensor<4>>,
}

impl SourceBatch {
    /// A batch from ids in row-major order, `sentences` rows that end in [`END`]; padding may stand on either side.
    pub fn new(ids: &[i32], sentences: usize, options: &TensorOptions) -> Self {
        let length = ids.len() / sentences.max(1);
        let padding = ids.contains(&PADDING).then(|| {
            let scores: Vec<f64> = ids
                .iter()
                .map(|&id| if id == PADDING { MASKED_SCORE } else { 0.0 })
                .collect();
            options.float(&scores, [sentences, 1, 1, length])
        });
        Self {
            ids: options.int(ids, [sentences, length]),
            positions: options.int(&positions(ids, length), [sentences, length]),
            padding,
        }
    }

    /// Number of sentences.
    pub fn sentences(&self) -> usize {
        self.ids.dims()[0]
    }
}

/// Source sentences and their translations, padded on the right.
#[derive(Debug, Clone)]
pub struct TranslationBatch {
    /// What is translated.
    pub source: SourceBatch,
    /// What the decoder sees, `[sentences, length]`: the target moved on by one, with [`END`] in front.
    pub previous: Tensor<2, Int>,
    /// Row of the table of positions for each word of `previous`, `[sentences, length]`.
    pub previous_positions: Tensor<2, Int>,
    /// `[1, 1, length, length]`, or with a first dimension of sentences where words are padded: 0 where a word of
    /// `previous` (third dimension) sees another (fourth), very negative at later words and at padding.
    pub visible: Tensor<4>,
    /// Words to predict, `[sentences, length]`.
    pub target: Tensor<2, Int>,
    /// 1 at words to predict, 0 at padding, `[sentences, length]`.
    pub words: Tensor<2>,
    /// Number of words to predict, end symbols included.
    pub tokens: usize,
}

impl TranslationBatch {
    /// A batch of `sentences` pairs from ids in row-major order; rows end in [`END`], then padding.
    pub fn new(source: &[i32], target: &[i32], sentences: usize, options: &TensorOptions) -> Self {
        let length = target.len() / sentences.max(1);
        let shape = [sentences, length];
        let previous = previous(target, length);
        let words: Vec<f64> = target
            .iter()
            .map(|&id| f64::from(u8::from(id != PADDING)))
            .collect();
        let tokens = target.iter().filter(|&&id| id != PADDING).count();
        let (visible, copies) = visible(&previous, length);
        Self {
            source: SourceBatch::new(source, sentences, options),
            previous_positions: options.int(&positions(&previous, length), shape),
            previous: options.int(&previous, shape),
            visible: options.float(&visible, [copies, 1, length, length]),
            target: options.int(target, shape),
            words: options.float(&words, shape),
            tokens,
        }
    }

    /// Number of sentence pairs.
    pub fn sentences(&self) -> usize {
        self.source.sentences()
    }
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

/// Scores that hide later words and padding, and for how many sentences they are given.
pub(super) fn visible(previous: &[i32], length: usize) -> (Vec<f64>, usize) {
    let no_padding = vec![0; length];
    let rows: Vec<&[i32]> = if previous.contains(&PADDING) {
        previous.chunks(length.max(1)).collect()
    } else {
        vec![&no_padding]
    };
    let copies = rows.len();
    let mut scores = Vec::with_capacity(copies * length * length);
    for row in rows {
        for query in 0..length {
            scores.extend(row.iter().enumerate().map(|(key, &id)| {
                if key > query || id == PADDING {
                    MASKED_SCORE
                } else {
                    0.0
                }
            }));
        }
    }
    (scores, copies)
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
    fn later_words_and_padding_are_hidden() {
        let hidden = |previous: &[i32], length| {
            let (scores, copies) = visible(previous, length);
            let hidden: Vec<bool> = scores.iter().map(|&score| score != 0.0).collect();
            (hidden, copies)
        };
        assert_eq!(hidden(&[END, 7, END, 8], 2), (vec![false, true, false, false], 1));
        let (hidden, copies) = hidden(&[END, 7, END, PADDING], 2);
        assert_eq!(copies, 2);
        assert_eq!(hidden[..4], [false, true, false, false]);
        assert_eq!(hidden[4..], [false, true, false, true]);
    }

    #[test]
    fn words_are_counted_with_their_end_symbols() {
        let options = TensorOptions::single(Device::flex());
        let source = [PADDING, 5, END, 6, 7, END];
        let batch = TranslationBatch::new(&source, &[7, END, 8, END], 2, &options);
        assert_eq!((batch.tokens, batch.sentences()), (4, 2));
        assert_eq!(batch.visible.dims(), [1, 1, 2, 2]);
        assert_eq!(
            batch.source.padding.map(|padding| padding.dims()),
            Some([2, 1, 1, 3])
        );
        let batch = TranslationBatch::new(&[6, END], &[END], 1, &options);
        assert!(batch.source.padding.is_none());
        assert_eq!(batch.tokens, 1);
    }
}
