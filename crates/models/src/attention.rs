//! Multi-head self-attention whose heads are scaled by gates.

use burn::tensor::Tensor;
use burn::tensor::activation::softmax;

use crate::{Initializer, Linear, Parameter, Parameters, dropout, parameters::joined};

/// Sizes of an attention module.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct AttentionConfig {
    /// Width of the hidden states.
    pub width: usize,
    /// Heads; each has width / heads dimensions.
    pub heads: usize,
    /// Dropout of the attention probabilities while training.
    pub dropout: f64,
    /// Standard deviation of the weights at the start.
    pub std: f64,
}

/// Attention with one gate a head.
///
/// The gate scales the probabilities after softmax and dropout, which is the same as scaling the head's context
/// (value bias included). The output projection's bias is not scaled.
#[derive(Debug, Clone)]
pub struct GatedAttention {
    query: Linear,
    key: Linear,
    value: Linear,
    output: Linear,
    heads: usize,
    dropout: f64,
}

impl GatedAttention {
    /// Fresh weights.
    pub fn new(config: AttentionConfig, initial: &mut Initializer) -> Self {
        let AttentionConfig {
            width,
            heads,
            dropout,
            std,
        } = config;
        let mut linear = || Linear::new(width, width, std, initial);
        Self {
            query: linear(),
            key: linear(),
            value: linear(),
            output: linear(),
            heads,
            dropout,
        }
    }

    /// Output projection of the gated contexts, `[batch * length, width]`.
    ///
    /// `hidden`: `[batch * length, width]`. `padding`: `[batch, 1, 1, length]`, 0 at tokens and very negative at
    /// padding; none where nothing is padded. `gates`: `[1, heads]` for all examples or `[batch, heads]` for each, the
    /// row of this module; none leaves every head as it is. `train` switches dropout on.
    pub fn forward(
        &self,
        hidden: Tensor<2>,
        [batch, length]: [usize; 2],
        padding: Option<&Tensor<4>>,
        gates: Option<Tensor<2>>,
        train: bool,
    ) -> Tensor<2> {
        let [rows, width] = hidden.dims();
        let head_width = width / self.heads;
        let split = |tensor: Tensor<2>| -> Tensor<4> {
            tensor
                .reshape([batch, length, self.heads, head_width])
                .swap_dims(1, 2)
        };
        let scale = (head_width as f64).sqrt().recip();
        let query = split(self.query.forward(hidden.clone()).mul_scalar(scale));
        let key = split(self.key.forward(hidden.clone()));
        let value = split(self.value.forward(hidden));

        let mut scores = query.matmul(key.transpose());
        if let Some(padding) = padding {
            scores = scores + padding.clone();
        }
        let mut probabilities = softmax(scores, 3);
        if train {
            probabilities = dropout(probabilities, self.dropout);
        }
        let mut context = probabilities.matmul(value);
        if let Some(gates) = gates {
            let [examples, heads] = gates.dims();
            context = context * gates.reshape([examples, heads, 1, 1]);
        }
        self.output
            .forward(context.swap_dims(1, 2).reshape([rows, width]))
    }

    /// Shows the tensors under the names of Hugging Face: `self.*` and `output.dense.*`.
    pub(crate) fn visit_bert(&mut self, prefix: &str, visit: &mut dyn FnMut(&str, Parameter<'_>)) {
        self.query.visit(&joined(prefix, "self.query"), visit);
        self.key.visit(&joined(prefix, "self.key"), visit);
        self.value.visit(&joined(prefix, "self.value"), visit);
        self.output.visit(&joined(prefix, "output.dense"), visit);
    }
}
