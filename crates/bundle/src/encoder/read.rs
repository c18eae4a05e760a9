//! An encoder's config.json, key by key.

use std::path::Path;

use serde_json::{Map, Value};

use super::{Activation, EncoderConfig, Family, names};
use crate::BundleError;
use crate::keys::{Keys, read_object, shown};

/// Kinds of tokens where a config does not say.
pub(super) const KINDS: usize = 2;
/// Epsilon of layer normalisation where a config does not say.
pub(super) const EPSILON: f64 = 1e-12;
/// Standard deviation of start weights where a config does not say.
pub(super) const SPREAD: f64 = 0.02;
/// Dropout of all kinds where a config does not say.
const DROPOUT: f64 = 0.1;
/// Dropout before DistilBERT's classifier where a config does not say.
const HEAD_DROPOUT_OF_DISTILBERT: f64 = 0.2;

impl EncoderConfig {
    /// Reads and checks a config.json.
    ///
    /// # Errors
    /// A file that cannot be read, another `model_type`, or a key whose value cannot be obeyed.
    pub fn read(path: &Path) -> Result<Self, BundleError> {
        let map = read_object(path)?;
        Self::from_keys(map).map_err(|reason| BundleError::config(path, reason))
    }

    /// Reads and checks the keys of a config.json. What a key leaves out is what the config class of its family in
    /// transformers takes.
    ///
    /// # Errors
    /// Another `model_type`, or a key whose value cannot be obeyed, by name and value.
    pub fn from_keys(map: Map<String, Value>) -> Result<Self, String> {
        let family = family(&map)?;
        let mut keys = Keys::new(map);
        refuse_other_computations(&mut keys)?;
        if family == Family::DistilBert {
            accept_shared_names(&mut keys, family)?;
        }
        let defaults = family.defaults();
        let key = |name| family.key(name);
        let config = Self {
            family,
            vocab_size: keys.size("vocab_size", 1, defaults.vocab_size)?,
            hidden_size: keys.size(key("hidden_size"), 1, 768)?,
            num_hidden_layers: keys.size(key("num_hidden_layers"), 1, defaults.layers)?,
            num_attention_heads: keys.size(key("num_attention_heads"), 1, 12)?,
            intermediate_size: keys.size(key("intermediate_size"), 1, 3072)?,
            max_position_embeddings: keys.size("max_position_embeddings", 1, 512)?,
            type_vocab_size: match family {
                Family::DistilBert => 0,
                _ => keys.size("type_vocab_size", 1, KINDS)?,
            },
            layer_norm_eps: match family {
                Family::DistilBert => EPSILON,
                _ => keys.positive("layer_norm_eps", EPSILON)?,
            },
            hidden_dropout_prob: keys.share(key("hidden_dropout_prob"), DROPOUT)?,
            attention_probs_dropout_prob: keys.share(key("attention_probs_dropout_prob"), DROPOUT)?,
            classifier_dropout: match family {
                Family::DistilBert => {
                    Some(keys.share(key("classifier_dropout"), HEAD_DROPOUT_OF_DISTILBERT)?)
                }
                _ => keys.optional_share(key("classifier_dropout"))?,
            },
            hidden_act: activation(&mut keys, key("hidden_act"))?,
            initializer_range: keys.spread("initializer_range", SPREAD)?,
            embedding_initializer_range: match keys.has("embedding_initializer_range") {
                true => Some(keys.spread("embedding_initializer_range", SPREAD)?),
                false => None,
            },
            pad_token_id: keys.id("pad_token_id", Some(defaults.pad_token_id))?,
            labels: names::take(&mut keys)?,
            others: others(keys),
        };
        config.check()?;
        Ok(config)
    }

    /// Keys that transformers' config class of this family does not have either: whatever they mean to another program,
    /// they mean nothing here.
    pub fn unknown_keys(&self) -> Vec<&str> {
        let known = |name: &&str| !WITHOUT_EFFECT.contains(name);
        self.others.keys().map(String::as_str).filter(known).collect()
    }
}

/// The family that `model_type` names, or `architectures` in a config from before there was one.
fn family(map: &Map<String, Value>) -> Result<Family, String> {
    let known = Family::ALL.map(Family::model_type);
    let known = format!("{} and {} can be read", known[..3].join(", "), known[3]);
    match map.get("model_type") {
        Some(Value::String(name)) => {
            Family::of_model_type(name).ok_or_else(|| format!("`model_type` is \"{name}\"; {known}"))
        }
        Some(other) => Err(format!("`model_type` is {}; {known}", shown(other))),
        None => {
            let classes = map.get("architectures").and_then(Value::as_array);
            let classes = classes.into_iter().flatten().filter_map(Value::as_str);
            match classes
                .map(|class| (class, Family::of_architecture(class)))
                .next()
            {
                Some((_, Some(family))) => Ok(family),
                Some((class, None)) => Err(format!("`architectures` is [\"{class}\"]; {known}")),
                None if map.contains_key("hidden_size") => Ok(Family::Bert),
                None => Err(format!("`model_type` is missing; {known}")),
            }
        }
    }
}

