//! The feed-forward sublayer with its residual and layer normalisation.

use burn::tensor::Tensor;
use burn::tensor::activation::relu;

use super::TranslationConfig;
use super::pass::Pass;
use crate::parameters::joined;
use crate::{Initializer, LayerNorm, Linear, Parameter, Parameters, dropout};

/// `LN(x + fc2(relu(fc1(x))))`.
#[derive(Debug, Clone)]
pub(super) struct FeedForward {
    first: Linear,
    second: Linear,
    norm: LayerNorm,
    dropout: f64,
    activation_dropout: f64,
}

impl FeedForward {
    pub(super) fn new(config: &TranslationConfig, initial: &mut Initializer) -> Self {
        let (width, inner) = (config.embed_dim, config.ffn_embed_dim);
        Self {
            first: Linear::uniform(width, inner, initial),
            second: Linear::uniform(inner, width, initial),
            norm: LayerNorm::new(width, config.layer_norm_eps, initial),
            dropout: config.dropout,
            activation_dropout: config.activation_dropout,
        }
    }

    /// `[rows, width]` to the same.
    pub(super) fn forward(&self, hidden: Tensor<2>, pass: &Pass<'_>) -> Tensor<2> {
        let inner = relu(self.first.forward(hidden.clone()));
        let inner = dropout(inner, pass.rate(self.activation_dropout));
        let fed = self.second.forward(inner);
        self.norm.forward(dropout(fed, pass.rate(self.dropout)) + hidden)
    }
}

impl Parameters for FeedForward {
    fn visit(&mut self, prefix: &str, visit: &mut dyn FnMut(&str, Parameter<'_>)) {
        self.first.visit(&joined(prefix, "fc1"), visit);
        self.second.visit(&joined(prefix, "fc2"), visit);
        self.norm.visit(&joined(prefix, "final_layer_norm"), visit);
    }
}
