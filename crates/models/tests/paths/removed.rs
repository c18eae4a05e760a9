//! A model that has lost heads against the whole model under gates that close them: the same loss, the same derivatives by
//! the gates and weights that are left, the same translations.

use bundle::encoder::{EncoderConfig, Family};
use heads::HeadGrid;
use models::encoder::{EncoderClassifier, TokenBatch};
use models::translation::{
    END, GenerationConfig, PADDING, SourceBatch, TranslationBatch, TranslationConfig, TranslationModel,
};
use models::{
    HeadGates, Initializer, Mode, Parameter, Parameters, Removal, TensorOptions, cross_entropy,
    parameter_count,
};
use proptest::prelude::*;

use crate::found::{assert_close, enlarged, found, numbers, rectangle, ways};
use crate::left::Left;

#[derive(Debug, Clone)]
struct Case {
    lengths: Vec<(usize, usize)>,
    layers: usize,
    heads: usize,
    kept: Vec<bool>,
    lost_rows: Vec<bool>,
    gates_of_each: bool,
    rate: f64,
    family: Family,
}

const LAYERS: usize = 2;
const HEADS: usize = 3;
const HEAD_WIDTH: usize = 6;

fn cases() -> impl Strategy<Value = Case> {
    (
        prop::collection::vec((1_usize..12, 1_usize..7), 1..4),
        1..=LAYERS,
        1..=HEADS,
        prop::collection::vec(any::<bool>(), 3 * LAYERS * HEADS),
        prop::collection::vec(prop::bool::weighted(0.25), 3 * LAYERS),
        any::<bool>(),
        prop::sample::select(vec![0.0, 0.2]),
        prop::sample::select(Family::ALL.to_vec()),
    )
        .prop_map(
            |(lengths, layers, heads, kept, lost_rows, gates_of_each, rate, family)| Case {
                lengths,
                layers,
                heads,
                kept,
                lost_rows,
                gates_of_each,
                rate,
                family,
            },
        )
}

impl Case {
    fn left(&self, full: &HeadGrid) -> Left {
        Left::new(full, &self.kept, &self.lost_rows, HEAD_WIDTH)
    }

    fn examples(&self) -> usize {
        if self.gates_of_each { self.lengths.len() } else { 1 }
    }

    /// The gates of the whole model, and those of the smaller one.
    fn gates(&self, left: &Left, options: &TensorOptions) -> [HeadGates; 2] {
        let examples = self.examples();
        let all = left.gates(examples);
        let of = |values: &[f64], grid| HeadGates::of_examples(values, examples, grid, options).unwrap();
        [of(&all, &left.full), of(&left.of_left(&all), &left.grid)].map(HeadGates::tracked)
    }

    /// Dropout of probabilities is off: its draws follow the number of a head in its module.
    fn classifiers(&self, options: &TensorOptions, way: usize) {
        let width = self.heads * HEAD_WIDTH;
        let mut config = EncoderConfig::of_sizes(13, width, self.layers, self.heads, 11, 24);
        config.family = self.family;
        config.set_classes(3);
        config.hidden_dropout_prob = self.rate;
        config.attention_probs_dropout_prob = 0.0;
        let mut initial = Initializer::new(5, options.clone());
        let whole = enlarged(EncoderClassifier::new(&config, &mut initial).unwrap());
        let whole = with_biases(whole, options);
        let left = self.left(whole.grid());
        let smaller = EncoderClassifier::new(&config.pruned(&left.mask()).unwrap(), &mut initial).unwrap();
        assert_eq!(smaller.grid(), &left.grid);
        let smaller = left.slice(&whole, smaller, options);
        assert_fewer(&whole, &smaller, &left, width);
        let removed = whole.removed(&left.removal(false));
        assert_eq!(
            (removed.grid(), weights(&removed)),
            (&left.grid, weights(&smaller))
        );

        let lengths: Vec<usize> = self.lengths.iter().map(|pair| pair.0).collect();
        let ids = rectangle(&lengths, 0, |place| 1 + (place % 12) as i32);
        let tokens: Vec<bool> = ids.iter().map(|&id| id != 0).collect();
        let labels: Vec<i32> = (0..lengths.len()).map(|row| (row % 3) as i32).collect();
        let batch = TokenBatch::new(&ids, &vec![0; ids.len()], &tokens, &labels, options);
        let [of_whole, of_smaller] = self.gates(&left, options);
        let of = |model: &EncoderClassifier, gates: &HeadGates| {
            let model = model.trainable();
            let logits = model.forward(&batch, Some(gates), Mode::Train { seed: 9 });
            found(&model, gates, cross_entropy(logits, &batch.labels, 0.1).mean())
        };
        let want = of(&whole, &of_whole);
        left.assert_same(&of(&smaller, &of_smaller), &want, &whole, way);
        // Every state on the way too, without any graph.
        let states = [(&whole, of_whole), (&smaller, of_smaller)]
            .map(|(model, gates)| model.plain().forward_with_hidden(&batch, Some(&gates)).hidden);
        let [want, got] = states.map(|states| states.into_iter().flat_map(numbers).collect::<Vec<_>>());
        assert_close(&got, &want, &format!("way {way}, states"));

        // What gates do to contexts, the output projections do.
        let gates = HeadGates::new(&left.gates(1), &left.full, options).unwrap();
        let want = numbers(whole.forward(&batch, Some(&gates), Mode::Evaluate));
        let folded = whole.removed(&left.removal(true));
        let got = numbers(folded.forward(&batch, None, Mode::Evaluate));
        assert_close(&got, &want, &format!("way {way}, folded"));
    }

