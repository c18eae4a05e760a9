//! Hugging Face folders in and out, and what a model must do under gates.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "helpers of tests fail like tests"
)]

use std::fs;
use std::path::Path;

use bundle::encoder::{EncoderConfig, Family};
use bundle::translation::TranslationConfig;
use bundle::weights::{Classifier, LoadReport, Problem};
use bundle::{BundleError, CONFIG_FILE, WEIGHTS_FILE};
use burn::tensor::Device;
use models::encoder::{EncoderClassifier, TokenBatch};
use models::translation::TranslationModel;
use models::weights::{load_encoder, save_encoder};
use models::{
    HeadGates, Indices, Initializer, Layout, Mode, Parameter, Parameters, TensorOptions, parameter_count,
};

fn options() -> TensorOptions {
    TensorOptions::single(Device::flex())
}

fn small() -> (EncoderConfig, EncoderClassifier) {
    small_of(Family::Bert)
}

fn small_of(family: Family) -> (EncoderConfig, EncoderClassifier) {
    let mut config = EncoderConfig::of_sizes(20, 8, 2, 2, 16, 12);
    config.family = family;
    if family == Family::DistilBert {
        config.type_vocab_size = 0;
        config.classifier_dropout = Some(0.25);
    }
    config.set_labels(&["no", "yes", "maybe"].map(str::to_owned));
    let model = EncoderClassifier::new(&config, &mut Initializer::new(1, options())).unwrap();
    (config, model)
}

fn batch() -> TokenBatch {
    let ids = [2, 5, 6, 3, 2, 7, 3, 0];
    let tokens = [true, true, true, true, true, true, true, false];
    TokenBatch::new(&ids, &[0; 8], &tokens, &[0, 1], &options())
}

fn logits(model: &EncoderClassifier, gates: Option<&[f64]>) -> Vec<f32> {
    let gates =
        gates.map(|gates| HeadGates::of_examples(gates, gates.len() / 4, model.grid(), &options()).unwrap());
    model
        .plain()
        .forward(&batch(), gates.as_ref(), Mode::Evaluate)
        .try_into_vec_as()
        .unwrap()
}

fn load(
    folder: &Path,
    config: &EncoderConfig,
    classifier: Classifier<'_>,
) -> (EncoderClassifier, LoadReport) {
    load_encoder(folder, config, classifier, 9, &options()).unwrap()
}

/// All tensors of a model as they are stored.
fn stored(model: &EncoderClassifier) -> Vec<(String, Vec<usize>)> {
    let mut names = Vec::new();
    model.clone().visit("", &mut |name, parameter| {
        let shape = match parameter {
            Parameter::Vector(tensor) => tensor.dims().to_vec(),
            Parameter::Matrix(tensor, Layout::AsStored) => tensor.dims().to_vec(),
            Parameter::Matrix(tensor, Layout::Transposed) => tensor.dims().iter().rev().copied().collect(),
        };
        names.push((name.to_owned(), shape));
    });
    names
}

#[test]
fn a_model_of_every_family_has_the_tensors_that_its_config_says() {
    for family in Family::ALL {
        let (config, model) = small_of(family);
        let specs = config.tensors().into_iter().map(|spec| (spec.name, spec.shape));
        assert_eq!(stored(&model), specs.collect::<Vec<_>>(), "{family:?}");
    }
    let config = TranslationConfig::of_sizes(9, 8, 4, 2, 2, 6);
    let model = TranslationModel::new(&config, &mut Initializer::new(1, options())).unwrap();
    let mut names = Vec::new();
    model
        .clone()
        .visit("", &mut |name, _| names.push(name.to_owned()));
    let specs: Vec<String> = config.tensors().into_iter().map(|spec| spec.name).collect();
    assert_eq!(names, specs);
    assert_eq!(parameter_count(&model) as u128, config.parameters());
}

