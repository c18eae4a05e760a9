//! Derivatives by queries, keys, values and gates.

use rayon::prelude::*;

use super::softmax::softmax_backward;
use super::{Attention, Scratch, Span, flipped_size, head_matmul, parts};
use crate::matmul::Write;
use crate::{Matrix, MatrixMut, Real};

/// Where derivatives by the projections go.
#[derive(Debug)]
pub enum AttentionGradient<'a, T> {
    /// Nowhere: only the gates' are wanted.
    None,
    /// Queries, keys and values in one row: `[rows, 3 width]`, in this order. Queries and keys are of the same rows.
    Joint(&'a mut [T]),
    /// Queries `[rows of the queries, width]`, and keys and values `[rows of the keys, 2 width]`.
    Separate(&'a mut [T], &'a mut [T]),
}

/// The rows of one sequence in the buffers of derivatives.
enum Part<'a, T> {
    None,
    Joint(&'a mut [T]),
    Separate(&'a mut [T], &'a mut [T]),
}

/// Derivatives of a loss whose derivative by the contexts is `d_context`, `[rows of the queries, width]`.
///
/// `probabilities` are those that [`attention_forward`](super::attention_forward) kept; they are used up. Every element of
/// `gradient` is written; keys that no query attends to get 0. Derivatives by the gates are given as
/// `[sequences][heads]`: the caller adds up those of sequences that share theirs. Without heads nothing is computed.
///
/// # Panics
/// If a size does not fit.
pub fn attention_backward<T: Real>(
    attention: &Attention<'_, T>,
    probabilities: &mut [T],
    d_context: &[T],
    gradient: AttentionGradient<'_, T>,
) -> Vec<T> {
    attention.check();
    let spans = attention.spans;
    let width = attention.width();
    let mut by_gates = vec![T::ZERO; spans.len() * attention.heads];
    if width == 0 {
        return by_gates;
    }
    let kept = parts(
        probabilities,
        spans.iter().map(|span| attention.probabilities_of(span)),
    );
    let query_rows = |factor: usize| spans.iter().map(move |span| span.queries.len() * factor);
    let targets: Vec<Part<'_, T>> = match gradient {
        AttentionGradient::None => spans.iter().map(|_| Part::None).collect(),
        AttentionGradient::Joint(rows) => {
            let rows = parts(rows, query_rows(3 * width));
            rows.into_iter().map(Part::Joint).collect()
        }
        AttentionGradient::Separate(queries, memory) => {
            let queries = parts(queries, query_rows(width));
            // The last sequence takes the rows behind it, each other those before the next.
            let begin = |index: usize| spans.get(index).map(|span| span.keys.start);
            let all = memory.len() / (2 * width);
            let lengths = (0..spans.len()).map(|index| {
                let from = if index == 0 {
                    0
                } else {
                    begin(index).unwrap_or(all)
                };
                (begin(index + 1).unwrap_or(all) - from) * 2 * width
            });
            let memory = parts(memory, lengths);
            let both = queries.into_iter().zip(memory);
            both.map(|(queries, memory)| Part::Separate(queries, memory))
                .collect()
        }
    };
    let tasks = kept
        .into_iter()
        .zip(targets)
        .zip(by_gates.chunks_exact_mut(attention.heads))
        .enumerate();
    let sequence = |scratch: &mut Scratch<T>, (sequence, ((kept, target), by_gates))| {
        one_sequence(attention, sequence, kept, d_context, target, (by_gates, scratch));
    };
    if attention.shared_out() {
        let tasks = tasks.collect::<Vec<_>>().into_par_iter();
        tasks.for_each_init(Scratch::default, sequence);
    } else {
        let mut scratch = Scratch::default();
        tasks.for_each(|task| sequence(&mut scratch, task));
    }
    by_gates
}

/// Which derivative of a head.
#[derive(Clone, Copy)]
enum Which {
    Query,
    Key,
    Value,
}

