//! Derivatives of gates: of a batch and of each example, against each other and against differences of the loss.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "helpers of tests fail like tests"
)]

use burn::tensor::Device;
use models::encoder::{EncoderClassifier, EncoderConfig, TokenBatch};
use models::{HeadGates, Initializer, Parameters, TensorOptions};
use proptest::prelude::*;
use train::{GateGradients, Trainable};

const LENGTH: usize = 5;

fn options() -> TensorOptions {
    TensorOptions::double(Device::flex())
}

fn model() -> EncoderClassifier {
    let mut config = EncoderConfig::of_sizes(20, 8, 2, 2, 16, 12);
    config.set_classes(3);
    config.initializer_range = 0.3;
    // Evaluation must not see it.
    config.hidden_dropout_prob = 0.5;
    config.attention_probs_dropout_prob = 0.5;
    EncoderClassifier::new(&config, &mut Initializer::new(1, options())).unwrap()
}

/// Examples of the given numbers of tokens, padded to one length.
fn batch(tokens: &[usize]) -> TokenBatch {
    let examples: Vec<TokenRow> = tokens.iter().enumerate().map(|(n, &t)| row(n, t)).collect();
    together(&examples)
}

struct TokenRow {
    ids: Vec<i32>,
    tokens: Vec<bool>,
    label: i32,
}

fn row(number: usize, tokens: usize) -> TokenRow {
    let cell = |place: usize| {
        if place < tokens {
            (number * 7 + place * 5) as i32 % 19 + 1
        } else {
            0
        }
    };
    TokenRow {
        ids: (0..LENGTH).map(cell).collect(),
        tokens: (0..LENGTH).map(|place| place < tokens).collect(),
        label: number as i32 % 3,
    }
}

fn together(rows: &[TokenRow]) -> TokenBatch {
    let ids: Vec<i32> = rows.iter().flat_map(|row| row.ids.clone()).collect();
    let tokens: Vec<bool> = rows.iter().flat_map(|row| row.tokens.clone()).collect();
    let labels: Vec<i32> = rows.iter().map(|row| row.label).collect();
    TokenBatch::new(&ids, &vec![0; ids.len()], &tokens, &labels, &options())
}

fn losses(model: &EncoderClassifier, batch: &TokenBatch, gates: &[f64]) -> Vec<f64> {
    let gates = HeadGates::new(gates, model.grid(), &options()).unwrap();
    let losses = model.plain().example_losses(batch, Some(&gates));
    losses.try_into_vec_as().unwrap()
}

fn assert_near(got: &[f64], want: &[f64], tolerance: f64) {
    assert_eq!(got.len(), want.len());
    for (got, want) in got.iter().zip(want) {
        assert!((got - want).abs() <= tolerance, "{got} {want}");
    }
}

#[test]
fn derivatives_are_differences_of_the_loss() {
    let (model, batch) = (model(), batch(&[5, 3, 4]));
    let gradients = GateGradients::new(&model, options());
    // The second head is pruned, the last is opened beyond 1.
    let gates = [1.0, 0.0, 0.4, 1.7];
    let of_examples = gradients.of_examples(&batch, &gates).unwrap();
    assert_eq!(of_examples.len(), 3);
    let step = 1e-5;
    for head in 0..4 {
        let moved = |by: f64| {
            let mut gates = gates;
            gates[head] += by;
            losses(&model, &batch, &gates)
        };
        let differences: Vec<f64> = moved(step)
            .iter()
            .zip(moved(-step))
            .map(|(up, down)| (up - down) / (2.0 * step))
            .collect();
        let got: Vec<f64> = of_examples.iter().map(|example| example[head]).collect();
        assert_near(&got, &differences, 1e-8);
        assert!(got.iter().all(|derivative| derivative.abs() > 1e-6), "{got:?}");
    }
}

