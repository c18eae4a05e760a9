//! The feed-forward sublayer with its residual and layer normalisation.

use burn::tensor::Tensor;

use super::TranslationConfig;
use super::pass::Walk;
use crate::ops::{self, Activation};
#[cfg(feature = "flex")]
use crate::packed::PackedFeedForward;
use crate::parameters::joined;
use crate::{Initializer, LayerNorm, Linear, Parameter, Parameters, SequenceRows};

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

    /// The layers with packed weights.
    #[cfg(feature = "flex")]
    pub(super) fn packed(&self) -> PackedFeedForward {
        PackedFeedForward::new(&self.first, Activation::Relu, &self.second, &self.norm)
    }

    /// `[rows, width]` to the same.
    pub(super) fn forward(&self, hidden: Tensor<2>, rows: &SequenceRows, walk: &Walk<'_>) -> Tensor<2> {
        let pass = &walk.pass;
        let dropout = walk.dropout(self.activation_dropout, rows);
        let inner = ops::project_activate(pass, hidden.clone(), &self.first, Activation::Relu, dropout);
        let dropout = walk.dropout(self.dropout, rows);
        ops::project_add_norm(pass, inner, &self.second, hidden, &self.norm, dropout)
    }
}

impl Parameters for FeedForward {
    fn visit(&mut self, prefix: &str, visit: &mut dyn FnMut(&str, Parameter<'_>)) {
        self.first.visit(&joined(prefix, "fc1"), visit);
        self.second.visit(&joined(prefix, "fc2"), visit);
        self.norm.visit(&joined(prefix, "final_layer_norm"), visit);
    }
}
