//! One encoder layer: gated attention and feed-forward, each followed by residual and layer normalisation.

use bundle::encoder::{Family, LayerNames};
use burn::tensor::Tensor;

use super::EncoderConfig;
use crate::ops::{self, Activation, RowDropout};
use crate::parameters::joined;
use crate::pass::Pass;
use crate::{
    AttentionConfig, GatedAttention, Initializer, LayerNorm, Linear, Parameter, Parameters, SequenceRows,
};

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
    pub(super) fn new(config: &EncoderConfig, initial: &mut Initializer) -> Self {
        let (width, std) = (config.hidden_size, config.initializer_range);
        let attention = AttentionConfig {
            width,
            heads: config.num_attention_heads,
            dropout: config.attention_probs_dropout_prob,
            std,
        };
        Self {
            attention: GatedAttention::new(attention, initial),
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

    /// `[rows, width]` to the same; `row` is that of the gates.
    pub(super) fn forward(
        &self,
        hidden: Tensor<2>,
        rows: &SequenceRows,
        row: usize,
        pass: &Pass<'_>,
    ) -> Tensor<2> {
        let context = self.attention.over_itself(hidden.clone(), rows, row, false, pass);
        self.after_contexts(context, hidden, rows, pass)
    }

    /// [`forward`](Self::forward) for the first token of each sequence alone: `first` are their states, `[sequences,
    /// width]`, and the rows of `first_rows`. Every other token gives keys and values and is done with.
    pub(super) fn forward_first(
        &self,
        [first, hidden]: [Tensor<2>; 2],
        [first_rows, rows]: [&SequenceRows; 2],
        row: usize,
        pass: &Pass<'_>,
    ) -> Tensor<2> {
        let states = [first.clone(), hidden];
        let context = self.attention.over_memory(states, first_rows, rows, row, pass);
        self.after_contexts(context, first, first_rows, pass)
    }

    /// The rest of the layer from the contexts of its heads.
    fn after_contexts(
        &self,
        context: Tensor<2>,
        hidden: Tensor<2>,
        rows: &SequenceRows,
        pass: &Pass<'_>,
    ) -> Tensor<2> {
        let dropout = |rate| RowDropout {
            dropout: pass.dropout(rate),
            rows,
        };
        let output = self.attention.output();
        let norm = &self.attention_norm;
        let dropped = dropout(self.attention_dropout);
        let hidden = ops::project_add_norm(pass, context, output, hidden, norm, dropped);
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
    use crate::{Mode, TensorOptions};
    use burn::tensor::Device;
    use burn::tensor::activation::gelu;

    #[test]
    fn a_layer_without_heads_normalises_its_input_and_the_output_bias() {
        let options = TensorOptions::single(Device::flex());
        let config = EncoderConfig::of_sizes(20, 8, 1, 2, 16, 12);
        let mut initial = Initializer::new(1, options.clone());
        let mut layer = EncoderLayer::new(&config, &mut initial);
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
        let closed = options.float(&[0.0; 2], [1, 1, 2]);
        let rows = SequenceRows::new(&[true; 6], 2, &options);
        let pass = Pass::new(&rows, Some(&closed), Mode::Evaluate);
        let got = layer.forward(hidden.clone(), &rows, 0, &pass);

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
