//! Updates of a small encoder-decoder: what the number of words divides, and what stays as it is.
#![allow(clippy::unwrap_used, reason = "helpers of tests fail like tests")]

use burn::tensor::{Device, Tensor};
use data::translation::{ParallelCorpus, Sentences};
use heads::{GateError, HeadGate, ParameterGroup, ParameterGroupMut, UniformStream};
use models::translation::{END, PADDING, TranslationBatch, TranslationConfig, TranslationModel};
use models::{HeadGates, Indices, Initializer, Parameter, Parameters, TensorOptions};
use train::{
    AdamConfig, Course, DecayOrder, GateGradients, GateTraining, LearningRate, Trainable, Trainer,
    TrainerConfig, UpdateRecord, translation_batch,
};

const HEADS: usize = 12;
const PENALTY: f64 = 3.0;
const WORDS: f64 = 6.0;

/// Open gates whose parameters move by the penalty and by the gates' derivatives, each head by its own.
struct Penalised {
    parameters: Vec<f64>,
    gates: Vec<f64>,
    gradient: Vec<f64>,
}

impl HeadGate for Penalised {
    fn total(&self) -> usize {
        HEADS
    }
    fn set_update(&mut self, _: u64) {}
    fn sample(&mut self, _: &mut dyn UniformStream) -> &[f64] {
        &self.gates
    }
    fn pull_back(&mut self, gate_gradient: &[f64]) -> Result<(), GateError> {
        self.gradient = gate_gradient.iter().map(|gradient| gradient + PENALTY).collect();
        Ok(())
    }
    fn importances(&self) -> &[f64] {
        &self.parameters
    }
    fn parameters(&self) -> Vec<ParameterGroup<'_>> {
        vec![ParameterGroup::importances(&self.parameters, &self.gradient)]
    }
    fn parameters_mut(&mut self) -> Vec<ParameterGroupMut<'_>> {
        vec![ParameterGroupMut::importances(
            &mut self.parameters,
            &self.gradient,
        )]
    }
    fn penalty(&self) -> f64 {
        PENALTY
    }
}

fn options() -> TensorOptions {
    TensorOptions::double(Device::flex())
}

fn model() -> TranslationModel {
    let config = TranslationConfig::of_sizes(12, 10, 8, 2, 2, 12);
    TranslationModel::new(&config, &mut Initializer::new(3, options())).unwrap()
}

const SOURCE: [i32; 8] = [5, 6, 7, END, PADDING, 9, 8, END];
const TARGET: [i32; 8] = [4, 5, 6, END, 7, END, PADDING, PADDING];

fn batch() -> TranslationBatch {
    TranslationBatch::new(&SOURCE, &TARGET, 2, &options())
}

/// The pairs of [`batch`] twice.
fn doubled() -> TranslationBatch {
    let (source, target) = ([SOURCE, SOURCE].concat(), [TARGET, TARGET].concat());
    TranslationBatch::new(&source, &target, 4, &options())
}

fn trainer(gated: bool) -> Trainer<TranslationModel> {
    let adam = AdamConfig {
        betas: (0.9, 0.98),
        // Large beside the gradients, so that a step is nearly proportional to them and shows their scale.
        epsilon: 1.0,
        weight_decay: 1e-4,
        decay_order: DecayOrder::BeforeStep,
    };
    let rate = LearningRate {
        peak: 0.1,
        course: Course::Constant,
        warmup: 0,
        total: 10,
    };
    let gate = gated.then(|| {
        let gate = Penalised {
            parameters: vec![0.0; HEADS],
            gates: vec![1.0; HEADS],
            gradient: vec![0.0; HEADS],
        };
        GateTraining::new(Box::new(gate), adam, rate)
    });
    let config = TrainerConfig {
        weights: Some((adam, rate)),
        clip: 0.0,
        clip_gates: true,
        seed: 1,
    };
    Trainer::new(&model(), gate, config, options())
}

fn numbers(model: &TranslationModel) -> Vec<f64> {
    let mut all = Vec::new();
    model.clone().visit("", &mut |_, parameter| {
        all.extend(match parameter {
            Parameter::Vector(tensor) => tensor.clone().inner().try_into_vec_as::<f64>().unwrap(),
            Parameter::Matrix(tensor, _) => tensor.clone().inner().try_into_vec_as::<f64>().unwrap(),
        });
    });
    all
}

fn assert_near(got: &[f64], want: &[f64]) {
    assert_eq!(got.len(), want.len());
    for (got, want) in got.iter().zip(want) {
        assert!((got - want).abs() < 1e-12, "{got} {want}");
    }
}

fn step(trainer: &mut Trainer<TranslationModel>, batch: &TranslationBatch) -> UpdateRecord {
    trainer.step(batch).unwrap()
}

#[test]
fn pairs_that_come_twice_make_the_same_update() {
    let (mut once, mut twice) = (trainer(false), trainer(false));
    for _ in 0..3 {
        let (once, twice) = (step(&mut once, &batch()), step(&mut twice, &doubled()));
        let of = |record: &UpdateRecord| [record.loss, record.gradient_norm];
        assert_near(&of(&once), &of(&twice));
    }
    assert_near(&numbers(once.model()), &numbers(twice.model()));
    let start = numbers(&model());
    assert!(
        numbers(once.model())
            .iter()
            .zip(&start)
            .any(|(now, start)| (now - start).abs() > 1e-3)
    );
}

