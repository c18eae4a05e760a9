//! Multi-head attention whose heads are scaled by gates.

use burn::tensor::Tensor;
use heads::{HeadGrid, HeadRow, RowKind};

use crate::ops::{self, Attending, RowDropout};
#[cfg(feature = "flex")]
use crate::packed::PackedAttention;
use crate::parameters::joined;
use crate::pass::Pass;
use crate::removal::{Removal, columns_of, entries_of, rows_of};
use crate::{Initializer, LayerNorm, Linear, Parameter, Parameters, SequenceRows};

/// Which row of the grid an attention module is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Place {
    /// Number of the row, from 0.
    pub(crate) number: usize,
    /// Its kind, layer and heads.
    pub(crate) row: HeadRow,
}

/// Sizes of an attention module.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct AttentionConfig {
    /// Width of the hidden states.
    pub(crate) width: usize,
    /// Dimensions of a head. All heads of the module together may be narrower than the hidden states.
    pub(crate) head_width: usize,
    /// Dropout of the attention probabilities while training.
    pub(crate) dropout: f64,
}

/// Attention with one gate a head.
///
/// The gate scales the probabilities after softmax and dropout, which is the same as scaling the head's context
/// (value bias included). The output projection's bias is not scaled: a module without heads adds that bias alone.
#[derive(Debug, Clone)]
pub(crate) struct GatedAttention {
    layers: Layers,
    place: Place,
    dropout: f64,
}

#[derive(Debug, Clone)]
enum Layers {
    Heads(Box<OfHeads>),
    /// The bias of the output, all that is left of a module without heads.
    Bias(Box<Tensor<1>>),
}

/// Queries, keys and values `[width, heads x head_width]`, and the output `[heads x head_width, width]`.
#[derive(Debug, Clone)]
struct OfHeads {
    query: Linear,
    key: Linear,
    value: Linear,
    output: Linear,
}

impl OfHeads {
    /// Those of `kept`, heads of `heads` with the factors of their contexts.
    fn of(&self, kept: &[(usize, f64)], heads: usize) -> Self {
        let width = self.output.weight.dims()[0] / heads;
        let joint = |layer: &Linear| Linear {
            weight: columns_of(kept, width, &layer.weight),
            bias: entries_of(kept, width, &layer.bias),
        };
        Self {
            query: joint(&self.query),
            key: joint(&self.key),
            value: joint(&self.value),
            output: Linear {
                weight: rows_of(kept, width, &self.output.weight),
                bias: self.output.bias.clone(),
            },
        }
    }
}

impl GatedAttention {
    /// Fresh normal weights of the given standard deviation, biases 0.
    pub(crate) fn new(config: AttentionConfig, place: Place, std: f64, initial: &mut Initializer) -> Self {
        Self::of_layers(config, place, initial, |[width, inner], initial| {
            let mut joint = || Linear::new(width, inner, std, initial);
            let [query, key, value] = [joint(), joint(), joint()];
            OfHeads {
                query,
                key,
                value,
                output: Linear::new(inner, width, std, initial),
            }
        })
    }

    /// Fresh weights as fairseq draws them: query, key and value Xavier-uniform with gain 1 / sqrt(2), their biases
    /// uniform within 1 / sqrt(width); output Xavier-uniform, its bias 0.
    pub(crate) fn xavier(config: AttentionConfig, place: Place, initial: &mut Initializer) -> Self {
        Self::of_layers(config, place, initial, |[width, inner], initial| {
            let mut joint = || Linear {
                weight: initial.xavier([width, inner], std::f64::consts::FRAC_1_SQRT_2),
                ..Linear::uniform(width, inner, initial)
            };
            let [query, key, value] = [joint(), joint(), joint()];
            OfHeads {
                query,
                key,
                value,
                output: Linear {
                    weight: initial.xavier([inner, width], 1.0),
                    bias: initial.constant(width, 0.0),
                },
            }
        })
    }

    /// A module with the layers that `with_heads` makes from the widths of states and of all heads, if it has heads.
    fn of_layers(
        config: AttentionConfig,
        place: Place,
        initial: &mut Initializer,
        with_heads: impl FnOnce([usize; 2], &mut Initializer) -> OfHeads,
    ) -> Self {
        let layers = match place.row.heads {
            0 => Layers::Bias(Box::new(initial.constant(config.width, 0.0))),
            heads => {
                let widths = [config.width, heads * config.head_width];
                Layers::Heads(Box::new(with_heads(widths, initial)))
            }
        };
        Self {
            layers,
            place,
            dropout: config.dropout,
        }
    }

