//! The decoder: layers of self-attention, attention over the encoder's states, and feed-forward.

use burn::tensor::{Int, Tensor};
use heads::{HeadRow, RowKind};

use super::embedding::WordEmbedding;
use super::feed_forward::FeedForward;
use super::pass::{Place, Walk};
use super::positions::Positions;
use super::{TranslationBatch, TranslationConfig};
use crate::parameters::joined;
use crate::{GatedAttention, Initializer, KeysValues, LayerNorm, Parameter, Parameters, SequenceRows};

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

/// What the queries of a sublayer attend to while sentences are generated.
struct Kept<'a> {
    row: HeadRow,
    keys: &'a KeysValues,
    /// Sentences and queries in each.
    shape: [usize; 2],
    mask: Option<&'a Tensor<4>>,
}

/// Keys and values of one decoder layer while sentences are generated.
#[derive(Debug, Clone)]
pub(super) struct LayerCache {
    /// Of the words so far, one row a hypothesis; none before the first word.
    pub(super) own: Option<KeysValues>,
    /// Of the encoder's states, one row a sentence.
    pub(super) memory: KeysValues,
}

/// What a step of generation attends to beside the cache.
pub(super) struct StepShape<'a> {
    /// Sentences, and hypotheses of each.
    pub(super) shape: [usize; 2],
    /// Words before this one in every hypothesis.
    pub(super) before: usize,
    /// Padding of the source sentences.
    pub(super) padding: Option<&'a Tensor<4>>,
    /// The hypotheses, one row each.
    pub(super) rows: &'a SequenceRows,
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

    /// The cache before the first word: keys and values of the encoder's states `[sentences * length, width]`.
    pub(super) fn cache(&self, memory: &Tensor<2>, shape: [usize; 2]) -> Vec<LayerCache> {
        self.layers
            .iter()
            .map(|layer| LayerCache {
                own: None,
                memory: layer.memory.attention.keys_values(memory.clone(), shape),
            })
            .collect()
    }

    /// Scores of the next word of each hypothesis, `[rows, vocabulary]`, after the word `ids` `[rows]`, whose keys and
    /// values join the cache; rows are hypotheses, sentence by sentence.
    pub(super) fn step(
        &self,
        ids: Tensor<1, Int>,
        step: &StepShape<'_>,
        cache: &mut [LayerCache],
        positions: &Positions,
        walk: &mut Walk<'_>,
    ) -> Tensor<2> {
        let [rows] = ids.dims();
        let mut hidden = self.words.step(ids, positions.row(step.before));
        for (layer, (modules, cache)) in self.layers.iter().zip(cache).enumerate() {
            let new = modules.own.attention.keys_values(hidden.clone(), [rows, 1]);
            let own = match cache.own.take() {
                Some(earlier) => earlier.followed_by(new),
                None => new,
            };
            let kept = Kept {
                row: own_row(layer),
                keys: &own,
                shape: [rows, 1],
                mask: None,
            };
            hidden = modules.own.over_kept(hidden, &kept, step.rows, walk);
            // Hypotheses of a sentence are so many queries over the same encoder states: nothing is copied for them.
            let kept = Kept {
                row: memory_row(layer),
                keys: &cache.memory,
                shape: step.shape,
                mask: step.padding,
            };
            hidden = modules.memory.over_kept(hidden, &kept, step.rows, walk);
            hidden = modules.feed_forward.forward(hidden, step.rows, walk);
            cache.own = Some(own);
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

    /// The sublayer over keys and values that were kept.
    fn over_kept(
        &self,
        hidden: Tensor<2>,
        kept: &Kept<'_>,
        rows: &SequenceRows,
        walk: &mut Walk<'_>,
    ) -> Tensor<2> {
        let gates = walk.gates_of(kept.row);
        let context = self
            .attention
            .over_kept(hidden.clone(), kept.shape, kept.keys, kept.mask, gates);
        self.finish(kept.row, [context, hidden], rows, walk)
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
