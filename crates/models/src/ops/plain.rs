//! The steps as operations of the tensor library: those of every device, and the reference for the fused kernels.

use std::f64::consts::PI;

use burn::tensor::activation::{gelu, log_softmax, relu, silu, softmax};
use burn::tensor::module::layer_norm;
use burn::tensor::{Device, Distribution, Tensor};

use super::{Activation, AdamStep, Attending, Lookup, RowDropout};
use crate::gates::ModuleGates;
use crate::pass::Dropout;
use crate::{Indices, LayerNorm, Linear, SequenceRows};

pub(super) fn project(x: Tensor<2>, layers: &[&Linear]) -> Tensor<2> {
    let parts = layers.iter().map(|layer| layer.forward(x.clone())).collect();
    Tensor::cat(parts, 1)
}

pub(super) fn attend(projected: Tensor<2>, gates: Option<ModuleGates<'_>>, how: &Attending<'_>) -> Tensor<2> {
    let width = projected.dims()[1] / 3;
    let part = |index: usize| projected.clone().slice_dim(1, index * width..(index + 1) * width);
    contexts([part(0), part(1), part(2)], gates, how)
}

pub(super) fn attend_to(
    queries: Tensor<2>,
    memory: Tensor<2>,
    gates: Option<ModuleGates<'_>>,
    how: &Attending<'_>,
) -> Tensor<2> {
    let width = queries.dims()[1];
    let part = |index: usize| memory.clone().slice_dim(1, index * width..(index + 1) * width);
    contexts([queries, part(0), part(1)], gates, how)
}

/// The probabilities of each head before dropout, `[sequences, heads, length, length of the keys]`, of queries and keys
/// `[rows, inner]`.
pub(super) fn probabilities(query: Tensor<2>, key: Tensor<2>, how: &Attending<'_>) -> Tensor<4> {
    let [_, width] = query.dims();
    let scale = ((width / how.heads) as f64).sqrt().recip();
    let query = by_head(query.mul_scalar(scale), how.queries, how.heads);
    let mut scores = query.matmul(by_head(key, how.keys, how.heads).transpose());
    let causal = how.causal.then(|| how.queries.causal());
    for mask in [how.keys.padding(), causal].into_iter().flatten() {
        scores = scores + mask;
    }
    softmax(scores, 3)
}

/// `[rows, inner]` to `[sequences, heads, length, inner / heads]`.
fn by_head(rows: Tensor<2>, of: &SequenceRows, heads: usize) -> Tensor<4> {
    let [_, width] = rows.dims();
    of.to_rectangle(rows)
        .reshape([of.sequences(), of.length(), heads, width / heads])
        .swap_dims(1, 2)
}

fn contexts(
    [query, key, value]: [Tensor<2>; 3],
    gates: Option<ModuleGates<'_>>,
    how: &Attending<'_>,
) -> Tensor<2> {
    let [_, width] = query.dims();
    let mut probabilities = probabilities(query, key, how);
    if let Some(dropout) = how.dropout {
        let factors = probability_factors(dropout, how).unwrap_or_else(|| of_device(&probabilities, dropout));
        probabilities = times(probabilities, factors);
    }
    let mut context = probabilities.matmul(by_head(value, how.keys, how.heads));
    if let Some(ModuleGates { all, columns }) = gates {
        let [copies, _] = all.dims();
        let gates = all.clone().slice_dim(1, columns);
        context = context * gates.reshape([copies, how.heads, 1, 1]);
    }
    let cells = how.queries.sequences() * how.queries.length();
    how.queries
        .out_of_rectangle(context.swap_dims(1, 2).reshape([cells, width]))
}

pub(super) fn project_add_norm(
    x: Tensor<2>,
    layer: &Linear,
    residual: Tensor<2>,
    norm: &LayerNorm,
    dropout: RowDropout<'_>,
) -> Tensor<2> {
    normalised(drop_rows(layer.forward(x), dropout) + residual, norm)
}

pub(super) fn bias_add_norm(
    bias: &Tensor<1>,
    residual: Tensor<2>,
    norm: &LayerNorm,
    dropout: RowDropout<'_>,
) -> Tensor<2> {
    let rows = bias.clone().expand(residual.dims());
    normalised(drop_rows(rows, dropout) + residual, norm)
}

