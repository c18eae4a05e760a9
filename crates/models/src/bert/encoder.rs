//! One encoder layer: gated attention and feed-forward, each followed by residual and layer normalisation.

use burn::tensor::Tensor;
use burn::tensor::activation::gelu;

use super::BertConfig;
use crate::parameters::joined;
use crate::{
    AttentionConfig, GatedAttention, Initializer, LayerNorm, Linear, Parameter, Parameters, dropout,
};

/// A post-norm encoder layer. A layer that has lost all its heads still adds its output bias and is normalised.
#[derive(Debug, Clone)]
pub(super) struct EncoderLayer {
    attention: GatedAttention,
    attention_norm: LayerNorm,
    intermediate: Linear,
    output: Linear,
    output_norm: LayerNorm,
    dropout: f64,
}

impl EncoderLayer {
    pub(super) fn new(config: &BertConfig, initial: &mut Initializer) -> Self {
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
            dropout: config.hidden_dropout_prob,
        }
    }

    /// `[batch * length, width]` to the same; see [`GatedAttention::forward`] for the arguments.
    pub(super) fn forward(
        &self,
        hidden: Tensor<2>,
        shape: [usize; 2],
        padding: Option<&Tensor<4>>,
        gates: Option<Tensor<2>>,
        train: bool,
    ) -> Tensor<2> {
        let rate = if train { self.dropout } else { 0.0 };
        let attended = self
            .attention
            .forward(hidden.clone(), shape, padding, gates, train);
        let hidden = self.attention_norm.forward(dropout(attended, rate) + hidden);
        let fed = self
            .output
            .forward(gelu(self.intermediate.forward(hidden.clone())));
        self.output_norm.forward(dropout(fed, rate) + hidden)
    }
}

impl Parameters for EncoderLayer {
    fn visit(&mut self, prefix: &str, visit: &mut dyn FnMut(&str, Parameter<'_>)) {
        self.attention.visit_bert(&joined(prefix, "attention"), visit);
        self.attention_norm
            .visit(&joined(prefix, "attention.output.LayerNorm"), visit);
        self.intermediate
            .visit(&joined(prefix, "intermediate.dense"), visit);
        self.output.visit(&joined(prefix, "output.dense"), visit);
        self.output_norm.visit(&joined(prefix, "output.LayerNorm"), visit);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::TensorOptions;
    use burn::tensor::Device;

    #[test]
    fn a_layer_without_heads_normalises_its_input_and_the_output_bias() {
        let options = TensorOptions::single(Device::flex());
        let config = BertConfig::of_sizes(20, 8, 1, 2, 16, 12);
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
        let closed = options.float(&[0.0; 2], [1, 2]);
        let got = layer.forward(hidden.clone(), [2, 3], None, Some(closed), false);

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
