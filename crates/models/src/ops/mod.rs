//! The steps that models are made of, each as fused kernels, as PyTorch's operations or as those of the tensor library.
//!
//! Models call these functions and know nothing of the difference; [`Body`] says which runs. All compute the same to
//! rounding, fused kernels and plain operations dropout included.

#[cfg(feature = "flex")]
mod fused;
mod plain;
#[cfg(feature = "libtorch")]
#[expect(deprecated, reason = "burn is pinned to the last line that has this backend")]
mod torch;

use burn::tensor::Tensor;

pub(crate) use bundle::encoder::Activation;
#[cfg(feature = "flex")]
pub(crate) use fused::Host;
pub use kernels::optimizer::AdamStep;

use crate::gates::{GatesOfModule, ModuleGates};
use crate::pass::{Body, Dropout, Pass, body};
use crate::{Indices, LayerNorm, Linear, SequenceRows, TensorOptions};

/// Which heads attend to what.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Attending<'a> {
    /// At least 1: a module without heads has no contexts.
    pub(crate) heads: usize,
    /// The sequences of the queries.
    pub(crate) queries: &'a SequenceRows,
    /// Those of the keys and values, sequence by sequence.
    pub(crate) keys: &'a SequenceRows,
    /// Whether a query sees only keys up to its own place.
    pub(crate) causal: bool,
    /// Row of the grid.
    pub(crate) row: usize,
    /// Dropout of the probabilities.
    pub(crate) dropout: Option<Dropout>,
}

/// Dropout of rows of hidden states.
#[derive(Debug, Clone, Copy)]
pub(crate) struct RowDropout<'a> {
    pub(crate) dropout: Option<Dropout>,
    pub(crate) rows: &'a SequenceRows,
}

/// Rows of a table.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Lookup<'a> {
    /// `[entries, width]`.
    pub(crate) table: &'a Tensor<2>,
    pub(crate) indices: &'a Indices,
    pub(crate) factor: f64,
}

/// The function of the given name of one of the bodies.
macro_rules! either {
    ($body:expr, $name:ident ( $($arg:expr),* $(,)? )) => {
        match $body {
            Body::Plain => plain::$name($($arg),*),
            #[cfg(feature = "flex")]
            Body::Fused => fused::$name($($arg),*),
            #[cfg(feature = "libtorch")]
            Body::Torch => torch::$name($($arg),*),
        }
    };
}

/// `x W + b` of several layers side by side: `[rows, in]` to `[rows, sum of out]`.
pub(crate) fn project(pass: &Pass<'_>, x: Tensor<2>, layers: &[&Linear]) -> Tensor<2> {
    either!(pass.body, project(x, layers))
}