/// Refuses keys that ask for another computation than that of an encoder with absolute positions, and takes them where
/// they do not.
fn refuse_other_computations(keys: &mut Keys) -> Result<(), String> {
    for (name, reason) in [
        ("is_decoder", "tokens of an encoder see the whole input"),
        ("is_encoder_decoder", "only encoders are read here"),
        (
            "add_cross_attention",
            "an encoder has no other input to attend to",
        ),
        ("sinusoidal_pos_embds", "positions are trained here"),
    ] {
        if keys.flag(name)? {
            return Err(format!("`{name}` is true, but {reason}"));
        }
    }
    if let Some(kind) = keys.text("position_embedding_type")?
        && kind != "absolute"
    {
        return Err(format!(
            "`position_embedding_type` is \"{kind}\", not \"absolute\""
        ));
    }
    for (name, reason) in [
        (
            "pruned_heads",
            "a model from which heads were removed cannot be read",
        ),
        ("quantization_config", "quantised weights cannot be read"),
        ("per_layer_config", "all layers have the same sizes here"),
    ] {
        let empty = |value: &Value| match value {
            Value::Object(map) => map.is_empty(),
            Value::Array(list) => list.is_empty(),
            _ => false,
        };
        if let Some(value) = keys.take(name).filter(|value| !empty(value)) {
            return Err(format!("`{name}` is {}, but {reason}", shown(&value)));
        }
    }
    let code = keys.take("auto_map").unwrap_or_default();
    let class = code.as_object().into_iter().flatten();
    if let Some((name, class)) = class.into_iter().find(|(name, _)| name.starts_with("AutoModel")) {
        return Err(format!(
            "`auto_map` has {} for {name}, but code of a folder is never run",
            shown(class)
        ));
    }
    Ok(())
}

/// Names of sizes that all config classes know are names of DistilBERT's too.
fn accept_shared_names(keys: &mut Keys, family: Family) -> Result<(), String> {
    for shared in ["hidden_size", "num_hidden_layers", "num_attention_heads"] {
        let own = family.key(shared);
        let Some(value) = keys.take(shared) else {
            continue;
        };
        match keys.take(own) {
            Some(other) if other != value => {
                return Err(format!(
                    "`{shared}` is {}, but `{own}`, which means the same, is {}",
                    shown(&value),
                    shown(&other)
                ));
            }
            _ => keys.put(own, value),
        }
    }
    Ok(())
}

/// What is left, but for what is said of the file that was read and not of the model.
fn others(keys: Keys) -> Map<String, Value> {
    let of_the_file = [
        "_commit_hash",
        "_name_or_path",
        "architectures",
        "dtype",
        "model_type",
        "name_or_path",
        "problem_type",
        "torch_dtype",
        "transformers_version",
    ];
    let mut rest = keys.rest();
    rest.retain(|name, _| !of_the_file.contains(&name.as_str()));
    rest
}

fn activation(keys: &mut Keys, key: &str) -> Result<Activation, String> {
    let Some(name) = keys.text(key)? else {
        return Ok(Activation::Gelu);
    };
    Activation::of_name(&name).ok_or_else(|| {
        let known: Vec<&str> = Activation::ALL
            .iter()
            .flat_map(|known| known.names())
            .copied()
            .collect();
        format!("`{key}` is \"{name}\"; {} can be computed", known.join(", "))
    })
}

