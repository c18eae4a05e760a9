//! The encoder: embedded source words through post-norm layers of self-attention and feed-forward.

use burn::tensor::Tensor;
use heads::{HeadRow, RowKind};

use super::embedding::WordEmbedding;
use super::feed_forward::FeedForward;
use super::pass::{Pass, Place};
use super::positions::Positions;
use super::{SourceBatch, TranslationConfig};
use crate::parameters::joined;
use crate::{GatedAttention, Initializer, LayerNorm, Parameter, Parameters, dropout};

/// The layers over one vocabulary.
#[derive(Debug, Clone)]
pub(super) struct Encoder {
    words: WordEmbedding,
    layers: Vec<EncoderLayer>,
}

#[derive(Debug, Clone)]
struct EncoderLayer {
    attention: GatedAttention,
    attention_norm: LayerNorm,
    feed_forward: FeedForward,
    dropout: f64,
}

impl Encoder {
    pub(super) fn new(config: &TranslationConfig, initial: &mut Initializer) -> Self {
        Self {
            words: WordEmbedding::new(config.source_vocabulary, config, initial),
            layers: (0..config.encoder_layers)
                .map(|_| EncoderLayer::new(config, initial))
                .collect(),
        }
    }

    /// States of the source words, `[sentences * length, width]`.
    pub(super) fn forward(
        &self,
        source: &SourceBatch,
        positions: &Positions,
        pass: &mut Pass<'_>,
    ) -> Tensor<2> {
        let (ids, rows) = (source.ids.clone(), source.positions.clone());
        let mut hidden = self.words.forward(ids, rows, positions, pass);
        pass.show(Place::SourceEmbedding, &hidden);
        for (layer, modules) in self.layers.iter().enumerate() {
            let row = HeadRow {
                kind: RowKind::EncoderSelf,
                layer,
            };
            hidden = modules.forward(hidden, source, row, pass);
            pass.show(Place::EncoderLayer(layer), &hidden);
        }
        hidden
    }
}

impl EncoderLayer {
    fn new(config: &TranslationConfig, initial: &mut Initializer) -> Self {
        let (width, heads) = (config.embed_dim, config.attention_heads);
        Self {
            attention: GatedAttention::xavier(width, heads, config.attention_dropout, initial),
            attention_norm: LayerNorm::new(width, config.layer_norm_eps, initial),
            feed_forward: FeedForward::new(config, initial),
            dropout: config.dropout,
        }
    }

    fn forward(
        &self,
        hidden: Tensor<2>,
        source: &SourceBatch,
        row: HeadRow,
        pass: &mut Pass<'_>,
    ) -> Tensor<2> {
        let attended = self.attention.forward(
            hidden.clone(),
            source.ids.dims(),
            source.padding.as_ref(),
            pass.gates_of(row),
            pass.train,
        );
        pass.show(Place::Attention(row), &attended);
        let attended = dropout(attended, pass.rate(self.dropout));
        let hidden = self.attention_norm.forward(attended + hidden);
        self.feed_forward.forward(hidden, pass)
    }
}

impl Parameters for Encoder {
    fn visit(&mut self, prefix: &str, visit: &mut dyn FnMut(&str, Parameter<'_>)) {
        self.words.table.visit(&joined(prefix, "embed_tokens"), visit);
        for (number, layer) in self.layers.iter_mut().enumerate() {
            let prefix = joined(prefix, &format!("layers.{number}"));
            layer
                .attention
                .visit_fairseq(&joined(&prefix, "self_attn"), visit);
            layer
                .attention_norm
                .visit(&joined(&prefix, "self_attn_layer_norm"), visit);
            layer.feed_forward.visit(&prefix, visit);
        }
    }
}
