//! Multi-head attention whose heads are scaled by gates.

use burn::tensor::activation::softmax;
use burn::tensor::{Int, Tensor};

use crate::{Initializer, Linear, Parameter, Parameters, dropout, parameters::joined};

/// Added to the scores of keys that a query must not see; any value whose exponential underflows gives the same result.
pub(crate) const MASKED_SCORE: f64 = -1e9;

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

/// Keys and values of what is attended to, each `[batch, heads, length, width / heads]`.
#[derive(Debug, Clone)]
pub struct KeysValues {
    key: Tensor<4>,
    value: Tensor<4>,
}

impl KeysValues {
    /// These, then `later` ones of the same batch.
    pub fn followed_by(self, later: Self) -> Self {
        Self {
            key: Tensor::cat(vec![self.key, later.key], 2),
            value: Tensor::cat(vec![self.value, later.value], 2),
        }
    }

    /// Those of the given members of the batch, in the given order; one may be taken several times.
    pub fn select(self, members: Tensor<1, Int>) -> Self {
        Self {
            key: self.key.select(0, members.clone()),
            value: self.value.select(0, members),
        }
    }
}

impl GatedAttention {
    /// Fresh normal weights, biases 0.
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

    /// Fresh weights as fairseq draws them: query, key and value Xavier-uniform with gain 1 / sqrt(2), their biases
    /// uniform within 1 / sqrt(width); output Xavier-uniform, its bias 0.
    pub fn xavier(width: usize, heads: usize, dropout: f64, initial: &mut Initializer) -> Self {
        let mut joint = || Linear {
            weight: initial.xavier([width, width], std::f64::consts::FRAC_1_SQRT_2),
            ..Linear::uniform(width, width, initial)
        };
        let (query, key, value) = (joint(), joint(), joint());
        let output = Linear {
            weight: initial.xavier([width, width], 1.0),
            bias: initial.constant(width, 0.0),
        };
        Self {
            query,
            key,
            value,
            output,
            heads,
            dropout,
        }
    }

    /// Self-attention: output projection of the gated contexts, `[batch * length, width]`.
    ///
    /// `hidden`: `[batch * length, width]`. `padding`: `[batch, 1, 1, length]`, 0 at tokens and very negative at
    /// padding; none where nothing is padded. `gates`: `[1, heads]` for all examples or `[batch, heads]` for each, the
    /// row of this module; none leaves every head as it is. `train` switches dropout on.
    pub fn forward(
        &self,
        hidden: Tensor<2>,
        shape: [usize; 2],
        padding: Option<&Tensor<4>>,
        gates: Option<Tensor<2>>,
        train: bool,
    ) -> Tensor<2> {
        let query = self.queries(hidden.clone(), shape);
        let keys = self.keys_values(hidden, shape);
        self.attended(query, &keys, padding, gates, train)
    }

    /// Attention of `queries`, `[batch * length, width]`, over keys and values that [`keys_values`](Self::keys_values)
    /// made: output projection of the gated contexts, `[batch * length, width]`.
    ///
    /// `mask`: 0 where a query sees a key and very negative where not, of a shape that expands to
    /// `[batch, heads, length, keys]`. The other arguments are those of [`forward`](Self::forward).
    pub fn attend(
        &self,
        queries: Tensor<2>,
        shape: [usize; 2],
        keys: &KeysValues,
        mask: Option<&Tensor<4>>,
        gates: Option<Tensor<2>>,
        train: bool,
    ) -> Tensor<2> {
        self.attended(self.queries(queries, shape), keys, mask, gates, train)
    }

    /// Keys and values of `memory`, `[batch * length, width]`.
    pub fn keys_values(&self, memory: Tensor<2>, shape: [usize; 2]) -> KeysValues {
        KeysValues {
            key: self.split(self.key.forward(memory.clone()), shape),
            value: self.split(self.value.forward(memory), shape),
        }
    }

    fn queries(&self, hidden: Tensor<2>, shape: [usize; 2]) -> Tensor<4> {
        let [_, width] = hidden.dims();
        let scale = ((width / self.heads) as f64).sqrt().recip();
        self.split(self.query.forward(hidden).mul_scalar(scale), shape)
    }

    /// `[batch * length, width]` to `[batch, heads, length, width / heads]`.
    fn split(&self, tensor: Tensor<2>, [batch, length]: [usize; 2]) -> Tensor<4> {
        let [_, width] = tensor.dims();
        tensor
            .reshape([batch, length, self.heads, width / self.heads])
            .swap_dims(1, 2)
    }

    fn attended(
        &self,
        query: Tensor<4>,
        keys: &KeysValues,
        mask: Option<&Tensor<4>>,
        gates: Option<Tensor<2>>,
        train: bool,
    ) -> Tensor<2> {
        let [batch, heads, length, head_width] = query.dims();
        let mut scores = query.matmul(keys.key.clone().transpose());
        if let Some(mask) = mask {
            scores = scores + mask.clone();
        }
        let mut probabilities = softmax(scores, 3);
        if train {
            probabilities = dropout(probabilities, self.dropout);
        }
        let mut context = probabilities.matmul(keys.value.clone());
        if let Some(gates) = gates {
            let [examples, heads] = gates.dims();
            context = context * gates.reshape([examples, heads, 1, 1]);
        }
        self.output.forward(
            context
                .swap_dims(1, 2)
                .reshape([batch * length, heads * head_width]),
        )
    }

    /// Shows the tensors under the names of Hugging Face: `self.*` and `output.dense.*`.
    pub(crate) fn visit_bert(&mut self, prefix: &str, visit: &mut dyn FnMut(&str, Parameter<'_>)) {
        self.query.visit(&joined(prefix, "self.query"), visit);
        self.key.visit(&joined(prefix, "self.key"), visit);
        self.value.visit(&joined(prefix, "self.value"), visit);
        self.output.visit(&joined(prefix, "output.dense"), visit);
    }

    /// Shows the tensors under the names of fairseq: `q_proj`, `k_proj`, `v_proj`, `out_proj`.
    pub(crate) fn visit_fairseq(&mut self, prefix: &str, visit: &mut dyn FnMut(&str, Parameter<'_>)) {
        self.key.visit(&joined(prefix, "k_proj"), visit);
        self.value.visit(&joined(prefix, "v_proj"), visit);
        self.query.visit(&joined(prefix, "q_proj"), visit);
        self.output.visit(&joined(prefix, "out_proj"), visit);
    }
}
