//! Updates of a small classifier: what clipping spans, what stays when weights are frozen, what a checkpoint brings back,
//! what diverges.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "helpers of tests fail like tests"
)]

use burn::tensor::Device;
use dsp_gate::{SubsetGate, TemperatureSchedule};
use models::encoder::{EncoderClassifier, EncoderConfig, TokenBatch};
use models::{HeadGates, Initializer, Parameter, Parameters, TensorOptions};
use train::{
    AdamConfig, Checkpointer, Course, DecayOrder, GateGradients, GateTraining, HostAdam, LearningRate,
    Observer, TrainError, Trainable, Trainer, TrainerConfig, UpdateRecord,
};

fn options() -> TensorOptions {
    TensorOptions::single(Device::flex())
}

fn model() -> EncoderClassifier {
    model_with_dropout(0.1)
}

fn model_with_dropout(rate: f64) -> EncoderClassifier {
    let mut config = EncoderConfig::of_sizes(20, 8, 2, 2, 16, 12);
    config.set_classes(3);
    config.hidden_dropout_prob = rate;
    config.attention_probs_dropout_prob = rate;
    config.initializer_range = 0.3;
    EncoderClassifier::new(&config, &mut Initializer::new(1, options())).unwrap()
}

fn batch(update: u64) -> TokenBatch {
    let ids: Vec<i32> = (0..12)
        .map(|cell| ((cell * 7 + update as i32 * 5) % 19) + 1)
        .collect();
    TokenBatch::new(&ids, &[0; 12], &[true; 12], &[0, 1, 2], &options())
}

fn adam() -> AdamConfig {
    AdamConfig {
        betas: (0.9, 0.999),
        epsilon: 1e-8,
        weight_decay: 0.01,
        decay_order: DecayOrder::AfterStep,
    }
}

const IMPORTANCES: [f64; 4] = [0.1, -0.2, 0.3, 0.0];

fn gate() -> Box<SubsetGate> {
    let schedule = TemperatureSchedule::new(10.0, 0.1, 10).unwrap();
    Box::new(SubsetGate::new(IMPORTANCES.to_vec(), 2, schedule).unwrap())
}

fn trainer(peak: f64) -> Trainer<EncoderClassifier> {
    let rate = LearningRate {
        peak,
        course: Course::Linear,
        warmup: 2,
        total: 20,
    };
    let gate = GateTraining::new(gate(), adam(), LearningRate { peak: 0.5, ..rate });
    let config = TrainerConfig {
        weights: Some((adam(), rate)),
        clip: 1.0,
        clip_gates: true,
        seed: 7,
    };
    Trainer::new(&model(), Some(gate), config, options())
}

/// A gate trained over a model whose weights stay, as pipelined methods do.
fn frozen(model: &EncoderClassifier) -> Trainer<EncoderClassifier> {
    let gate = GateTraining::new(gate(), adam(), CONSTANT);
    let config = TrainerConfig {
        weights: None,
        clip: 1.0,
        clip_gates: true,
        seed: 7,
    };
    Trainer::new(model, Some(gate), config, options())
}

const CONSTANT: LearningRate = LearningRate {
    peak: 0.5,
    course: Course::Constant,
    warmup: 0,
    total: 20,
};

fn weights(model: &EncoderClassifier) -> Vec<f32> {
    let mut all = Vec::new();
    model.clone().visit("", &mut |_, parameter| {
        all.extend(match parameter {
            Parameter::Vector(tensor) => tensor.clone().inner().try_into_vec_as::<f32>().unwrap(),
            Parameter::Matrix(tensor, _) => tensor.clone().inner().try_into_vec_as::<f32>().unwrap(),
        });
    });
    all
}

fn steps(trainer: &mut Trainer<EncoderClassifier>, until: u64) -> Vec<UpdateRecord> {
    let mut records = Vec::new();
    while trainer.finished() < until {
        let mut record = trainer.step(&batch(trainer.finished())).unwrap();
        record.seconds = Default::default();
        records.push(record);
    }
    records
}

#[test]
fn a_checkpoint_brings_back_every_bit_with_dropout_and_noise() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("checkpoint.safetensors");
    let mut whole = trainer(1e-2);
    let mut checkpointer = Checkpointer::new(&path, "run", 6);
    let first = steps(&mut whole, 6);
    checkpointer.after_update(&whole, first.last().unwrap()).unwrap();
    let rest = steps(&mut whole, 12);

    let mut resumed = trainer(1e-2);
    let said = checkpointer.resume(&mut resumed).unwrap();
    assert_eq!(said, "goes on from the checkpoint at update 6");
    assert_eq!(steps(&mut resumed, 12), rest);
}

