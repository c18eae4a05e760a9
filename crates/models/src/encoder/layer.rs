//! One encoder layer: gated attention and feed-forward, each followed by residual and layer normalisation.

use bundle::encoder::{Family, LayerNames};
use burn::tensor::Tensor;

use super::EncoderConfig;
use crate::attention::{Attended, AttentionConfig, GatedAttention, Place};
use crate::ops::{self, Activation, RowDropout};
#[cfg(feature = "flex")]
use crate::packed::{PackedFeedForward, PackedLayer, PackedSublayer};
use crate::parameters::joined;
use crate::pass::Pass;
use crate::{Initializer, LayerNorm, Linear, Parameter, Parameters, Removal, SequenceRows};

/// A post-norm encoder layer. A layer that has lost all its heads still adds its output bias and is normalised.
#[derive(Debug, Clone)]
pub(super) struct EncoderLayer {
    attention: GatedAttention,
    attention_norm: LayerNorm,
    intermediate: Linear,
    output: Linear,
    output_norm: LayerNorm,
    activation: Activation,
    /// After the attention.
    attention_dropout: f64,
    /// After the feed-forward part.
    dropout: f64,
    names: LayerNames,
}

impl EncoderLayer {
    /// A layer with as many heads as its place has.
    pub(super) fn new(config: &EncoderConfig, place: Place, initial: &mut Initializer) -> Self {
        let (width, std) = (config.hidden_size, config.initializer_range);
        let attention = AttentionConfig {
            width,
            head_width: width / config.num_attention_heads,
            dropout: config.attention_probs_dropout_prob,
        };
        Self {
            attention: GatedAttention::new(attention, place, std, initial),
            attention_norm: LayerNorm::new(width, config.layer_norm_eps, initial),
            intermediate: Linear::new(width, config.intermediate_size, std, initial),
            output: Linear::new(config.intermediate_size, width, std, initial),
            output_norm: LayerNorm::new(width, config.layer_norm_eps, initial),
            activation: config.hidden_act,
            attention_dropout: match config.family {
                Family::DistilBert => 0.0,
                Family::Bert | Family::Roberta | Family::XlmRoberta => config.hidden_dropout_prob,
            },
            dropout: config.hidden_dropout_prob,
            names: config.family.layer_names(),
        }
    }

    /// The layer that is left when heads are removed.
    pub(super) fn removed(&self, removal: &Removal) -> Self {
        Self {
            attention: self.attention.removed(removal),
            ..self.clone()
        }
    }

    /// The layer with packed weights.
    #[cfg(feature = "flex")]
    pub(super) fn packed(&self) -> PackedLayer {
        PackedLayer {
            attention: PackedSublayer::new(self.attention.packed(), &self.attention_norm),
            feed_forward: PackedFeedForward::new(
                &self.intermediate,
                self.activation,
                &self.output,
                &self.output_norm,
            ),
        }
    }

    /// `[rows, width]` to the same.
    pub(super) fn forward(&self, hidden: Tensor<2>, rows: &SequenceRows, pass: &Pass<'_>) -> Tensor<2> {
        let attended = self.attention.over_itself(&hidden, rows, false, pass);
        self.after(attended, hidden, rows, pass)
    }

    /// [`forward`](Self::forward) for the first token of each sequence alone: `first` are their states, `[sequences,
    /// width]`, and the rows of `first_rows`. Every other token gives keys and values and is done with.
    pub(super) fn forward_first(
        &self,
        [first, hidden]: [Tensor<2>; 2],
        [first_rows, rows]: [&SequenceRows; 2],
        pass: &Pass<'_>,
    ) -> Tensor<2> {
        let attended = self
            .attention
            .over_memory([&first, &hidden], [first_rows, rows], pass);
        self.after(attended, first, first_rows, pass)
    }

    /// The rest of the layer after attention.
    fn after(
        &self,
        attended: Attended<'_>,
        hidden: Tensor<2>,
        rows: &SequenceRows,
        pass: &Pass<'_>,
    ) -> Tensor<2> {
        let dropout = |rate| RowDropout {
            dropout: pass.dropout(rate),
            rows,
        };
        let dropped = dropout(self.attention_dropout);
        let hidden = attended.add_norm(hidden, &self.attention_norm, dropped, pass);
        let layer = &self.intermediate;
        let inner = ops::project_activate(pass, hidden.clone(), layer, self.activation, dropout(0.0));
        let norm = &self.output_norm;
        ops::project_add_norm(pass, inner, &self.output, hidden, norm, dropout(self.dropout))
    }
}

impl Parameters for EncoderLayer {
    fn visit(&mut self, prefix: &str, visit: &mut dyn FnMut(&str, Parameter<'_>)) {
        let names = &self.names;
        self.attention
            .visit_named(prefix, names.projections, names.output, visit);
        self.attention_norm
            .visit(&joined(prefix, names.attention_norm), visit);
        self.intermediate.visit(&joined(prefix, names.inner), visit);
        self.output.visit(&joined(prefix, names.outer), visit);
        self.output_norm.visit(&joined(prefix, names.output_norm), visit);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::attention::places;
    use crate::{HeadGates, Mode, TensorOptions};
    use burn::tensor::Device;
    use burn::tensor::activation::gelu;
    use heads::{HeadGrid, RowKind};

    #[test]
    fn a_layer_without_heads_normalises_its_input_and_the_output_bias() {
        let options = TensorOptions::single(Device::flex());
        let config = EncoderConfig::of_sizes(20, 8, 1, 2, 16, 12);
        for (heads, options) in [2, 0]
            .into_iter()
            .flat_map(|heads| [(heads, options.clone()), (heads, options.clone().plain())])
        {
            let grid = HeadGrid::encoder(1, heads).unwrap();
            let place = places(&grid, RowKind::EncoderSelf).next().unwrap();
            let mut initial = Initializer::new(1, options.clone());
            let mut layer = EncoderLayer::new(&config, place, &mut initial);
            let mut output_bias = None;
            layer.visit("", &mut |name, parameter| {
                if let Parameter::Vector(tensor) = parameter {
                    // As after training: a bias that is left out would not be seen while it is 0.
                    *tensor = initial.normal([1, tensor.dims()[0]], 1.0).squeeze_dim(0);
                    if name == "attention.output.dense.bias" {
                        output_bias = Some(tensor.clone());
                    }
                }
            });
            let hidden = initial.normal([6, 8], 1.0);
            // Closed or not there.
            let closed = HeadGates::new(&vec![0.0; heads], &grid, &options).unwrap();
            let rows = SequenceRows::new(&[true; 6], 2, &options);
            let pass = Pass::new(&rows, Some(&closed), Mode::Evaluate);
            let got = layer.forward(hidden.clone(), &rows, &pass);

            let bias = output_bias.unwrap();
            let normalised = layer.attention_norm.forward(hidden + bias.unsqueeze());
            let fed = layer
                .output
                .forward(gelu(layer.intermediate.forward(normalised.clone())));
            let want = layer.output_norm.forward(fed + normalised);
            let numbers = |tensor: Tensor<2>| tensor.try_into_vec_as::<f32>().unwrap();
            for (got, want) in numbers(got).into_iter().zip(numbers(want)) {
                assert!((got - want).abs() < 1e-6, "{got} {want}");
            }
        }
    }
}
