//! The decoder: layers of self-attention, attention over the encoder's states, and feed-forward.

use burn::tensor::Tensor;
use heads::{HeadRow, RowKind};

use super::embedding::WordEmbedding;
use super::feed_forward::FeedForward;
use super::pass::{Place, Walk};
use super::positions::Positions;
use super::{TranslationBatch, TranslationConfig};
use crate::ops;
use crate::parameters::joined;
use crate::{GatedAttention, Indices, Initializer, LayerNorm, Parameter, Parameters, SequenceRows};

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

/// Keys and values of one decoder layer while sentences are generated, side by side in rows of `2 width` numbers.
#[derive(Debug, Clone)]
pub(super) struct LayerCache {
    /// Of the words so far, hypothesis by hypothesis; none before the first word.
    pub(super) own: Option<Tensor<2>>,
    /// Of the encoder's states, sentence by sentence.
    pub(super) memory: Tensor<2>,
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
    pub(super) fn new(config: &TranslationConfig, initial: &mut Initializer) -> Self {
        Self {
            words: WordEmbedding::new(config.target_vocabulary, config, initial),
            layers: (0..config.decoder_layers)
                .map(|_| DecoderLayer {
                    own: Sublayer::new(config, initial),
                    memory: Sublayer::new(config, initial),
                    feed_forward: FeedForward::new(config, initial),
                })
                .collect(),
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
            hidden = modules.forward(hidden, memory, batch, layer, walk);
            walk.show(Place::DecoderLayer(layer), &hidden);
        }
        self.words.scores(hidden, walk)
    }

    /// The cache before the first word, from the encoder's states.
    pub(super) fn cache(&self, memory: &Tensor<2>, walk: &Walk<'_>) -> Vec<LayerCache> {
        let keys_values =
            |layer: &DecoderLayer| layer.memory.attention.keys_values(memory.clone(), &walk.pass);
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
        for (layer, (modules, cache)) in self.layers.iter().zip(cache).enumerate() {
            let Sublayer { attention, .. } = &modules.own;
            let row = own_row(layer);
            let new = attention.keys_values(hidden.clone(), &walk.pass);
            let own = match cache.own.take() {
                Some(kept) => {
                    let before = step.so_far.length() - 1;
                    ops::append_rows(&walk.pass, [kept, new], before, step.parents)
                }
                None => new,
            };
            let states = [hidden.clone(), own.clone()];
            let context = attention.over_kept(states, rows, step.so_far, walk.row(row), &walk.pass);
            hidden = modules.own.finish(row, [context, hidden], rows, walk);
            cache.own = Some(own);

            // Hypotheses of a sentence are so many queries over the same encoder states: nothing is copied for them.
            let Sublayer { attention, .. } = &modules.memory;
            let row = memory_row(layer);
            let states = [hidden.clone(), cache.memory.clone()];
            let context = attention.over_kept(states, step.sentences, step.source, walk.row(row), &walk.pass);
            hidden = modules.memory.finish(row, [context, hidden], rows, walk);
            hidden = modules.feed_forward.forward(hidden, rows, walk);
        }
        self.words.scores(hidden, walk)
    }
}

fn own_row(layer: usize) -> HeadRow {
    HeadRow {
        kind: RowKind::DecoderSelf,
        layer,
    }
}

fn memory_row(layer: usize) -> HeadRow {
    HeadRow {
        kind: RowKind::EncoderDecoder,
        layer,
    }
}

impl DecoderLayer {
    fn forward(
        &self,
        hidden: Tensor<2>,
        memory: &Tensor<2>,
        batch: &TranslationBatch,
        layer: usize,
        walk: &mut Walk<'_>,
    ) -> Tensor<2> {
        let rows = &batch.rows;
        let Sublayer { attention, .. } = &self.own;
        let row = own_row(layer);
        let gates = walk.row(row);
        let context = attention.over_itself(hidden.clone(), rows, gates, true, &walk.pass);
        let hidden = self.own.finish(row, [context, hidden], rows, walk);

        let Sublayer { attention, .. } = &self.memory;
        let row = memory_row(layer);
        let (gates, states) = (walk.row(row), [hidden.clone(), memory.clone()]);
        let context = attention.over_memory(states, rows, &batch.source.rows, gates, &walk.pass);
        let hidden = self.memory.finish(row, [context, hidden], rows, walk);
        self.feed_forward.forward(hidden, rows, walk)
    }
}

impl Sublayer {
    fn new(config: &TranslationConfig, initial: &mut Initializer) -> Self {
        let (width, heads) = (config.embed_dim, config.attention_heads);
        Self {
            attention: GatedAttention::xavier(width, heads, config.attention_dropout, initial),
            norm: LayerNorm::new(width, config.layer_norm_eps, initial),
            dropout: config.dropout,
        }
    }

    /// The rest of the sublayer from its contexts.
    fn finish(
        &self,
        row: HeadRow,
        states: [Tensor<2>; 2],
        rows: &SequenceRows,
        walk: &mut Walk<'_>,
    ) -> Tensor<2> {
        let dropout = walk.dropout(self.dropout, rows);
        walk.finish(row, &self.attention, states, &self.norm, dropout)
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
