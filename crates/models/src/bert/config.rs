//! Sizes of a BERT encoder, as Hugging Face writes them to config.json.

use std::path::Path;

use heads::{GridError, HeadGrid};
use serde::{Deserialize, Serialize};

use crate::ModelError;

/// The keys of config.json that decide the computation.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct BertConfig {
    /// Entries of the vocabulary.
    pub vocab_size: usize,
    /// Width of the hidden states.
    pub hidden_size: usize,
    /// Encoder layers.
    pub num_hidden_layers: usize,
    /// Heads per layer.
    pub num_attention_heads: usize,
    /// Width of the feed-forward layer.
    pub intermediate_size: usize,
    /// Longest input.
    pub max_position_embeddings: usize,
    /// Kinds of tokens: first and second text.
    #[serde(default = "two")]
    pub type_vocab_size: usize,
    /// Epsilon of layer normalisation.
    #[serde(default = "bert_epsilon")]
    pub layer_norm_eps: f64,
    /// Dropout of embeddings and layer outputs.
    #[serde(default)]
    pub hidden_dropout_prob: f64,
    /// Dropout of attention probabilities.
    #[serde(default)]
    pub attention_probs_dropout_prob: f64,
    /// Standard deviation of linear weights at the start.
    #[serde(default = "bert_std")]
    pub initializer_range: f64,
    /// Standard deviation of embeddings at the start, where it differs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub embedding_initializer_range: Option<f64>,
    /// Activation of the feed-forward layer; only erf GELU is built.
    #[serde(default = "gelu")]
    pub hidden_act: String,
    /// Class names by id.
    #[serde(default)]
    pub id2label: std::collections::BTreeMap<String, String>,
    /// Number of classes, where `id2label` is absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub num_labels: Option<usize>,
    /// Kind of positions; only absolute ones are built.
    #[serde(default = "absolute")]
    pub position_embedding_type: String,
    /// Name of the architecture for programs that read the folder.
    #[serde(default = "bert")]
    pub model_type: String,
    /// Class that Hugging Face's loaders pick for the folder.
    #[serde(default = "architectures")]
    pub architectures: Vec<String>,
}

fn two() -> usize {
    2
}
fn bert_epsilon() -> f64 {
    1e-12
}
fn bert_std() -> f64 {
    0.02
}
fn gelu() -> String {
    "gelu".to_owned()
}
fn absolute() -> String {
    "absolute".to_owned()
}
fn bert() -> String {
    "bert".to_owned()
}
fn architectures() -> Vec<String> {
    vec!["BertForSequenceClassification".to_owned()]
}

impl BertConfig {
    /// A config of the given sizes, BERT's own values elsewhere, without dropout.
    pub fn of_sizes(
        vocab_size: usize,
        hidden_size: usize,
        num_hidden_layers: usize,
        num_attention_heads: usize,
        intermediate_size: usize,
        max_position_embeddings: usize,
    ) -> Self {
        Self {
            vocab_size,
            hidden_size,
            num_hidden_layers,
            num_attention_heads,
            intermediate_size,
            max_position_embeddings,
            type_vocab_size: two(),
            layer_norm_eps: bert_epsilon(),
            hidden_dropout_prob: 0.0,
            attention_probs_dropout_prob: 0.0,
            initializer_range: bert_std(),
            embedding_initializer_range: None,
            hidden_act: gelu(),
            id2label: std::collections::BTreeMap::new(),
            num_labels: None,
            position_embedding_type: absolute(),
            model_type: bert(),
            architectures: architectures(),
        }
    }

    /// Parameters that removing one head saves: its rows of query, key and value with their biases, and its columns of
    /// the output projection (BERT-base: 196,800).
    pub fn parameters_per_head(&self) -> u64 {
        let head = self.hidden_size / self.num_attention_heads;
        (4 * self.hidden_size * head + 3 * head) as u64
    }

    /// Reads and checks `config.json`.
    pub fn read(path: &Path) -> Result<Self, ModelError> {
        let text = std::fs::read_to_string(path).map_err(|source| ModelError::Io {
            path: path.to_owned(),
            source,
        })?;
        let refuse = |reason: String| ModelError::Config {
            path: path.to_owned(),
            reason,
        };
        let config: Self = serde_json::from_str(&text).map_err(|error| refuse(error.to_string()))?;
        config.check().map_err(refuse)?;
        Ok(config)
    }

    /// Why a model of these sizes cannot be built, if so.
    pub fn check(&self) -> Result<(), String> {
        let sizes = [
            ("vocab_size", self.vocab_size),
            ("hidden_size", self.hidden_size),
            ("num_hidden_layers", self.num_hidden_layers),
            ("num_attention_heads", self.num_attention_heads),
            ("intermediate_size", self.intermediate_size),
            ("max_position_embeddings", self.max_position_embeddings),
            ("type_vocab_size", self.type_vocab_size),
        ];
        if let Some((name, _)) = sizes.iter().find(|(_, size)| *size == 0) {
            return Err(format!("`{name}` is 0"));
        }
        if !self.hidden_size.is_multiple_of(self.num_attention_heads) {
            return Err(format!(
                "`hidden_size` {} is not a multiple of `num_attention_heads` {}",
                self.hidden_size, self.num_attention_heads
            ));
        }
        if self.model_type != "bert" {
            return Err(format!("`model_type` is \"{}\", not \"bert\"", self.model_type));
        }
        if self.hidden_act != "gelu" {
            return Err(format!("`hidden_act` is \"{}\", not \"gelu\"", self.hidden_act));
        }
        if self.position_embedding_type != "absolute" {
            return Err(format!(
                "`position_embedding_type` is \"{}\"",
                self.position_embedding_type
            ));
        }
        Ok(())
    }

    /// The heads of such a model.
    pub fn grid(&self) -> Result<HeadGrid, GridError> {
        HeadGrid::encoder(self.num_hidden_layers, self.num_attention_heads)
    }

    /// Number of classes: that of `id2label`, else `num_labels`, else 2 as Hugging Face has it.
    pub fn classes(&self) -> usize {
        if self.id2label.is_empty() {
            self.num_labels.unwrap_or(2)
        } else {
            self.id2label.len()
        }
    }

    /// Names the classes, in the order of their ids.
    pub fn set_labels(&mut self, labels: &[String]) {
        self.id2label = labels
            .iter()
            .enumerate()
            .map(|(id, name)| (id.to_string(), name.clone()))
            .collect();
        self.num_labels = None;
    }

    /// Standard deviation of embeddings at the start.
    pub fn embedding_std(&self) -> f64 {
        self.embedding_initializer_range.unwrap_or(self.initializer_range)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_head_of_bert_base_has_196_800_parameters() {
        let base = BertConfig::of_sizes(30_522, 768, 12, 12, 3072, 512);
        assert_eq!(base.parameters_per_head(), 196_800);
    }

    #[test]
    fn what_we_cannot_compute_is_refused() {
        let good = BertConfig::of_sizes(10, 8, 1, 2, 16, 12);
        assert_eq!(good.check(), Ok(()));
        let relu = BertConfig {
            hidden_act: "relu".into(),
            ..good.clone()
        };
        assert!(relu.check().unwrap_err().contains("hidden_act"));
        let uneven = BertConfig {
            num_attention_heads: 3,
            ..good.clone()
        };
        assert!(uneven.check().unwrap_err().contains("multiple"));
        let empty = BertConfig {
            num_hidden_layers: 0,
            ..good
        };
        assert_eq!(empty.check().unwrap_err(), "`num_hidden_layers` is 0");
    }
}
