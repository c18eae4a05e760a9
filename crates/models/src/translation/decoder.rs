//! The decoder: layers of self-attention, attention over the encoder's states, and feed-forward.

use burn::tensor::{Int, Tensor};
use heads::{HeadRow, RowKind};

use super::embedding::WordEmbedding;
use super::feed_forward::FeedForward;
use super::pass::{Pass, Place};
use super::positions::Positions;
use super::{TranslationBatch, TranslationConfig};
use crate::parameters::joined;
use crate::{GatedAttention, Initializer, KeysValues, LayerNorm, Parameter, Parameters, dropout};

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

/// What the queries of a sublayer attend to.
struct Context<'a> {
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

    /// Scores of the next word after each of `batch.previous`, `[sentences * length, vocabulary]`; `memory` are the
    /// encoder's states.
    pub(super) fn forward(
        &self,
        batch: &TranslationBatch,
        memory: &Tensor<2>,
        positions: &Positions,
        pass: &mut Pass<'_>,
    ) -> Tensor<2> {
        let (ids, rows) = (batch.previous.clone(), batch.previous_positions.clone());
        let shape = ids.dims();
        let mut hidden = self.words.forward(ids, rows, positions, pass);
        pass.show(Place::TargetEmbedding, &hidden);
        for (layer, modules) in self.layers.iter().enumerate() {
            let own = modules.own.attention.keys_values(hidden.clone(), shape);
            let own = Context {
                row: own_row(layer),
                keys: &own,
                shape,
                mask: Some(&batch.visible),
            };
            let source = &batch.source;
            let memory = modules
                .memory
                .attention
                .keys_values(memory.clone(), source.ids.dims());
            let memory = Context {
                row: memory_row(layer),
                keys: &memory,
                shape,
                mask: source.padding.as_ref(),
            };
            hidden = modules.forward(hidden, own, memory, pass);
            pass.show(Place::DecoderLayer(layer), &hidden);
        }
        self.words.scores(hidden)
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
        pass: &mut Pass<'_>,
    ) -> Tensor<2> {
        let [rows] = ids.dims();
        let mut hidden = self.words.step(ids, positions.row(step.before));
        for (layer, (modules, cache)) in self.layers.iter().zip(cache).enumerate() {
            let new = modules.own.attention.keys_values(hidden.clone(), [rows, 1]);
            let own = match cache.own.take() {
                Some(earlier) => earlier.followed_by(new),
                None => new,
            };
            let context = Context {
                row: own_row(layer),
                keys: &own,
                shape: [rows, 1],
                mask: None,
            };
            // Hypotheses of a sentence are so many queries over the same encoder states: nothing is copied for them.
            let memory = Context {
                row: memory_row(layer),
                keys: &cache.memory,
                shape: step.shape,
                mask: step.padding,
            };
            hidden = modules.forward(hidden, context, memory, pass);
            cache.own = Some(own);
        }
        self.words.scores(hidden)
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
        own: Context<'_>,
        memory: Context<'_>,
        pass: &mut Pass<'_>,
    ) -> Tensor<2> {
        let hidden = self.own.forward(hidden, own, pass);
        let hidden = self.memory.forward(hidden, memory, pass);
        self.feed_forward.forward(hidden, pass)
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

    fn forward(&self, hidden: Tensor<2>, context: Context<'_>, pass: &mut Pass<'_>) -> Tensor<2> {
        let Context {
            row,
            keys,
            shape,
            mask,
        } = context;
        let gates = pass.gates_of(row);
        let attended = self
            .attention
            .attend(hidden.clone(), shape, keys, mask, gates, pass.train);
        pass.show(Place::Attention(row), &attended);
        let attended = dropout(attended, pass.rate(self.dropout));
        self.norm.forward(attended + hidden)
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
