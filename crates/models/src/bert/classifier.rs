//! BERT for sequence classification with gates on every head.

use burn::tensor::Tensor;
use heads::HeadGrid;

use super::BertConfig;
use super::encoder::EncoderLayer;
use crate::ops::{self, Lookup, RowDropout};
use crate::parameters::joined;
use crate::pass::Pass;
use crate::{
    Embedding, Indices, Initializer, LayerNorm, Linear, Mode, Parameter, Parameters, SequenceRows,
    TensorOptions,
};

/// Tokens of several examples.
#[derive(Debug)]
pub struct TokenBatch {
    /// Word piece of each row.
    pub input_ids: Indices,
    /// 0 for the first text, 1 for the second, of each row.
    pub token_type_ids: Indices,
    /// Place of each row in its example.
    pub positions: Indices,
    /// Row of the first token of each example.
    pub first: Indices,
    /// Which rows belong to which example.
    pub rows: SequenceRows,
    /// The examples as rows of their own, for what is computed of each.
    pub examples: SequenceRows,
    /// Class of each example.
    pub labels: Indices,
}

impl TokenBatch {
    /// A batch from host arrays in row-major order; `attention_mask` is true at tokens, false at padding. `options` say
    /// whether padding is left out.
    pub fn new(
        input_ids: &[i32],
        token_type_ids: &[i32],
        attention_mask: &[bool],
        labels: &[i32],
        options: &TensorOptions,
    ) -> Self {
        let batch = labels.len();
        let length = input_ids.len() / batch.max(1);
        let rows = SequenceRows::new(attention_mask, batch, options);
        let indices = |of_cells: &[i32]| Indices::new(&rows.of_cells(of_cells), options);
        let places: Vec<i32> = (0..input_ids.len())
            .map(|cell| (cell % length.max(1)) as i32)
            .collect();
        let first: Vec<i32> = rows.all().map(|all| all.start as i32).collect();
        Self {
            input_ids: indices(input_ids),
            token_type_ids: indices(token_type_ids),
            positions: indices(&places),
            first: Indices::new(&first, options),
            examples: SequenceRows::new(&vec![true; batch], batch, options),
            labels: Indices::new(labels, options),
            rows,
        }
    }

    /// Number of examples.
    pub fn len(&self) -> usize {
        self.rows.sequences()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// What a forward pass gives.
#[derive(Debug, Clone)]
pub struct BertOutput {
    /// Class scores, `[batch, classes]`.
    pub logits: Tensor<2>,
    /// Pooled first token after tanh, `[batch, width]`.
    pub pooled: Tensor<2>,
    /// Output of the embeddings and of each layer, `[rows, width]`; only where asked for.
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
    pub fn forward(&self, batch: &TokenBatch, gates: Option<&Tensor<3>>, mode: Mode) -> Tensor<2> {
        self.run(batch, gates, mode, false).logits
    }

    /// [`forward`](Self::forward) in evaluation mode, with everything on the way kept.
    pub fn forward_with_hidden(&self, batch: &TokenBatch, gates: Option<&Tensor<3>>) -> BertOutput {
        self.run(batch, gates, Mode::Evaluate, true)
    }

    fn run(&self, batch: &TokenBatch, gates: Option<&Tensor<3>>, mode: Mode, keep: bool) -> BertOutput {
        let pass = Pass::new(&batch.rows, gates, mode);
        let tables = [
            (&self.words, &batch.input_ids),
            (&self.token_types, &batch.token_type_ids),
            (&self.positions, &batch.positions),
        ];
        let lookups = tables.map(|(embedding, indices)| Lookup {
            table: &embedding.weight,
            indices,
            factor: 1.0,
        });
        let embedded = ops::embed(&pass, lookups);
        let dropout = RowDropout {
            dropout: pass.dropout(self.dropout),
            rows: &batch.rows,
        };
        let mut hidden = ops::norm_dropout(&pass, embedded, &self.embedding_norm, dropout);
        let mut states = Vec::new();
        if keep {
            states.push(hidden.clone());
        }
        let first_of = |hidden: Tensor<2>| hidden.select(0, batch.first.on_device());
        let mut first = None;
        for (row, layer) in self.layers.iter().enumerate() {
            if !keep && row + 1 == self.layers.len() {
                // The classifier looks at first tokens alone: the last layer need not compute any other.
                let states = [first_of(hidden.clone()), hidden.clone()];
                first = Some(layer.forward_first(states, [&batch.examples, &batch.rows], row, &pass));
                break;
            }
            hidden = layer.forward(hidden, &batch.rows, row, &pass);
            if keep {
                states.push(hidden.clone());
            }
        }
        let first = first.unwrap_or_else(|| first_of(hidden));
        let pooled = ops::project(&pass, first, &[&self.pooler]).tanh();
        let dropout = RowDropout {
            dropout: pass.dropout(self.dropout),
            rows: &batch.examples,
        };
        let dropped = ops::drop_rows(&pass, pooled.clone(), dropout);
        BertOutput {
            logits: ops::project(&pass, dropped, &[&self.classifier]),
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
