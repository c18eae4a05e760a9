//! Models with packed weights against plain operations in the same precision: classifiers and translations, with every number of
//! heads, by gates and removed.
#![allow(clippy::unwrap_used, reason = "helpers of tests fail like tests")]

use bundle::encoder::{Activation, EncoderConfig, Family};
use burn::tensor::Device;
use heads::HeadMask;
use models::encoder::{EncoderClassifier, TokenBatch};
use models::translation::{
    END, GenerationConfig, Hypothesis, SourceBatch, TranslationConfig, TranslationModel,
};
use models::{HeadGates, Initializer, Mode, Parameter, Parameters, Removal, TensorOptions};
use proptest::prelude::*;

const HEAD_WIDTH: usize = 6;

/// Fused kernels, on rectangles and on packed batches, and plain operations.
fn ways() -> [TensorOptions; 2] {
    let options = || TensorOptions::single(Device::flex());
    [options(), options().packed()]
}

fn plain() -> TensorOptions {
    TensorOptions::single(Device::flex()).plain()
}

/// Numbers in -1..1.
fn numbers(count: usize, seed: u64) -> impl Iterator<Item = f64> {
    (0..count as u64).map(move |index| {
        let mixed = (index ^ seed << 32).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        ((mixed >> 40) as f64 / (1_u64 << 23) as f64) - 1.0
    })
}

/// Large weights, and biases and norms that are not those of the start.
fn shaken<M: Parameters>(mut model: M) -> M {
    let mut seed = 0;
    model.visit("", &mut |_, parameter| match parameter {
        Parameter::Matrix(tensor, _) => *tensor = tensor.clone().mul_scalar(3.0),
        Parameter::Vector(tensor) => {
            seed += 1;
            let values: Vec<f64> = numbers(tensor.dims()[0], seed).map(|x| x / 2.0).collect();
            *tensor = tensor.clone() + plain().float(&values, tensor.dims());
        }
    });
    model
}

/// Flags of which so many are set, in an order that the seed decides.
fn kept(count: usize, total: usize, seed: u64) -> HeadMask {
    let order: Vec<f64> = numbers(total, seed).collect();
    let mut ranks: Vec<usize> = (0..total).collect();
    ranks.sort_by(|&a, &b| order[a].total_cmp(&order[b]));
    let mut flags = vec![false; total];
    ranks[..count].iter().for_each(|&head| flags[head] = true);
    HeadMask::from_flags(flags)
}

/// Token ids of examples with padding, [`END`] at the last token of each; padding stands behind, or in front.
fn rectangle(lengths: &[usize], padding: i32, in_front: bool) -> Vec<i32> {
    let longest = lengths.iter().copied().max().unwrap_or(0);
    let line = |(row, &length): (usize, &usize)| {
        let word = |place: usize| {
            if place + 1 == length {
                END
            } else {
                4 + ((row * 5 + place * 3) % 8) as i32
            }
        };
        let words: Vec<i32> = (0..length).map(word).collect();
        let rest = vec![padding; longest - length];
        if in_front {
            [rest, words].concat()
        } else {
            [words, rest].concat()
        }
    };
    lengths.iter().enumerate().flat_map(line).collect()
}

fn close(got: f64, want: f64) -> bool {
    (got - want).abs() <= 5e-4 * (1.0 + want.abs())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn classifiers_score_as_plain_operations_do(
        lengths in prop::collection::vec(1_usize..20, 1..6), layers in 1_usize..4, heads in 1_usize..4,
        inner in 1_usize..80, family in prop::sample::select(Family::ALL.to_vec()),
        activation in prop::sample::select(Activation::ALL.to_vec()), of_all in 0.0_f64..=1.0, seed: u64,
    ) {
        let mut config = EncoderConfig::of_sizes(13, heads * HEAD_WIDTH, layers, heads, inner, 24);
        (config.family, config.hidden_act) = (family, activation);
        config.set_classes(3);
        let model = EncoderClassifier::new(&config, &mut Initializer::new(seed, plain())).unwrap();
        let model = shaken(model);
        let mask = kept((of_all * (layers * heads) as f64).round() as usize, layers * heads, seed);
        let removed = model.removed(&Removal::of_mask(model.grid(), &mask).unwrap());
        let ids = rectangle(&lengths, 1, false);
        let types: Vec<i32> = (0..ids.len()).map(|place| (place / 3 % 2) as i32).collect();
        let tokens: Vec<bool> = ids.iter().map(|&id| id != 1).collect();
        let batch = |options: &TensorOptions| TokenBatch::new(&ids, &types, &tokens, &vec![0; lengths.len()], options);
        let of_model = |gates: Option<&[f64]>| -> Vec<f64> {
            let gates = gates.map(|gates| HeadGates::new(gates, model.grid(), &plain()).unwrap());
            let scores = model.forward(&batch(&plain()), gates.as_ref(), Mode::Evaluate);
            scores.try_into_vec_as::<f64>().unwrap()
        };
        let soft: Vec<f64> = numbers(layers * heads, seed ^ 5).collect();
        for options in ways() {
            let batch = batch(&options);
            let scorer = model.trainable().scorer(&options);
            let of_removed = removed.scorer(&options).scores(&batch, None).unwrap();
            // Closed or not there: the same bytes.
            prop_assert_eq!(&of_removed, &scorer.scores(&batch, Some(&mask.gates())).unwrap());
            for (got, want) in [
                (scorer.scores(&batch, None).unwrap(), of_model(None)),
                (scorer.scores(&batch, Some(&soft)).unwrap(), of_model(Some(&soft))),
                (scorer.scores(&batch, Some(&mask.gates())).unwrap(), of_model(Some(&mask.gates()))),
                (of_removed, of_model(Some(&mask.gates()))),
            ] {
                let got = got.concat();
                prop_assert!(
                    got.len() == want.len() && got.iter().zip(&want).all(|(&got, &want)| close(got, want)),
                    "{got:?} {want:?}"
                );
            }
        }
    }
}