pub(super) fn norm_dropout(x: Tensor<2>, norm: &LayerNorm, dropout: RowDropout<'_>) -> Tensor<2> {
    drop_rows(normalised(x, norm), dropout)
}

fn normalised(x: Tensor<2>, norm: &LayerNorm) -> Tensor<2> {
    layer_norm(x, norm.weight.clone(), Some(norm.bias.clone()), norm.epsilon)
}

pub(super) fn project_activate(
    x: Tensor<2>,
    layer: &Linear,
    activation: Activation,
    dropout: RowDropout<'_>,
) -> Tensor<2> {
    let inner = layer.forward(x);
    let inner = match activation {
        Activation::Gelu => gelu(inner),
        Activation::GeluTanh => gelu_tanh(inner),
        Activation::Relu => relu(inner),
        Activation::Silu => silu(inner),
    };
    drop_rows(inner, dropout)
}

/// x / 2 (1 + tanh(sqrt(2 / pi) (x + 0.044715 x^3))); products for the cube, since a power of a negative number is none on
/// some devices.
fn gelu_tanh(x: Tensor<2>) -> Tensor<2> {
    let cube = x.clone() * x.clone() * x.clone();
    let inner = (x.clone() + cube.mul_scalar(0.044_715)).mul_scalar((2.0 / PI).sqrt());
    x * inner.tanh().add_scalar(1.0).mul_scalar(0.5)
}

pub(super) fn drop_rows(x: Tensor<2>, RowDropout { dropout, rows }: RowDropout<'_>) -> Tensor<2> {
    let Some(dropout) = dropout else {
        return x;
    };
    let factors = row_factors(dropout, rows, x.dims()[1]).unwrap_or_else(|| of_device(&x, dropout));
    times(x, factors)
}

