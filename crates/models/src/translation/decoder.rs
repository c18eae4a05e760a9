//! The decoder: layers of self-attention, attention over the encoder's states, and feed-forward.

use burn::tensor::Tensor;
use heads::{HeadGrid, RowKind};

use super::embedding::WordEmbedding;
use super::feed_forward::FeedForward;
#[cfg(feature = "flex")]
use super::packed::{PackedDecoder, PackedDecoderLayer};
use super::pass::{Place, Walk};
use super::positions::Positions;
use super::{TranslationBatch, TranslationConfig, attention_config};
use crate::attention::{self, Attended, GatedAttention, places};
use crate::ops;
#[cfg(feature = "flex")]
use crate::packed::PackedSublayer;
use crate::parameters::joined;
use crate::{Indices, Initializer, LayerNorm, Parameter, Parameters, Removal, SequenceRows};

/// The layers over one vocabulary.
#[derive(Debug, Clone)]
pub(super) struct Decoder {
    words: WordEmbedding,
    layers: Vec<DecoderLayer>,
}

#[derive(Debug, Clone)]
struct DecoderLayer {
    own: Sublayer,
    memory: Sublayer,
    feed_forward: FeedForward,
}

/// Attention with its residual and layer normalisation.
#[derive(Debug, Clone)]
struct Sublayer {
    attention: GatedAttention,
    norm: LayerNorm,
    dropout: f64,
}

/// Keys and values of one decoder layer while sentences are generated, side by side in rows; none of a module without heads.
#[derive(Debug, Clone)]
pub(super) struct LayerCache {
    /// Of the words so far, hypothesis by hypothesis; none before the first word.
    pub(super) own: Option<Tensor<2>>,
    /// Of the encoder's states, sentence by sentence.
    pub(super) memory: Option<Tensor<2>>,
}

/// The next word of every hypothesis, and what it sees.
pub(super) struct Step<'a> {
    /// The words, hypotheses sentence by sentence.
    pub(super) ids: &'a Indices,
    /// Their row of the table of positions.
    pub(super) places: &'a Indices,
    /// The hypothesis that each continues; none where every one continues itself.
    pub(super) parents: Option<&'a Indices>,
    /// The hypotheses, each a sequence of one row.
    pub(super) rows: &'a SequenceRows,
    /// The hypotheses with the words before and this one.
    pub(super) so_far: &'a SequenceRows,
    /// The sentences, each a sequence of its hypotheses.
    pub(super) sentences: &'a SequenceRows,
    /// The sources of the sentences.
    pub(super) source: &'a SequenceRows,
}

impl Decoder {
    pub(super) fn new(config: &TranslationConfig, grid: &HeadGrid, initial: &mut Initializer) -> Self {
        let modules = places(grid, RowKind::DecoderSelf).zip(places(grid, RowKind::EncoderDecoder));
        Self {
            words: WordEmbedding::new(config.target_vocabulary, config, initial),
            layers: modules
                .map(|(own, memory)| DecoderLayer {
                    own: Sublayer::new(config, own, initial),
                    memory: Sublayer::new(config, memory, initial),
                    feed_forward: FeedForward::new(config, initial),
                })
                .collect(),
        }
    }

    /// The decoder that is left when heads are removed.
    pub(super) fn removed(&self, removal: &Removal) -> Self {
        let of_layer = |layer: &DecoderLayer| DecoderLayer {
            own: layer.own.removed(removal),
            memory: layer.memory.removed(removal),
            ..layer.clone()
        };
        Self {
            layers: self.layers.iter().map(of_layer).collect(),
            ..self.clone()
        }
    }

    /// The decoder with packed weights.
    #[cfg(feature = "flex")]
    pub(super) fn packed(&self) -> PackedDecoder {
        let sublayer = |sublayer: &Sublayer| PackedSublayer::new(sublayer.attention.packed(), &sublayer.norm);
        let of_layer = |layer: &DecoderLayer| PackedDecoderLayer {
            own: sublayer(&layer.own),
            memory: sublayer(&layer.memory),
            feed_forward: layer.feed_forward.packed(),
        };
        PackedDecoder {
            words: self.words.packed(),
            scores: self.words.packed_scores(),
            layers: self.layers.iter().map(of_layer).collect(),
        }
    }

    /// Scores of the next word after each of `batch.previous`, `[rows, vocabulary]`; `memory` are the encoder's states.
    pub(super) fn forward(
        &self,
        batch: &TranslationBatch,
        memory: &Tensor<2>,
        positions: &Positions,
        walk: &mut Walk<'_>,
    ) -> Tensor<2> {
        let (ids, places, rows) = (&batch.previous, &batch.previous_positions, &batch.rows);
        let mut hidden = self.words.forward(ids, places, positions, rows, walk);
        walk.show(Place::TargetEmbedding, &hidden);
        for (layer, modules) in self.layers.iter().enumerate() {
            hidden = modules.forward(hidden, memory, batch, walk);
            walk.show(Place::DecoderLayer(layer), &hidden);
        }
        self.words.scores(hidden, walk)
    }

