//! An encoder-decoder's config.json, key by key.

use std::path::Path;

use serde_json::{Map, Value};

use super::TranslationConfig;
use crate::BundleError;
use crate::keys::{Keys, read_object};
use crate::pruned::{PRUNED_HEADS, PrunedHeads};

/// Longest target sentence where a config does not say.
pub(super) const POSITIONS: usize = 1024;

/// Codes of the languages.
pub(super) const SOURCE_LANGUAGE: &str = "source_language";
pub(super) const TARGET_LANGUAGE: &str = "target_language";

/// Epsilon of layer normalisation where a config does not say.
pub(super) const EPSILON: f64 = 1e-5;

/// What says that it is another kind of model.
fn other_type(map: &Map<String, Value>) -> Option<String> {
    let value = map.get("model_type")?;
    Some(format!(
        "`model_type` is {value}; the encoder-decoders that can be read have no such key"
    ))
}

impl TranslationConfig {
    /// Reads and checks a config.json.
    ///
    /// # Errors
    /// A file that cannot be read, or a key that is missing, unknown, or has a value that cannot be obeyed.
    pub fn read(path: &Path) -> Result<Self, BundleError> {
        let map = read_object(path)?;
        if let Some(reason) = other_type(&map) {
            return Err(BundleError::other_type(path, reason));
        }
        Self::from_keys(map).map_err(|reason| BundleError::config(path, reason))
    }

    /// Reads and checks the keys of a config.json.
    ///
    /// # Errors
    /// A key that is missing, unknown, or has a value that cannot be obeyed, by name and value.
    pub fn from_keys(map: Map<String, Value>) -> Result<Self, String> {
        if let Some(reason) = other_type(&map) {
            return Err(reason);
        }
        let mut keys = Keys::new(map);
        let config = Self {
            source_vocabulary: keys.required("source_vocabulary")?,
            target_vocabulary: keys.required("target_vocabulary")?,
            embed_dim: keys.required("embed_dim")?,
            ffn_embed_dim: keys.required("ffn_embed_dim")?,
            attention_heads: keys.required("attention_heads")?,
            encoder_layers: keys.required("encoder_layers")?,
            decoder_layers: keys.required("decoder_layers")?,
            pruned_heads: PrunedHeads::of_kinds(keys.take(PRUNED_HEADS))?,
            layer_norm_eps: keys.positive("layer_norm_eps", EPSILON)?,
            dropout: keys.share("dropout", 0.0)?,
            attention_dropout: keys.share("attention_dropout", 0.0)?,
            activation_dropout: keys.share("activation_dropout", 0.0)?,
            label_smoothing: keys.share("label_smoothing", 0.0)?,
            max_target_positions: keys.size("max_target_positions", 1, POSITIONS)?,
            languages: languages([keys.take(SOURCE_LANGUAGE), keys.take(TARGET_LANGUAGE)])?,
        };
        if let Some(name) = keys.rest().keys().next() {
            return Err(format!("`{name}` is no key of an encoder-decoder"));
        }
        config.check()?;
        Ok(config)
    }
}