#[test]
fn loss_penalty_and_gradients_are_those_of_the_sum_by_the_words() {
    let mut trainer = trainer(true);
    let record = step(&mut trainer, &batch());
    let sum: f64 = model()
        .sentence_losses(&batch(), None)
        .sum()
        .try_into_scalar()
        .unwrap();
    assert_near(
        &[record.loss, record.penalty],
        &[(sum + PENALTY) / WORDS, PENALTY / WORDS],
    );
    let summed = GateGradients::new(&model(), options())
        .of_batch(&batch(), &[1.0; HEADS])
        .unwrap();
    let by_words =
        |add: f64| -> Vec<f64> { summed.iter().map(|gradient| (gradient + add) / WORDS).collect() };
    assert_near(&record.gate_gradient, &by_words(0.0));
    assert_near(&record.parameter_gradient, &by_words(PENALTY));

    let trainable = model().trainable();
    let mut gradients = trainable.loss(&batch(), None, 1).backward();
    let mut squares: f64 = by_words(PENALTY).iter().map(|gradient| gradient * gradient).sum();
    trainable.clone().visit("", &mut |_, parameter| {
        let sum = match parameter {
            Parameter::Vector(tensor) => tensor.grad_remove(&mut gradients).map(squared),
            Parameter::Matrix(tensor, _) => tensor.grad_remove(&mut gradients).map(squared),
        };
        squares += sum.unwrap() / (WORDS * WORDS);
    });
    assert_near(&[record.gradient_norm], &[squares.sqrt()]);
}

fn squared<const D: usize>(tensor: Tensor<D>) -> f64 {
    (tensor.clone() * tensor).sum().try_into_scalar().unwrap()
}

#[test]
fn derivatives_of_positions_add_up_in_all_three_kinds_of_attention() {
    let gates: Vec<f64> = (0..HEADS).map(|head| head as f64 / 8.0).collect();
    let model = model().frozen();
    let positions = model.positions(&batch());
    let all = HeadGates::of_positions(&gates, &positions, model.grid(), &options()).unwrap();
    let all = all.tracked();
    let mut found = model.example_losses(&batch(), Some(&all)).sum().backward();
    let single = all.gradient(&mut found).unwrap();
    let (mut rest, mut signed, mut absolute) = (single.as_slice(), Vec::new(), Vec::new());
    for ((_, heads), positions) in model.grid().iter().zip(&positions) {
        let (own, others) = rest.split_at(positions * heads.len());
        for head in 0..heads.len() {
            let of_head = || own.iter().skip(head).step_by(heads.len());
            signed.push(of_head().sum::<f64>());
            absolute.push(of_head().map(|d| d.abs()).sum::<f64>());
        }
        rest = others;
    }
    assert!(rest.is_empty());
    let gradients = GateGradients::new(&model, options());
    assert_near(&gradients.of_batch(&batch(), &gates).unwrap(), &signed);
    assert_near(
        &gradients.absolute_of_positions(&batch(), &gates).unwrap(),
        &absolute,
    );
    assert!(
        absolute
            .iter()
            .zip(&signed)
            .all(|(absolute, signed)| *absolute > signed.abs())
    );
}

#[test]
fn derivatives_of_sentences_add_up_and_follow_finite_differences() {
    let gates: Vec<f64> = (0..HEADS).map(|head| head as f64 / 8.0).collect();
    let gradients = GateGradients::new(&model(), options());
    let of_sentences = gradients.of_examples(&batch(), &gates).unwrap();
    let sum: Vec<f64> = (0..HEADS)
        .map(|head| of_sentences[0][head] + of_sentences[1][head])
        .collect();
    assert_near(&gradients.of_batch(&batch(), &gates).unwrap(), &sum);
    for head in 0..HEADS {
        let moved = |by: f64| -> Vec<f64> {
            let mut gates = gates.clone();
            gates[head] += by;
            let gates = HeadGates::new(&gates, model().grid(), &options()).unwrap();
            let losses = model().example_losses(&batch(), Some(&gates));
            losses.try_into_vec_as().unwrap()
        };
        let (up, down) = (moved(1e-5), moved(-1e-5));
        for (sentence, (up, down)) in of_sentences.iter().zip(up.iter().zip(&down)) {
            let difference = (up - down) / 2e-5;
            assert!(
                (sentence[head] - difference).abs() < 1e-8,
                "{} {difference}",
                sentence[head]
            );
            assert!(sentence[head].abs() > 1e-7);
        }
    }
}

#[test]
fn a_host_batch_is_the_same_on_the_device() {
    let corpus = |sentences: &[&[u32]]| {
        let mut all = Sentences::default();
        sentences.iter().for_each(|sentence| all.push(sentence));
        all
    };
    let corpus = ParallelCorpus {
        source: corpus(&[&[9, 8, 2], &[5, 6, 7, 3, 2]]),
        target: corpus(&[&[4, 5, 6, 2], &[7, 2]]),
        source_vocab_size: 12,
        target_vocab_size: 10,
    };
    let host = corpus.batch(&[0, 1]);
    let device = translation_batch(&host, &options());
    assert_eq!((device.sentences(), device.tokens), (2, host.ntokens));
    let numbers = |indices: &Indices| indices.on_device().try_into_vec_as::<i32>().unwrap();
    assert_eq!(numbers(&device.source.ids), host.source);
    assert_eq!(numbers(&device.target), host.target);
    assert_eq!(numbers(&device.previous), host.previous);
    assert_eq!(numbers(&device.source.positions), [2, 3, 4, 5, 6, 1, 1, 2, 3, 4]);
    let ids = [
        data::translation::PAD,
        data::translation::END,
        data::translation::UNKNOWN,
    ];
    assert_eq!(
        ids.map(u32::cast_signed),
        [PADDING, END, models::translation::UNKNOWN]
    );
}
