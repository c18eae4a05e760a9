//! Model folders of other programs: what they say is obeyed or refused by name.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "helpers of tests fail like tests"
)]

#[allow(dead_code, reason = "what is killed and done again is for other tests")]
#[path = "../common/mod.rs"]
mod common;
mod stored;
mod transformers;
mod work;

use std::fs;

use serde_json::json;

use self::stored::Stored;
use self::work::Work;

/// A trained classifier that answers all twelve pairs rightly, and no update that would change it.
#[test]
fn a_folder_is_enough_and_its_predictions_are_kept() {
    let work = Work::trained();
    // It brings its own vocabulary: nothing else names one.
    let (accuracy, said) = work.measured("whole", |_| {});
    assert_eq!(accuracy, "1.0", "{said}");
    assert!(!said.contains("warning"), "{said}");
    // The same list beside it is no other vocabulary.
    let again = work.done("model", &["data.vocabulary=vocab.txt"]);
    assert_eq!(again.0, "1.0", "{}", again.1);
    let vocabulary = fs::read_to_string(work.path("vocab.txt")).unwrap();
    fs::write(work.path("other.txt"), vocabulary.replace("cat", "fox")).unwrap();
    work.refused(
        "model",
        &["data.vocabulary=other.txt"],
        &["other.txt", "`fox`", "`cat`"],
    );
}

#[test]
fn classes_in_another_order_are_matched_by_their_names() {
    let work = Work::trained();
    let order = ["ENTAILMENT", "Neutral", "contradiction"];
    let (accuracy, said) = work.measured("relabelled", |stored| stored.relabel(&order));
    assert_eq!(accuracy, "1.0", "{said}");
    // What is saved carries the order that its rows have.
    let saved = Stored::read(&common::run_folder(&work.path("out-relabelled"), "dense"));
    assert_eq!(saved.config["id2label"]["0"], "contradiction");
    assert_eq!(saved.config["label2id"]["neutral"], 2);
    let (accuracy, said) = work.measured("again", |stored| *stored = saved.clone());
    assert_eq!(accuracy, "1.0", "{said}");

    let (accuracy, said) = work.measured("unnamed", |stored| {
        stored.relabel(&order);
        for key in ["id2label", "label2id"] {
            stored.config.as_object_mut().unwrap().remove(key);
        }
        stored.config["num_labels"] = json!(3);
    });
    assert_ne!(accuracy, "");
    assert!(
        said.contains("warning") && said.contains("does not name its 3 classes"),
        "{said}"
    );
    assert!(said.contains("classifier"), "{said}");
    let (_, said) = work.measured("foreign", |stored| stored.relabel(&["ja", "nein", "weiss nicht"]));
    assert!(said.contains("weiss nicht") && said.contains("neutral"), "{said}");
}

#[test]
fn what_is_missing_starts_anew_or_is_refused_whole() {
    let work = Work::trained();
    let (_, said) = work.measured("no-pooler", |stored| stored.remove("pooler"));
    assert!(
        said.contains("warning") && said.contains("bert.pooler.dense.weight"),
        "{said}"
    );
    let (_, said) = work.measured("no-classifier", |stored| stored.remove("classifier"));
    assert!(
        said.contains("warning") && said.contains("classifier.weight"),
        "{said}"
    );
    work.write("torn", |stored| {
        stored.remove("query");
        stored.remove("word_embeddings");
    });
    work.refused(
        "torn",
        &[],
        &["attention.self.query.weight", "embeddings.word_embeddings.weight"],
    );
}

#[test]
fn weights_in_shards_are_read_and_each_is_checked() {
    let work = Work::trained();
    let stored = Stored::read(&work.path("model"));
    stored.write_shards(&work.path("shards"));
    let (accuracy, said) = work.done("shards", &[]);
    assert_eq!(accuracy, "1.0", "{said}");
    let name = "model-00002-of-00002.safetensors";
    let whole = fs::read(work.path("shards").join(name)).unwrap();
    fs::write(work.path("shards").join(name), &whole[..whole.len() - 3]).unwrap();
    work.refused("shards", &[], &[name]);
    fs::remove_file(work.path("shards").join(name)).unwrap();
    work.refused("shards", &[], &[name]);
}