#[test]
fn the_state_of_the_model_and_dropout_do_not_matter() {
    let (model, batch) = (model(), batch(&[5, 3]));
    let gates = [1.0, 0.5, 0.0, 1.0];
    let of = |model: &EncoderClassifier| {
        GateGradients::new(model, options())
            .of_batch(&batch, &gates)
            .unwrap()
    };
    assert_eq!(of(&model.plain()), of(&model.trainable()));
    assert_eq!(of(&model.plain()), of(&model.plain()));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn examples_add_up_to_the_batch_and_are_batches_of_one(
        tokens in prop::collection::vec(1..=LENGTH, 1..5),
        gates in prop::collection::vec(prop_oneof![Just(0.0), Just(1.0), 0.0f64..2.0], 4),
    ) {
        let gradients = GateGradients::new(&model(), options());
        let of_examples = gradients.of_examples(&batch(&tokens), &gates).unwrap();
        let sum: Vec<f64> = (0..4).map(|head| of_examples.iter().map(|example| example[head]).sum()).collect();
        assert_near(&sum, &gradients.of_batch(&batch(&tokens), &gates).unwrap(), 1e-13);
        for (number, (of_example, &tokens)) in of_examples.iter().zip(&tokens).enumerate() {
            let alone = together(&[row(number, tokens)]);
            assert_near(of_example, &gradients.of_batch(&alone, &gates).unwrap(), 1e-13);
            assert_near(of_example, &gradients.of_examples(&alone, &gates).unwrap()[0], 1e-13);
        }
    }
}

/// Derivatives by a gate of its own at each position, signed: `[modules][positions][heads]`, one after the other.
fn of_positions(model: &EncoderClassifier, batch: &TokenBatch, gates: &[f64]) -> Vec<f64> {
    let model = model.frozen();
    let positions = model.positions(batch);
    let all = HeadGates::of_positions(gates, &positions, model.grid(), &options()).unwrap();
    let all = all.tracked();
    let mut found = model.example_losses(batch, Some(&all)).sum().backward();
    all.gradient(&mut found).unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn derivatives_of_positions_sum_to_those_of_the_gate_and_their_absolute_values_are_larger(
        tokens in prop::collection::vec(1..=LENGTH, 1..4), gates in prop::collection::vec(0.0f64..1.5, 4),
    ) {
        let (model, batch) = (model(), batch(&tokens));
        let single = of_positions(&model, &batch, &gates);
        // Two modules of two heads; the second attends from first tokens alone.
        let (first, second) = single.split_at(2 * model.positions(&batch)[0]);
        prop_assert_eq!(second.len(), 2 * tokens.len());
        let of_head = |head: usize, value: fn(f64) -> f64| -> f64 {
            let module = if head < 2 { first } else { second };
            module.iter().skip(head % 2).step_by(2).copied().map(value).sum()
        };
        let gradients = GateGradients::new(&model, options());
        let signed: Vec<f64> = (0..4).map(|head| of_head(head, |d| d)).collect();
        assert_near(&signed, &gradients.of_batch(&batch, &gates).unwrap(), 1e-12);
        let absolute: Vec<f64> = (0..4).map(|head| of_head(head, f64::abs)).collect();
        let got = gradients.absolute_of_positions(&batch, &gates).unwrap();
        assert_near(&got, &absolute, 1e-13);
        // The triangle inequality, from examples to positions.
        let of_examples = gradients.of_examples(&batch, &gates).unwrap();
        for head in 0..4 {
            let by_example: f64 = of_examples.iter().map(|example| example[head].abs()).sum();
            prop_assert!(got[head] >= by_example - 1e-12, "{} {by_example}", got[head]);
        }
    }

    #[test]
    fn positions_of_all_bodies_and_layouts_are_alike(tokens in prop::collection::vec(1..=LENGTH, 2..4)) {
        let gates = [1.0, 0.5, 0.0, 1.0];
        let want = {
            let model = model();
            GateGradients::new(&model, options()).absolute_of_positions(&batch(&tokens), &gates).unwrap()
        };
        for other in [options().packed(), TensorOptions { plain: true, ..options() }] {
            let mut config = EncoderConfig::of_sizes(20, 8, 2, 2, 16, 12);
            config.set_classes(3);
            config.initializer_range = 0.3;
            let model = EncoderClassifier::new(&config, &mut Initializer::new(1, other.clone())).unwrap();
            let rows: Vec<TokenRow> = tokens.iter().enumerate().map(|(n, &t)| row(n, t)).collect();
            let ids: Vec<i32> = rows.iter().flat_map(|row| row.ids.clone()).collect();
            let is_token: Vec<bool> = rows.iter().flat_map(|row| row.tokens.clone()).collect();
            let labels: Vec<i32> = rows.iter().map(|row| row.label).collect();
            let batch = TokenBatch::new(&ids, &vec![0; ids.len()], &is_token, &labels, &other);
            let got = GateGradients::new(&model, other).absolute_of_positions(&batch, &gates).unwrap();
            assert_near(&got, &want, 1e-12);
        }
    }
}
