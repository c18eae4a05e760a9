//! A classifier with packed weights, for answering.

use std::ops::Range;

use heads::HeadGrid;
use kernels::{Packed, embedding};

use super::TokenBatch;
use crate::Embedding;
use crate::ops::{Activation, Host};
use crate::packed::{PackedGates, PackedLayer, PackedNorm, Space, Spans, activate};

/// A table of embeddings where it lies.
#[derive(Debug)]
pub(super) struct PackedTable {
    rows: Host,
    width: usize,
}

impl PackedTable {
    pub(super) fn new(embedding: &Embedding) -> Self {
        Self {
            rows: Host::new(&embedding.weight),
            width: embedding.weight.dims()[1],
        }
    }

    fn add(&self, ids: &[u32], into: &mut [f32]) {
        embedding::gather_add(self.rows.numbers(), self.width, ids, 1.0, into);
    }
}

/// What makes class scores of the states of first tokens.
#[derive(Debug)]
pub(super) struct PackedHead {
    pub(super) dense: Packed,
    /// ReLU in place of the hyperbolic tangent.
    pub(super) relu: bool,
    pub(super) classifier: Packed,
}

impl PackedHead {
    fn scores(&self, first: &[f32]) -> Vec<f32> {
        let examples = first.len() / self.dense.inputs();
        let mut pooled = vec![0.0; examples * self.dense.columns()];
        self.dense.apply(first, &mut pooled);
        if self.relu {
            activate(Activation::Relu, self.dense.columns(), &mut pooled);
        } else {
            pooled.iter_mut().for_each(|value| *value = value.tanh());
        }
        let mut scores = vec![0.0; examples * self.classifier.columns()];
        self.classifier.apply(&pooled, &mut scores);
        scores
    }
}

/// An encoder with its classifier.
#[derive(Debug)]
pub(super) struct PackedClassifier {
    pub(super) words: PackedTable,
    pub(super) positions: PackedTable,
    pub(super) token_types: Option<PackedTable>,
    pub(super) norm: PackedNorm,
    pub(super) layers: Vec<PackedLayer>,
    pub(super) head: PackedHead,
    /// Id of padding where positions begin behind it.
    pub(super) counts_behind: Option<u32>,
    pub(super) grid: HeadGrid,
}

impl PackedClassifier {
    /// Class scores, `[examples, classes]`.
    pub(super) fn scores(&self, batch: &TokenBatch, gates: Option<&PackedGates>) -> Vec<f32> {
        let width = self.words.width;
        let mut hidden = self.embed(batch);
        self.norm.apply(&mut hidden, None);
        let first_rows: Vec<Range<usize>> = batch
            .first
            .host()
            .iter()
            .map(|&row| row as usize * width..(row as usize + 1) * width)
            .collect();
        let first_of = |hidden: &[f32]| -> Vec<f32> {
            let rows = first_rows.iter().flat_map(|row| &hidden[row.clone()]);
            rows.copied().collect()
        };
        let mut space = Space::default();
        let Some((last, others)) = self.layers.split_last() else {
            return self.head.scores(&first_of(&hidden));
        };
        let spans = Spans::new(&batch.rows, &batch.rows);
        for layer in others {
            layer.apply(&mut hidden, None, &spans, gates, &mut space);
        }
        // The classifier looks at first tokens alone: the last layer need not compute any other.
        let mut first = first_of(&hidden);
        let spans = Spans::new(&batch.examples, &batch.rows);
        last.apply(&mut first, Some(&hidden), &spans, gates, &mut space);
        self.head.scores(&first)
    }

    /// The sum of the embeddings of word, kind and position of each row.
    fn embed(&self, batch: &TokenBatch) -> Vec<f32> {
        let ids = batch.input_ids.host();
        let mut hidden = vec![0.0; ids.len() * self.words.width];
        self.words.add(ids, &mut hidden);
        if let Some(types) = &self.token_types {
            types.add(batch.token_type_ids.host(), &mut hidden);
        }
        let behind = self.counts_behind.map(|padding| batch.positions_behind(padding));
        let positions = behind.as_ref().unwrap_or(&batch.positions);
        self.positions.add(positions.host(), &mut hidden);
        hidden
    }
}
