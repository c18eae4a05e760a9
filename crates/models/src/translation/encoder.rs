//! The encoder: embedded source words through post-norm layers of self-attention and feed-forward.

use burn::tensor::Tensor;
use heads::{HeadGrid, RowKind};

use super::embedding::WordEmbedding;
use super::feed_forward::FeedForward;
#[cfg(feature = "flex")]
use super::packed::PackedEncoder;
use super::pass::{Place, Walk};
use super::positions::Positions;
use super::{SourceBatch, TranslationConfig, attention_config};
use crate::attention::{GatedAttention, places};
#[cfg(feature = "flex")]
use crate::packed::{PackedLayer, PackedSublayer};
use crate::parameters::joined;
use crate::{Initializer, LayerNorm, Parameter, Parameters, Removal, SequenceRows};

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
    pub(super) fn new(config: &TranslationConfig, grid: &HeadGrid, initial: &mut Initializer) -> Self {
        Self {
            words: WordEmbedding::new(config.source_vocabulary, config, initial),
            layers: places(grid, RowKind::EncoderSelf)
                .map(|place| EncoderLayer {
                    attention: GatedAttention::xavier(attention_config(config), place, initial),
                    attention_norm: LayerNorm::new(config.embed_dim, config.layer_norm_eps, initial),
                    feed_forward: FeedForward::new(config, initial),
                    dropout: config.dropout,
                })
                .collect(),
        }
    }

    /// The encoder that is left when heads are removed.
    pub(super) fn removed(&self, removal: &Removal) -> Self {
        let of_layer = |layer: &EncoderLayer| EncoderLayer {
            attention: layer.attention.removed(removal),
            ..layer.clone()
        };
        Self {
            layers: self.layers.iter().map(of_layer).collect(),
            ..self.clone()
        }
    }

    /// The encoder with packed weights.
    #[cfg(feature = "flex")]
    pub(super) fn packed(&self) -> PackedEncoder {
        let of_layer = |layer: &EncoderLayer| PackedLayer {
            attention: PackedSublayer::new(layer.attention.packed(), &layer.attention_norm),
            feed_forward: layer.feed_forward.packed(),
        };
        PackedEncoder {
            words: self.words.packed(),
            layers: self.layers.iter().map(of_layer).collect(),
        }
    }

    /// States of the source words, `[rows, width]`.
    pub(super) fn forward(
        &self,
        source: &SourceBatch,
        positions: &Positions,
        walk: &mut Walk<'_>,
    ) -> Tensor<2> {
        let (ids, places, rows) = (&source.ids, &source.positions, &source.rows);
        let mut hidden = self.words.forward(ids, places, positions, rows, walk);
        walk.show(Place::SourceEmbedding, &hidden);
        for (layer, modules) in self.layers.iter().enumerate() {
            hidden = modules.forward(hidden, rows, walk);
            walk.show(Place::EncoderLayer(layer), &hidden);
        }
        hidden
    }
}

impl EncoderLayer {
    fn forward(&self, hidden: Tensor<2>, rows: &SequenceRows, walk: &mut Walk<'_>) -> Tensor<2> {
        let attended = self.attention.over_itself(&hidden, rows, false, &walk.pass);
        let dropout = walk.dropout(self.dropout, rows);
        let row = self.attention.row();
        let hidden = walk.finish(row, attended, hidden, &self.attention_norm, dropout);
        self.feed_forward.forward(hidden, rows, walk)
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
