//! An encoder for sequence classification with gates on every head.

use bundle::encoder::{EncoderConfig, Family};
use burn::tensor::Tensor;
use heads::{HeadGrid, RowKind};

use super::TokenBatch;
use super::head::Head;
use super::layer::EncoderLayer;
#[cfg(feature = "flex")]
use super::packed::{PackedClassifier, PackedTable};
use crate::attention::places;
use crate::ops::{self, Lookup, RowDropout};
#[cfg(feature = "flex")]
use crate::packed::PackedNorm;
use crate::parameters::joined;
use crate::pass::Pass;
use crate::statistics::Statistician;
use crate::{
    AttentionStatistics, Embedding, HeadGates, Indices, Initializer, LayerNorm, Mode, Parameter, Parameters,
    Removal,
};

/// What a forward pass gives.
#[derive(Debug, Clone)]
pub struct EncoderOutput {
    /// Class scores, `[batch, classes]`.
    pub logits: Tensor<2>,
    /// First token as the classifier sees it, after its activation, `[batch, width]`.
    pub pooled: Tensor<2>,
    /// Output of the embeddings and of each layer, `[rows, width]`; only where asked for.
    pub hidden: Vec<Tensor<2>>,
}

/// An encoder with a classifier on the first token.
#[derive(Debug, Clone)]
pub struct EncoderClassifier {
    family: Family,
    words: Embedding,
    positions: Embedding,
    token_types: Option<Embedding>,
    embedding_norm: LayerNorm,
    layers: Vec<EncoderLayer>,
    head: Head,
    dropout: f64,
    /// Id of padding where positions begin behind it.
    counts_behind: Option<u32>,
    grid: HeadGrid,
}

impl EncoderClassifier {
    /// Fresh weights: normal matrices, biases 0, layer normalisation the identity. Layers have the heads that `config` leaves
    /// them, or none; a head keeps its width.
    ///
    /// # Errors
    /// A config that [`EncoderConfig::check`] refuses.
    pub fn new(config: &EncoderConfig, initial: &mut Initializer) -> Result<Self, String> {
        config.check()?;
        let grid = config.grid().map_err(|error| error.to_string())?;
        let padding = config.pad_token_id.filter(|_| config.family.is_roberta());
        let (width, std) = (config.hidden_size, config.embedding_std());
        let mut table = |entries| Embedding::new(entries, width, std, initial);
        let (words, positions) = (table(config.vocab_size), table(config.max_position_embeddings));
        let token_types = (!config.family.has_no_types()).then(|| table(config.type_vocab_size));
        Ok(Self {
            family: config.family,
            words,
            positions,
            token_types,
            embedding_norm: LayerNorm::new(width, config.layer_norm_eps, initial),
            layers: places(&grid, RowKind::EncoderSelf)
                .map(|place| EncoderLayer::new(config, place, initial))
                .collect(),
            head: Head::new(config, initial),
            dropout: config.hidden_dropout_prob,
            counts_behind: padding.and_then(|id| u32::try_from(id).ok()),
            grid,
        })
    }

    /// The model that is left when heads are removed: without gates it computes what this one does under those of `removal`.
    ///
    /// # Panics
    /// If `removal` was made for other heads.
    #[must_use]
    pub fn removed(&self, removal: &Removal) -> Self {
        removal.assert_of(&self.grid);
        Self {
            layers: self.layers.iter().map(|layer| layer.removed(removal)).collect(),
            grid: removal.grid().clone(),
            ..self.clone()
        }
    }

    /// The model, outside autodiff, with packed weights.
    #[cfg(feature = "flex")]
    pub(super) fn packed(&self) -> PackedClassifier {
        PackedClassifier {
            words: PackedTable::new(&self.words),
            positions: PackedTable::new(&self.positions),
            token_types: self.token_types.as_ref().map(PackedTable::new),
            norm: PackedNorm::new(&self.embedding_norm),
            layers: self.layers.iter().map(EncoderLayer::packed).collect(),
            head: self.head.packed(),
            counts_behind: self.counts_behind,
            grid: self.grid.clone(),
        }
    }

    /// The heads of this model.
    pub fn grid(&self) -> &HeadGrid {
        &self.grid
    }

    /// Class scores, `[batch, classes]`, under `gates` or with every head as it is.
    pub fn forward(&self, batch: &TokenBatch, gates: Option<&HeadGates>, mode: Mode) -> Tensor<2> {
        self.run(batch, &Pass::new(&batch.rows, gates, mode), false)
            .logits
    }