#[test]
fn the_tokenizer_of_the_folder_decides() {
    let work = Work::trained();
    let unknown = |said: &str| said.contains("[UNK]");
    // Small letters only and a text that begins with a capital: every `The` is unknown, and it does not matter here.
    let (accuracy, said) = work.measured("cased", |stored| {
        stored.put(
            "tokenizer_config.json",
            &json!({"do_lower_case": false}).to_string(),
        );
    });
    assert_ne!(accuracy, "", "{said}");
    assert!(!unknown(&said), "{said}");
    let tokens = |out: &str| -> Vec<Vec<u8>> {
        let cache = fs::read_dir(work.path(&format!("out-{out}/cache"))).unwrap();
        let mut files: Vec<Vec<u8>> = cache
            .map(|entry| entry.unwrap().path())
            .filter(|path| path.extension().is_some_and(|extension| extension == "tokens"))
            .map(|path| fs::read(path).unwrap())
            .collect();
        files.sort();
        files
    };
    work.measured("plain", |_| {});
    assert_ne!(tokens("cased"), tokens("plain"));
    // What a run saves brings the tokenizer along.
    let saved = common::run_folder(&work.path("out-cased"), "dense");
    assert!(saved.join("tokenizer_config.json").is_file());

    let json_only = |stored: &mut Stored, lower: bool| {
        let vocabulary = stored.take("vocab.txt");
        stored.put("tokenizer.json", &stored::tokenizer_json(&vocabulary, lower));
    };
    let (accuracy, said) = work.measured("json", |stored| json_only(stored, true));
    assert_eq!(accuracy, "1.0", "{said}");
    let saved = common::run_folder(&work.path("out-json"), "dense");
    assert!(saved.join("tokenizer.json").is_file() && !saved.join("vocab.txt").exists());

    work.write("none", |stored| {
        stored.take("vocab.txt");
    });
    work.refused("none", &[], &["data.vocabulary", "tokenizer.json"]);
    let (accuracy, said) = work.done("none", &["data.vocabulary=vocab.txt"]);
    assert_eq!(accuracy, "1.0", "{said}");
    work.write("broken", |stored| {
        stored.put(
            "tokenizer_config.json",
            &json!({"do_lower_case": "no"}).to_string(),
        );
    });
    work.refused("broken", &[], &["tokenizer_config.json", "do_lower_case"]);
    // Ids beyond the table of embeddings.
    work.write("long", |stored| {
        let more = stored.take("vocab.txt") + "another\npiece\n";
        stored.put("vocab.txt", &more);
    });
    work.refused("long", &[], &["pieces", "embeds"]);
}

#[test]
fn tokens_that_a_folder_adds_are_there_or_refused_by_name() {
    let work = Work::trained();
    // The special tokens again, as transformers writes them.
    let (accuracy, said) = work.measured("again", |stored| {
        let settings = json!({"added_tokens_decoder": {"0": {"content": "[PAD]", "special": true}}});
        stored.put("tokenizer_config.json", &settings.to_string());
        stored.put("added_tokens.json", &json!({"[PAD]": 0}).to_string());
    });
    assert_eq!(accuracy, "1.0", "{said}");
    let refused = |name: &str, file: &str, json: serde_json::Value, words: &[&str]| {
        work.write(name, |stored| stored.put(file, &json.to_string()));
        work.refused(name, &[], &[&[file], words].concat());
    };
    refused(
        "further",
        "added_tokens.json",
        json!({"<e1>": 30522}),
        &["`<e1>`", "30522", "vocab.txt"],
    );
    let decoder = json!({"added_tokens_decoder": {"1": {"content": "[PAD]"}}});
    refused("moved", "tokenizer_config.json", decoder, &["`[PAD]`", "id 1"]);
    let special = json!({"additional_special_tokens": ["<e1>"]});
    refused(
        "special",
        "special_tokens_map.json",
        special,
        &["`<e1>`", "vocab.txt lacks"],
    );
    let of_text = json!({"extra_special_tokens": {"first": "the"}});
    refused(
        "of-text",
        "tokenizer_config.json",
        of_text,
        &["`the`", "tokenizer.json is needed"],
    );
    refused("no-id", "added_tokens.json", json!({"<e1>": "x"}), &["`<e1>`"]);
    work.write("json-further", |stored| {
        let vocabulary = stored.take("vocab.txt");
        stored.put("tokenizer.json", &stored::tokenizer_json(&vocabulary, true));
        stored.put("added_tokens.json", &json!({"<e1>": 0}).to_string());
    });
    work.refused(
        "json-further",
        &[],
        &["added_tokens.json", "`<e1>`", "in tokenizer.json"],
    );
}

