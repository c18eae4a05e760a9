//! The encoder-decoder: what it must do under gates and padding, its start, its folders.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "helpers of tests fail like tests"
)]

use std::fs;

use bundle::{BundleError, WEIGHTS_FILE};
use burn::tensor::{Device, Tensor};
use models::translation::{END, PADDING, Place, TranslationBatch, TranslationConfig, TranslationModel};
use models::weights::{load_translation, save_translation};
use models::{HeadGates, Initializer, Mode, Parameter, Parameters, TensorOptions, parameter_count};
use safetensors::tensor::{SafeTensors, TensorView};

fn options() -> TensorOptions {
    TensorOptions::double(Device::flex())
}

fn model() -> TranslationModel {
    let mut config = TranslationConfig::of_sizes(20, 16, 8, 2, 2, 12);
    config.decoder_layers = 3;
    config.label_smoothing = 0.1;
    TranslationModel::new(&config, &mut Initializer::new(1, options())).unwrap()
}

const HEADS: usize = (2 + 3 + 3) * 2;

/// Two pairs, the second shorter on both sides.
fn batch() -> TranslationBatch {
    let source = [5, 6, 7, 8, END, PADDING, PADDING, 9, 10, END];
    let target = [11, 12, 13, END, 14, END, PADDING, PADDING];
    TranslationBatch::new(&source, &target, 2, &options())
}

fn gates(values: &[f64]) -> HeadGates {
    HeadGates::of_examples(values, values.len() / HEADS, model().grid(), &options()).unwrap()
}

fn numbers<const D: usize>(tensor: Tensor<D>) -> Vec<f64> {
    tensor.inner().try_into_vec_as::<f64>().unwrap()
}

fn scores(batch: &TranslationBatch, gates: Option<&HeadGates>) -> Vec<f64> {
    numbers(model().forward(batch, gates, Mode::Evaluate))
}

fn assert_near(got: &[f64], want: &[f64]) {
    assert_eq!(got.len(), want.len());
    for (got, want) in got.iter().zip(want) {
        assert!((got - want).abs() < 1e-12, "{got} {want}");
    }
}

#[test]
fn padding_does_not_change_what_is_predicted() {
    let alone = TranslationBatch::new(&[9, 10, END], &[14, END], 1, &options());
    assert_near(&scores(&alone, None), &scores(&batch(), None)[4 * 16..6 * 16]);
    let model = model();
    let losses = numbers(model.sentence_losses(&batch(), None));
    assert_near(&numbers(model.sentence_losses(&alone, None)), &losses[1..]);
}

#[test]
fn a_word_does_not_see_those_after_it() {
    let source = [5, 6, END];
    let of = |target: &[i32]| scores(&TranslationBatch::new(&source, target, 1, &options()), None);
    let (first, second) = (of(&[11, 12, 13, END]), of(&[11, 12, 15, END]));
    assert_eq!(first[..3 * 16], second[..3 * 16]);
    assert_ne!(first[3 * 16..], second[3 * 16..]);
}

#[test]
fn open_gates_change_no_bit_and_each_sentence_can_have_its_own() {
    assert_eq!(
        scores(&batch(), Some(&gates(&[1.0; HEADS]))),
        scores(&batch(), None)
    );
    let first: Vec<f64> = (0..HEADS).map(|head| head as f64 / 10.0).collect();
    let second: Vec<f64> = (0..HEADS).map(|head| f64::from(head % 3 == 0)).collect();
    let both = scores(&batch(), Some(&gates(&[first.clone(), second.clone()].concat())));
    assert_eq!(both[..64], scores(&batch(), Some(&gates(&first)))[..64]);
    assert_eq!(both[64..], scores(&batch(), Some(&gates(&second)))[64..]);
    assert_ne!(both[..64], scores(&batch(), Some(&gates(&second)))[..64]);
}

#[test]
fn a_module_without_heads_adds_its_output_bias_alone() {
    // The third row is that of the first encoder-decoder attention.
    let mut values = [1.0; HEADS];
    values[4..6].fill(0.0);
    let mut model = model();
    let row = model.grid().rows()[2];
    let mut bias = None;
    model.visit("", &mut |name, parameter| {
        if let ("decoder.layers.0.encoder_attn.out_proj.bias", Parameter::Vector(tensor)) = (name, parameter)
        {
            *tensor = options().float(&[0.5, -0.5, 0.25, 1.0, 0.0, 2.0, -1.0, 0.125], [8]);
            bias = Some(numbers(tensor.clone()));
        }
    });
    let mut modules = 0;
    model.forward_watched(&batch(), Some(&gates(&values)), &mut |place, state| {
        if let Place::Attention(shown) = place {
            modules += 1;
            if shown == row {
                let state = numbers(state.clone());
                assert!(
                    state.chunks(8).all(|state| Some(state) == bias.as_deref()),
                    "{state:?}"
                );
            }
        }
    });
    assert_eq!(modules, 8);
}

#[test]
fn losses_count_every_word_once_and_no_padding() {
    let (model, batch) = (model(), batch());
    let scores = numbers(model.forward(&batch, None, Mode::Evaluate));
    let (mut plain, mut smoothed) = ([0.0; 2], 0.0);
    let words = [(0, 11), (1, 12), (2, 13), (3, END), (4, 14), (5, END)];
    for (cell, word) in words {
        let row = &scores[cell * 16..(cell + 1) * 16];
        let normaliser = row.iter().map(|score| score.exp()).sum::<f64>().ln();
        let loss = normaliser - row[word as usize];
        let all: f64 = row.iter().map(|score| normaliser - score).sum();
        plain[cell / 4] += loss;
        smoothed += 0.9 * loss + 0.1 / 16.0 * all;
    }
    assert_near(&numbers(model.sentence_losses(&batch, None)), &plain);
    assert_near(&numbers(model.loss(&batch, None, 1)), &[smoothed]);
}

