//! The layers without heads: linear, embedding, layer normalisation.

use burn::tensor::module::layer_norm;
use burn::tensor::{Int, Tensor};

use crate::parameters::joined;
use crate::{Initializer, Layout, Parameter, Parameters};

/// y = x W + b over rows.
#[derive(Debug, Clone)]
pub struct Linear {
    /// `[in, out]`.
    pub weight: Tensor<2>,
    /// `[out]`.
    pub bias: Tensor<1>,
}

impl Linear {
    /// Normal weights, bias 0.
    pub fn new(input: usize, output: usize, std: f64, initial: &mut Initializer) -> Self {
        Self {
            weight: initial.normal([input, output], std),
            bias: initial.constant(output, 0.0),
        }
    }

    /// Weights and bias uniform within 1 / sqrt(input), as PyTorch draws them.
    pub fn uniform(input: usize, output: usize, initial: &mut Initializer) -> Self {
        let bound = (input as f64).sqrt().recip();
        Self {
            weight: initial.uniform([input, output], bound),
            bias: initial.uniform([1, output], bound).squeeze_dim(0),
        }
    }

    /// `[rows, in]` to `[rows, out]`.
    pub fn forward(&self, input: Tensor<2>) -> Tensor<2> {
        input.matmul(self.weight.clone()) + self.bias.clone().unsqueeze()
    }
}

impl Parameters for Linear {
    fn visit(&mut self, prefix: &str, visit: &mut dyn FnMut(&str, Parameter<'_>)) {
        visit(
            &joined(prefix, "weight"),
            Parameter::Matrix(&mut self.weight, Layout::Transposed),
        );
        visit(&joined(prefix, "bias"), Parameter::Vector(&mut self.bias));
    }
}

/// A row of a table for each index.
#[derive(Debug, Clone)]
pub struct Embedding {
    /// `[entries, width]`.
    pub weight: Tensor<2>,
}

impl Embedding {
    /// Normal rows.
    pub fn new(entries: usize, width: usize, std: f64, initial: &mut Initializer) -> Self {
        Self {
            weight: initial.normal([entries, width], std),
        }
    }

    /// `[count]` to `[count, width]`.
    pub fn forward(&self, indices: Tensor<1, Int>) -> Tensor<2> {
        self.weight.clone().select(0, indices)
    }
}

impl Parameters for Embedding {
    fn visit(&mut self, prefix: &str, visit: &mut dyn FnMut(&str, Parameter<'_>)) {
        visit(
            &joined(prefix, "weight"),
            Parameter::Matrix(&mut self.weight, Layout::AsStored),
        );
    }
}

/// Layer normalisation over the last dimension.
#[derive(Debug, Clone)]
pub struct LayerNorm {
    /// Scale, `[width]`.
    pub weight: Tensor<1>,
    /// Shift, `[width]`.
    pub bias: Tensor<1>,
    /// Added to the variance.
    pub epsilon: f64,
}

impl LayerNorm {
    /// Scale 1, shift 0.
    pub fn new(width: usize, epsilon: f64, initial: &Initializer) -> Self {
        Self {
            weight: initial.constant(width, 1.0),
            bias: initial.constant(width, 0.0),
            epsilon,
        }
    }

    /// Same shape out as in.
    pub fn forward<const D: usize>(&self, input: Tensor<D>) -> Tensor<D> {
        layer_norm(input, self.weight.clone(), Some(self.bias.clone()), self.epsilon)
    }
}

impl Parameters for LayerNorm {
    fn visit(&mut self, prefix: &str, visit: &mut dyn FnMut(&str, Parameter<'_>)) {
        visit(&joined(prefix, "weight"), Parameter::Vector(&mut self.weight));
        visit(&joined(prefix, "bias"), Parameter::Vector(&mut self.bias));
    }
}