/// Contexts under the gates of a module, if there are any: `compute` takes those that its body multiplies by; gates of
/// single positions are multiplied by after.
fn gated(
    pass: &Pass<'_>,
    how: &Attending<'_>,
    compute: impl FnOnce(Option<ModuleGates<'_>>) -> Tensor<2>,
) -> Tensor<2> {
    match pass.gates.map(|gates| gates.of_row(how.row)) {
        None => compute(None),
        Some(GatesOfModule::Copies(gates)) => compute(Some(gates)),
        Some(GatesOfModule::Positions(gates)) => {
            let contexts = compute(None);
            let [rows, inner] = contexts.dims();
            let of_heads = contexts.reshape([rows, how.heads, inner / how.heads]);
            let factors = gates.clone().reshape([rows, how.heads, 1]);
            (of_heads * factors).reshape([rows, inner])
        }
    }
}

/// The attention probabilities of each head before dropout, `[sequences, heads, length, length of the keys]`, of queries and
/// keys `[rows, inner]`: plain operations on every device, for those who look on.
pub(crate) fn probabilities(queries: Tensor<2>, keys: Tensor<2>, how: &Attending<'_>) -> Tensor<4> {
    plain::probabilities(queries, keys, how)
}

/// Gated contexts of self-attention over queries, keys and values side by side: `[rows, 3 inner]` to `[rows, inner]`,
/// where `inner` is the width of all heads of the module.
pub(crate) fn attend(pass: &Pass<'_>, projected: Tensor<2>, how: &Attending<'_>) -> Tensor<2> {
    gated(pass, how, |gates| {
        either!(pass.body, attend(projected, gates, how))
    })
}

/// Gated contexts of `queries` `[rows, inner]` over keys and values side by side in `memory`, `[memory rows, 2 inner]`.
pub(crate) fn attend_to(
    pass: &Pass<'_>,
    queries: Tensor<2>,
    memory: Tensor<2>,
    how: &Attending<'_>,
) -> Tensor<2> {
    gated(pass, how, |gates| {
        either!(pass.body, attend_to(queries, memory, gates, how))
    })
}

/// `norm(dropout(x W + b) + residual)`, `[rows, in]` and `[rows, out]` to `[rows, out]`.
pub(crate) fn project_add_norm(
    pass: &Pass<'_>,
    x: Tensor<2>,
    layer: &Linear,
    residual: Tensor<2>,
    norm: &LayerNorm,
    dropout: RowDropout<'_>,
) -> Tensor<2> {
    either!(pass.body, project_add_norm(x, layer, residual, norm, dropout))
}

/// `norm(dropout(b) + residual)`, `[out]` and `[rows, out]` to `[rows, out]`: [`project_add_norm`] of a layer without inputs,
/// whose output is its bias in every row.
pub(crate) fn bias_add_norm(
    pass: &Pass<'_>,
    bias: &Tensor<1>,
    residual: Tensor<2>,
    norm: &LayerNorm,
    dropout: RowDropout<'_>,
) -> Tensor<2> {
    either!(pass.body, bias_add_norm(bias, residual, norm, dropout))
}

/// `dropout(norm(x))` of rows.
pub(crate) fn norm_dropout(
    pass: &Pass<'_>,
    x: Tensor<2>,
    norm: &LayerNorm,
    dropout: RowDropout<'_>,
) -> Tensor<2> {
    either!(pass.body, norm_dropout(x, norm, dropout))
}

/// `dropout(activation(x W + b))`, `[rows, in]` to `[rows, out]`.
pub(crate) fn project_activate(
    pass: &Pass<'_>,
    x: Tensor<2>,
    layer: &Linear,
    activation: Activation,
    dropout: RowDropout<'_>,
) -> Tensor<2> {
    either!(pass.body, project_activate(x, layer, activation, dropout))
}

/// Rows with entries dropped.
pub(crate) fn drop_rows(pass: &Pass<'_>, x: Tensor<2>, dropout: RowDropout<'_>) -> Tensor<2> {
    if dropout.dropout.is_none() {
        return x;
    }
    either!(pass.body, drop_rows(x, dropout))
}

/// The sum of rows of tables: for each table `[entries, width]` those that its indices name, times a factor; `[count,
/// width]`.
pub(crate) fn embed<const N: usize>(pass: &Pass<'_>, tables: [Lookup<'_>; N]) -> Tensor<2> {
    either!(pass.body, embed(tables))
}

/// `x W^T` with a table of embeddings for W: `[rows, width]` to `[rows, entries]`.
pub(crate) fn scores(pass: &Pass<'_>, x: Tensor<2>, table: &Tensor<2>) -> Tensor<2> {
    either!(pass.body, scores(x, table))
}

/// Rows with one more for each sequence: of the sequences in `kept`, `length` rows each, those of `parents` in their order
/// (or all as they are), each followed by its row of `new`.
pub(crate) fn append_rows(
    pass: &Pass<'_>,
    [kept, new]: [Tensor<2>; 2],
    length: usize,
    parents: Option<&Indices>,
) -> Tensor<2> {
    either!(pass.body, append_rows([kept, new], length, parents))
}

/// The logarithm of softmax of each row, on the host.
///
/// # Errors
/// What the device says when numbers cannot be read back.
pub(crate) fn log_probabilities(pass: &Pass<'_>, logits: Tensor<2>) -> Result<Vec<f64>, String> {
    either!(pass.body, log_probabilities(logits))
}

/// Cross-entropy of each row, `[rows]`, of `logits` `[rows, classes]`: with `smoothing` e,
/// `(1 - e) (-log p[label]) + (e / classes) sum(-log p)`.
pub(crate) fn cross_entropy(body: Body, logits: Tensor<2>, labels: &Indices, smoothing: f64) -> Tensor<1> {
    either!(body, cross_entropy(logits, labels, smoothing))
}

/// One step of Adam with decoupled weight decay: the new value and moments of a parameter `[count]` outside autodiff, from
/// its value, gradient and moments. In place where nobody else holds the tensors.
pub fn adam_step(tensors: [Tensor<1>; 4], step: &AdamStep, options: &TensorOptions) -> [Tensor<1>; 3] {
    either!(body(options), adam_step(tensors, step))
}

/// The sum of the squares of all numbers of `tensors`.
///
/// # Errors
/// What the device says when numbers cannot be read back.
pub fn sum_of_squares(tensors: &[&Tensor<1>], options: &TensorOptions) -> Result<f64, String> {
    either!(body(options), sum_of_squares(tensors))
}