#[test]
fn one_kind_of_tokens_and_pairs_do_not_go_together() {
    let work = Work::trained();
    work.write("one-type", |stored| stored.cut_token_types());
    work.refused("one-type", &[], &["type_vocab_size", "1"]);
}

#[test]
fn dropout_is_that_of_the_folder_unless_it_is_written() {
    let work = Work::trained();
    work.write("model-d", |stored| {
        stored.config["hidden_dropout_prob"] = json!(0.5)
    });
    let trained = |name: &str, folder: &str, set: &[&str]| {
        let mut all = vec!["train.updates=20", "train.learning_rate=1e-3"];
        all.extend(set);
        let out = work.trained_on(name, folder, &all);
        (
            fs::read(out.join("model.safetensors")).unwrap(),
            Stored::read(&out).config["hidden_dropout_prob"].clone(),
        )
    };
    let of_folder = trained("d1", "model-d", &[]);
    let written = trained("d2", "model", &["model.dropout=0.5"]);
    let without = trained("d3", "model-d", &["model.dropout=0.0"]);
    assert_eq!(of_folder, written);
    assert_ne!(of_folder.0, without.0);
    assert_eq!((of_folder.1, without.1), (json!(0.5), json!(0.0)));
    let head = trained("d4", "model", &["model.classifier_dropout=0.5"]);
    assert_ne!(head.0, trained("d5", "model", &[]).0);
}

#[test]
fn a_size_that_the_weights_do_not_have_is_refused() {
    let work = Work::trained();
    for set in ["model.layers=2", "model.width=64", "model.positions=8"] {
        let key = set.split('=').next().unwrap();
        work.refused("model", &[set], &[key, "the model in"]);
    }
    let (accuracy, said) = work.done("model", &["model.layers=1", "model.width=32"]);
    assert_eq!(accuracy, "1.0", "{said}");
}

#[test]
fn folders_that_cannot_be_read_are_refused_by_what_they_are() {
    let work = Work::trained();
    work.write("gpt2", |stored| stored.config = json!({"model_type": "gpt2"}));
    work.refused("gpt2", &[], &["`model_type` is \"gpt2\""]);
    work.write("pickle", |stored| stored.put("pytorch_model.bin", "pickle"));
    fs::remove_file(work.path("pickle/model.safetensors")).unwrap();
    work.refused("pickle", &[], &["pytorch_model.bin", "convert"]);
    work.write("activation", |stored| stored.config["hidden_act"] = json!("mish"));
    work.refused("activation", &[], &["hidden_act", "mish"]);
    work.write("rate", |stored| stored.config["hidden_dropout_prob"] = json!(1));
    work.refused("rate", &[], &["hidden_dropout_prob"]);
    work.write("pruned", |stored| {
        stored.config["pruned_heads"] = json!({"0": [0]})
    });
    work.refused("pruned", &[], &["config.json", "`pruned_heads`", "whole models"]);
    work.refused("nowhere", &[], &["model.weights", "config.json"]);
}