    /// [`forward`](Self::forward) in evaluation mode, with everything on the way kept.
    pub fn forward_with_hidden(&self, batch: &TokenBatch, gates: Option<&HeadGates>) -> EncoderOutput {
        self.run(batch, &Pass::new(&batch.rows, gates, Mode::Evaluate), true)
    }

    /// What the heads attend to in evaluation mode, from every token of `batch`, those of the last layer included.
    ///
    /// # Errors
    /// What the device says when numbers cannot be read back.
    pub fn attention(
        &self,
        batch: &TokenBatch,
        gates: Option<&HeadGates>,
    ) -> Result<AttentionStatistics, String> {
        let watch = Statistician::new(&self.grid);
        let pass = Pass::new(&batch.rows, gates, Mode::Evaluate).watched(&watch);
        self.run(batch, &pass, true);
        watch.found()
    }

    /// From how many positions of `batch` the attention module of each layer attends in [`forward`](Self::forward): all, and
    /// the last from the first token of each sequence alone.
    pub fn positions(&self, batch: &TokenBatch) -> Vec<usize> {
        let mut positions = vec![batch.rows.count(); self.layers.len()];
        if let Some(last) = positions.last_mut() {
            *last = batch.examples.count();
        }
        positions
    }

    fn run(&self, batch: &TokenBatch, pass: &Pass<'_>, keep: bool) -> EncoderOutput {
        let embedded = self.embed(batch, pass);
        let dropout = RowDropout {
            dropout: pass.dropout(self.dropout),
            rows: &batch.rows,
        };
        let mut hidden = ops::norm_dropout(pass, embedded, &self.embedding_norm, dropout);
        let mut states = Vec::new();
        if keep {
            states.push(hidden.clone());
        }
        let first_of = |hidden: Tensor<2>| hidden.select(0, batch.first.on_device());
        let mut first = None;
        for (number, layer) in self.layers.iter().enumerate() {
            if !keep && number + 1 == self.layers.len() {
                // The classifier looks at first tokens alone: the last layer need not compute any other.
                let states = [first_of(hidden.clone()), hidden.clone()];
                first = Some(layer.forward_first(states, [&batch.examples, &batch.rows], pass));
                break;
            }
            hidden = layer.forward(hidden, &batch.rows, pass);
            if keep {
                states.push(hidden.clone());
            }
        }
        let first = first.unwrap_or_else(|| first_of(hidden));
        let scores = self.head.forward(first, &batch.examples, pass);
        EncoderOutput {
            logits: scores.logits,
            pooled: scores.pooled,
            hidden: states,
        }
    }

    /// The sum of the embeddings of word, kind and position of each row.
    fn embed(&self, batch: &TokenBatch, pass: &Pass<'_>) -> Tensor<2> {
        fn lookup<'a>(embedding: &'a Embedding, indices: &'a Indices) -> Lookup<'a> {
            Lookup {
                table: &embedding.weight,
                indices,
                factor: 1.0,
            }
        }
        let behind = self.counts_behind.map(|padding| batch.positions_behind(padding));
        let positions = behind.as_ref().unwrap_or(&batch.positions);
        let (words, positions) = (
            lookup(&self.words, &batch.input_ids),
            lookup(&self.positions, positions),
        );
        match &self.token_types {
            Some(types) => ops::embed(pass, [words, lookup(types, &batch.token_type_ids), positions]),
            None => ops::embed(pass, [words, positions]),
        }
    }
}

impl Parameters for EncoderClassifier {
    fn visit(&mut self, prefix: &str, visit: &mut dyn FnMut(&str, Parameter<'_>)) {
        let prefix = joined(prefix, self.family.prefix());
        let embeddings = joined(&prefix, "embeddings");
        self.words.visit(&joined(&embeddings, "word_embeddings"), visit);
        self.positions
            .visit(&joined(&embeddings, "position_embeddings"), visit);
        if let Some(types) = &mut self.token_types {
            types.visit(&joined(&embeddings, "token_type_embeddings"), visit);
        }
        self.embedding_norm
            .visit(&joined(&embeddings, "LayerNorm"), visit);
        let layers = joined(&prefix, self.family.layers());
        for (number, layer) in self.layers.iter_mut().enumerate() {
            layer.visit(&joined(&layers, &number.to_string()), visit);
        }
        self.head.visit("", visit);
    }
}
