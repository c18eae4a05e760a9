//! A pretrained encoder's folder of Hugging Face, with random weights: its config, weights, vocabulary and tokeniser.

use std::collections::HashMap;
use std::fs;
use std::path::Path;

use safetensors::tensor::{Dtype, TensorView};
use serde_json::{Value, json};

use super::mnli;

/// Layers; with [`HEADS`] each, 24 heads.
pub(crate) const LAYERS: usize = 2;
/// Heads of a layer, as BERT-base and MiniLM have.
pub(crate) const HEADS: usize = 12;
const WIDTH: usize = 24;
const FEED_FORWARD: usize = 32;
const POSITIONS: usize = 512;

/// How the folder came about, which decides the names in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// As on the hub: weights of pretraining under `bert.`, with its heads, gamma and beta.
    Pretraining,
    /// As sentence-transformers saves it: the bare encoder, with its position ids.
    Bare,
}

/// Writes the folder.
pub(crate) fn write(folder: &Path, kind: Kind) {
    fs::create_dir_all(folder).unwrap();
    let vocabulary = vocabulary();
    let store = |name: &str, value: Value| {
        let text = serde_json::to_string_pretty(&value).unwrap() + "\n";
        fs::write(folder.join(name), text).unwrap();
    };
    store("config.json", config(kind, vocabulary.len()));
    store("tokenizer.json", tokenizer(kind, &vocabulary));
    store("tokenizer_config.json", tokenizer_config(kind));
    if kind == Kind::Bare {
        let special = json!({ "unk_token": "[UNK]", "sep_token": "[SEP]", "pad_token": "[PAD]", "cls_token": "[CLS]",
            "mask_token": "[MASK]" });
        store("special_tokens_map.json", special);
    }
    fs::write(folder.join("vocab.txt"), vocabulary.join("\n") + "\n").unwrap();
    fs::write(folder.join("model.safetensors"), weights(kind, vocabulary.len())).unwrap();
}

/// Pieces in the order of their ids: special and unused ones, characters, their continuations, words.
fn vocabulary() -> Vec<String> {
    let mut pieces: Vec<String> = [
        "[PAD]",
        "[unused0]",
        "[unused1]",
        "[UNK]",
        "[CLS]",
        "[SEP]",
        "[MASK]",
    ]
    .map(str::to_owned)
    .into();
    let characters: Vec<char> = ('!'..='~')
        .filter(|c| !c.is_ascii_uppercase())
        .chain(['—'])
        .collect();
    pieces.extend(characters.iter().map(char::to_string));
    let inner = characters.iter().filter(|c| c.is_ascii_alphanumeric());
    pieces.extend(inner.map(|c| format!("##{c}")));
    pieces.extend(mnli::words());
    pieces
}

fn config(kind: Kind, vocabulary: usize) -> Value {
    let mut config = json!({
        "architectures": ["BertForMaskedLM"], "attention_probs_dropout_prob": 0.1, "gradient_checkpointing": false,
        "hidden_act": "gelu", "hidden_dropout_prob": 0.1, "hidden_size": WIDTH, "initializer_range": 0.02,
        "intermediate_size": FEED_FORWARD, "layer_norm_eps": 1e-12, "max_position_embeddings": POSITIONS,
        "model_type": "bert", "num_attention_heads": HEADS, "num_hidden_layers": LAYERS, "pad_token_id": 0,
        "position_embedding_type": "absolute", "transformers_version": "4.6.0.dev0", "type_vocab_size": 2,
        "use_cache": true, "vocab_size": vocabulary,
    });
    if kind == Kind::Bare {
        config["architectures"] = json!(["BertModel"]);
        config["_name_or_path"] = json!("nreimers/MiniLM-L6-H384-uncased");
    }
    config
}

fn tokenizer_config(kind: Kind) -> Value {
    match kind {
        Kind::Pretraining => json!({ "do_lower_case": true, "model_max_length": POSITIONS }),
        Kind::Bare => json!({
            "do_lower_case": true, "unk_token": "[UNK]", "sep_token": "[SEP]", "pad_token": "[PAD]",
            "cls_token": "[CLS]", "mask_token": "[MASK]", "tokenize_chinese_chars": true, "strip_accents": null,
            "name_or_path": "nreimers/MiniLM-L6-H384-uncased", "do_basic_tokenize": true, "never_split": null,
            "tokenizer_class": "BertTokenizer", "model_max_length": POSITIONS,
        }),
    }
}

