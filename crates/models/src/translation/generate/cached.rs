//! Decoding one word a step: keys and values of the words before it and of the source are kept.

use burn::tensor::Tensor;

use super::super::decoder::{LayerCache, StepShape};
use super::super::pass::Walk;
use super::super::{SourceBatch, TranslationModel};
use super::Decoding;
use super::search::Next;
use crate::SequenceRows;

/// Keys and values of every decoder layer.
pub(super) struct Cached {
    model: TranslationModel,
    layers: Vec<LayerCache>,
    padding: Option<Tensor<4>>,
    /// Words decoded so far.
    before: usize,
}

impl Cached {
    /// Before the first word, from the encoder's states.
    pub(super) fn new(model: TranslationModel, memory: Tensor<2>, source: &SourceBatch) -> Self {
        let rows = &source.rows;
        let memory = rows.to_rectangle(memory);
        let layers = model.decoder.cache(&memory, [rows.sequences(), rows.length()]);
        Self {
            model,
            layers,
            padding: rows.padding(),
            before: 0,
        }
    }
}

impl Decoding for Cached {
    fn scores(&mut self, words: &[i32], active: usize, walk: &mut Walk<'_>) -> Tensor<2> {
        let rows = SequenceRows::new(&vec![true; words.len()], words.len(), self.model.options());
        let step = StepShape {
            shape: [active, words.len() / active],
            before: self.before,
            padding: self.padding.as_ref(),
            rows: &rows,
        };
        self.before += 1;
        let ids = self.model.options().int(words, [words.len()]);
        self.model
            .decoder
            .step(ids, &step, &mut self.layers, &self.model.positions, walk)
    }

    fn follow(&mut self, next: &Next) {
        let members = |members: &Vec<i32>| self.model.options().int(members, [members.len()]);
        if let Some(rows) = next.rows.as_ref().map(members) {
            for layer in &mut self.layers {
                layer.own = layer.own.take().map(|own| own.select(rows.clone()));
            }
        }
        if let Some(sentences) = next.sentences.as_ref().map(members) {
            for layer in &mut self.layers {
                layer.memory = layer.memory.clone().select(sentences.clone());
            }
            self.padding = self.padding.take().map(|padding| padding.select(0, sentences));
        }
    }
}
