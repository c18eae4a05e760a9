//! The steps that look at each row of the hidden states by itself.

use burn::tensor::Tensor;
use tch::Reduction;

use super::step::{Operand, apply, integers};
use crate::ops::{Activation, Lookup, RowDropout};
use crate::{Indices, LayerNorm, Linear};

/// The label that PyTorch leaves out by default; ours are never negative.
const NO_LABEL: i64 = -100;

pub(in crate::ops) fn project(x: Tensor<2>, layers: &[&Linear]) -> Tensor<2> {
    // Weights are side by side in less memory than results would be.
    let (weight, bias) = match layers {
        [layer] => (layer.weight.clone(), layer.bias.clone()),
        _ => (
            Tensor::cat(layers.iter().map(|layer| layer.weight.clone()).collect(), 1),
            Tensor::cat(layers.iter().map(|layer| layer.bias.clone()).collect(), 0),
        ),
    };
    let inputs = [Operand::new(x), Operand::new(weight), Operand::new(bias)];
    apply(inputs, |[x, weight, bias]| bias.addmm(x, weight))
}

pub(in crate::ops) fn project_add_norm(
    x: Tensor<2>,
    layer: &Linear,
    residual: Tensor<2>,
    norm: &LayerNorm,
    dropout: RowDropout<'_>,
) -> Tensor<2> {
    let inputs = [
        Operand::new(x),
        Operand::new(layer.weight.clone()),
        Operand::new(layer.bias.clone()),
        Operand::new(residual),
        Operand::new(norm.weight.clone()),
        Operand::new(norm.bias.clone()),
    ];
    apply(inputs, |[x, weight, bias, residual, gamma, beta]| {
        let sum = dropped(bias.addmm(x, weight), dropout) + residual;
        normalised(&sum, gamma, beta, norm.epsilon)
    })
}

pub(in crate::ops) fn bias_add_norm(
    bias: &Tensor<1>,
    residual: Tensor<2>,
    norm: &LayerNorm,
    dropout: RowDropout<'_>,
) -> Tensor<2> {
    let inputs = [
        Operand::new(bias.clone()),
        Operand::new(residual),
        Operand::new(norm.weight.clone()),
        Operand::new(norm.bias.clone()),
    ];
    apply(inputs, |[bias, residual, gamma, beta]| {
        let sum = dropped(bias.expand_as(residual), dropout) + residual;
        normalised(&sum, gamma, beta, norm.epsilon)
    })
}

pub(in crate::ops) fn norm_dropout(x: Tensor<2>, norm: &LayerNorm, dropout: RowDropout<'_>) -> Tensor<2> {
    let inputs = [
        Operand::new(x),
        Operand::new(norm.weight.clone()),
        Operand::new(norm.bias.clone()),
    ];
    apply(inputs, |[x, gamma, beta]| {
        dropped(normalised(x, gamma, beta, norm.epsilon), dropout)
    })
}

pub(in crate::ops) fn project_activate(
    x: Tensor<2>,
    layer: &Linear,
    activation: Activation,
    dropout: RowDropout<'_>,
) -> Tensor<2> {
    let inputs = [
        Operand::new(x),
        Operand::new(layer.weight.clone()),
        Operand::new(layer.bias.clone()),
    ];
    apply(inputs, |[x, weight, bias]| {
        let inner = bias.addmm(x, weight);
        let inner = match activation {
            Activation::Gelu => inner.gelu("none"),
            Activation::GeluTanh => inner.gelu("tanh"),
            Activation::Relu => inner.relu(),
            Activation::Silu => inner.silu(),
        };
        dropped(inner, dropout)
    })
}

pub(in crate::ops) fn drop_rows(x: Tensor<2>, dropout: RowDropout<'_>) -> Tensor<2> {
    apply([Operand::new(x)], |[x]| dropped(x.shallow_clone(), dropout))
}

pub(in crate::ops) fn embed<const N: usize>(tables: [Lookup<'_>; N]) -> Tensor<2> {
    let inputs = tables.map(|lookup| Operand::new(lookup.table.clone()));
    apply(inputs, |tensors| {
        let rows = tensors.iter().zip(&tables).map(|(table, lookup)| {
            let indices = integers(lookup.indices.on_device());
            let rows = tch::Tensor::embedding(table, &indices, -1, false, false);
            if lookup.factor == 1.0 {
                rows
            } else {
                rows * lookup.factor
            }
        });
        rows.reduce(|sum, rows| sum + rows).unwrap_or_default()
    })
}

pub(in crate::ops) fn scores(x: Tensor<2>, table: &Tensor<2>) -> Tensor<2> {
    apply([Operand::new(x), Operand::new(table.clone())], |[x, table]| {
        x.mm(&table.transpose(0, 1))
    })
}

pub(in crate::ops) fn cross_entropy(logits: Tensor<2>, labels: &Indices, smoothing: f64) -> Tensor<1> {
    let labels = integers(labels.on_device());
    apply([Operand::new(logits)], |[logits]| {
        logits.cross_entropy_loss(&labels, None::<tch::Tensor>, Reduction::None, NO_LABEL, smoothing)
    })
}

fn dropped(x: tch::Tensor, dropout: RowDropout<'_>) -> tch::Tensor {
    match dropout.dropout {
        Some(dropout) => x.dropout(dropout.rate, true),
        None => x,
    }
}

fn normalised(x: &tch::Tensor, gamma: &tch::Tensor, beta: &tch::Tensor, epsilon: f64) -> tch::Tensor {
    x.layer_norm(gamma.size(), Some(gamma), Some(beta), epsilon, true)
}
