//! Attention of hypotheses to the words before them, whose keys and values stay where they were written.

use rayon::prelude::*;

use super::softmax::softmax;
use super::{LANES, SHARED_FROM, probability_row};
use crate::wide::{Wide, WithWide, widest};

/// Rows that one thread takes.
const ROWS: usize = 8;

/// Most vectors of a head whose sums are computed together.
const VECTORS: usize = 4;

/// Keys and values of the words of hypotheses, and which of them each hypothesis has.
///
/// A hypothesis that continues another has its words: numbers are copied for that, never keys and values.
#[derive(Debug, Clone, Copy)]
pub struct Kept<'a> {
    /// For each word so far, rows of keys and values side by side, `[hypotheses then, 2 width]`.
    pub words: &'a [Vec<f32>],
    /// The row of each word of each hypothesis, `[hypotheses][words]`.
    pub places: &'a [u32],
    /// Number of heads.
    pub heads: usize,
    /// Factor of each head's context; none leaves them as they are.
    pub gates: Option<&'a [f32]>,
}

impl Kept<'_> {
    /// Contexts of one query for each hypothesis, `[hypotheses, width]` to the same.
    ///
    /// # Panics
    /// If a size does not fit.
    pub fn attend(&self, queries: &[f32], contexts: &mut [f32]) {
        let words = self.words.len();
        let rows = self.places.len() / words.max(1);
        let width = queries.len() / rows.max(1);
        assert_eq!(rows * words, self.places.len(), "a place for each word");
        assert_eq!(queries.len(), contexts.len(), "a context for each query");
        assert!(
            rows * width == queries.len() && width.is_multiple_of(self.heads),
            "a query for each hypothesis"
        );
        let some = |(places, queries, contexts)| {
            widest(Attend {
                kept: Kept { places, ..*self },
                queries,
                contexts,
                width,
            });
        };
        if width == 0 || words == 0 {
            return;
        }
        let blocks = self.places.chunks(ROWS * words).zip(queries.chunks(ROWS * width));
        let blocks = blocks.zip(contexts.chunks_mut(ROWS * width));
        let blocks = blocks.map(|((places, queries), contexts)| (places, queries, contexts));
        if rayon::current_num_threads() > 1 && 4 * rows * words * width >= SHARED_FROM {
            blocks.collect::<Vec<_>>().into_par_iter().for_each(some);
        } else {
            blocks.for_each(some);
        }
    }
}

/// Some hypotheses.
struct Attend<'a> {
    kept: Kept<'a>,
    queries: &'a [f32],
    contexts: &'a mut [f32],
    width: usize,
}

impl WithWide for Attend<'_> {
    #[inline(always)]
    fn with<W: Wide>(self, wide: W) {
        let Self {
            kept,
            queries,
            contexts,
            width,
        } = self;
        let (count, head_width) = (kept.words.len(), width / kept.heads);
        let length = probability_row(count);
        let scale = 1.0 / (head_width as f32).sqrt();
        let mut scores = vec![0.0_f32; kept.heads * length];
        let rows = queries.chunks_exact(width).zip(contexts.chunks_exact_mut(width));
        for ((query, context), places) in rows.zip(kept.places.chunks_exact(count)) {
            for (word, (rows, &place)) in kept.words.iter().zip(places).enumerate() {
                let key = &rows[place as usize * 2 * width..][..width];
                let heads = query.chunks_exact(head_width).zip(key.chunks_exact(head_width));
                for (scores, (query, key)) in scores.chunks_exact_mut(length).zip(heads) {
                    scores[word] = dot(wide, query, key) * scale;
                }
            }
            softmax(&mut scores, length, count, false);
            let heads = scores
                .chunks_exact(length)
                .zip(context.chunks_exact_mut(head_width));
            for (head, (scores, context)) in heads.enumerate() {
                let gate = kept.gates.map_or(1.0, |gates| gates[head]);
                let mut column = 0;
                while column < head_width {
                    let columns = (VECTORS * W::LANES).min(head_width - column);
                    let values = Values {
                        words: kept.words,
                        places,
                        begin: width + head * head_width + column,
                        stride: 2 * width,
                    };
                    let context = &mut context[column..column + columns];
                    match columns.div_ceil(W::LANES) {
                        4 => values.weighted::<W, 4>(wide, scores, gate, context),
                        3 => values.weighted::<W, 3>(wide, scores, gate, context),
                        2 => values.weighted::<W, 2>(wide, scores, gate, context),
                        _ => values.weighted::<W, 1>(wide, scores, gate, context),
                    }
                    column += columns;
                }
            }
        }
    }
}

/// Some columns of the values of the words of one hypothesis.
struct Values<'a> {
    words: &'a [Vec<f32>],
    places: &'a [u32],
    begin: usize,
    stride: usize,
}

impl Values<'_> {
    /// Their sum, each times its probability, times the gate, into `V` vectors.
    #[inline(always)]
    fn weighted<W: Wide, const V: usize>(
        &self,
        wide: W,
        probabilities: &[f32],
        gate: f32,
        context: &mut [f32],
    ) {
        let mut sums = [wide.splat(0.0); V];
        let words = self.words.iter().zip(self.places).zip(probabilities);
        for ((rows, &place), &probability) in words {
            let values = &rows[place as usize * self.stride + self.begin..][..context.len()];
            let probability = wide.splat(probability);
            for v in 0..V {
                sums[v] = wide.fused(probability, wide.load(&values[v * W::LANES..]), sums[v]);
            }
        }
        for (v, &sum) in sums.iter().enumerate() {
            let sum = wide.fused(wide.splat(gate), sum, wide.splat(0.0));
            wide.store(&mut context[v * W::LANES..], sum);
        }
    }
}

/// The sum of the products of two slices of one length, in [`LANES`] partial sums whatever the vectors.
#[inline(always)]
fn dot<W: Wide>(wide: W, a: &[f32], b: &[f32]) -> f32 {
    // As many vectors as the narrowest processor has for the partial sums.
    let mut sums = [wide.splat(0.0); LANES];
    let vectors = LANES / W::LANES;
    for (a, b) in a.chunks(LANES).zip(b.chunks(LANES)) {
        let parts = a.chunks(W::LANES).zip(b.chunks(W::LANES));
        for (sum, (a, b)) in sums[..vectors].iter_mut().zip(parts) {
            *sum = wide.fused(wide.load(a), wide.load(b), *sum);
        }
    }
    let mut half = vectors / 2;
    while half > 0 {
        for v in 0..half {
            sums[v] = wide.add(sums[v], sums[v + half]);
        }
        half /= 2;
    }
    wide.sum(sums[0])
}