    /// The module that is left when heads are removed. Its output bias stays, whatever goes.
    pub(crate) fn removed(&self, removal: &Removal) -> Self {
        let kept = removal.of_row(self.place.number);
        let layers = match &self.layers {
            Layers::Bias(bias) => Layers::Bias(bias.clone()),
            Layers::Heads(layers) if kept.is_empty() => Layers::Bias(Box::new(layers.output.bias.clone())),
            Layers::Heads(layers) => Layers::Heads(Box::new(layers.of(kept, self.place.row.heads))),
        };
        let row = HeadRow {
            heads: kept.len(),
            ..self.place.row
        };
        Self {
            layers,
            place: Place { row, ..self.place },
            dropout: self.dropout,
        }
    }

    /// The module with packed weights.
    #[cfg(feature = "flex")]
    pub(crate) fn packed(&self) -> PackedAttention {
        let number = self.place.number;
        match &self.layers {
            Layers::Heads(layers) => {
                let OfHeads {
                    query,
                    key,
                    value,
                    output,
                } = &**layers;
                PackedAttention::of_heads(number, self.place.row.heads, [query, key, value], output)
            }
            Layers::Bias(bias) => PackedAttention::of_bias(number, bias),
        }
    }

    /// Its row of the grid.
    pub(crate) fn row(&self) -> HeadRow {
        self.place.row
    }