#[test]
fn dropout_acts_in_training_only_and_at_each_of_its_places() {
    type Rate = fn(&mut TranslationConfig);
    let rates: [Rate; 3] = [
        |config| config.dropout = 0.5,
        |config| config.attention_dropout = 0.5,
        |config| config.activation_dropout = 0.5,
    ];
    for rate in rates {
        let mut config = model().config().clone();
        rate(&mut config);
        let model = TranslationModel::new(&config, &mut Initializer::new(1, options())).unwrap();
        let of = |mode| numbers(model.forward(&batch(), None, mode));
        assert_eq!(of(Mode::Evaluate), scores(&batch(), None));
        let trained = |seed| of(Mode::Train { seed });
        assert_ne!(trained(1), of(Mode::Evaluate));
        assert_ne!(trained(1), trained(2));
        assert_eq!(trained(1), trained(1));
    }
}

#[test]
fn the_start_is_that_of_fairseq() {
    let model = model();
    let layer = |modules: usize| modules * (4 * (64 + 8) + 16) + 8 * 12 + 12 + 12 * 8 + 8 + 16;
    assert_eq!(
        parameter_count(&model),
        20 * 8 + 16 * 8 + 2 * layer(1) + 3 * layer(2)
    );
    let within = |values: &[f64], bound: f64| {
        let largest = values
            .iter()
            .fold(0.0_f64, |largest, value| largest.max(value.abs()));
        assert!(largest <= bound && largest > 0.7 * bound, "{largest} {bound}");
    };
    model.clone().visit("", &mut |name, parameter| {
        let values = match parameter {
            Parameter::Vector(tensor) => numbers(tensor.clone()),
            Parameter::Matrix(tensor, _) => numbers(tensor.clone()),
        };
        let is = |ends: &[&str]| ends.iter().any(|end| name.ends_with(end));
        if is(&["embed_tokens.weight"]) {
            assert_eq!(values[8..16], [0.0; 8], "{name}");
            assert!(values[..8].iter().all(|value| *value != 0.0), "{name}");
        } else if is(&["layer_norm.weight"]) {
            assert_eq!(values, [1.0; 8], "{name}");
        } else if is(&["layer_norm.bias", "out_proj.bias"]) {
            assert_eq!(values, [0.0; 8], "{name}");
        } else if is(&["out_proj.weight"]) {
            within(&values, (6.0_f64 / 16.0).sqrt());
        } else if is(&["proj.weight"]) {
            within(&values, (3.0_f64 / 16.0).sqrt());
        } else if is(&["fc2.weight", "fc2.bias"]) {
            assert!(
                values.iter().all(|value| value.abs() <= 12_f64.sqrt().recip()),
                "{name}"
            );
        } else {
            assert!(
                values.iter().all(|value| value.abs() <= 8_f64.sqrt().recip()),
                "{name}"
            );
            assert!(
                values
                    .iter()
                    .any(|value| value.abs() > 0.2 * 8_f64.sqrt().recip()),
                "{name}"
            );
        }
    });
}

#[test]
fn a_folder_written_and_read_gives_the_same_numbers() {
    let folder = tempfile::tempdir().unwrap();
    // Files hold 32-bit floats: what went through one comes back as it is.
    save_translation(folder.path(), &model()).unwrap();
    let (config, once, report) = load_translation(folder.path(), &options()).unwrap();
    assert_eq!(&config, model().config());
    assert_eq!(report, Default::default());
    save_translation(folder.path(), &once).unwrap();
    let (_, twice, _) = load_translation(folder.path(), &options()).unwrap();
    let of = |model: &TranslationModel| numbers(model.forward(&batch(), None, Mode::Evaluate));
    assert_eq!(of(&once), of(&twice));
    for (once, fresh) in of(&once).iter().zip(of(&model())) {
        assert!((once - fresh).abs() < 1e-5);
    }
}

#[test]
fn a_stored_output_projection_must_be_the_target_embedding() {
    let folder = tempfile::tempdir().unwrap();
    save_translation(folder.path(), &model()).unwrap();
    let path = folder.path().join(WEIGHTS_FILE);
    let bytes = fs::read(&path).unwrap();
    let file = SafeTensors::deserialize(&bytes).unwrap();
    let embedding = file.tensor("decoder.embed_tokens.weight").unwrap();
    let mut other = embedding.data().to_vec();
    other[0] ^= 1;
    let output = "decoder.output_projection.weight".to_owned();
    for (data, equal) in [(embedding.data(), true), (&other[..], false)] {
        let mut tensors = file.tensors();
        let view = TensorView::new(embedding.dtype(), embedding.shape().to_vec(), data).unwrap();
        tensors.push((output.clone(), view));
        fs::write(&path, safetensors::serialize(tensors, None).unwrap()).unwrap();
        match load_translation(folder.path(), &options()) {
            Ok((_, _, report)) => assert!(equal && report.unused.is_empty()),
            Err(error) => {
                assert!(!equal && matches!(error, BundleError::Untied { .. }), "{error}");
                assert!(error.to_string().contains(&output), "{error}");
            }
        }
    }
}
