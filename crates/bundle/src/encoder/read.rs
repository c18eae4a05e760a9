//! An encoder's config.json, key by key.

use std::path::Path;

use serde_json::{Map, Value};

use super::{Activation, EncoderConfig, Family, names};
use crate::BundleError;
use crate::keys::{Keys, read_object, shown};
use crate::pruned::{PRUNED_HEADS, PrunedHeads};

/// Kinds of tokens where a config does not say.
pub(super) const KINDS: usize = 2;
/// Epsilon of layer normalisation where a config does not say.
pub(super) const EPSILON: f64 = 1e-12;
/// Standard deviation of start weights where a config does not say.
pub(super) const SPREAD: f64 = 0.02;
/// The key that says how scores are read.
pub(super) const PROBLEM: &str = "problem_type";
/// The one way in which they are read here.
pub(super) const CHOICE: &str = "single_label_classification";
/// Dropout of all kinds where a config does not say.
const DROPOUT: f64 = 0.1;
/// Dropout before DistilBERT's classifier where a config does not say.
const HEAD_DROPOUT_OF_DISTILBERT: f64 = 0.2;

impl EncoderConfig {
    /// Reads and checks a config.json.
    ///
    /// # Errors
    /// A file that cannot be read, another `model_type`, a `problem_type` whose scores are no choice among classes, or a key
    /// whose value cannot be obeyed.
    pub fn read(path: &Path) -> Result<Self, BundleError> {
        Self::of_file(path, read_object(path)?)
    }

    /// The same of the keys that are in a file.
    pub(crate) fn of_file(path: &Path, map: Map<String, Value>) -> Result<Self, BundleError> {
        family(&map).map_err(|reason| BundleError::other_type(path, reason))?;
        if let Some(kind) = map.get(PROBLEM).filter(|&kind| !kind.is_null() && kind != CHOICE) {
            let found = format!("`{PROBLEM}` is {}", shown(kind));
            return Err(BundleError::no_choice(path, found));
        }
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
            pruned_heads: PrunedHeads::of_layers(keys.take(PRUNED_HEADS))?,
            labels: names::take(&mut keys)?,
            others: others(keys),
        };
        config.check()?;
        Ok(config)
    }

    /// Refuses a model of one class, which transformers takes for a regression; `path` is its config.json. A training may start
    /// from one: its classifier is made anew.
    ///
    /// # Errors
    /// One class.
    pub fn must_choose(&self, path: &Path) -> Result<(), BundleError> {
        match self.classes() {
            0 | 1 => Err(BundleError::no_choice(path, "there is one class".to_owned())),
            _ => Ok(()),
        }
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
        PROBLEM,
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
mod tests;