impl<T: Real> Part<'_, T> {
    /// Where a derivative of head `head` goes; none where it is not wanted.
    fn of_head(
        &mut self,
        which: Which,
        attention: &Attention<'_, T>,
        sequence: usize,
        head: usize,
    ) -> Option<MatrixMut<'_, T>> {
        let span = &attention.spans[sequence];
        let width = attention.width();
        let column = head * attention.head_width;
        let (rows, first, column, stride, count) = match (self, which) {
            (Self::None, _) => return None,
            (Self::Joint(rows), Which::Query) => (rows, 0, column, 3 * width, span.queries.len()),
            (Self::Joint(rows), of_key) => {
                let first = span.keys.start - span.queries.start;
                let part = if matches!(of_key, Which::Key) { 1 } else { 2 };
                (rows, first, part * width + column, 3 * width, span.keys.len())
            }
            (Self::Separate(rows, _), Which::Query) => (rows, 0, column, width, span.queries.len()),
            (Self::Separate(_, rows), of_key) => {
                let first = span.keys.start - first_row(span, sequence);
                let part = if matches!(of_key, Which::Key) { 0 } else { 1 };
                (rows, first, part * width + column, 2 * width, span.keys.len())
            }
        };
        let begin = (first * stride + column).min(rows.len());
        Some(MatrixMut::new(
            &mut rows[begin..],
            count,
            attention.head_width,
            stride,
        ))
    }

    /// Writes 0 where no product will write: keys that nothing attends to, queries that attend to nothing.
    fn clear_unattended(&mut self, span: &Span, sequence: usize, width: usize) {
        let nothing = span.queries.is_empty() || span.keys.is_empty();
        match self {
            Self::None => {}
            Self::Joint(rows) => {
                for (row, values) in span.queries.clone().zip(rows.chunks_exact_mut(3 * width)) {
                    if nothing {
                        values.fill(T::ZERO);
                    } else if !span.keys.contains(&row) {
                        values[width..].fill(T::ZERO);
                    }
                }
            }
            Self::Separate(queries, memory) => {
                if nothing {
                    queries.fill(T::ZERO);
                    memory.fill(T::ZERO);
                    return;
                }
                for (row, values) in (first_row(span, sequence)..).zip(memory.chunks_exact_mut(2 * width)) {
                    if !span.keys.contains(&row) {
                        values.fill(T::ZERO);
                    }
                }
            }
        }
    }
}

/// First row of the memory that belongs to a sequence: the first one has what is before it too.
fn first_row(span: &Span, sequence: usize) -> usize {
    if sequence == 0 { 0 } else { span.keys.start }
}

fn one_sequence<T: Real>(
    attention: &Attention<'_, T>,
    sequence: usize,
    kept: &mut [T],
    d_context: &[T],
    mut target: Part<'_, T>,
    (by_gates, scratch): (&mut [T], &mut Scratch<T>),
) {
    let span = &attention.spans[sequence];
    let (head_width, width) = (attention.head_width, attention.width());
    let (queries, keys) = (span.queries.len(), span.keys.len());
    target.clear_unattended(span, sequence, width);
    if keys == 0 || queries == 0 {
        return;
    }
    let length = Attention::<T>::row_length(span);
    let Scratch {
        scores: gradient,
        flipped,
        ..
    } = scratch;
    gradient.resize(queries * length, T::ZERO);
    flipped.resize(flipped_size(queries, keys, head_width), T::ZERO);
    let dropped_scale = attention
        .dropout
        .map_or(T::ONE, |(dropout, _)| T::of(dropout.scale()));
    let d_context = &d_context[span.queries.start * width..span.queries.end * width];
    for (head, by_gate) in by_gates.iter_mut().enumerate() {
        let probabilities = &mut kept[head * queries * length..(head + 1) * queries * length];
        let d_context = Matrix::new(&d_context[head * head_width..], queries, head_width, width);
        let value = attention.values.head(&span.keys, head, head_width);
        let into = MatrixMut::new(gradient, queries, keys, length);
        head_matmul(d_context, value.transposed(), into, T::ONE, Write::Set, flipped);
        let gate = attention.gate(sequence, head);
        *by_gate = softmax_backward(probabilities, gradient, length, dropped_scale, gate);

        let query = attention.queries.head(&span.queries, head, head_width);
        let key = attention.keys.head(&span.keys, head, head_width);
        let d_scores = Matrix::new(gradient, queries, keys, length);
        let dropped = Matrix::new(probabilities, queries, keys, length);
        let products = [
            (Which::Query, d_scores, key, attention.scale()),
            (Which::Key, d_scores.transposed(), query, attention.scale()),
            (Which::Value, dropped.transposed(), d_context, gate),
        ];
        for (which, a, b, factor) in products {
            if let Some(out) = target.of_head(which, attention, sequence, head) {
                head_matmul(a, b, out, factor, Write::Set, flipped);
            }
        }
    }
}