#[test]
fn a_checkpoint_of_another_run_is_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("checkpoint.safetensors");
    let mut other = trainer(1e-2);
    let records = steps(&mut other, 2);
    Checkpointer::new(&path, "other", 1)
        .after_update(&other, &records[1])
        .unwrap();
    let mut mine = trainer(1e-2);
    let said = Checkpointer::new(&path, "mine", 1).resume(&mut mine).unwrap();
    assert!(said.contains("is of another run"), "{said}");
    assert_eq!(mine.finished(), 0);
    assert_eq!(
        Checkpointer::new(&folder.path().join("none"), "mine", 1).resume(&mut mine),
        None
    );
}

#[test]
fn a_folder_that_cannot_be_written_is_an_error_that_names_the_file() {
    let mut trainer = trainer(1e-2);
    let records = steps(&mut trainer, 1);
    let missing = std::path::Path::new("no such folder/checkpoint.safetensors");
    let error = Checkpointer::new(missing, "run", 1)
        .after_update(&trainer, &records[0])
        .unwrap_err();
    assert!(error.to_string().contains("no such folder"), "{error}");
}

fn l2(values: &[f64]) -> f64 {
    values.iter().map(|value| value * value).sum::<f64>().sqrt()
}

#[test]
fn the_clip_scales_the_norm_to_one() {
    let record = &steps(&mut trainer(1e-2), 1)[0];
    assert!(record.gradient_norm > 1.0);
    let expected = 1.0 / (record.gradient_norm + 1e-6);
    assert_eq!(record.clip, expected);
}

#[test]
fn importances_belong_to_the_clipped_gradients_or_are_left_out_of_norm_and_scaling() {
    // Large beside the gradients, so that a step is nearly proportional to them and shows their scale.
    let config = AdamConfig {
        epsilon: 1.0,
        ..adam()
    };
    let first = |clip_gates: bool| {
        let training = TrainerConfig {
            weights: Some((adam(), CONSTANT)),
            clip: 0.01,
            clip_gates,
            seed: 7,
        };
        let gate = GateTraining::new(gate(), config, CONSTANT);
        let mut trainer = Trainer::new(&model(), Some(gate), training, options());
        let record = trainer.step(&batch(0)).unwrap();
        (record, trainer.gate().unwrap().importances().to_vec())
    };
    let stepped = |record: &UpdateRecord, scale: f64| {
        let mut values = IMPORTANCES.to_vec();
        HostAdam::new(config, 4).step(&mut values, &record.parameter_gradient, scale, CONSTANT.at(0), 1);
        values
    };
    let (within, moved_within) = first(true);
    let (apart, moved_apart) = first(false);
    assert_eq!(within.parameter_gradient, apart.parameter_gradient);
    let importances = l2(&within.parameter_gradient);
    assert!(importances > 0.0);
    let together = l2(&[apart.gradient_norm, importances]);
    assert!((within.gradient_norm - together).abs() < 1e-12);
    assert!(within.gradient_norm > apart.gradient_norm);
    assert!(within.clip < 0.1);
    assert_eq!(moved_within, stepped(&within, within.clip));
    assert_eq!(moved_apart, stepped(&apart, 1.0));
    assert_ne!(moved_within, moved_apart);
}

#[test]
fn frozen_weights_stay_while_importances_move() {
    let model = model();
    let mut trainer = frozen(&model);
    let records = steps(&mut trainer, 4);
    assert_eq!(weights(trainer.model()), weights(&model));
    assert_ne!(trainer.gate().unwrap().importances(), IMPORTANCES);
    for record in &records {
        assert_eq!(record.learning_rate, 0.0);
        assert!((record.gradient_norm - l2(&record.parameter_gradient)).abs() < 1e-15);
    }
    let leaf = HeadGates::new(&[1.0; 4], model.grid(), &options())
        .unwrap()
        .tracked();
    let mut gradients = trainer.model().loss(&batch(0), Some(&leaf), 1).backward();
    trainer.model().clone().visit("", &mut |name, parameter| {
        assert!(
            match parameter {
                Parameter::Vector(tensor) => tensor.grad_remove(&mut gradients).is_none(),
                Parameter::Matrix(tensor, _) => tensor.grad_remove(&mut gradients).is_none(),
            },
            "{name}"
        );
    });
    let derivatives = leaf.gradient(&mut gradients).unwrap();
    assert!(derivatives.iter().all(|number| *number != 0.0));
}

