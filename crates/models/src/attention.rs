//! Multi-head attention whose heads are scaled by gates.

use burn::tensor::Tensor;

use crate::ops::{self, Attending};
use crate::parameters::joined;
use crate::pass::Pass;
use crate::{Initializer, Linear, Parameter, Parameters, SequenceRows};

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

    /// The linear layer over the gated contexts.
    pub fn output(&self) -> &Linear {
        &self.output
    }

    /// Gated contexts of self-attention, `[rows, width]` from `[rows, width]`, under the gates of the given row; with
    /// `causal`, no row sees later ones of its sequence.
    pub(crate) fn over_itself(
        &self,
        hidden: Tensor<2>,
        rows: &SequenceRows,
        row: usize,
        causal: bool,
        pass: &Pass<'_>,
    ) -> Tensor<2> {
        let projected = ops::project(pass, hidden, &[&self.query, &self.key, &self.value]);
        let how = Attending {
            heads: self.heads,
            queries: rows,
            keys: rows,
            causal,
            row,
            dropout: pass.dropout(self.dropout),
        };
        ops::attend(pass, projected, &how)
    }

    /// Gated contexts of attention over `memory`, `[memory rows, width]`, whose sequences stand in the order of those of
    /// `hidden`, `[rows, width]`.
    pub(crate) fn over_memory(
        &self,
        [hidden, memory]: [Tensor<2>; 2],
        rows: &SequenceRows,
        memory_rows: &SequenceRows,
        row: usize,
        pass: &Pass<'_>,
    ) -> Tensor<2> {
        let kept = self.keys_values(memory, pass);
        self.over_kept([hidden, kept], rows, memory_rows, row, pass)
    }

    /// Keys and values side by side, `[rows, 2 width]` from `[rows, width]`, as [`over_kept`](Self::over_kept) takes them.
    pub(crate) fn keys_values(&self, memory: Tensor<2>, pass: &Pass<'_>) -> Tensor<2> {
        ops::project(pass, memory, &[&self.key, &self.value])
    }

    /// [`over_memory`](Self::over_memory) from its keys and values, `[memory rows, 2 width]`.
    pub(crate) fn over_kept(
        &self,
        [hidden, kept]: [Tensor<2>; 2],
        rows: &SequenceRows,
        memory_rows: &SequenceRows,
        row: usize,
        pass: &Pass<'_>,
    ) -> Tensor<2> {
        let queries = ops::project(pass, hidden, &[&self.query]);
        let how = Attending {
            heads: self.heads,
            queries: rows,
            keys: memory_rows,
            causal: false,
            row,
            dropout: pass.dropout(self.dropout),
        };
        ops::attend_to(pass, queries, kept, &how)
    }

    /// Shows the tensors under these names, behind the prefix: query, key and value, and the output.
    pub(crate) fn visit_named(
        &mut self,
        prefix: &str,
        [query, key, value]: [&str; 3],
        output: &str,
        visit: &mut dyn FnMut(&str, Parameter<'_>),
    ) {
        self.query.visit(&joined(prefix, query), visit);
        self.key.visit(&joined(prefix, key), visit);
        self.value.visit(&joined(prefix, value), visit);
        self.output.visit(&joined(prefix, output), visit);
    }

    /// Shows the tensors under the names of fairseq: `q_proj`, `k_proj`, `v_proj`, `out_proj`.
    pub(crate) fn visit_fairseq(&mut self, prefix: &str, visit: &mut dyn FnMut(&str, Parameter<'_>)) {
        self.key.visit(&joined(prefix, "k_proj"), visit);
        self.value.visit(&joined(prefix, "v_proj"), visit);
        self.query.visit(&joined(prefix, "q_proj"), visit);
        self.output.visit(&joined(prefix, "out_proj"), visit);
    }
}
