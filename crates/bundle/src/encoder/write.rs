//! An encoder's config.json as transformers reads it.

use serde_json::{Map, Value, json};

use super::read::{CHOICE, PROBLEM};
use super::{EncoderConfig, Family};
use crate::pruned::PRUNED_HEADS;

impl EncoderConfig {
    /// The keys of config.json: those of the family's config class, and those that were read beside them.
    pub fn to_keys(&self) -> Map<String, Value> {
        let mut keys = self.others.clone();
        let mut put = |name: &str, value: Value| {
            keys.insert(name.to_owned(), value);
        };
        let key = |name| self.family.key(name);
        put("architectures", json!([self.family.architecture()]));
        put("model_type", json!(self.family.model_type()));
        put("vocab_size", json!(self.vocab_size));
        put(key("hidden_size"), json!(self.hidden_size));
        put(key("num_hidden_layers"), json!(self.num_hidden_layers));
        put(key("num_attention_heads"), json!(self.num_attention_heads));
        put(key("intermediate_size"), json!(self.intermediate_size));
        put("max_position_embeddings", json!(self.max_position_embeddings));
        put(key("hidden_dropout_prob"), json!(self.hidden_dropout_prob));
        put(
            key("attention_probs_dropout_prob"),
            json!(self.attention_probs_dropout_prob),
        );
        put(key("hidden_act"), json!(self.hidden_act.name()));
        put("initializer_range", json!(self.initializer_range));
        put("pad_token_id", json!(self.pad_token_id));
        if self.family == Family::DistilBert {
            put(key("classifier_dropout"), json!(self.head_dropout()));
            put("sinusoidal_pos_embds", json!(false));
        } else {
            put(key("classifier_dropout"), json!(self.classifier_dropout));
            put("type_vocab_size", json!(self.type_vocab_size));
            put("layer_norm_eps", json!(self.layer_norm_eps));
            put("position_embedding_type", json!("absolute"));
        }
        if let Some(spread) = self.embedding_initializer_range {
            put("embedding_initializer_range", json!(spread));
        }
        if let Some(heads) = self.pruned_heads.to_layers() {
            put(PRUNED_HEADS, heads);
        }
        let rows = || self.labels.iter().enumerate();
        let by_id: Map<String, Value> = rows().map(|(id, name)| (id.to_string(), json!(name))).collect();
        let by_name: Map<String, Value> = rows().map(|(id, name)| (name.clone(), json!(id))).collect();
        put("id2label", Value::Object(by_id));
        put("label2id", Value::Object(by_name));
        if self.classes() > 1 {
            // transformers takes a single class for a regression.
            put(PROBLEM, json!(CHOICE));
        }
        keys
    }
}
