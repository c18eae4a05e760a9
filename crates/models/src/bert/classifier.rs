//! BERT for sequence classification with gates on every head.

use burn::tensor::{Int, Tensor};
use heads::HeadGrid;

use super::BertConfig;
use super::encoder::EncoderLayer;
use crate::attention::MASKED_SCORE;
use crate::parameters::joined;
use crate::{Embedding, Initializer, LayerNorm, Linear, Parameter, Parameters, TensorOptions, dropout};

/// A rectangle of tokens on the device.
#[derive(Debug, Clone)]
pub struct TokenBatch {
    /// Word pieces, `[batch, length]`.
    pub input_ids: Tensor<2, Int>,
    /// 0 for the first text, 1 for the second, `[batch, length]`.
    pub token_type_ids: Tensor<2, Int>,
    /// `[batch, 1, 1, length]`: 0 at tokens, very negative at padding; none where nothing is padded.
    pub padding: Option<Tensor<4>>,
    /// Classes, `[batch]`.
    pub labels: Tensor<1, Int>,
}

impl TokenBatch {
    /// A batch from host arrays in row-major order; `attention_mask` is true at tokens, false at padding.
    pub fn new(
        input_ids: &[i32],
        token_type_ids: &[i32],
        attention_mask: &[bool],
        labels: &[i32],
        options: &TensorOptions,
    ) -> Self {
        let batch = labels.len();
        let length = input_ids.len() / batch.max(1);
        let padding = attention_mask.contains(&false).then(|| {
            let scores: Vec<f64> = attention_mask
                .iter()
                .map(|&token| if token { 0.0 } else { MASKED_SCORE })
                .collect();
            options.float(&scores, [batch, 1, 1, length])
        });
        Self {
            input_ids: options.int(input_ids, [batch, length]),
            token_type_ids: options.int(token_type_ids, [batch, length]),
            padding,
            labels: options.int(labels, [batch]),
        }
    }
}

/// What a forward pass gives.
#[derive(Debug, Clone)]
pub struct BertOutput {
    /// Class scores, `[batch, classes]`.
    pub logits: Tensor<2>,
    /// Pooled first token after tanh, `[batch, width]`.
    pub pooled: Tensor<2>,
    /// Output of the embeddings and of each layer, `[batch * length, width]`; only where asked for.
    pub hidden: Vec<Tensor<2>>,
}

/// BERT with a classifier on the pooled first token.
#[derive(Debug, Clone)]
pub struct BertClassifier {
    words: Embedding,
    positions: Embedding,
    token_types: Embedding,
    embedding_norm: LayerNorm,
    layers: Vec<EncoderLayer>,
    pooler: Linear,
    classifier: Linear,
    dropout: f64,
    grid: HeadGrid,
}

impl BertClassifier {
    /// Fresh weights: normal matrices, biases 0, layer normalisation the identity.
    ///
    /// # Errors
    /// A config that [`BertConfig::check`] refuses.
    pub fn new(config: &BertConfig, initial: &mut Initializer) -> Result<Self, String> {
        config.check()?;
        let (width, std) = (config.hidden_size, config.embedding_std());
        Ok(Self {
            words: Embedding::new(config.vocab_size, width, std, initial),
            positions: Embedding::new(config.max_position_embeddings, width, std, initial),
            token_types: Embedding::new(config.type_vocab_size, width, std, initial),
            embedding_norm: LayerNorm::new(width, config.layer_norm_eps, initial),
            layers: (0..config.num_hidden_layers)
                .map(|_| EncoderLayer::new(config, initial))
                .collect(),
            pooler: Linear::new(width, width, config.initializer_range, initial),
            classifier: Linear::new(width, config.classes(), config.initializer_range, initial),
            dropout: config.hidden_dropout_prob,
            grid: config.grid().map_err(|error| error.to_string())?,
        })
    }

    /// The heads of this model.
    pub fn grid(&self) -> &HeadGrid {
        &self.grid
    }

    /// Class scores, `[batch, classes]`, under `gates` or with every head as it is. `gates`: `[1, rows, heads]` for all
    /// examples or `[batch, rows, heads]` for each.
    pub fn forward(&self, batch: &TokenBatch, gates: Option<&Tensor<3>>, train: bool) -> Tensor<2> {
        self.run(batch, gates, train, false).logits
    }

    /// [`forward`](Self::forward) in evaluation mode, with everything on the way kept.
    pub fn forward_with_hidden(&self, batch: &TokenBatch, gates: Option<&Tensor<3>>) -> BertOutput {
        self.run(batch, gates, false, true)
    }

    fn run(&self, batch: &TokenBatch, gates: Option<&Tensor<3>>, train: bool, keep: bool) -> BertOutput {
        let [size, length] = batch.input_ids.dims();
        let width = self.embedding_norm.weight.dims()[0];
        let rate = if train { self.dropout } else { 0.0 };

        let positions = self
            .positions
            .weight
            .clone()
            .slice_dim(0, 0..length)
            .unsqueeze::<3>();
        let embedded = self.words.forward(batch.input_ids.clone())
            + self.token_types.forward(batch.token_type_ids.clone())
            + positions;
        let embedded = self
            .embedding_norm
            .forward(embedded.reshape([size * length, width]));
        let mut hidden = dropout(embedded, rate);
        let mut states = Vec::new();
        if keep {
            states.push(hidden.clone());
        }
        for (row, layer) in self.layers.iter().enumerate() {
            let gates = gates.map(|gates| gates.clone().slice_dim(1, row..row + 1).squeeze_dim(1));
            hidden = layer.forward(hidden, [size, length], batch.padding.as_ref(), gates, train);
            if keep {
                states.push(hidden.clone());
            }
        }
        let first = hidden
            .reshape([size, length, width])
            .slice([0..size, 0..1])
            .reshape([size, width]);
        let pooled = self.pooler.forward(first).tanh();
        let logits = self.classifier.forward(dropout(pooled.clone(), rate));
        BertOutput {
            logits,
            pooled,
            hidden: states,
        }
    }
}

impl Parameters for BertClassifier {
    fn visit(&mut self, prefix: &str, visit: &mut dyn FnMut(&str, Parameter<'_>)) {
        let embeddings = joined(prefix, "bert.embeddings");
        self.words.visit(&joined(&embeddings, "word_embeddings"), visit);
        self.positions
            .visit(&joined(&embeddings, "position_embeddings"), visit);
        self.token_types
            .visit(&joined(&embeddings, "token_type_embeddings"), visit);
        self.embedding_norm
            .visit(&joined(&embeddings, "LayerNorm"), visit);
        for (number, layer) in self.layers.iter_mut().enumerate() {
            layer.visit(&joined(prefix, &format!("bert.encoder.layer.{number}")), visit);
        }
        self.pooler.visit(&joined(prefix, "bert.pooler.dense"), visit);
        self.classifier.visit(&joined(prefix, "classifier"), visit);
    }
}
