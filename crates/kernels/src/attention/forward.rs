//! Scores, softmax, dropout, gate and context.

use rayon::prelude::*;

use super::softmax::{drop_rows, softmax};
use super::{Attention, flipped_size, head_matmul, parts};
use crate::matmul::Write;
use crate::{Matrix, MatrixMut, Real, buffers};

/// Contexts of the heads side by side, `[rows of the queries, width]`, into `context`.
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
    let contexts = parts(context, spans.iter().map(|span| span.queries.len() * width));
    let kept: Vec<Option<&mut [T]>> = match probabilities {
        Some(buffer) => {
            let lengths = spans.iter().map(|span| attention.probabilities_of(span));
            parts(buffer, lengths).into_iter().map(Some).collect()
        }
        None => spans.iter().map(|_| None).collect(),
    };
    let tasks = contexts.into_iter().zip(kept).enumerate();
    let sequence = |(sequence, (context, kept))| one_sequence(attention, sequence, context, kept);
    if attention.shared_out() {
        tasks.collect::<Vec<_>>().into_par_iter().for_each(sequence);
    } else {
        tasks.for_each(sequence);
    }
}

fn one_sequence<T: Real>(
    attention: &Attention<'_, T>,
    sequence: usize,
    context: &mut [T],
    kept: Option<&mut [T]>,
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
    let mut own = Vec::new();
    let all = match kept {
        Some(kept) => kept,
        None => {
            own = buffers::take(queries * length);
            &mut own
        }
    };
    let mut flipped = buffers::take::<T>(flipped_size(queries, keys, head_width));
    let (mut factors, mut dropped) = (Vec::new(), Vec::new());
    if let Some((dropout, rows)) = attention.dropout {
        factors = buffers::take::<T>(queries * heads * length);
        dropped = buffers::take::<T>(queries * length);
        for (factors, &row) in factors
            .chunks_exact_mut(heads * length)
            .zip(&rows[span.queries.clone()])
        {
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
            &mut flipped,
        );
        softmax(scores, length, keys, attention.causal);
        let used: &[T] = if attention.dropout.is_some() {
            drop_rows(
                scores,
                &mut dropped,
                length,
                &factors[head * length..],
                heads * length,
            );
            &dropped
        } else {
            scores
        };
        let used = Matrix::new(used, queries, keys, length);
        let out = MatrixMut::new(&mut context[head * head_width..], queries, head_width, width);
        head_matmul(used, value, out, gate, Write::Set, &mut flipped);
    }
    for buffer in [own, flipped, factors, dropped] {
        buffers::give(buffer);
    }
}