    /// Self-attention over `hidden`, `[rows, width]`; with `causal`, no row sees later ones of its sequence.
    pub(crate) fn over_itself(
        &self,
        hidden: &Tensor<2>,
        rows: &SequenceRows,
        causal: bool,
        pass: &Pass<'_>,
    ) -> Attended<'_> {
        let how = self.attending([rows, rows], causal, pass);
        match &self.layers {
            Layers::Heads(layers) => {
                let joint = [&layers.query, &layers.key, &layers.value];
                let projected = ops::project(pass, hidden.clone(), &joint);
                if let Some(watch) = pass.watch {
                    let inner = projected.dims()[1] / 3;
                    let part = |from: usize| projected.clone().slice_dim(1, from..from + inner);
                    let probabilities = ops::probabilities(part(0), part(inner), &how);
                    watch.look(how.row, probabilities, rows);
                }
                Attended::Contexts(ops::attend(pass, projected, &how), &layers.output)
            }
            Layers::Bias(bias) => Attended::Nothing(bias),
        }
    }

    /// Attention of `hidden`, `[rows, width]`, over `memory`, `[memory rows, width]`, whose sequences stand in the same
    /// order.
    pub(crate) fn over_memory(
        &self,
        [hidden, memory]: [&Tensor<2>; 2],
        rows: [&SequenceRows; 2],
        pass: &Pass<'_>,
    ) -> Attended<'_> {
        let cached = self.keys_values(memory, pass);
        self.over_cached(hidden, cached, rows, pass)
    }

    /// Keys and values side by side, `[rows, 2 heads x head_width]` from `[rows, width]`, as
    /// [`over_cached`](Self::over_cached) takes them; none without heads.
    pub(crate) fn keys_values(&self, memory: &Tensor<2>, pass: &Pass<'_>) -> Option<Tensor<2>> {
        match &self.layers {
            Layers::Heads(layers) => {
                let joint = [&layers.key, &layers.value];
                Some(ops::project(pass, memory.clone(), &joint))
            }
            Layers::Bias(_) => None,
        }
    }

    /// [`over_memory`](Self::over_memory) from its keys and values.
    pub(crate) fn over_cached(
        &self,
        hidden: &Tensor<2>,
        cached: Option<Tensor<2>>,
        rows: [&SequenceRows; 2],
        pass: &Pass<'_>,
    ) -> Attended<'_> {
        let how = self.attending(rows, false, pass);
        match (&self.layers, cached) {
            (Layers::Heads(layers), Some(cached)) => {
                let queries = ops::project(pass, hidden.clone(), &[&layers.query]);
                if let Some(watch) = pass.watch {
                    let keys = cached.clone().slice_dim(1, 0..queries.dims()[1]);
                    let probabilities = ops::probabilities(queries.clone(), keys, &how);
                    watch.look(how.row, probabilities, how.queries);
                }
                Attended::Contexts(ops::attend_to(pass, queries, cached, &how), &layers.output)
            }
            (Layers::Bias(bias), _) => Attended::Nothing(bias),
            (Layers::Heads(_), None) => unreachable!("a module with heads has keys and values"),
        }
    }

    /// How heads attend from queries to keys. Every module is a place of dropout, also one without heads: what is drawn
    /// elsewhere must not depend on it.
    fn attending<'a>(
        &self,
        [queries, keys]: [&'a SequenceRows; 2],
        causal: bool,
        pass: &Pass<'_>,
    ) -> Attending<'a> {
        Attending {
            heads: self.place.row.heads,
            queries,
            keys,
            causal,
            row: self.place.number,
            dropout: pass.dropout(self.dropout),
        }
    }

    /// Shows the tensors under these names, behind the prefix: query, key and value, and the output, of which a module
    /// without heads has the bias alone.
    pub(crate) fn visit_named(
        &mut self,
        prefix: &str,
        names: [&str; 3],
        output_name: &str,
        visit: &mut dyn FnMut(&str, Parameter<'_>),
    ) {
        let output_name = joined(prefix, output_name);
        match &mut self.layers {
            Layers::Heads(layers) => {
                let joint = [&mut layers.query, &mut layers.key, &mut layers.value];
                for (layer, name) in joint.into_iter().zip(names) {
                    layer.visit(&joined(prefix, name), visit);
                }
                layers.output.visit(&output_name, visit);
            }
            Layers::Bias(bias) => visit(&joined(&output_name, "bias"), Parameter::Vector(bias)),
        }
    }

    /// Shows the tensors under the names of fairseq: `q_proj`, `k_proj`, `v_proj`, `out_proj`.
    pub(crate) fn visit_fairseq(&mut self, prefix: &str, visit: &mut dyn FnMut(&str, Parameter<'_>)) {
        let output_name = joined(prefix, "out_proj");
        match &mut self.layers {
            Layers::Heads(layers) => {
                layers.key.visit(&joined(prefix, "k_proj"), visit);
                layers.value.visit(&joined(prefix, "v_proj"), visit);
                layers.query.visit(&joined(prefix, "q_proj"), visit);
                layers.output.visit(&output_name, visit);
            }
            Layers::Bias(bias) => visit(&joined(&output_name, "bias"), Parameter::Vector(bias)),
        }
    }
}

/// What a module has attended to, and what makes its output of that.
#[derive(Debug)]
#[expect(
    clippy::large_enum_variant,
    reason = "made once for each module of a pass, and used up at once"
)]
pub(crate) enum Attended<'a> {
    /// Gated contexts of the heads side by side, `[rows, heads x head_width]`, and the layer over them.
    Contexts(Tensor<2>, &'a Linear),
    /// There is no head: the output is this bias in every row.
    Nothing(&'a Tensor<1>),
}

impl Attended<'_> {
    /// The output, `[rows, width]`.
    pub(crate) fn output(&self, rows: usize, pass: &Pass<'_>) -> Tensor<2> {
        match self {
            Self::Contexts(contexts, layer) => ops::project(pass, contexts.clone(), &[layer]),
            Self::Nothing(bias) => Tensor::clone(bias).expand([rows, bias.dims()[0]]),
        }
    }

    /// `norm(dropout(output) + residual)`, `[rows, width]`.
    pub(crate) fn add_norm(
        self,
        residual: Tensor<2>,
        norm: &LayerNorm,
        dropout: RowDropout<'_>,
        pass: &Pass<'_>,
    ) -> Tensor<2> {
        match self {
            Self::Contexts(contexts, layer) => {
                ops::project_add_norm(pass, contexts, layer, residual, norm, dropout)
            }
            Self::Nothing(bias) => ops::bias_add_norm(pass, bias, residual, norm, dropout),
        }
    }
}

/// The modules of one kind of a grid, in the order of their rows.
pub(crate) fn places(grid: &HeadGrid, kind: RowKind) -> impl Iterator<Item = Place> {
    let of_kind = grid
        .rows()
        .iter()
        .enumerate()
        .filter(move |(_, row)| row.kind == kind);
    of_kind.map(|(number, &row)| Place { number, row })
}