/// Keys that do not change what a classifier computes: of the tokenizer, of generation, of other tasks, of training and of
/// the program that wrote the file.
const WITHOUT_EFFECT: &[&str] = &[
    "_attn_implementation",
    "_attn_implementation_autoset",
    "attn_implementation",
    "bad_words_ids",
    "begin_suppress_tokens",
    "bos_token_id",
    "chunk_size_feed_forward",
    "cls_token_id",
    "cross_attention_hidden_size",
    "decoder_start_token_id",
    "directionality",
    "diversity_penalty",
    "do_sample",
    "early_stopping",
    "encoder_no_repeat_ngram_size",
    "eos_token_id",
    "exponential_decay_length_penalty",
    "finetuning_task",
    "forced_bos_token_id",
    "forced_eos_token_id",
    "gradient_checkpointing",
    "language",
    "length_penalty",
    "mask_token_id",
    "max_length",
    "min_length",
    "name",
    "no_repeat_ngram_size",
    "num_beam_groups",
    "num_beams",
    "num_return_sequences",
    "output_attentions",
    "output_hidden_states",
    "output_past",
    "output_scores",
    "pooler_fc_size",
    "pooler_num_attention_heads",
    "pooler_num_fc_layers",
    "pooler_size_per_head",
    "pooler_type",
    "prefix",
    "qa_dropout",
    "remove_invalid_values",
    "repetition_penalty",
    "return_dict",
    "return_dict_in_generate",
    "sep_token_id",
    "summary_activation",
    "summary_first_dropout",
    "summary_proj_to_labels",
    "summary_type",
    "summary_use_proj",
    "suppress_tokens",
    "task_specific_params",
    "temperature",
    "tf_legacy_loss",
    "tie_encoder_decoder",
    "tie_weights_",
    "tie_word_embeddings",
    "tokenizer_class",
    "top_k",
    "top_p",
    "torchscript",
    "typical_p",
    "unk_token_id",
    "use_bfloat16",
    "use_cache",
    "use_return_dict",
    "vocab_file",
];

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn read(value: Value) -> Result<EncoderConfig, String> {
        EncoderConfig::from_keys(value.as_object().unwrap().clone())
    }

    #[test]
    fn a_config_of_another_family_is_refused_by_its_type_alone() {
        for (config, wanted) in [
            (
                json!({"model_type": "gpt2", "hidden_size": "x"}),
                "`model_type` is \"gpt2\"",
            ),
            (json!({"model_type": 7}), "`model_type` is 7"),
            (
                json!({"architectures": ["ElectraModel"]}),
                "`architectures` is [\"ElectraModel\"]",
            ),
            (json!({"encoder_layers": 2}), "`model_type` is missing"),
        ] {
            let refused = read(config.clone()).unwrap_err();
            assert!(refused.contains(wanted), "{config}: {refused}");
            assert!(
                refused.contains("bert, roberta, xlm-roberta and distilbert"),
                "{refused}"
            );
        }
    }

    #[test]
    fn what_a_config_leaves_out_is_what_its_class_takes() {
        let sizes = |config: &EncoderConfig| {
            let layers = (config.num_hidden_layers, config.num_attention_heads);
            (
                config.vocab_size,
                config.hidden_size,
                layers,
                config.intermediate_size,
            )
        };
        let bert = read(json!({"model_type": "bert"})).unwrap();
        assert_eq!(sizes(&bert), (30_522, 768, (12, 12), 3072));
        assert_eq!((bert.max_position_embeddings, bert.type_vocab_size), (512, 2));
        assert_eq!((bert.layer_norm_eps, bert.initializer_range), (1e-12, 0.02));
        let dropouts = (
            bert.hidden_dropout_prob,
            bert.attention_probs_dropout_prob,
            bert.head_dropout(),
        );
        assert_eq!(dropouts, (0.1, 0.1, 0.1));
        assert_eq!((bert.pad_token_id, bert.hidden_act), (Some(0), Activation::Gelu));
        assert_eq!(bert.labels, ["LABEL_0", "LABEL_1"]);
        let roberta = read(json!({"model_type": "roberta"})).unwrap();
        assert_eq!(sizes(&roberta), (50_265, 768, (12, 12), 3072));
        assert_eq!((roberta.first_position(), roberta.longest_input()), (2, 510));
        let multilingual = read(json!({"model_type": "xlm-roberta"})).unwrap();
        assert_eq!(
            (multilingual.vocab_size, multilingual.first_position()),
            (30_522, 2)
        );
        let distilled = read(json!({"model_type": "distilbert"})).unwrap();
        assert_eq!(sizes(&distilled), (30_522, 768, (6, 12), 3072));
        assert_eq!((distilled.type_vocab_size, distilled.first_position()), (0, 0));
        assert_eq!(
            (distilled.hidden_dropout_prob, distilled.head_dropout()),
            (0.1, 0.2)
        );
    }

    #[test]
    fn an_old_config_without_type_is_known_by_its_class_or_is_bert() {
        let old = |value| read(value).unwrap().family;
        assert_eq!(
            old(json!({"hidden_size": 24, "num_attention_heads": 2})),
            Family::Bert
        );
        for (class, family) in [
            ("BertForMaskedLM", Family::Bert),
            ("RobertaForMaskedLM", Family::Roberta),
            ("XLMRobertaModel", Family::XlmRoberta),
            ("DistilBertForMaskedLM", Family::DistilBert),
        ] {
            assert_eq!(old(json!({"architectures": [class]})), family);
        }
    }

    #[test]
    fn every_name_of_an_activation_is_known_and_others_are_refused() {
        for activation in Activation::ALL {
            for name in activation.names() {
                let config = read(json!({"model_type": "bert", "hidden_act": name})).unwrap();
                assert_eq!(config.hidden_act, activation, "{name}");
            }
        }
        let refused = read(json!({"model_type": "bert", "hidden_act": "quick_gelu"})).unwrap_err();
        assert!(refused.contains("`hidden_act` is \"quick_gelu\""), "{refused}");
        let refused = read(json!({"model_type": "distilbert", "activation": "mish"})).unwrap_err();
        assert!(refused.contains("`activation` is \"mish\""), "{refused}");
    }

    #[test]
    fn values_that_cannot_be_obeyed_are_refused_by_key_and_value() {
        for (key, value, wanted) in [
            ("hidden_size", json!(0), "`hidden_size` is 0, not a whole number"),
            (
                "hidden_size",
                json!(7),
                "`hidden_size` 7 is not a multiple of `num_attention_heads` 12",
            ),
            ("hidden_size", json!(24.5), "`hidden_size` is 24.5"),
            ("hidden_size", json!(-1), "`hidden_size` is -1"),
            ("hidden_size", json!(null), "`hidden_size` is null"),
            (
                "num_hidden_layers",
                json!(u64::MAX),
                "`num_hidden_layers` is 18446744073709551615, more",
            ),
            (
                "num_hidden_layers",
                json!(5000),
                "`num_hidden_layers` is 5000, more than",
            ),
            ("vocab_size", json!(10_000_000_000_u64), "make"),
            (
                "intermediate_size",
                json!("3072"),
                "`intermediate_size` is \"3072\"",
            ),
            ("type_vocab_size", json!(0), "`type_vocab_size` is 0"),
            (
                "hidden_dropout_prob",
                json!(1),
                "`hidden_dropout_prob` is 1, not in [0, 1)",
            ),
            (
                "attention_probs_dropout_prob",
                json!(-0.1),
                "`attention_probs_dropout_prob` is -0.1",
            ),
            ("classifier_dropout", json!(2.5), "`classifier_dropout` is 2.5"),
            (
                "hidden_dropout_prob",
                json!("0.1"),
                "`hidden_dropout_prob` is \"0.1\"",
            ),
            (
                "layer_norm_eps",
                json!(0.0),
                "`layer_norm_eps` is 0.0, not a number above 0",
            ),
            ("initializer_range", json!(-1.0), "`initializer_range` is -1.0"),
            (
                "pad_token_id",
                json!(30_522),
                "`pad_token_id` is 30522, but `vocab_size` is 30522",
            ),
            (
                "hidden_act",
                json!(["gelu"]),
                "`hidden_act` is [\"gelu\"], not a text",
            ),
            ("is_decoder", json!(true), "`is_decoder` is true"),
            (
                "add_cross_attention",
                json!(true),
                "`add_cross_attention` is true",
            ),
            ("is_encoder_decoder", json!(true), "`is_encoder_decoder` is true"),
            ("is_decoder", json!(1), "`is_decoder` is 1, not true or false"),
            (
                "position_embedding_type",
                json!("relative_key"),
                "\"relative_key\", not \"absolute\"",
            ),
            ("pruned_heads", json!({"0": [1]}), "`pruned_heads` is {\"0\":[1]}"),
            (
                "quantization_config",
                json!({"bits": 4}),
                "`quantization_config` is {\"bits\":4}",
            ),
            (
                "auto_map",
                json!({"AutoModel": "a.py--B"}),
                "`auto_map` has \"a.py--B\"",
            ),
        ] {
            let mut config = json!({"model_type": "bert"});
            config[key] = value.clone();
            let refused = read(config).unwrap_err();
            assert!(refused.contains(wanted), "{key} {value}: {refused}");
        }
    }

    #[test]
    fn keys_that_change_nothing_are_read_over_and_kept() {
        let config = read(json!({
            "model_type": "roberta", "is_decoder": false, "pruned_heads": {}, "classifier_dropout": null,
            "position_embedding_type": "absolute", "bos_token_id": 0, "torch_dtype": "float16", "of_mine": 3,
        }))
        .unwrap();
        assert_eq!(config.unknown_keys(), ["of_mine"]);
        let written = config.to_keys();
        assert_eq!(
            (&written["bos_token_id"], &written["of_mine"]),
            (&json!(0), &json!(3))
        );
        assert!(!written.contains_key("torch_dtype"));
    }

    #[test]
    fn roberta_needs_a_padding_and_a_position_behind_it() {
        let refused = read(json!({"model_type": "roberta", "pad_token_id": null})).unwrap_err();
        assert!(refused.contains("`pad_token_id` is null"), "{refused}");
        let refused = read(json!({"model_type": "roberta", "max_position_embeddings": 2})).unwrap_err();
        assert!(
            refused.contains("`max_position_embeddings` 2 leaves no position"),
            "{refused}"
        );
        assert_eq!(
            read(json!({"model_type": "bert", "pad_token_id": null}))
                .unwrap()
                .pad_token_id,
            None
        );
    }

    #[test]
    fn distilbert_has_names_of_its_own_and_the_shared_ones() {
        let config = read(json!({
            "model_type": "distilbert", "dim": 24, "n_layers": 2, "n_heads": 3, "hidden_dim": 20, "dropout": 0.3,
            "attention_dropout": 0.4, "seq_classif_dropout": 0.5, "activation": "relu", "sinusoidal_pos_embds": false,
        }))
        .unwrap();
        assert_eq!((config.hidden_size, config.num_hidden_layers), (24, 2));
        assert_eq!((config.num_attention_heads, config.intermediate_size), (3, 20));
        assert_eq!(
            (config.hidden_dropout_prob, config.attention_probs_dropout_prob),
            (0.3, 0.4)
        );
        assert_eq!(
            (config.head_dropout(), config.hidden_act),
            (0.5, Activation::Relu)
        );
        let shared = read(json!({"model_type": "distilbert", "hidden_size": 24, "num_attention_heads": 3}));
        assert_eq!(shared.unwrap().hidden_size, 24);
        let refused = read(json!({"model_type": "distilbert", "hidden_size": 24, "dim": 12})).unwrap_err();
        assert!(refused.contains("`hidden_size` is 24, but `dim`"), "{refused}");
        let refused = read(json!({"model_type": "distilbert", "sinusoidal_pos_embds": true})).unwrap_err();
        assert!(refused.contains("`sinusoidal_pos_embds` is true"), "{refused}");
        let refused = read(json!({"model_type": "distilbert", "n_heads": 5})).unwrap_err();
        assert!(
            refused.contains("`dim` 768 is not a multiple of `n_heads` 5"),
            "{refused}"
        );
        let refused = read(json!({"model_type": "distilbert", "dropout": 1})).unwrap_err();
        assert!(refused.contains("`dropout` is 1,"), "{refused}");
    }

    #[test]
    fn every_family_is_written_as_it_was_read() {
        for family in Family::ALL {
            let mut config = EncoderConfig::of_sizes(30, 8, 2, 4, 12, 20);
            config.family = family;
            config.set_labels(&["no", "yes", "maybe"].map(str::to_owned));
            config.hidden_dropout_prob = 0.25;
            config.attention_probs_dropout_prob = 0.125;
            config.classifier_dropout = Some(0.5);
            config.hidden_act = Activation::Silu;
            config.embedding_initializer_range = Some(0.5);
            config.pad_token_id = Some(3);
            if family == Family::DistilBert {
                config.type_vocab_size = 0;
            }
            let written = config.to_keys();
            for of_the_file in ["architectures", "model_type", "problem_type"] {
                assert!(written.contains_key(of_the_file), "{family:?} {of_the_file}");
            }
            assert_eq!(
                EncoderConfig::from_keys(written.clone()),
                Ok(config),
                "{family:?}"
            );
            assert_eq!(written["label2id"], json!({"no": 0, "yes": 1, "maybe": 2}));
        }
    }

    #[test]
    fn a_file_that_is_no_object_of_keys_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("config.json");
        for (text, wanted) in [
            ("[1]", "holds [1], not an object"),
            ("{\"model_type\"", "EOF"),
            ("{\"layer_norm_eps\": NaN}", "expected value"),
        ] {
            std::fs::write(&path, text).unwrap();
            let refused = EncoderConfig::read(&path).unwrap_err().to_string();
            assert!(
                refused.contains("config.json") && refused.contains(wanted),
                "{refused}"
            );
        }
        std::fs::write(&path, " ".repeat((1 << 24) + 1)).unwrap();
        assert!(
            EncoderConfig::read(&path)
                .unwrap_err()
                .to_string()
                .contains("is longer than")
        );
        let missing = EncoderConfig::read(&folder.path().join("none.json")).unwrap_err();
        assert!(matches!(missing, BundleError::Io { .. }), "{missing}");
    }
}
