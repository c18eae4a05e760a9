//! The fused kernels against the operations of the tensor library, packed batches against rectangles, on random shapes and
//! with dropout; both against finite differences; and models that have lost heads against those whose heads are closed.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "helpers of tests fail like tests"
)]

mod found;
mod left;
mod removed;

use bundle::encoder::{Activation, EncoderConfig, Family};
use models::encoder::{EncoderClassifier, TokenBatch};
use models::translation::{END, PADDING, TranslationBatch, TranslationConfig, TranslationModel};
use models::{HeadGates, Initializer, Mode, Parameter, Parameters, TensorOptions, cross_entropy};
use proptest::prelude::*;

use found::{Found, assert_close, enlarged, found, leaf, numbers, rectangle, values, ways};

fn assert_same(got: &Found, want: &Found, way: usize) {
    assert_close(&[got.loss], &[want.loss], &format!("way {way}"));
    assert_close(&got.gates, &want.gates, &format!("way {way}, gates"));
    for ((name, got), (_, want)) in got.weights.iter().zip(&want.weights) {
        let [got, want] = [got, want].map(|gradient| gradient.as_deref().unwrap());
        assert_close(got, want, &format!("way {way}, {name}"));
    }
}

#[derive(Debug, Clone)]
struct Shape {
    lengths: Vec<(usize, usize)>,
    layers: usize,
    heads: usize,
    head_width: usize,
    inner: usize,
    rate: f64,
    closed: bool,
    gates_of_each: bool,
    family: Family,
    activation: Activation,
}

fn shapes() -> impl Strategy<Value = Shape> {
    (
        prop::collection::vec((1_usize..20, 1_usize..9), 1..5),
        1_usize..3,
        1_usize..4,
        // Positions of translation take an even width of at least 4.
        prop::sample::select(vec![4_usize, 6, 10]),
        1_usize..20,
        prop::sample::select(vec![0.0, 0.2]),
        any::<bool>(),
        any::<bool>(),
        (
            prop::sample::select(Family::ALL.to_vec()),
            prop::sample::select(Activation::ALL.to_vec()),
        ),
    )
        .prop_map(
            |(
                lengths,
                layers,
                heads,
                head_width,
                inner,
                rate,
                closed,
                gates_of_each,
                (family, activation),
            )| Shape {
                lengths,
                layers,
                heads,
                head_width,
                inner,
                rate,
                closed,
                gates_of_each,
                family,
                activation,
            },
        )
}

impl Shape {
    fn copies(&self) -> usize {
        if self.gates_of_each { self.lengths.len() } else { 1 }
    }

    fn classifier(&self, options: &TensorOptions) -> Found {
        let width = self.heads * self.head_width;
        let mut config = EncoderConfig::of_sizes(13, width, self.layers, self.heads, self.inner, 24);
        config.family = self.family;
        config.hidden_act = self.activation;
        config.classifier_dropout = Some(self.rate / 2.0);
        config.set_classes(3);
        config.hidden_dropout_prob = self.rate;
        config.attention_probs_dropout_prob = self.rate;
        let model = EncoderClassifier::new(&config, &mut Initializer::new(5, options.clone())).unwrap();
        let model = enlarged(model).trainable();
        let lengths: Vec<usize> = self.lengths.iter().map(|pair| pair.0).collect();
        let ids = rectangle(&lengths, 0, |place| 1 + (place % 12) as i32);
        let types: Vec<i32> = (0..ids.len()).map(|place| (place / 3 % 2) as i32).collect();
        let tokens: Vec<bool> = ids.iter().map(|&id| id != 0).collect();
        let labels: Vec<i32> = (0..lengths.len()).map(|row| (row % 3) as i32).collect();
        let batch = TokenBatch::new(&ids, &types, &tokens, &labels, options);
        let gates = leaf(options, model.grid(), self.copies(), self.closed);
        let logits = model.forward(&batch, Some(&gates), Mode::Train { seed: 9 });
        found(&model, &gates, cross_entropy(logits, &batch.labels, 0.1).mean())
    }

