//! Layers as models that are not trained run them on the pure Rust backend: weights packed once, on slices, with nothing kept
//! for a backward pass.

use std::ops::Range;

use burn::tensor::Tensor;
use heads::HeadGrid;
use kernels::activation::{fill_rows, gelu_forward, gelu_tanh_forward, relu_dropout_forward, silu_forward};
use kernels::norm::{self, Norm};
use kernels::{Attention, Packed, Projected, Span, attention_forward};

use crate::ops::{Activation, Host};
use crate::{GatesError, LayerNorm, Linear, SequenceRows};

/// Layers side by side.
pub(crate) fn packed(layers: &[&Linear]) -> Packed {
    let hosts: Vec<[Host; 2]> = layers
        .iter()
        .map(|layer| [Host::new(&layer.weight), Host::new(&layer.bias)])
        .collect();
    let views: Vec<_> = hosts
        .iter()
        .map(|[weight, bias]| (weight.matrix(), bias.numbers()))
        .collect();
    Packed::new(&views)
}

/// Gates of all examples as modules take them.
#[derive(Debug)]
pub(crate) struct PackedGates {
    values: Vec<f32>,
    columns: Vec<Range<usize>>,
}

impl PackedGates {
    /// N values in the flat order of `grid`.
    pub(crate) fn new(values: &[f64], grid: &HeadGrid) -> Result<Self, GatesError> {
        if values.len() != grid.total() {
            return Err(GatesError {
                values: values.len(),
                examples: 1,
                heads: grid.total(),
            });
        }
        Ok(Self {
            values: values.iter().map(|&value| value as f32).collect(),
            columns: grid.iter().map(|(_, columns)| columns).collect(),
        })
    }

    fn of_row(&self, row: usize) -> &[f32] {
        &self.values[self.columns[row].clone()]
    }
}

/// What layers write to on the way, kept from one to the next.
#[derive(Debug, Default)]
pub(crate) struct Space {
    queries: Vec<f32>,
    keys_values: Vec<f32>,
    contexts: Vec<f32>,
    inner: Vec<f32>,
    sums: Vec<f32>,
}

/// The first `length` numbers of a buffer, which grows as it must.
pub(crate) fn sized(buffer: &mut Vec<f32>, length: usize) -> &mut [f32] {
    if buffer.len() < length {
        buffer.resize(length, 0.0);
    }
    &mut buffer[..length]
}

/// Takes the first numbers of `sums`, as many as there are in `hidden`, in exchange for those.
fn take_over(hidden: &mut Vec<f32>, sums: &mut Vec<f32>) {
    sums.truncate(hidden.len());
    std::mem::swap(hidden, sums);
}

/// A layer norm.
#[derive(Debug)]
pub(crate) struct PackedNorm {
    gamma: Host,
    beta: Host,
    epsilon: f64,
}

impl PackedNorm {
    pub(crate) fn new(norm: &LayerNorm) -> Self {
        Self {
            gamma: Host::new(&norm.weight),
            beta: Host::new(&norm.bias),
            epsilon: norm.epsilon,
        }
    }

    /// The norm of `values + residual` in place of `values`.
    pub(crate) fn apply(&self, values: &mut [f32], residual: Option<&[f32]>) {
        let norm = Norm {
            gamma: self.gamma.numbers(),
            beta: self.beta.numbers(),
            epsilon: self.epsilon,
        };
        norm::in_place(norm, values, residual);
    }
}

/// An attention module.
#[derive(Debug)]
pub(crate) struct PackedAttention {
    /// Its row of the grid.
    number: usize,
    layers: PackedLayers,
}

#[derive(Debug)]
enum PackedLayers {
    Heads(Box<PackedHeads>),
    /// The bias of the output of a module without heads.
    Bias(Host),
}

/// The layers of a module that has heads.
#[derive(Debug)]
pub(crate) struct PackedHeads {
    pub(crate) heads: usize,
    pub(crate) query: Packed,
    /// Keys and values side by side.
    pub(crate) keys_values: Packed,
    output: Packed,
}

impl PackedHeads {
    /// Width of all heads.
    pub(crate) fn width(&self) -> usize {
        self.query.columns()
    }

    /// Queries, `[rows, width of all heads]`.
    pub(crate) fn queries<'a>(&self, hidden: &[f32], into: &'a mut Vec<f32>) -> &'a [f32] {
        let rows = hidden.len() / self.query.inputs();
        let queries = sized(into, rows * self.width());
        self.query.apply(hidden, queries);
        queries
    }
}

impl PackedAttention {
    pub(crate) fn of_heads(
        number: usize,
        heads: usize,
        [query, key, value]: [&Linear; 3],
        output: &Linear,
    ) -> Self {
        Self {
            number,
            layers: PackedLayers::Heads(Box::new(PackedHeads {
                heads,
                query: packed(&[query]),
                keys_values: packed(&[key, value]),
                output: packed(&[output]),
            })),
        }
    }

    pub(crate) fn of_bias(number: usize, bias: &Tensor<1>) -> Self {
        Self {
            number,
            layers: PackedLayers::Bias(Host::new(bias)),
        }
    }

    /// What the module has where it has heads.
    pub(crate) fn heads(&self) -> Option<&PackedHeads> {
        match &self.layers {
            PackedLayers::Heads(heads) => Some(heads),
            PackedLayers::Bias(_) => None,
        }
    }

    /// The gates of its heads.
    pub(crate) fn gates<'a>(&self, gates: Option<&'a PackedGates>) -> Option<&'a [f32]> {
        gates.map(|gates| gates.of_row(self.number))
    }
}

