//! Hugging Face folders in and out, and what a model must do under gates.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "helpers of tests fail like tests"
)]

use std::fs;

use burn::tensor::{Device, Tensor};
use models::bert::{BertClassifier, BertConfig, TokenBatch};
use models::weights::{CONFIG_FILE, WEIGHTS_FILE, load_bert, save_bert};
use models::{Indices, Initializer, Mode, ModelError, Parameter, Parameters, TensorOptions, parameter_count};

fn options() -> TensorOptions {
    TensorOptions::single(Device::flex())
}

fn small() -> (BertConfig, BertClassifier) {
    let mut config = BertConfig::of_sizes(20, 8, 2, 2, 16, 12);
    config.set_labels(&["no", "yes", "maybe"].map(str::to_owned));
    let model = BertClassifier::new(&config, &mut Initializer::new(1, options())).unwrap();
    (config, model)
}

fn batch() -> TokenBatch {
    let ids = [2, 5, 6, 3, 2, 7, 3, 0];
    let tokens = [true, true, true, true, true, true, true, false];
    TokenBatch::new(&ids, &[0; 8], &tokens, &[0, 1], &options())
}

fn logits(model: &BertClassifier, gates: Option<&[f64]>) -> Vec<f32> {
    let gates: Option<Tensor<3>> = gates.map(|gates| options().float(gates, [gates.len() / 4, 2, 2]));
    model
        .plain()
        .forward(&batch(), gates.as_ref(), Mode::Evaluate)
        .try_into_vec_as()
        .unwrap()
}

#[test]
fn a_folder_written_and_read_gives_the_same_numbers() {
    let folder = tempfile::tempdir().unwrap();
    let (config, model) = small();
    save_bert(folder.path(), &config, &model).unwrap();
    let (read, loaded, report) = load_bert(folder.path(), None, 9, &options()).unwrap();
    assert_eq!(read, config);
    assert_eq!(report, Default::default());
    assert_eq!(logits(&loaded, None), logits(&model, None));
}

#[test]
fn other_classes_get_a_fresh_classifier_and_nothing_else() {
    let folder = tempfile::tempdir().unwrap();
    let (config, model) = small();
    save_bert(folder.path(), &config, &model).unwrap();
    let labels = ["negative", "positive"].map(str::to_owned);
    let (config, _, report) = load_bert(folder.path(), Some(&labels), 9, &options()).unwrap();
    assert_eq!(config.classes(), 2);
    assert_eq!(report.fresh, ["classifier.weight", "classifier.bias"]);
}

#[test]
fn a_cut_file_a_missing_tensor_and_another_width_are_told_apart() {
    let folder = tempfile::tempdir().unwrap();
    let (config, model) = small();
    save_bert(folder.path(), &config, &model).unwrap();
    let path = folder.path().join(WEIGHTS_FILE);
    let whole = fs::read(&path).unwrap();
    for length in [0, 4, 100, whole.len() - 1] {
        fs::write(&path, &whole[..length]).unwrap();
        let error = load_bert(folder.path(), None, 9, &options()).unwrap_err();
        assert!(matches!(error, ModelError::Damaged { .. }), "{error}");
        assert!(error.to_string().contains(WEIGHTS_FILE), "{error}");
    }
    fs::write(&path, &whole).unwrap();
    let config_path = folder.path().join(CONFIG_FILE);
    let text = fs::read_to_string(&config_path).unwrap();
    fs::write(
        &config_path,
        text.replace("\"num_hidden_layers\": 2", "\"num_hidden_layers\": 3"),
    )
    .unwrap();
    let error = load_bert(folder.path(), None, 9, &options()).unwrap_err();
    assert!(matches!(error, ModelError::Missing { .. }), "{error}");
    fs::write(
        &config_path,
        text.replace("\"intermediate_size\": 16", "\"intermediate_size\": 32"),
    )
    .unwrap();
    let error = load_bert(folder.path(), None, 9, &options()).unwrap_err();
    assert!(matches!(error, ModelError::Shape { .. }), "{error}");
}

#[test]
fn open_gates_change_no_bit_and_what_stands_at_padding_does_not_matter() {
    let (_, model) = small();
    assert_eq!(logits(&model, Some(&[1.0; 4])), logits(&model, None));
    assert_eq!(logits(&model, Some(&[1.0; 8])), logits(&model, None));

    let mut other = batch();
    other.input_ids = Indices::new(&[2, 5, 6, 3, 2, 7, 3, 11], &options());
    let padded: Vec<f32> = model
        .plain()
        .forward(&other, None, Mode::Evaluate)
        .try_into_vec_as()
        .unwrap();
    assert_eq!(padded, logits(&model, None));
}

#[test]
fn a_layer_without_heads_and_a_model_with_one_or_none_still_compute() {
    let (_, model) = small();
    for gates in [[1.0, 1.0, 0.0, 0.0], [0.0, 0.0, 0.0, 1.0], [0.0; 4]] {
        let left = logits(&model, Some(&gates));
        assert!(left.iter().all(|score| score.is_finite()), "{gates:?}");
        assert_ne!(left, logits(&model, None), "{gates:?}");
    }
}

#[test]
fn each_example_can_have_gates_of_its_own() {
    let (_, model) = small();
    let (first, second) = ([1.0, 0.5, 0.0, 2.0], [0.0, 1.0, 1.5, 0.25]);
    let both = logits(&model, Some(&[first, second].concat()));
    let shared = [first, second].map(|gates| logits(&model, Some(&gates)));
    assert_eq!(both[..3], shared[0][..3]);
    assert_eq!(both[3..], shared[1][3..]);
    assert_ne!(shared[0], shared[1]);
}

#[test]
fn a_frozen_model_gives_gate_derivatives_and_no_weight_gradient() {
    let (_, model) = small();
    let gates: Tensor<3> = options()
        .float(&[1.0, 0.5, 1.0, 0.2], [1, 2, 2])
        .autodiff()
        .require_grad();
    let derivative = |model: &BertClassifier| {
        let mut gradients = model
            .forward(&batch(), Some(&gates), Mode::Train { seed: 1 })
            .slice([0..2, 0..1])
            .sum()
            .backward();
        let mut weights = 0;
        model.clone().visit("", &mut |_, parameter| {
            weights += usize::from(match parameter {
                Parameter::Vector(tensor) => tensor.grad_remove(&mut gradients).is_some(),
                Parameter::Matrix(tensor, _) => tensor.grad_remove(&mut gradients).is_some(),
            });
        });
        let gates: Vec<f32> = gates.grad(&gradients).unwrap().try_into_vec_as().unwrap();
        (weights, gates)
    };
    let (with, trained) = derivative(&model.trainable());
    let (without, frozen) = derivative(&model.frozen());
    assert_eq!((with, without), (41, 0));
    assert_eq!(trained, frozen);
    assert!(frozen.iter().any(|derivative| *derivative != 0.0));
}

#[test]
fn bert_base_with_three_classes_has_109_484_547_parameters() {
    // A formula checked on a narrow model: building the 438 MB of the wide one would check nothing more.
    let count = |v: usize, d: usize, l: usize, f: usize, p: usize, c: usize| {
        let layer = 4 * (d * d + d) + 2 * (2 * d) + d * f + f + f * d + d;
        (v + p + 2) * d + 2 * d + l * layer + d * d + d + d * c + c
    };
    let (_, model) = small();
    assert_eq!(parameter_count(&model), count(20, 8, 2, 16, 12, 3));
    assert_eq!(count(30_522, 768, 12, 3072, 512, 3), 109_484_547);
}
