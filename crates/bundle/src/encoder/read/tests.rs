//! Configs key by key: what is left out, what is refused, what is written back.

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
        ("pruned_heads", json!([0]), "`pruned_heads` is [0], not an object"),
        (
            "pruned_heads",
            json!({"first": [1]}),
            "`pruned_heads` has \"first\" for a layer",
        ),
        (
            "pruned_heads",
            json!({"12": [1]}),
            "heads of layer 12 of encoder-self attention, but `num_hidden_layers` is 12",
        ),
        (
            "pruned_heads",
            json!({"0": [12]}),
            "head 12 of layer 0 of encoder-self attention, but `num_attention_heads` is 12",
        ),
        ("pruned_heads", json!({"0": [1, 1]}), "has head 1 of layer 0"),
        ("pruned_heads", json!({"0": ["1"]}), "has the head \"1\""),
        ("pruned_heads", json!({"0": 1}), "not a list of heads"),
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
fn heads_that_were_removed_are_read_and_written_back_and_whole_models_have_no_such_key() {
    for family in Family::ALL {
        let mut whole = EncoderConfig::of_sizes(30, 8, 3, 4, 12, 20);
        whole.family = family;
        let mut keys = whole.to_keys();
        assert!(!keys.contains_key("pruned_heads"), "{family:?}");
        keys.insert(
            "pruned_heads".to_owned(),
            json!({"2": [3, 0], "0": [0, 1, 2, 3], "1": []}),
        );
        let config = EncoderConfig::from_keys(keys).unwrap();
        let heads: Vec<usize> = config
            .grid()
            .unwrap()
            .rows()
            .iter()
            .map(|row| row.heads)
            .collect();
        assert_eq!(heads, [0, 4, 2], "{family:?}");
        assert_eq!(config.full_grid(), whole.grid());
        let written = config.to_keys();
        assert_eq!(written["pruned_heads"], json!({"0": [0, 1, 2, 3], "2": [0, 3]}));
        assert_eq!(EncoderConfig::from_keys(written), Ok(config), "{family:?}");
    }
    let refused = read(json!({"model_type": "distilbert", "pruned_heads": {"6": [0]}})).unwrap_err();
    assert!(refused.contains("`n_layers` is 6"), "{refused}");
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
fn scores_that_are_no_choice_among_classes_are_refused_by_the_key() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("config.json");
    let of = |kind: Value| {
        let text = json!({"model_type": "bert", "problem_type": kind}).to_string();
        std::fs::write(&path, text).unwrap();
        [
            EncoderConfig::read(&path).map(|_| ()),
            crate::ModelConfig::read(&path).map(|_| ()),
        ]
    };
    for kind in ["multi_label_classification", "regression"] {
        for refused in of(json!(kind)) {
            let refused = refused.unwrap_err().to_string();
            let said = format!("config.json: `problem_type` is \"{kind}\"; scores");
            assert!(refused.contains(&said), "{refused}");
        }
    }
    for kind in [Value::Null, json!("single_label_classification")] {
        assert!(of(kind).iter().all(Result::is_ok));
    }
    let mut one = EncoderConfig::of_sizes(30, 8, 2, 4, 12, 20);
    assert!(one.must_choose(&path).is_ok());
    one.set_classes(1);
    let refused = one.must_choose(&path).unwrap_err().to_string();
    assert!(
        refused.contains("config.json: there is one class; scores"),
        "{refused}"
    );
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