/// Attention with its residual and layer norm.
#[derive(Debug)]
pub(crate) struct PackedSublayer {
    pub(crate) attention: PackedAttention,
    norm: PackedNorm,
}

/// Which rows attend to which.
pub(crate) struct Spans(Vec<Span>);

impl Spans {
    /// The rows of each sequence of `queries` to the tokens of `keys`, sequence by sequence.
    pub(crate) fn new(queries: &SequenceRows, keys: &SequenceRows) -> Self {
        let keys = keys.tokens().iter().cloned();
        let spans = queries.all().zip(keys);
        Self(spans.map(|(queries, keys)| Span { queries, keys }).collect())
    }
}

impl PackedSublayer {
    pub(crate) fn new(attention: PackedAttention, norm: &LayerNorm) -> Self {
        Self {
            attention,
            norm: PackedNorm::new(norm),
        }
    }

    /// Attention of `hidden`, `[rows, width]`, to the rows of `over`, or to its own, residual and norm, in place.
    fn apply(
        &self,
        hidden: &mut Vec<f32>,
        over: Option<&[f32]>,
        spans: &Spans,
        gates: Option<&PackedGates>,
        space: &mut Space,
    ) {
        let mut contexts = std::mem::take(&mut space.contexts);
        if let Some(heads) = self.attention.heads() {
            let width = heads.width();
            let queries = heads.queries(hidden, &mut space.queries);
            let over = over.unwrap_or(hidden);
            let rows = over.len() / heads.keys_values.inputs();
            let keys_values = sized(&mut space.keys_values, rows * 2 * width);
            heads.keys_values.apply(over, keys_values);
            let part = |rows, stride, offset| Projected { rows, stride, offset };
            let attention = Attention {
                queries: part(queries, width, 0),
                keys: part(keys_values, 2 * width, 0),
                values: part(keys_values, 2 * width, width),
                spans: &spans.0,
                heads: heads.heads,
                head_width: width / heads.heads,
                causal: false,
                gates: self.attention.gates(gates),
                dropout: None,
            };
            attention_forward(&attention, sized(&mut contexts, queries.len()), None);
        }
        self.finish(&contexts, hidden, space);
        space.contexts = contexts;
    }

    /// Output of the contexts, if there are any, residual and norm: `hidden`, `[rows, width]`, to the same.
    pub(crate) fn finish(&self, contexts: &[f32], hidden: &mut Vec<f32>, space: &mut Space) {
        let sums = sized(&mut space.sums, hidden.len());
        match &self.attention.layers {
            PackedLayers::Heads(heads) => {
                let rows = hidden.len() / heads.output.columns();
                let contexts = &contexts[..rows * heads.width()];
                let width = heads.output.columns();
                heads.output.apply_then(contexts, sums, &|first, sums| {
                    let residual = &hidden[first * width..][..sums.len()];
                    self.norm.apply(sums, Some(residual));
                });
            }
            PackedLayers::Bias(bias) => {
                fill_rows(sums, bias.numbers());
                self.norm.apply(sums, Some(hidden));
            }
        }
        take_over(hidden, &mut space.sums);
    }
}

/// Two linear layers with an activation between, residual and norm.
#[derive(Debug)]
pub(crate) struct PackedFeedForward {
    first: Packed,
    activation: Activation,
    second: Packed,
    norm: PackedNorm,
}

impl PackedFeedForward {
    pub(crate) fn new(first: &Linear, activation: Activation, second: &Linear, norm: &LayerNorm) -> Self {
        Self {
            first: packed(&[first]),
            activation,
            second: packed(&[second]),
            norm: PackedNorm::new(norm),
        }
    }

    /// `hidden`, `[rows, width]`, in place.
    pub(crate) fn apply(&self, hidden: &mut Vec<f32>, space: &mut Space) {
        let width = self.second.columns();
        let inner = sized(&mut space.inner, hidden.len() / width * self.first.columns());
        let (activation, columns) = (self.activation, self.first.columns());
        self.first
            .apply_then(hidden, inner, &|_, inner| activate(activation, columns, inner));
        let sums = sized(&mut space.sums, hidden.len());
        self.second.apply_then(inner, sums, &|first, sums| {
            let residual = &hidden[first * width..][..sums.len()];
            self.norm.apply(sums, Some(residual));
        });
        take_over(hidden, &mut space.sums);
    }
}

/// An activation in place, of rows of so many columns.
pub(crate) fn activate(activation: Activation, columns: usize, values: &mut [f32]) {
    match activation {
        Activation::Gelu => gelu_forward(values, None),
        Activation::GeluTanh => gelu_tanh_forward(values, None),
        Activation::Silu => silu_forward(values, None),
        Activation::Relu => relu_dropout_forward(values, columns, None),
    }
}

/// A post-norm encoder layer.
#[derive(Debug)]
pub(crate) struct PackedLayer {
    pub(crate) attention: PackedSublayer,
    pub(crate) feed_forward: PackedFeedForward,
}

impl PackedLayer {
    /// `hidden`, `[rows, width]`, in place, attending to its own rows or to those of `over`.
    pub(crate) fn apply(
        &self,
        hidden: &mut Vec<f32>,
        over: Option<&[f32]>,
        spans: &Spans,
        gates: Option<&PackedGates>,
        space: &mut Space,
    ) {
        self.attention.apply(hidden, over, spans, gates, space);
        self.feed_forward.apply(hidden, space);
    }
}