    fn translator(&self, options: &TensorOptions) -> Found {
        let width = self.heads * self.head_width;
        let mut config = TranslationConfig::of_sizes(14, 11, width, self.layers, self.heads, self.inner);
        (
            config.dropout,
            config.attention_dropout,
            config.activation_dropout,
        ) = (self.rate, self.rate, self.rate);
        config.label_smoothing = 0.1;
        let model = TranslationModel::new(&config, &mut Initializer::new(6, options.clone()))
            .unwrap()
            .trainable();
        let (source, target): (Vec<usize>, Vec<usize>) = self.lengths.iter().copied().unzip();
        let side = |lengths: &[usize], entries: usize| {
            let mut ids = rectangle(lengths, PADDING, |place| 4 + (place % (entries - 4)) as i32);
            let longest = ids.len() / lengths.len();
            for (row, &length) in lengths.iter().enumerate() {
                ids[row * longest + length - 1] = END;
            }
            ids
        };
        let mut source_ids = side(&source, 14);
        // The program pads sources on the left.
        let longest = source_ids.len() / source.len();
        for (line, length) in source_ids.chunks_mut(longest).zip(&source) {
            line.rotate_left(*length);
        }
        let batch = TranslationBatch::new(&source_ids, &side(&target, 11), target.len(), options);
        let gates = leaf(options, model.grid(), self.copies(), self.closed);
        let loss = model.loss(&batch, Some(&gates), 9);
        found(&model, &gates, loss)
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    #[test]
    fn a_classifier_is_the_same_on_every_way(shape in shapes()) {
        let [want, rest @ ..] = ways().map(|options| shape.classifier(&options));
        for (way, got) in rest.iter().enumerate() {
            assert_same(got, &want, way);
        }
    }

    #[test]
    fn a_translator_is_the_same_on_every_way(shape in shapes()) {
        let [want, rest @ ..] = ways().map(|options| shape.translator(&options));
        for (way, got) in rest.iter().enumerate() {
            assert_same(got, &want, way);
        }
    }
}

/// PyTorch's backend by the tensor library's operations and by its own, which draw a dropout of their own.
#[cfg(feature = "libtorch")]
mod on_libtorch {
    use super::*;
    use burn::tensor::Device;

    fn ways() -> [TensorOptions; 4] {
        let options = || TensorOptions::double(models::open_device("libtorch").unwrap());
        [
            options().plain(),
            options(),
            options().packed(),
            options().plain().packed(),
        ]
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(40))]

        #[test]
        fn a_classifier_is_the_same_as_on_the_pure_rust_backend(shape in shapes()) {
            let shape = Shape { rate: 0.0, ..shape };
            let want = shape.classifier(&TensorOptions::double(Device::flex()));
            for (way, options) in ways().iter().enumerate() {
                assert_same(&shape.classifier(options), &want, way);
            }
        }

        #[test]
        fn a_translator_is_the_same_as_on_the_pure_rust_backend(shape in shapes()) {
            let shape = Shape { rate: 0.0, ..shape };
            let want = shape.translator(&TensorOptions::double(Device::flex()));
            for (way, options) in ways().iter().enumerate() {
                assert_same(&shape.translator(options), &want, way);
            }
        }
    }

    #[test]
    fn dropout_is_that_of_the_seed() {
        let shape = Shape {
            lengths: vec![(7, 5), (4, 3)],
            layers: 2,
            heads: 2,
            head_width: 4,
            inner: 9,
            rate: 0.2,
            closed: false,
            gates_of_each: false,
            family: Family::Bert,
            activation: Activation::Gelu,
        };
        for options in ways() {
            let loss = |seed| {
                options.device.seed(seed);
                shape.classifier(&options).loss
            };
            assert_eq!(loss(1).to_bits(), loss(1).to_bits());
            assert_ne!(loss(1).to_bits(), loss(2).to_bits());
        }
    }
}