    fn config(&self) -> TranslationConfig {
        let width = self.heads * HEAD_WIDTH;
        let mut config = TranslationConfig::of_sizes(14, 11, width, self.layers, self.heads, 9);
        config.dropout = self.rate;
        config.label_smoothing = 0.1;
        config
    }

    /// The whole model and the smaller one, and what is left.
    fn translators(&self, options: &TensorOptions) -> (TranslationModel, TranslationModel, Left) {
        let config = self.config();
        let mut initial = Initializer::new(6, options.clone());
        let whole = TranslationModel::new(&config, &mut initial).unwrap();
        let whole = with_biases(whole, options);
        let left = self.left(whole.grid());
        let smaller = TranslationModel::new(&config.pruned(&left.mask()).unwrap(), &mut initial).unwrap();
        let smaller = left.slice(&whole, smaller, options);
        (whole, smaller, left)
    }

    fn sides(&self) -> [Vec<i32>; 2] {
        let side = |lengths: Vec<usize>, entries: usize| {
            let mut ids = rectangle(&lengths, PADDING, |place| 4 + (place % (entries - 4)) as i32);
            let longest = ids.len() / lengths.len();
            for (row, &length) in lengths.iter().enumerate() {
                ids[row * longest + length - 1] = END;
            }
            ids
        };
        let (source, target) = self.lengths.iter().copied().unzip();
        [side(source, 14), side(target, 11)]
    }

    fn losses_of_translators(&self, options: &TensorOptions, way: usize) {
        let (whole, smaller, left) = self.translators(options);
        assert_fewer(&whole, &smaller, &left, self.config().embed_dim);
        let removed = whole.removed(&left.removal(false));
        assert_eq!(removed.config(), smaller.config());
        assert_eq!(
            (removed.grid(), weights(&removed)),
            (&left.grid, weights(&smaller))
        );
        let [source, target] = self.sides();
        let batch = TranslationBatch::new(&source, &target, self.lengths.len(), options);
        let [of_whole, of_smaller] = self.gates(&left, options);
        let of = |model: &TranslationModel, gates: &HeadGates| {
            let model = model.trainable();
            found(&model, gates, model.loss(&batch, Some(gates), 9))
        };
        let want = of(&whole, &of_whole);
        left.assert_same(&of(&smaller, &of_smaller), &want, &whole, way);
        let [want, got] = [(&whole, of_whole), (&smaller, of_smaller)].map(|(model, gates)| {
            let (model, mut states) = (model.plain(), Vec::new());
            model.forward_watched(&batch, Some(&gates), &mut |_, state| {
                states.extend(numbers(state.clone()))
            });
            states
        });
        assert_close(&got, &want, &format!("way {way}, states"));
    }

