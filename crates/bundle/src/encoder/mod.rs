//! An encoder for sequence classification as config.json describes it.

mod activation;
mod check;
mod family;
mod names;
mod read;
mod tensors;
mod write;

use heads::{GridError, HeadGrid, HeadMask};
use serde_json::{Map, Value};

use crate::pruned::{self, PrunedHeads};

pub use activation::Activation;
pub use family::Family;
pub use tensors::LayerNames;

/// The keys of config.json that decide the computation, under BERT's names, and the rest of them.
#[derive(Debug, Clone, PartialEq)]
pub struct EncoderConfig {
    /// What `model_type` says.
    pub family: Family,
    /// Entries of the vocabulary.
    pub vocab_size: usize,
    /// Width of the hidden states.
    pub hidden_size: usize,
    /// Encoder layers.
    pub num_hidden_layers: usize,
    /// Heads per layer, before any was removed.
    pub num_attention_heads: usize,
    /// Width of the feed-forward layer.
    pub intermediate_size: usize,
    /// Rows of the table of positions; see [`longest_input`](Self::longest_input).
    pub max_position_embeddings: usize,
    /// Kinds of tokens: first and second text; 0 where the family knows none.
    pub type_vocab_size: usize,
    /// Epsilon of layer normalisation.
    pub layer_norm_eps: f64,
    /// Dropout of embeddings and layer outputs.
    pub hidden_dropout_prob: f64,
    /// Dropout of attention probabilities.
    pub attention_probs_dropout_prob: f64,
    /// Dropout before the classifier, where it is not that of the layers.
    pub classifier_dropout: Option<f64>,
    /// Activation of the feed-forward layers.
    pub hidden_act: Activation,
    /// Standard deviation of linear weights at the start.
    pub initializer_range: f64,
    /// Standard deviation of embeddings at the start, where it differs.
    pub embedding_initializer_range: Option<f64>,
    /// Id of padding, where there is one; RoBERTa's positions begin behind it.
    pub pad_token_id: Option<usize>,
    /// Heads that were removed.
    pub pruned_heads: PrunedHeads,
    /// Names of the classes in the order of the classifier's rows.
    pub labels: Vec<String>,
    /// Keys that do not change what is computed here; they are written back as they are.
    pub others: Map<String, Value>,
}

impl EncoderConfig {
    /// A BERT of the given sizes, BERT's own values elsewhere, two classes, without dropout.
    pub fn of_sizes(
        vocab_size: usize,
        hidden_size: usize,
        num_hidden_layers: usize,
        num_attention_heads: usize,
        intermediate_size: usize,
        max_position_embeddings: usize,
    ) -> Self {
        Self {
            family: Family::Bert,
            vocab_size,
            hidden_size,
            num_hidden_layers,
            num_attention_heads,
            intermediate_size,
            max_position_embeddings,
            type_vocab_size: read::KINDS,
            layer_norm_eps: read::EPSILON,
            hidden_dropout_prob: 0.0,
            attention_probs_dropout_prob: 0.0,
            classifier_dropout: None,
            hidden_act: Activation::Gelu,
            initializer_range: read::SPREAD,
            embedding_initializer_range: None,
            pad_token_id: Some(0),
            pruned_heads: PrunedHeads::default(),
            labels: names::made_up(2),
            others: Map::new(),
        }
    }

    /// The heads of such a model: those that are left where heads were removed.
    ///
    /// # Errors
    /// [`GridError::NoRows`] for a config without layers.
    pub fn grid(&self) -> Result<HeadGrid, GridError> {
        self.pruned_heads.grid(&self.full_grid()?)
    }

    /// The heads of such a model before any was removed.
    ///
    /// # Errors
    /// [`GridError::NoRows`] for a config without layers.
    pub fn full_grid(&self) -> Result<HeadGrid, GridError> {
        HeadGrid::encoder(self.num_hidden_layers, self.num_attention_heads)
    }

