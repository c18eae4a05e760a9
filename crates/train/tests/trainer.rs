//! Updates of a small classifier: what clipping spans, what a checkpoint brings back, what diverges.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "helpers of tests fail like tests"
)]

use std::sync::{Mutex, MutexGuard, PoisonError};

use burn::tensor::Device;
use dsp_gate::{SubsetGate, TemperatureSchedule};
use models::bert::{BertClassifier, BertConfig, TokenBatch};
use models::{Initializer, TensorOptions};
use train::{
    AdamConfig, Checkpointer, Course, DecayOrder, GateTraining, LearningRate, Observer, TrainError, Trainer,
    TrainerConfig, UpdateRecord,
};

/// Dropout draws from the one generator that a device has in a process: tests that train take turns.
fn alone() -> MutexGuard<'static, ()> {
    static DEVICE: Mutex<()> = Mutex::new(());
    DEVICE.lock().unwrap_or_else(PoisonError::into_inner)
}

fn options() -> TensorOptions {
    TensorOptions::single(Device::flex())
}

fn model() -> BertClassifier {
    let mut config = BertConfig::of_sizes(20, 8, 2, 2, 16, 12);
    config.num_labels = Some(3);
    config.hidden_dropout_prob = 0.1;
    config.attention_probs_dropout_prob = 0.1;
    config.initializer_range = 0.3;
    BertClassifier::new(&config, &mut Initializer::new(1, options())).unwrap()
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

fn trainer(peak: f64) -> Trainer<BertClassifier> {
    let schedule = TemperatureSchedule::new(10.0, 0.1, 10).unwrap();
    let gate = SubsetGate::new(vec![0.1, -0.2, 0.3, 0.0], 2, schedule).unwrap();
    let rate = LearningRate {
        peak,
        course: Course::Linear,
        warmup: 2,
        total: 20,
    };
    let gate = GateTraining::new(Box::new(gate), adam(), LearningRate { peak: 0.5, ..rate });
    let config = TrainerConfig {
        weights: Some((adam(), rate)),
        clip: 1.0,
        seed: 7,
    };
    Trainer::new(&model(), Some(gate), config, options())
}

fn steps(trainer: &mut Trainer<BertClassifier>, until: u64) -> Vec<UpdateRecord> {
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
    let _turn = alone();
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
    let _turn = alone();
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
    let _turn = alone();
    let mut trainer = trainer(1e-2);
    let records = steps(&mut trainer, 1);
    let missing = std::path::Path::new("no such folder/checkpoint.safetensors");
    let error = Checkpointer::new(missing, "run", 1)
        .after_update(&trainer, &records[0])
        .unwrap_err();
    assert!(error.to_string().contains("no such folder"), "{error}");
}

#[test]
fn the_norm_spans_the_importances_and_the_clip_scales_to_one() {
    let _turn = alone();
    let record = &steps(&mut trainer(1e-2), 1)[0];
    let importances = record
        .importance_gradient
        .iter()
        .map(|g| g * g)
        .sum::<f64>()
        .sqrt();
    assert!(importances > 0.0 && record.gradient_norm > importances);
    let expected = (1.0 / (record.gradient_norm + 1e-6)).min(1.0);
    assert_eq!(record.clip, expected);
}

#[test]
fn a_loss_that_is_no_number_ends_the_training() {
    let _turn = alone();
    let mut trainer = trainer(1e30);
    let error = (0..20).find_map(|update| trainer.step(&batch(update)).err());
    assert!(matches!(error, Some(TrainError::Diverged { .. })), "{error:?}");
}
