//! An encoder-decoder's config.json as it is written.

use serde_json::{Map, Value, json};

use super::TranslationConfig;
use super::read::{SOURCE_LANGUAGE, TARGET_LANGUAGE};
use crate::pruned::PRUNED_HEADS;

impl TranslationConfig {
    /// The keys of config.json.
    pub fn to_keys(&self) -> Map<String, Value> {
        let keys = json!({
            "source_vocabulary": self.source_vocabulary,
            "target_vocabulary": self.target_vocabulary,
            "embed_dim": self.embed_dim,
            "ffn_embed_dim": self.ffn_embed_dim,
            "attention_heads": self.attention_heads,
            "encoder_layers": self.encoder_layers,
            "decoder_layers": self.decoder_layers,
            "layer_norm_eps": self.layer_norm_eps,
            "dropout": self.dropout,
            "attention_dropout": self.attention_dropout,
            "activation_dropout": self.activation_dropout,
            "label_smoothing": self.label_smoothing,
            "max_target_positions": self.max_target_positions,
        });
        let mut keys = match keys {
            Value::Object(keys) => keys,
            _ => Map::new(),
        };
        if let Some([source, target]) = &self.languages {
            keys.insert(SOURCE_LANGUAGE.to_owned(), source.as_str().into());
            keys.insert(TARGET_LANGUAGE.to_owned(), target.as_str().into());
        }
        if let Some(heads) = self.pruned_heads.to_kinds() {
            keys.insert(PRUNED_HEADS.to_owned(), heads);
        }
        keys
    }
}