/// A few weights of every tensor are moved; the loss must follow its gradient.
fn assert_gradients_of_finite_differences<M: Parameters + Clone>(
    model: &M,
    gradients: &[(String, Option<Vec<f64>>)],
    options: &TensorOptions,
    loss: impl Fn(&M) -> f64,
) {
    let step = 1e-5;
    for (name, gradient) in gradients {
        let gradient = gradient.as_deref().unwrap();
        for place in [0, gradient.len() / 2, gradient.len() - 1] {
            let at = |change: f64| {
                let mut moved = model.clone();
                moved.visit("", &mut |visited, parameter| {
                    if visited != name {
                        return;
                    }
                    let change = |values: Vec<f64>| {
                        let mut values = values;
                        values[place] += change;
                        values
                    };
                    match parameter {
                        Parameter::Vector(tensor) => {
                            let shape = tensor.dims();
                            *tensor = options.float(&change(numbers(tensor.clone())), shape);
                        }
                        Parameter::Matrix(tensor, _) => {
                            let shape = tensor.dims();
                            *tensor = options.float(&change(numbers(tensor.clone())), shape);
                        }
                    }
                });
                loss(&moved)
            };
            let want = (at(step) - at(-step)) / (2.0 * step);
            let got = gradient[place];
            assert!(
                (got - want).abs() < 1e-7 * (1.0 + want.abs()),
                "{name} {place}: {got} {want}"
            );
        }
    }
}

#[test]
fn the_gradients_of_a_classifier_are_those_of_finite_differences() {
    let forms = Family::ALL.into_iter().zip(Activation::ALL);
    for ((family, activation), options) in forms.flat_map(|form| ways().map(|options| (form, options))) {
        let mut config = EncoderConfig::of_sizes(11, 12, 2, 3, 17, 9);
        config.family = family;
        config.hidden_act = activation;
        config.set_classes(3);
        config.hidden_dropout_prob = 0.2;
        config.attention_probs_dropout_prob = 0.2;
        let model = EncoderClassifier::new(&config, &mut Initializer::new(2, options.clone())).unwrap();
        let model = enlarged(model);
        let ids = [1, 4, 5, 6, 2, 1, 7, 2, 0, 0];
        let tokens = ids.map(|id| id != 0);
        let batch = TokenBatch::new(&ids, &[0, 0, 0, 1, 1, 0, 1, 1, 0, 0], &tokens, &[2, 0], &options);
        let loss = |model: &EncoderClassifier, gates: &HeadGates| {
            cross_entropy(
                model.forward(&batch, Some(gates), Mode::Train { seed: 3 }),
                &batch.labels,
                0.0,
            )
            .sum()
        };
        let gates = leaf(&options, model.grid(), 1, false);
        let trainable = model.trainable();
        let found = found(&trainable, &gates, loss(&trainable, &gates));
        let plain = HeadGates::new(&values(model.grid(), 1, false), model.grid(), &options).unwrap();
        assert_gradients_of_finite_differences(&model, &found.weights, &options, |model| {
            numbers(loss(model, &plain))[0]
        });
    }
}

#[test]
fn the_gradients_of_a_translator_are_those_of_finite_differences() {
    for options in ways() {
        let mut config = TranslationConfig::of_sizes(9, 10, 8, 1, 2, 11);
        (config.dropout, config.attention_dropout) = (0.2, 0.2);
        config.label_smoothing = 0.1;
        let model = TranslationModel::new(&config, &mut Initializer::new(2, options.clone())).unwrap();
        let source = [5, 6, END, PADDING, 7, END];
        let target = [6, END, PADDING, 8, 9, END];
        let batch = TranslationBatch::new(&source, &target, 2, &options);
        let gates = leaf(&options, model.grid(), 1, false);
        let trainable = model.trainable();
        let found = found(&trainable, &gates, trainable.loss(&batch, Some(&gates), 3));
        let plain = HeadGates::new(&values(model.grid(), 1, false), model.grid(), &options).unwrap();
        assert_gradients_of_finite_differences(&model, &found.weights, &options, |model| {
            numbers(model.loss(&batch, Some(&plain), 3))[0]
        });
    }
}
