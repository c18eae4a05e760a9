//! Scores, softmax, dropout, gate and context.

use rayon::prelude::*;

use super::softmax::{drop_rows, softmax};
use super::{Attention, Scratch, flipped_size, head_matmul, parts};
use crate::matmul::Write;
use crate::{Matrix, MatrixMut, Real};

/// Contexts of the heads side by side, `[rows of the queries, width]`, into `context`.
///
/// Without heads there is nothing to compute: a context has no columns.
///
/// `probabilities` keeps what the backward pass needs ([`Attention::probabilities`] numbers); without it a head whose gate is
/// 0 is not computed at all.
///
/// # Panics
/// If a size does not fit.
pub fn attention_forward<T: Real>(
    attention: &Attention<'_, T>,
    context: &mut [T],
    probabilities: Option<&mut [T]>,
) {
    attention.check();
    let spans = attention.spans;
    let width = attention.width();
    if width == 0 {
        return;
    }
    let contexts = parts(context, spans.iter().map(|span| span.queries.len() * width));
    let kept: Vec<Option<&mut [T]>> = match probabilities {
        Some(buffer) => {
            let lengths = spans.iter().map(|span| attention.probabilities_of(span));
            parts(buffer, lengths).into_iter().map(Some).collect()
        }
        None => spans.iter().map(|_| None).collect(),
    };
    let tasks = contexts.into_iter().zip(kept).enumerate();
    let sequence = |scratch: &mut Scratch<T>, (sequence, (context, kept))| {
        one_sequence(attention, sequence, context, kept, scratch);
    };
    if attention.shared_out() {
        let tasks = tasks.collect::<Vec<_>>().into_par_iter();
        tasks.for_each_init(Scratch::default, sequence);
    } else {
        let mut scratch = Scratch::default();
        tasks.for_each(|task| sequence(&mut scratch, task));
    }
}

fn one_sequence<T: Real>(
    attention: &Attention<'_, T>,
    sequence: usize,
    context: &mut [T],
    kept: Option<&mut [T]>,
    scratch: &mut Scratch<T>,
) {
    let span = &attention.spans[sequence];
    let (heads, head_width, width) = (attention.heads, attention.head_width, attention.width());
    let (queries, keys) = (span.queries.len(), span.keys.len());
    let length = Attention::<T>::row_length(span);
    if keys == 0 || queries == 0 {
        context.fill(T::ZERO);
        return;
    }
    let needed = kept.is_some();
    let Scratch {
        scores: own,
        flipped,
        factors,
        dropped,
    } = scratch;
    let all = match kept {
        Some(kept) => kept,
        None => {
            own.resize(queries * length, T::ZERO);
            own
        }
    };
    flipped.resize(flipped_size(queries, keys, head_width), T::ZERO);
    if let Some((dropout, rows)) = attention.dropout {
        factors.resize(queries * heads * length, T::ZERO);
        dropped.resize(queries * length, T::ZERO);
        let rows = &rows[span.queries.clone()];
        for (factors, &row) in factors.chunks_exact_mut(heads * length).zip(rows) {
            dropout.factors(row, factors);
        }
    }
    for head in 0..heads {
        let gate = attention.gate(sequence, head);
        if !needed && gate == T::ZERO {
            for row in context.chunks_exact_mut(width) {
                row[head * head_width..(head + 1) * head_width].fill(T::ZERO);
            }
            continue;
        }
        let part = if needed { head * queries * length } else { 0 };
        let scores = &mut all[part..part + queries * length];
        let query = attention.queries.head(&span.queries, head, head_width);
        let key = attention.keys.head(&span.keys, head, head_width);
        let value = attention.values.head(&span.keys, head, head_width);
        let into = MatrixMut::new(scores, queries, keys, length);
        head_matmul(
            query,
            key.transposed(),
            into,
            attention.scale(),
            Write::Set,
            flipped,
        );
        softmax(scores, length, keys, attention.causal);
        let used: &[T] = if attention.dropout.is_some() {
            drop_rows(scores, dropped, length, &factors[head * length..], heads * length);
            dropped
        } else {
            scores
        };
        let used = Matrix::new(used, queries, keys, length);
        let out = MatrixMut::new(&mut context[head * head_width..], queries, head_width, width);
        head_matmul(used, value, out, gate, Write::Set, flipped);
    }
}
