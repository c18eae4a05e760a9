//! Decoding one word a step: keys and values of the words before it and of the source are kept.

use burn::tensor::Tensor;

use super::super::decoder::{LayerCache, Step};
use super::super::pass::Walk;
use super::super::positions::position;
use super::super::{SourceBatch, TranslationModel};
use super::Decoding;
use super::search::Next;
use crate::{Indices, SequenceRows};

/// Keys and values of every decoder layer.
pub(super) struct Cached<'a> {
    model: TranslationModel,
    layers: Vec<LayerCache>,
    /// The sources of all sentences, until the first is done.
    all: &'a SequenceRows,
    /// Those of the sentences that are left.
    left: Option<SequenceRows>,
    /// The row before that each hypothesis continues; none where every one continues itself.
    parents: Option<Indices>,
    /// Words decoded so far.
    before: usize,
}

impl<'a> Cached<'a> {
    /// Before the first word, from the encoder's states.
    pub(super) fn new(
        model: TranslationModel,
        memory: &Tensor<2>,
        source: &'a SourceBatch,
        walk: &Walk<'_>,
    ) -> Self {
        Self {
            layers: model.decoder.cache(memory, walk),
            model,
            all: &source.rows,
            left: None,
            parents: None,
            before: 0,
        }
    }
}

impl Decoding for Cached<'_> {
    fn scores(&mut self, words: &[i32], active: usize, walk: &mut Walk<'_>) -> Tensor<2> {
        let (rows, options) = (words.len(), self.model.options());
        let sequences =
            |count: usize, length: usize| SequenceRows::new(&vec![true; count * length], count, options);
        let place = position(self.before);
        self.before += 1;
        let step = Step {
            ids: &Indices::new(words, options),
            places: &Indices::new(&vec![place; rows], options),
            parents: self.parents.as_ref(),
            rows: &sequences(rows, 1),
            so_far: &sequences(rows, self.before),
            sentences: &sequences(active, rows / active),
            source: self.left.as_ref().unwrap_or(self.all),
        };
        let positions = &self.model.positions;
        self.model.decoder.step(&step, &mut self.layers, positions, walk)
    }

    fn follow(&mut self, next: &Next) {
        let options = self.model.options();
        self.parents = next.rows.as_ref().map(|rows| Indices::new(rows, options));
        if let Some(sentences) = &next.sentences {
            let source = self.left.as_ref().unwrap_or(self.all);
            let (left, rows) = source.select(sentences);
            let rows = options.int(&rows, [rows.len()]);
            for layer in &mut self.layers {
                let memory = layer.memory.take();
                layer.memory = memory.map(|memory| memory.select(0, rows.clone()));
            }
            self.left = Some(left);
        }
    }
}