/// Both codes or none; each is a part of a file's name.
fn languages(values: [Option<Value>; 2]) -> Result<Option<[String; 2]>, String> {
    let [source, target] = match values {
        [None, None] => return Ok(None),
        [Some(source), Some(target)] => [source, target],
        [Some(_), None] => {
            return Err(format!(
                "`{TARGET_LANGUAGE}` is missing beside `{SOURCE_LANGUAGE}`"
            ));
        }
        [None, Some(_)] => {
            return Err(format!(
                "`{SOURCE_LANGUAGE}` is missing beside `{TARGET_LANGUAGE}`"
            ));
        }
    };
    let code = |name: &str, value: Value| {
        let is_part = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
        match value.as_str() {
            Some(code) if !code.is_empty() && code.bytes().all(is_part) => Ok(code.to_owned()),
            _ => Err(format!("`{name}` is {value}, not a language code")),
        }
    };
    Ok(Some([
        code(SOURCE_LANGUAGE, source)?,
        code(TARGET_LANGUAGE, target)?,
    ]))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn read(text: &str) -> Result<TranslationConfig, String> {
        TranslationConfig::from_keys(serde_json::from_str(text).unwrap())
    }

    const SHORT: &str = r#"{"source_vocabulary": 9, "target_vocabulary": 8, "embed_dim": 4, "ffn_embed_dim": 6,
        "attention_heads": 2, "encoder_layers": 1, "decoder_layers": 1}"#;

    #[test]
    fn a_config_is_read_back_and_what_is_left_out_has_a_default() {
        let mut config = TranslationConfig::iwslt(8848, 6632);
        assert_eq!(TranslationConfig::from_keys(config.to_keys()), Ok(config.clone()));
        config.languages = Some(["de", "en"].map(str::to_owned));
        assert_eq!(TranslationConfig::from_keys(config.to_keys()), Ok(config));
        assert_eq!(read(SHORT), Ok(TranslationConfig::of_sizes(9, 8, 4, 1, 2, 6)));
    }

    #[test]
    fn heads_that_were_removed_are_read_and_written_back_and_whole_models_have_no_such_key() {
        let whole = TranslationConfig::of_sizes(9, 8, 8, 2, 4, 6);
        let mut keys = whole.to_keys();
        assert!(!keys.contains_key("pruned_heads"));
        let heads = json!({"encoder-self": {"0": [1]}, "decoder-self": {"1": [3, 0, 1, 2], "0": []}});
        keys.insert("pruned_heads".to_owned(), heads);
        let config = TranslationConfig::from_keys(keys).unwrap();
        let heads: Vec<usize> = config
            .grid()
            .unwrap()
            .rows()
            .iter()
            .map(|row| row.heads)
            .collect();
        assert_eq!(heads, [3, 4, 4, 4, 4, 0]);
        let written = config.to_keys();
        assert_eq!(
            written["pruned_heads"],
            json!({"encoder-self": {"0": [1]}, "decoder-self": {"1": [0, 1, 2, 3]}})
        );
        assert_eq!(TranslationConfig::from_keys(written), Ok(config));
    }

    #[test]
    fn keys_that_cannot_be_obeyed_are_refused_by_name() {
        let with = |entry: &str| format!("{}, {entry}}}", SHORT.trim_end_matches('}'));
        for (entry, wanted) in [
            ("\"model_type\": \"bert\"", "`model_type` is \"bert\""),
            ("\"heads\": 2", "`heads` is no key"),
            ("\"dropout\": 1", "`dropout` is 1, not in [0, 1)"),
            ("\"dropout\": \"0\"", "`dropout` is \"0\""),
            ("\"layer_norm_eps\": 0", "`layer_norm_eps` is 0"),
            ("\"max_target_positions\": 0.5", "`max_target_positions` is 0.5"),
            (
                "\"encoder_layers\": 99999",
                "`encoder_layers` is 99999, more than",
            ),
            (
                "\"pruned_heads\": {\"0\": [1]}",
                "`pruned_heads`: `0` is no kind of attention",
            ),
            (
                "\"pruned_heads\": {\"encoder-decoder\": {\"1\": [0]}}",
                "layer 1 of encoder-decoder attention, but `decoder_layers` is 1",
            ),
            (
                "\"pruned_heads\": {\"encoder-self\": {\"0\": [2]}}",
                "head 2 of layer 0 of encoder-self attention, but `attention_heads` is 2",
            ),
            ("\"source_language\": \"de\"", "`target_language` is missing"),
            (
                "\"source_language\": \"de\", \"target_language\": \"../en\"",
                "`target_language` is \"../en\", not a language code",
            ),
            ("\"ffn_embed_dim\": 17000000000", "parameters, more than"),
        ] {
            let refused = read(&with(entry)).unwrap_err();
            assert!(refused.contains(wanted), "{entry}: {refused}");
        }
        let missing = read(&SHORT.replace("embed_dim", "embedding"));
        assert_eq!(missing.unwrap_err(), "`embed_dim` is missing");
    }
}