#[test]
fn frozen_weights_do_not_switch_dropout_off() {
    let with = steps(&mut frozen(&model_with_dropout(0.1)), 2);
    let without = steps(&mut frozen(&model_with_dropout(0.0)), 2);
    assert_eq!(with[0].gates, without[0].gates);
    for (with, without) in with.iter().zip(&without) {
        assert_ne!(with.loss, without.loss);
        assert_ne!(with.gate_gradient, without.gate_gradient);
    }
    // The same draws as where the weights are trained, and so the same derivatives.
    let trained = &steps(&mut trainer(1e-2), 1)[0];
    assert_eq!(with[0].gate_gradient, trained.gate_gradient);
}

#[test]
fn gate_gradients_of_frozen_weights_are_those_of_the_mean_loss() {
    let model = model_with_dropout(0.0);
    let record = &steps(&mut frozen(&model), 1)[0];
    let summed = GateGradients::new(&model, options())
        .of_batch(&batch(0), &record.gates)
        .unwrap();
    for (got, summed) in record.gate_gradient.iter().zip(&summed) {
        assert!(summed.abs() > 1e-4, "{summed}");
        assert!((got - summed / 3.0).abs() < 1e-6, "{got} {summed}");
    }
}

#[test]
fn a_loss_that_is_no_number_ends_the_training() {
    let mut trainer = trainer(1e30);
    let error = (0..20).find_map(|update| trainer.step(&batch(update)).err());
    assert!(matches!(error, Some(TrainError::Diverged { .. })), "{error:?}");
}

/// Sizes at which products, norms, attention and the optimizer are shared out between threads.
fn two_large_updates(threads: usize) -> (Vec<f64>, Vec<f32>) {
    let mut config = EncoderConfig::of_sizes(3000, 128, 2, 4, 512, 72);
    config.set_classes(3);
    config.hidden_dropout_prob = 0.1;
    config.attention_probs_dropout_prob = 0.1;
    let options = options().packed();
    let model = EncoderClassifier::new(&config, &mut Initializer::new(1, options.clone())).unwrap();
    let (examples, length) = (32, 72);
    let ids: Vec<i32> = (0..examples * length)
        .map(|cell| (cell * 37 % 3000) as i32)
        .collect();
    let tokens: Vec<bool> = (0..ids.len())
        .map(|cell| cell % length < 60 + cell / length % 13)
        .collect();
    let labels: Vec<i32> = (0..examples as i32).map(|example| example % 3).collect();
    let rate = LearningRate {
        peak: 1e-3,
        course: Course::Constant,
        warmup: 0,
        total: 1,
    };
    let schedule = TemperatureSchedule::constant(1.0).unwrap();
    let gate = SubsetGate::new(vec![0.1; 8], 3, schedule).unwrap();
    let config = TrainerConfig {
        weights: Some((adam(), rate)),
        clip: 1.0,
        clip_gates: true,
        seed: 3,
    };
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(threads)
        .build()
        .unwrap();
    pool.install(|| {
        let batch = TokenBatch::new(&ids, &vec![0; ids.len()], &tokens, &labels, &options);
        let gate = GateTraining::new(Box::new(gate), adam(), rate);
        let mut trainer = Trainer::new(&model, Some(gate), config, options.clone());
        let mut numbers = Vec::new();
        for _ in 0..2 {
            let record = trainer.step(&batch).unwrap();
            numbers.extend([record.loss, record.gradient_norm]);
            numbers.extend(record.gate_gradient);
        }
        let mut weights = Vec::new();
        trainer
            .model()
            .clone()
            .visit("", &mut |_, parameter| match parameter {
                Parameter::Vector(tensor) => {
                    weights.extend(tensor.clone().inner().try_into_vec_as::<f32>().unwrap());
                }
                Parameter::Matrix(tensor, _) => {
                    weights.extend(tensor.clone().inner().try_into_vec_as::<f32>().unwrap());
                }
            });
        (numbers, weights)
    })
}

#[test]
fn the_number_of_threads_changes_no_byte() {
    let one = two_large_updates(1);
    assert!(one.0.iter().all(|number| number.is_finite()));
    assert!(one == two_large_updates(2));
    assert!(one == two_large_updates(3));
}
