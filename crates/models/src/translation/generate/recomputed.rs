//! Decoding every prefix anew at each step: nothing is kept but the words and the encoder's states.

use burn::tensor::Tensor;

use super::super::batch::visible;
use super::super::pass::Pass;
use super::super::positions::positions;
use super::super::{SourceBatch, TranslationBatch, TranslationModel};
use super::Decoding;
use super::search::Next;

/// The words of every hypothesis.
pub(super) struct Recomputed {
    model: TranslationModel,
    source: SourceBatch,
    /// The encoder's states, `[sentences, length, width]`.
    memory: Tensor<3>,
    /// Words of each hypothesis before the last.
    prefixes: Vec<Vec<i32>>,
}

impl Recomputed {
    /// Before the first word.
    pub(super) fn new(model: TranslationModel, memory: Tensor<2>, source: &SourceBatch) -> Self {
        let [sentences, length] = source.ids.dims();
        let width = memory.dims()[1];
        Self {
            model,
            source: source.clone(),
            memory: memory.reshape([sentences, length, width]),
            prefixes: vec![Vec::new(); sentences],
        }
    }
}

impl Decoding for Recomputed {
    fn scores(&mut self, words: &[i32], active: usize, pass: &mut Pass<'_>) -> Tensor<2> {
        let options = self.model.options();
        for (prefix, &word) in self.prefixes.iter_mut().zip(words) {
            prefix.push(word);
        }
        let (rows, length) = (words.len(), self.prefixes[0].len());
        let previous = self.prefixes.concat();
        let (hidden, copies) = visible(&previous, length);
        // Every hypothesis has its own copy of the states of its source.
        let of_row: Vec<i32> = (0..rows).map(|row| (row / (rows / active)) as i32).collect();
        let of_row = options.int(&of_row, [rows]);
        let memory = self.memory.clone().select(0, of_row.clone());
        let [_, source_length, width] = memory.dims();
        let shape = [rows, length];
        let batch = TranslationBatch {
            source: SourceBatch {
                ids: self.source.ids.clone().select(0, of_row.clone()),
                positions: self.source.positions.clone().select(0, of_row.clone()),
                padding: self
                    .source
                    .padding
                    .clone()
                    .map(|padding| padding.select(0, of_row)),
            },
            previous: options.int(&previous, shape),
            previous_positions: options.int(&positions(&previous, length), shape),
            visible: options.float(&hidden, [copies, 1, length, length]),
            // Nothing is predicted that is known.
            target: options.int(&previous, shape),
            words: options.float(&vec![0.0; rows * length], shape),
            tokens: 0,
        };
        let memory = memory.reshape([rows * source_length, width]);
        let scores = self
            .model
            .decoder
            .forward(&batch, &memory, &self.model.positions, pass);
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
            let sentences = self.model.options().int(sentences, [sentences.len()]);
            self.memory = self.memory.clone().select(0, sentences.clone());
            self.source = SourceBatch {
                ids: self.source.ids.clone().select(0, sentences.clone()),
                positions: self.source.positions.clone().select(0, sentences.clone()),
                padding: self
                    .source
                    .padding
                    .clone()
                    .map(|padding| padding.select(0, sentences)),
            };
        }
    }
}