    fn translations(&self, options: &TensorOptions, way: usize) {
        let (whole, smaller, left) = self.translators(options);
        let [source, _] = self.sides();
        let source = SourceBatch::new(&source, self.lengths.len(), options);
        let config = GenerationConfig {
            beam: 3,
            max_len_b: 6.0,
            ..GenerationConfig::default()
        };
        let gates = left.gates(1);
        let want = whole.generate(&source, Some(&gates), &config).unwrap();
        let gates = left.of_left(&gates);
        let cached = smaller.generate(&source, Some(&gates), &config).unwrap();
        let anew = smaller
            .generate_recomputing(&source, Some(&gates), &config)
            .unwrap();
        let folded = whole.removed(&left.removal(true));
        let folded = folded.generate(&source, None, &config).unwrap();
        for got in [cached, anew, folded] {
            for (got, want) in got.iter().flatten().zip(want.iter().flatten()) {
                assert_eq!(got.tokens, want.tokens, "way {way}");
                assert_close(&[got.score], &[want.score], &format!("way {way}"));
            }
            assert_eq!(
                got.iter().map(Vec::len).collect::<Vec<_>>(),
                vec![3; self.lengths.len()]
            );
        }
    }
}

/// As after training: a bias that is left out would not be seen while it is 0.
fn with_biases<M: Parameters>(mut model: M, options: &TensorOptions) -> M {
    let mut place = 0;
    model.visit("", &mut |_, parameter| {
        if let Parameter::Vector(tensor) = parameter {
            let mut values = numbers(tensor.clone());
            for value in &mut values {
                place += 1;
                *value += (f64::from(place) * 0.7).sin() / 2.0;
            }
            let length = values.len();
            *tensor = options.float(&values, [length]);
        }
    });
    model
}

/// Every tensor with its name and shape.
fn weights<M: Parameters + Clone>(model: &M) -> Vec<(String, Vec<usize>, Vec<f64>)> {
    let mut all = Vec::new();
    model.clone().visit("", &mut |name, parameter| {
        let (shape, values) = match parameter {
            Parameter::Vector(tensor) => (tensor.dims().to_vec(), numbers(tensor.clone())),
            Parameter::Matrix(tensor, _) => (tensor.dims().to_vec(), numbers(tensor.clone())),
        };
        all.push((name.to_owned(), shape, values));
    });
    all
}

/// A head takes its columns of query, key and value with their biases, and its rows of the output. A module that loses its
/// last head loses no more.
fn assert_fewer<M: Parameters + Clone>(whole: &M, smaller: &M, left: &Left, width: usize) {
    let lost = left.full.total() - left.grid.total();
    let of_head = 4 * width * HEAD_WIDTH + 3 * HEAD_WIDTH;
    assert_eq!(parameter_count(whole) - parameter_count(smaller), lost * of_head);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn a_classifier_without_heads_is_one_whose_heads_are_closed(case in cases()) {
        for (way, options) in ways().iter().enumerate() {
            case.classifiers(options, way);
        }
    }

    #[test]
    fn a_translator_without_heads_is_one_whose_heads_are_closed(case in cases()) {
        for (way, options) in ways().iter().enumerate() {
            case.losses_of_translators(options, way);
        }
    }

    #[test]
    fn it_translates_as_one_whose_heads_are_closed(case in cases()) {
        for (way, options) in ways().iter().enumerate() {
            case.translations(options, way);
        }
    }
}

#[test]
fn a_model_may_lose_every_head() {
    let case = Case {
        lengths: vec![(7, 5), (4, 3)],
        layers: 2,
        heads: 2,
        kept: vec![false; 12],
        lost_rows: vec![true; 6],
        gates_of_each: false,
        rate: 0.2,
        family: Family::Bert,
    };
    for (way, options) in ways().iter().enumerate() {
        case.classifiers(options, way);
        case.losses_of_translators(options, way);
        case.translations(options, way);
    }
}

#[test]
fn gates_that_are_not_those_of_the_model_remove_nothing() {
    let grid = HeadGrid::encoder(2, 2).unwrap();
    let refused = |gates: &[f64]| Removal::of_gates(&grid, gates).unwrap_err().to_string();
    assert_eq!(refused(&[1.0; 3]), "3 gates for a model of 4 heads");
    assert_eq!(refused(&[1.0, f64::NAN, 0.0, 1.0]), "the gate of head 1 is NaN");
    let kept = Removal::of_gates(&grid, &[0.0, -0.0, 1e-300, -2.0]).unwrap();
    let heads: Vec<usize> = kept.grid().rows().iter().map(|row| row.heads).collect();
    assert_eq!(heads, [0, 2]);
}