fn tokenizer(kind: Kind, vocabulary: &[String]) -> Value {
    let id = |piece: &str| vocabulary.iter().position(|other| other == piece).unwrap();
    let added: Vec<Value> = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
        .iter()
        .map(|piece| {
            json!({ "id": id(piece), "content": piece, "single_word": false, "lstrip": false, "rstrip": false,
                "normalized": false, "special": true })
        })
        .collect();
    let special = |piece: &str, kind: u8| json!({ "SpecialToken": { "id": piece, "type_id": kind } });
    let sequence = |name: &str, kind: u8| json!({ "Sequence": { "id": name, "type_id": kind } });
    let known = |piece: &str| json!({ "id": piece, "ids": [id(piece)], "tokens": [piece] });
    let single = json!([special("[CLS]", 0), sequence("A", 0), special("[SEP]", 0)]);
    let pair = json!([
        special("[CLS]", 0),
        sequence("A", 0),
        special("[SEP]", 0),
        sequence("B", 1),
        special("[SEP]", 1)
    ]);
    let ids: serde_json::Map<String, Value> = vocabulary
        .iter()
        .enumerate()
        .map(|(id, piece)| (piece.clone(), json!(id)))
        .collect();
    let mut tokenizer = json!({
        "version": "1.0", "truncation": null, "padding": null, "added_tokens": added,
        "normalizer": { "type": "BertNormalizer", "clean_text": true, "handle_chinese_chars": true,
            "strip_accents": null, "lowercase": true },
        "pre_tokenizer": { "type": "BertPreTokenizer" },
        "post_processor": { "type": "TemplateProcessing", "single": single, "pair": pair,
            "special_tokens": { "[CLS]": known("[CLS]"), "[SEP]": known("[SEP]") } },
        "decoder": { "type": "WordPiece", "prefix": "##", "cleanup": true },
        "model": { "type": "WordPiece", "unk_token": "[UNK]", "continuing_subword_prefix": "##",
            "max_input_chars_per_word": 100, "vocab": ids },
    });
    if kind == Kind::Bare {
        // As sentence-transformers leaves them: its own use of the tokeniser, which is none of a classifier's.
        tokenizer["truncation"] = json!({ "max_length": 128, "strategy": "LongestFirst", "stride": 0 });
        tokenizer["padding"] = json!({ "strategy": { "Fixed": 128 }, "direction": "Right",
            "pad_to_multiple_of": null, "pad_id": 0, "pad_type_id": 0, "pad_token": "[PAD]" });
    }
    tokenizer
}

/// Numbers like those of BERT's start, from a generator of our own, so that the file is the same every time.
struct Random(u64);

impl Random {
    fn next(&mut self) -> f32 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        let unit = (self.0 >> 40) as f32 / (1u64 << 24) as f32;
        (unit - 0.5) * 0.2
    }
}

fn weights(kind: Kind, vocabulary: usize) -> Vec<u8> {
    let mut tensors: Vec<(String, Vec<usize>)> = Vec::new();
    let prefix = if kind == Kind::Pretraining { "bert." } else { "" };
    let mut add = |name: String, shape: &[usize]| tensors.push((name, shape.to_vec()));
    for (name, rows) in [("word", vocabulary), ("position", POSITIONS), ("token_type", 2)] {
        add(
            format!("{prefix}embeddings.{name}_embeddings.weight"),
            &[rows, WIDTH],
        );
    }
    let mut norms = vec![format!("{prefix}embeddings.LayerNorm")];
    let mut products = vec![(format!("{prefix}pooler.dense"), WIDTH, WIDTH)];
    for layer in 0..LAYERS {
        let of = |name: &str| format!("{prefix}encoder.layer.{layer}.{name}");
        for name in ["self.query", "self.key", "self.value", "output.dense"] {
            products.push((of(&format!("attention.{name}")), WIDTH, WIDTH));
        }
        products.push((of("intermediate.dense"), FEED_FORWARD, WIDTH));
        products.push((of("output.dense"), WIDTH, FEED_FORWARD));
        norms.extend([of("attention.output.LayerNorm"), of("output.LayerNorm")]);
    }
    if kind == Kind::Pretraining {
        products.push(("cls.predictions.transform.dense".to_owned(), WIDTH, WIDTH));
        products.push(("cls.seq_relationship".to_owned(), 2, WIDTH));
        norms.push("cls.predictions.transform.LayerNorm".to_owned());
        add("cls.predictions.bias".to_owned(), &[vocabulary]);
    }
    for (name, rows, columns) in products {
        add(format!("{name}.weight"), &[rows, columns]);
        add(format!("{name}.bias"), &[rows]);
    }
    let [scale, shift] = match kind {
        Kind::Pretraining => ["gamma", "beta"],
        Kind::Bare => ["weight", "bias"],
    };
    for norm in norms {
        add(format!("{norm}.{scale}"), &[WIDTH]);
        add(format!("{norm}.{shift}"), &[WIDTH]);
    }
    file(kind, tensors)
}

fn file(kind: Kind, tensors: Vec<(String, Vec<usize>)>) -> Vec<u8> {
    let mut random = Random(7);
    let mut stored: Vec<(String, Dtype, Vec<usize>, Vec<u8>)> = tensors
        .into_iter()
        .map(|(name, shape)| {
            let centre = if name.ends_with("gamma") || name.ends_with("LayerNorm.weight") {
                1.0
            } else {
                0.0
            };
            let bytes = (0..shape.iter().product()).flat_map(|_| (centre + random.next()).to_le_bytes());
            let bytes = bytes.collect();
            (name, Dtype::F32, shape, bytes)
        })
        .collect();
    if kind == Kind::Bare {
        let ids = (0..POSITIONS as i64).flat_map(i64::to_le_bytes).collect();
        stored.push((
            "embeddings.position_ids".to_owned(),
            Dtype::I64,
            vec![1, POSITIONS],
            ids,
        ));
    }
    let views = stored
        .iter()
        .map(|(name, dtype, shape, bytes)| (name, TensorView::new(*dtype, shape.clone(), bytes).unwrap()));
    let metadata = HashMap::from([("format".to_owned(), "pt".to_owned())]);
    safetensors::serialize(views, Some(metadata)).unwrap()
}