    /// The config of the model without the heads that `mask` leaves out, which has a flag for each head of
    /// [`grid`](Self::grid).
    ///
    /// # Errors
    /// A mask of another number of heads.
    pub fn pruned(&self, mask: &HeadMask) -> Result<Self, String> {
        let full = self.full_grid().map_err(|error| error.to_string())?;
        Ok(Self {
            pruned_heads: self.pruned_heads.with_masked(&full, mask)?,
            ..self.clone()
        })
    }

    /// Number of classes.
    pub fn classes(&self) -> usize {
        self.labels.len()
    }

    /// Makes up names for so many classes, as transformers does.
    pub fn set_classes(&mut self, count: usize) {
        self.labels = names::made_up(count);
    }

    /// Names the classes, in the order of their ids.
    pub fn set_labels(&mut self, labels: &[String]) {
        self.labels = labels.to_vec();
    }

    /// Standard deviation of embeddings at the start.
    pub fn embedding_std(&self) -> f64 {
        self.embedding_initializer_range.unwrap_or(self.initializer_range)
    }

    /// Dropout before the classifier.
    pub fn head_dropout(&self) -> f64 {
        self.classifier_dropout.unwrap_or(self.hidden_dropout_prob)
    }

    /// Row of the table of positions that the first token has: 0, or of RoBERTa the one behind that of padding.
    pub fn first_position(&self) -> usize {
        if self.family.is_roberta() {
            self.pad_token_id.map_or(0, |id| id + 1)
        } else {
            0
        }
    }

    /// Tokens of the longest input that has a position for each.
    pub fn longest_input(&self) -> usize {
        self.max_position_embeddings.saturating_sub(self.first_position())
    }

    /// Parameters that removing one head saves: its rows of query, key and value with their biases, and its columns of
    /// the output projection (BERT-base: 196,800).
    pub fn parameters_per_head(&self) -> u64 {
        pruned::parameters_per_head(self.hidden_size, self.num_attention_heads) as u64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_head_of_bert_base_has_196_800_parameters() {
        let base = EncoderConfig::of_sizes(30_522, 768, 12, 12, 3072, 512);
        assert_eq!(base.parameters_per_head(), 196_800);
    }

    #[test]
    fn a_mask_has_a_flag_for_each_head_that_is_left() {
        let whole = EncoderConfig::of_sizes(10, 8, 2, 4, 16, 12);
        let mask = HeadMask::from_digits("10011111").unwrap();
        let pruned = whole.pruned(&mask).unwrap();
        assert_eq!(pruned.full_grid(), whole.grid());
        assert_eq!(pruned.grid().unwrap().total(), 6);
        let refused = pruned.pruned(&mask).unwrap_err();
        assert_eq!(refused, "a mask of 8 heads does not fit a model that has 6");
        // Of the two heads left in layer 0, numbers 0 and 3, the second.
        let further = pruned.pruned(&HeadMask::from_digits("101111").unwrap()).unwrap();
        let at_once = whole.pruned(&HeadMask::from_digits("10001111").unwrap());
        assert_eq!(Ok(further), at_once);
    }

    #[test]
    fn positions_of_roberta_begin_behind_that_of_padding() {
        let mut config = EncoderConfig::of_sizes(100, 8, 1, 2, 16, 514);
        assert_eq!((config.first_position(), config.longest_input()), (0, 514));
        (config.family, config.pad_token_id) = (Family::Roberta, Some(1));
        assert_eq!((config.first_position(), config.longest_input()), (2, 512));
    }

    #[test]
    fn dropout_before_the_classifier_is_that_of_the_layers_unless_it_has_its_own() {
        let mut config = EncoderConfig::of_sizes(10, 8, 1, 2, 16, 12);
        config.hidden_dropout_prob = 0.3;
        assert_eq!(config.head_dropout(), 0.3);
        config.classifier_dropout = Some(0.1);
        assert_eq!(config.head_dropout(), 0.1);
    }
}
