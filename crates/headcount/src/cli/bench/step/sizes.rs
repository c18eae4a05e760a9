//! The sizes of a model as `bench step` prints them: all that another program needs to build the same.

use models::encoder::EncoderConfig;
use models::translation::TranslationConfig;
use serde::Serialize;

/// Sizes of either kind of model; what the kind does not have is none or 0.
#[derive(Debug, Serialize)]
pub(crate) struct Sizes {
    arch: &'static str,
    layers: usize,
    decoder_layers: Option<usize>,
    width: usize,
    heads: usize,
    ffn: usize,
    vocab: usize,
    target_vocab: Option<usize>,
    positions: usize,
    classes: Option<usize>,
    dropout: f64,
    attention_dropout: f64,
    activation_dropout: f64,
    label_smoothing: f64,
    layer_norm_eps: f64,
}

impl From<&EncoderConfig> for Sizes {
    fn from(config: &EncoderConfig) -> Self {
        Self {
            arch: "bert",
            layers: config.num_hidden_layers,
            decoder_layers: None,
            width: config.hidden_size,
            heads: config.num_attention_heads,
            ffn: config.intermediate_size,
            vocab: config.vocab_size,
            target_vocab: None,
            positions: config.max_position_embeddings,
            classes: Some(config.classes()),
            dropout: config.hidden_dropout_prob,
            attention_dropout: config.attention_probs_dropout_prob,
            activation_dropout: 0.0,
            label_smoothing: 0.0,
            layer_norm_eps: config.layer_norm_eps,
        }
    }
}

impl From<&TranslationConfig> for Sizes {
    fn from(config: &TranslationConfig) -> Self {
        Self {
            arch: "mt",
            layers: config.encoder_layers,
            decoder_layers: Some(config.decoder_layers),
            width: config.embed_dim,
            heads: config.attention_heads,
            ffn: config.ffn_embed_dim,
            vocab: config.source_vocabulary,
            target_vocab: Some(config.target_vocabulary),
            positions: config.max_target_positions,
            classes: None,
            dropout: config.dropout,
            attention_dropout: config.attention_dropout,
            activation_dropout: config.activation_dropout,
            label_smoothing: config.label_smoothing,
            layer_norm_eps: config.layer_norm_eps,
        }
    }
}