    /// The cache before the first word, from the encoder's states.
    pub(super) fn cache(&self, memory: &Tensor<2>, walk: &Walk<'_>) -> Vec<LayerCache> {
        let keys_values = |layer: &DecoderLayer| layer.memory.attention.keys_values(memory, &walk.pass);
        self.layers
            .iter()
            .map(|layer| LayerCache {
                own: None,
                memory: keys_values(layer),
            })
            .collect()
    }

    /// Scores of the word after that of `step` in each hypothesis, `[rows, vocabulary]`. Keys and values of this word join
    /// the cache, whose hypotheses come into the order of the step.
    pub(super) fn step(
        &self,
        step: &Step<'_>,
        cache: &mut [LayerCache],
        positions: &Positions,
        walk: &mut Walk<'_>,
    ) -> Tensor<2> {
        let rows = step.rows;
        let mut hidden = self.words.forward(step.ids, step.places, positions, rows, walk);
        for (modules, cache) in self.layers.iter().zip(cache) {
            let attention = &modules.own.attention;
            let new = attention.keys_values(&hidden, &walk.pass);
            let own = match (cache.own.take(), new) {
                (Some(cached), Some(new)) => {
                    let before = step.so_far.length() - 1;
                    let appended = ops::append_rows(&walk.pass, [cached, new], before, step.parents);
                    Some(appended)
                }
                (_, new) => new,
            };
            let attended = attention.over_cached(&hidden, own.clone(), [rows, step.so_far], &walk.pass);
            hidden = modules.own.finish(attended, hidden, rows, walk);
            cache.own = own;

            // Hypotheses of a sentence are so many queries over the same encoder states: nothing is copied for them.
            let attention = &modules.memory.attention;
            let over = [step.sentences, step.source];
            let attended = attention.over_cached(&hidden, cache.memory.clone(), over, &walk.pass);
            hidden = modules.memory.finish(attended, hidden, rows, walk);
            hidden = modules.feed_forward.forward(hidden, rows, walk);
        }
        self.words.scores(hidden, walk)
    }
}

impl DecoderLayer {
    fn forward(
        &self,
        hidden: Tensor<2>,
        memory: &Tensor<2>,
        batch: &TranslationBatch,
        walk: &mut Walk<'_>,
    ) -> Tensor<2> {
        let rows = &batch.rows;
        let attended = self.own.attention.over_itself(&hidden, rows, true, &walk.pass);
        let hidden = self.own.finish(attended, hidden, rows, walk);

        let attention = &self.memory.attention;
        let over = [rows, &batch.source.rows];
        let attended = attention.over_memory([&hidden, memory], over, &walk.pass);
        let hidden = self.memory.finish(attended, hidden, rows, walk);
        self.feed_forward.forward(hidden, rows, walk)
    }
}

impl Sublayer {
    fn new(config: &TranslationConfig, place: attention::Place, initial: &mut Initializer) -> Self {
        Self {
            attention: GatedAttention::xavier(attention_config(config), place, initial),
            norm: LayerNorm::new(config.embed_dim, config.layer_norm_eps, initial),
            dropout: config.dropout,
        }
    }

    fn removed(&self, removal: &Removal) -> Self {
        Self {
            attention: self.attention.removed(removal),
            ..self.clone()
        }
    }

    /// The rest of the sublayer after attention.
    fn finish(
        &self,
        attended: Attended<'_>,
        residual: Tensor<2>,
        rows: &SequenceRows,
        walk: &mut Walk<'_>,
    ) -> Tensor<2> {
        let dropout = walk.dropout(self.dropout, rows);
        walk.finish(self.attention.row(), attended, residual, &self.norm, dropout)
    }
}

impl Parameters for Decoder {
    fn visit(&mut self, prefix: &str, visit: &mut dyn FnMut(&str, Parameter<'_>)) {
        self.words.table.visit(&joined(prefix, "embed_tokens"), visit);
        for (number, layer) in self.layers.iter_mut().enumerate() {
            let prefix = joined(prefix, &format!("layers.{number}"));
            let DecoderLayer {
                own,
                memory,
                feed_forward,
            } = layer;
            for (name, sublayer) in [("self_attn", own), ("encoder_attn", memory)] {
                sublayer.attention.visit_fairseq(&joined(&prefix, name), visit);
                let norm = joined(&prefix, &format!("{name}_layer_norm"));
                sublayer.norm.visit(&norm, visit);
            }
            feed_forward.visit(&prefix, visit);
        }
    }
}