#[test]
fn a_folder_written_and_read_gives_the_same_numbers() {
    for family in Family::ALL {
        let folder = tempfile::tempdir().unwrap();
        let (config, model) = small_of(family);
        save_encoder(folder.path(), &config, &model).unwrap();
        assert_eq!(
            EncoderConfig::read(&folder.path().join(CONFIG_FILE)).unwrap(),
            config
        );
        let (loaded, report) = load(folder.path(), &config, Classifier::AsStored);
        assert_eq!(report, LoadReport::default());
        assert_eq!(logits(&loaded, None), logits(&model, None), "{family:?}");
        assert_eq!(logits(&loaded, None).len(), 6);
    }
}

#[test]
fn other_classes_get_a_fresh_classifier_and_nothing_else() {
    for family in Family::ALL {
        let folder = tempfile::tempdir().unwrap();
        let (mut config, model) = small_of(family);
        save_encoder(folder.path(), &config, &model).unwrap();
        config.set_classes(2);
        let (_, report) = load(folder.path(), &config, Classifier::Fresh);
        let names = ["weight", "bias"].map(|part| format!("{}.{part}", family.classifier()));
        assert_eq!(report.fresh, names);
    }
}

#[test]
fn rows_of_the_classifier_come_in_the_order_that_is_asked_for() {
    for family in Family::ALL {
        let folder = tempfile::tempdir().unwrap();
        let (config, model) = small_of(family);
        save_encoder(folder.path(), &config, &model).unwrap();
        let order = [2, 0, 1];
        let (turned, _) = load(
            folder.path(),
            &config,
            Classifier::Rows {
                stored: 3,
                order: &order,
            },
        );
        let (of_stored, of_turned) = (logits(&model, None), logits(&turned, None));
        for example in 0..2 {
            for (row, from) in order.into_iter().enumerate() {
                assert_eq!(
                    of_turned[3 * example + row],
                    of_stored[3 * example + from],
                    "{family:?}"
                );
            }
        }
    }
}

#[test]
fn a_cut_file_a_missing_tensor_and_another_width_are_told_apart() {
    let folder = tempfile::tempdir().unwrap();
    let (config, model) = small();
    save_encoder(folder.path(), &config, &model).unwrap();
    let load = |config: &EncoderConfig| {
        load_encoder(folder.path(), config, Classifier::AsStored, 9, &options()).unwrap_err()
    };
    let path = folder.path().join(WEIGHTS_FILE);
    let whole = fs::read(&path).unwrap();
    for length in [0, 4, 100, whole.len() - 1] {
        fs::write(&path, &whole[..length]).unwrap();
        let error = load(&config);
        assert!(matches!(error, BundleError::Damaged { .. }), "{error}");
        assert!(error.to_string().contains(WEIGHTS_FILE), "{error}");
    }
    fs::write(&path, &whole).unwrap();
    let problems = |config: &EncoderConfig| match load(config) {
        BundleError::Tensors { problems, .. } => problems.0,
        other => panic!("{other}"),
    };
    let mut deeper = config.clone();
    deeper.num_hidden_layers = 3;
    let missing = problems(&deeper);
    assert_eq!(missing.len(), 16);
    assert!(
        missing
            .iter()
            .all(|problem| matches!(problem, Problem::Missing { .. })),
        "{missing:?}"
    );
    let mut wider = config.clone();
    wider.intermediate_size = 32;
    let shapes = problems(&wider);
    // The first layer with its bias, and the second, of two layers.
    assert_eq!(shapes.len(), 6);
    assert!(
        shapes
            .iter()
            .all(|problem| matches!(problem, Problem::Shape { .. })),
        "{shapes:?}"
    );
    // Sizes that no memory holds are refused by the file, before a model is made.
    let mut absurd = config.clone();
    absurd.vocab_size = 1 << 30;
    assert_eq!(problems(&absurd).len(), 1);
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
    let gates = HeadGates::new(&[1.0, 0.5, 1.0, 0.2], model.grid(), &options());
    let gates = gates.unwrap().tracked();
    let derivative = |model: &EncoderClassifier| {
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
        (weights, gates.gradient(&mut gradients).unwrap())
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
