//! Attention of hypotheses to their sources, whose keys are turned once and read at every word.

use std::ops::Range;

use rayon::prelude::*;

use super::softmax::softmax;
use super::{LANES, SHARED_FROM, probability_row};
use crate::flip::flip;
use crate::matmul::Write;
use crate::tile::small_matmul;
use crate::{Matrix, MatrixMut};

/// Keys and values of the words of several sources, as attention reads them.
#[derive(Debug)]
pub struct Memory {
    heads: usize,
    width: usize,
    /// Keys and values side by side, `[rows, 2 width]`; of the keys nobody asks any more.
    rows: Vec<f32>,
    sources: Vec<Source>,
}

#[derive(Debug)]
struct Source {
    rows: Range<usize>,
    /// Keys of head after head, `[head width, words]` each, in rows of whole vectors.
    keys: Vec<f32>,
}

impl Memory {
    /// From keys and values side by side, `[rows, 2 width]`, and the rows of each source.
    ///
    /// # Panics
    /// If a size does not fit.
    pub fn new(rows: Vec<f32>, width: usize, heads: usize, sources: &[Range<usize>]) -> Self {
        let head_width = width / heads;
        let turned = |words: &Range<usize>| {
            let stride = probability_row(words.len());
            let mut keys = vec![0.0; width * stride];
            for (head, keys) in keys.chunks_exact_mut((head_width * stride).max(1)).enumerate() {
                let first = words.start * 2 * width + head * head_width;
                let own = Matrix::new(&rows[first..], words.len(), head_width, 2 * width);
                flip(own, keys, stride);
            }
            Source {
                rows: words.clone(),
                keys,
            }
        };
        let sources = sources.iter().map(turned).collect();
        Self {
            heads,
            width,
            rows,
            sources,
        }
    }

    /// Contexts of queries, as many for each of `sources`, `[queries, width]` to the same. `gates` are factors of the heads'
    /// contexts; none leaves them as they are.
    ///
    /// # Panics
    /// If a size does not fit.
    pub fn attend(&self, queries: &[f32], sources: &[usize], gates: Option<&[f32]>, contexts: &mut [f32]) {
        assert_eq!(queries.len(), contexts.len(), "a context for each query");
        let block = queries.len() / sources.len().max(1);
        assert!(
            block > 0 && block.is_multiple_of(self.width) && block * sources.len() == queries.len(),
            "as many queries for each source"
        );
        let blocks = queries.chunks(block).zip(contexts.chunks_mut(block)).zip(sources);
        let words: usize = sources
            .iter()
            .map(|&source| self.sources[source].rows.len())
            .sum();
        let one = |scores: &mut Vec<f32>, ((queries, contexts), &source): ((&[f32], &mut [f32]), &usize)| {
            self.attend_to_one(&self.sources[source], queries, gates, contexts, scores);
        };
        if rayon::current_num_threads() > 1 && 4 * words * block >= SHARED_FROM {
            let blocks = blocks.collect::<Vec<_>>().into_par_iter();
            blocks.for_each_init(Vec::new, one);
        } else {
            let mut scores = Vec::new();
            blocks.for_each(|block| one(&mut scores, block));
        }
    }

    fn attend_to_one(
        &self,
        source: &Source,
        queries: &[f32],
        gates: Option<&[f32]>,
        contexts: &mut [f32],
        scores: &mut Vec<f32>,
    ) {
        let (width, words) = (self.width, source.rows.len());
        let (head_width, stride) = (width / self.heads, probability_row(words));
        let count = queries.len() / width;
        if words == 0 {
            contexts.fill(0.0);
            return;
        }
        debug_assert!(stride.is_multiple_of(LANES), "rows of whole vectors");
        scores.resize(count * stride, 0.0);
        let scale = 1.0 / (head_width as f32).sqrt();
        for head in 0..self.heads {
            let first = head * head_width;
            let gate = gates.map_or(1.0, |gates| gates[head]);
            let keys = &source.keys[first * stride..][..head_width * stride];
            let keys = Matrix::contiguous(keys, stride);
            let queries = Matrix::new(&queries[first..], count, head_width, width);
            let into = MatrixMut::contiguous(scores, stride);
            small_matmul(queries, keys, into, scale, Write::Set);
            softmax(scores, stride, words, false);
            let values = &self.rows[source.rows.start * 2 * width + width + first..];
            let values = Matrix::new(values, words, head_width, 2 * width);
            let probabilities = Matrix::new(scores, count, words, stride);
            let into = MatrixMut::new(&mut contexts[first..], count, head_width, width);
            small_matmul(probabilities, values, into, gate, Write::Set);
        }
    }
}