fn translator(seed: u64, options: &TensorOptions) -> TranslationModel {
    let config = TranslationConfig::of_sizes(12, 14, 2 * HEAD_WIDTH, 2, 2, 20);
    let model = TranslationModel::new(&config, &mut Initializer::new(seed, options.clone())).unwrap();
    shaken(model)
}

/// The same words with scores that differ by rounding alone.
fn assert_alike(got: &[Vec<Hypothesis>], want: &[Vec<Hypothesis>], place: &str) {
    assert_eq!(got.len(), want.len());
    for (got, want) in got.iter().flatten().zip(want.iter().flatten()) {
        assert_eq!(got.tokens, want.tokens, "{place}");
        for (got, want) in got.positional_scores.iter().zip(&want.positional_scores) {
            assert!(close(*got, *want), "{place}: {got} {want}");
        }
    }
}

#[test]
fn translations_are_those_of_plain_operations_with_every_number_of_heads() {
    let ids = rectangle(&[5, 9, 1, 12], 1, true);
    let source = |options: &TensorOptions| SourceBatch::new(&ids, 4, options);
    for seed in 0..3 {
        let reference = translator(seed, &plain());
        let total = reference.grid().total();
        for count in 0..=total {
            let config = GenerationConfig {
                beam: [1, 3, 5][count % 3],
                max_len_b: 14.0,
                // A bonus, at times.
                unkpen: [0.0, 0.5, -0.25][seed as usize],
                ..GenerationConfig::default()
            };
            let mask = kept(count, total, seed ^ 9);
            let want = reference.generate(&source(&plain()), Some(&mask.gates()), &config);
            let want = want.unwrap();
            for options in ways() {
                let model = translator(seed, &options);
                let place = format!("seed {seed}, {count} heads");
                let got = model.generate(&source(&options), Some(&mask.gates()), &config);
                let got = got.unwrap();
                assert_alike(&got, &want, &place);
                let removed = model.removed(&Removal::of_mask(model.grid(), &mask).unwrap());
                assert_eq!(
                    removed.generate(&source(&options), None, &config).unwrap(),
                    got,
                    "{place}"
                );
            }
        }
    }
}

#[test]
fn a_translator_gives_the_same_bytes_for_every_batch_and_refuses_other_gates() {
    let [options, _] = ways();
    let model = translator(1, &options);
    let translator = model.translator();
    let source = SourceBatch::new(&rectangle(&[5, 9, 3], 1, true), 3, &options);
    let soft: Vec<f64> = numbers(model.grid().total(), 3).collect();
    let config = GenerationConfig {
        max_len_b: 12.0,
        ..GenerationConfig::default()
    };
    let first = translator.generate(&source, Some(&soft), &config).unwrap();
    assert_eq!(translator.generate(&source, Some(&soft), &config).unwrap(), first);
    assert_eq!(model.generate(&source, Some(&soft), &config).unwrap(), first);
    assert!(translator.generate(&source, Some(&soft[1..]), &config).is_err());
}

#[test]
fn a_translation_longer_than_the_table_of_positions_has_rows_of_the_same_formula() {
    let ids = rectangle(&[3], 1, true);
    let mut config = TranslationConfig::of_sizes(12, 14, 8, 1, 2, 12);
    config.max_target_positions = 2000;
    let generation = GenerationConfig {
        beam: 1,
        max_len_b: 1100.0,
        min_len: 1100,
        ..GenerationConfig::default()
    };
    let translate = |options: TensorOptions| {
        let model = TranslationModel::new(&config, &mut Initializer::new(4, options.clone())).unwrap();
        let found = shaken(model).generate(&SourceBatch::new(&ids, 1, &options), None, &generation);
        found.unwrap()
    };
    let [options, _] = ways();
    assert_alike(&translate(options), &translate(plain()), "long");
}
