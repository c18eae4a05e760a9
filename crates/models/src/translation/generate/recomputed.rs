//! Decoding every prefix anew at each step: nothing is kept but the words and the encoder's states.

use burn::tensor::Tensor;

use super::super::pass::Walk;
use super::super::{END, PADDING, SourceBatch, TranslationBatch, TranslationModel};
use super::Decoding;
use super::search::Next;
use crate::TensorOptions;

/// The words of every hypothesis.
pub(super) struct Recomputed {
    model: TranslationModel,
    /// For each sentence, which cells of its row are words.
    is_word: Vec<Vec<bool>>,
    /// The encoder's states, `[sentences, length, width]`.
    memory: Tensor<3>,
    /// Words of each hypothesis up to the last.
    prefixes: Vec<Vec<i32>>,
}

impl Recomputed {
    /// Before the first word.
    pub(super) fn new(model: TranslationModel, memory: Tensor<2>, source: &SourceBatch) -> Self {
        let (sentences, length) = (source.sentences(), source.rows.length());
        let memory = source.rows.to_rectangle(memory);
        let width = memory.dims()[1];
        Self {
            model,
            is_word: source
                .rows
                .is_token()
                .chunks(length)
                .map(<[bool]>::to_vec)
                .collect(),
            memory: memory.reshape([sentences, length, width]),
            prefixes: vec![Vec::new(); sentences],
        }
    }
}

impl Decoding for Recomputed {
    fn scores(&mut self, words: &[i32], active: usize, walk: &mut Walk<'_>) -> Tensor<2> {
        let options = TensorOptions {
            packed: false,
            ..self.model.options().clone()
        };
        for (prefix, &word) in self.prefixes.iter_mut().zip(words) {
            prefix.push(word);
        }
        let (rows, length) = (words.len(), self.prefixes[0].len());
        // Every hypothesis has its own copy of the states of its source.
        let of_row: Vec<i32> = (0..rows).map(|row| (row / (rows / active)) as i32).collect();
        let memory = self.memory.clone().select(0, options.int(&of_row, [rows]));
        let [_, source_length, width] = memory.dims();
        let memory = memory.reshape([rows * source_length, width]);
        // Which words the source has does not matter any more, only where they are.
        let source: Vec<i32> = of_row
            .iter()
            .flat_map(|&sentence| &self.is_word[sentence as usize])
            .map(|&word| if word { END } else { PADDING })
            .collect();
        let source = SourceBatch::new(&source, rows, &options);
        // The decoder sees the target moved on by one behind an end symbol: that symbol is the first of each prefix, and
        // nothing is predicted that is known.
        let target: Vec<i32> = self
            .prefixes
            .iter()
            .flat_map(|prefix| prefix[1..].iter().copied().chain([END]))
            .collect();
        let batch = TranslationBatch::of(source, &target, rows, &options);
        let scores = self
            .model
            .decoder
            .forward(&batch, &memory, &self.model.positions, walk);
        let vocabulary = scores.dims()[1];
        scores
            .reshape([rows, length, vocabulary])
            .narrow(1, length - 1, 1)
            .reshape([rows, vocabulary])
    }

    fn follow(&mut self, next: &Next) {
        if let Some(rows) = &next.rows {
            self.prefixes = rows
                .iter()
                .map(|&row| self.prefixes[row as usize].clone())
                .collect();
        }
        if let Some(sentences) = &next.sentences {
            self.is_word = sentences
                .iter()
                .map(|&sentence| self.is_word[sentence as usize].clone())
                .collect();
            let sentences = self.model.options().int(sentences, [sentences.len()]);
            self.memory = self.memory.clone().select(0, sentences);
        }
    }
}