pub(super) fn embed<const N: usize>(tables: [Lookup<'_>; N]) -> Tensor<2> {
    let rows = tables.map(|lookup| {
        let rows = lookup.table.clone().select(0, lookup.indices.on_device());
        if lookup.factor == 1.0 {
            rows
        } else {
            rows.mul_scalar(lookup.factor)
        }
    });
    let sum = rows.into_iter().reduce(|sum, rows| sum + rows);
    sum.unwrap_or_else(|| Tensor::zeros([0, 0], &Device::default()))
}

pub(super) fn scores(x: Tensor<2>, table: &Tensor<2>) -> Tensor<2> {
    x.matmul(table.clone().transpose())
}

pub(super) fn append_rows(
    [kept, new]: [Tensor<2>; 2],
    length: usize,
    parents: Option<&Indices>,
) -> Tensor<2> {
    let ([rows, width], [sequences, _]) = (kept.dims(), new.dims());
    let kept: Tensor<3> = kept.reshape([rows / length, length, width]);
    let kept = match parents {
        Some(parents) => kept.select(0, parents.on_device()),
        None => kept,
    };
    let all = Tensor::cat(vec![kept, new.unsqueeze_dim(1)], 1);
    all.reshape([sequences * (length + 1), width])
}

pub(super) fn log_probabilities(logits: Tensor<2>) -> Result<Vec<f64>, String> {
    log_softmax(logits, 1)
        .try_into_vec_as::<f64>()
        .map_err(|error| format!("{error:?}"))
}

pub(super) fn cross_entropy(logits: Tensor<2>, labels: &Indices, smoothing: f64) -> Tensor<1> {
    let [_, classes] = logits.dims();
    let log_probabilities = log_softmax(logits, 1);
    let of_labels: Tensor<1> = log_probabilities
        .clone()
        .gather(1, labels.on_device().unsqueeze_dim(1))
        .squeeze_dim(1);
    if smoothing == 0.0 {
        return of_labels.neg();
    }
    let of_all: Tensor<1> = log_probabilities.sum_dim(1).squeeze_dim(1);
    of_labels.mul_scalar(smoothing - 1.0) - of_all.mul_scalar(smoothing / classes as f64)
}

pub(super) fn adam_step([value, gradient, first, second]: [Tensor<1>; 4], step: &AdamStep) -> [Tensor<1>; 3] {
    // The clipping coefficient is folded into the factors: one pass less over each tensor.
    let square = gradient.clone() * gradient.clone();
    let first = first.mul_scalar(step.beta1) + gradient.mul_scalar((1.0 - step.beta1) * step.scale);
    let second =
        second.mul_scalar(step.beta2) + square.mul_scalar((1.0 - step.beta2) * step.scale * step.scale);
    let direction = first.clone() / second.clone().sqrt().add_scalar(step.epsilon);
    let times = |tensor: Tensor<1>, factor: f64| {
        if factor == 1.0 {
            tensor
        } else {
            tensor.mul_scalar(factor)
        }
    };
    let value = times(value, step.decay_before) - direction.mul_scalar(step.step_size);
    [times(value, step.decay_after), first, second]
}

pub(super) fn sum_of_squares(tensors: &[&Tensor<1>]) -> Result<f64, String> {
    if tensors.is_empty() {
        return Ok(0.0);
    }
    // Each tensor's sum stays on the device until one read.
    let squares = tensors
        .iter()
        .map(|&tensor| (tensor.clone() * tensor.clone()).sum())
        .collect();
    let sums = Tensor::cat(squares, 0)
        .try_into_vec_as::<f64>()
        .map_err(|error| format!("{error:?}"))?;
    Ok(sums.iter().sum())
}

/// `tensor * factors`, the factors a constant.
fn times<const D: usize>(tensor: Tensor<D>, factors: Tensor<D>) -> Tensor<D> {
    if tensor.is_autodiff() {
        tensor * factors.autodiff()
    } else {
        tensor * factors
    }
}

/// Factors drawn on the device, which the training loop seeds anew at each update.
fn of_device<const D: usize>(like: &Tensor<D>, dropout: Dropout) -> Tensor<D> {
    let keep = 1.0 - dropout.rate;
    let draws = like.clone().inner().random_like(Distribution::Bernoulli(keep));
    draws.div_scalar(keep)
}

/// The factors that fused kernels draw for `width` columns of each row, where tensors are of this machine's memory;
/// elsewhere moving them would cost more than drawing.
fn row_factors(dropout: Dropout, rows: &SequenceRows, width: usize) -> Option<Tensor<2>> {
    let options = rows.options();
    if !options.on_flex() {
        return None;
    }
    let draws = kernels::Dropout::new(dropout.rate, dropout.seed, dropout.site)?;
    let mut factors = vec![0.0_f64; rows.count() * width];
    for (factors, &row) in factors.chunks_exact_mut(width).zip(rows.dropout_rows()) {
        draws.factors(row, factors);
    }
    Some(options.float(&factors, [rows.count(), width]))
}

/// The factors that fused attention draws, in the rectangle `[sequences, heads, length, keys]`; see [`row_factors`].
fn probability_factors(dropout: Dropout, how: &Attending<'_>) -> Option<Tensor<4>> {
    let options = how.queries.options();
    if !options.on_flex() {
        return None;
    }
    let draws = kernels::Dropout::new(dropout.rate, dropout.seed, dropout.site)?;
    let (heads, lengths) = (how.heads, (how.queries.length(), how.keys.length()));
    let shape = [how.queries.sequences(), heads, lengths.0, lengths.1];
    let mut factors = vec![1.0_f64; shape.iter().product()];
    let sequences = how.queries.tokens().iter().zip(how.queries.all());
    let memory = how.keys.tokens().iter().zip(how.keys.all());
    for (sequence, ((_, queries), (tokens, keys))) in sequences.zip(memory).enumerate() {
        let stride = kernels::probability_row(tokens.len());
        let mut of_row = vec![0.0_f64; heads * stride];
        for (query, row) in queries.enumerate() {
            draws.factors(how.queries.dropout_rows()[row], &mut of_row);
            for head in 0..heads {
                let begin = ((sequence * heads + head) * lengths.0 + query) * lengths.1;
                let begin = begin + tokens.start - keys.start;
                let drawn = &of_row[head * stride..head * stride + tokens.len()];
                factors[begin..begin + tokens.len()].copy_from_slice(drawn);
            }
        }
    }
    Some(options.float(&factors, shape))
}
