//! A gate with more parameters than heads: all of them are stepped, clipped, logged, stored and brought back.
#![allow(clippy::unwrap_used, reason = "helpers of tests fail like tests")]

use burn::tensor::Device;
use heads::{GateError, HeadGate, ParameterGroup, ParameterGroupMut, UniformStream, finite_or_zero};
use models::encoder::{EncoderClassifier, EncoderConfig, TokenBatch};
use models::{Initializer, TensorOptions};
use train::{
    AdamConfig, Checkpointer, Course, DecayOrder, GateLog, GateTraining, HostAdam, LearningRate, Observer,
    Trainer, TrainerConfig, UpdateRecord,
};

const HEADS: usize = 4;

/// Gates `scale w + shift`: one importance a head, and two numbers that all heads share.
struct Affine {
    importances: Vec<f64>,
    /// Scale and shift.
    shared: [f64; 2],
    gates: Vec<f64>,
    of_importances: Vec<f64>,
    of_shared: [f64; 2],
}

impl Affine {
    fn new() -> Self {
        Self {
            importances: vec![0.5, -0.25, 1.0, 0.125],
            shared: [0.75, 0.5],
            gates: vec![0.0; HEADS],
            of_importances: vec![0.0; HEADS],
            of_shared: [0.0; 2],
        }
    }
}

impl HeadGate for Affine {
    fn total(&self) -> usize {
        HEADS
    }
    fn set_update(&mut self, _: u64) {}
    fn sample(&mut self, _: &mut dyn UniformStream) -> &[f64] {
        let [scale, shift] = self.shared;
        self.gates = self.importances.iter().map(|w| scale * w + shift).collect();
        &self.gates
    }
    fn pull_back(&mut self, gate_gradient: &[f64]) -> Result<(), GateError> {
        let pairs = || gate_gradient.iter().zip(&self.importances);
        self.of_importances = gate_gradient.iter().map(|g| g * self.shared[0]).collect();
        self.of_shared = [pairs().map(|(g, w)| g * w).sum(), gate_gradient.iter().sum()];
        finite_or_zero(&mut self.of_importances)
    }
    fn importances(&self) -> &[f64] {
        &self.importances
    }
    fn parameters(&self) -> Vec<ParameterGroup<'_>> {
        vec![
            ParameterGroup::importances(&self.importances, &self.of_importances),
            ParameterGroup {
                name: "shared",
                values: &self.shared,
                gradient: &self.of_shared,
            },
        ]
    }
    fn parameters_mut(&mut self) -> Vec<ParameterGroupMut<'_>> {
        vec![
            ParameterGroupMut::importances(&mut self.importances, &self.of_importances),
            ParameterGroupMut {
                name: "shared",
                values: &mut self.shared,
                gradient: &self.of_shared,
            },
        ]
    }
}

fn options() -> TensorOptions {
    TensorOptions::single(Device::flex())
}

fn adam() -> AdamConfig {
    AdamConfig {
        betas: (0.9, 0.999),
        epsilon: 1e-8,
        weight_decay: 0.01,
        decay_order: DecayOrder::AfterStep,
    }
}

const RATE: LearningRate = LearningRate {
    peak: 0.05,
    course: Course::Constant,
    warmup: 0,
    total: 20,
};

fn trainer(clip: f64) -> Trainer<EncoderClassifier> {
    let mut config = EncoderConfig::of_sizes(20, 8, 2, 2, 16, 12);
    config.set_classes(3);
    config.initializer_range = 0.3;
    let model = EncoderClassifier::new(&config, &mut Initializer::new(1, options())).unwrap();
    let config = TrainerConfig {
        weights: None,
        clip,
        clip_gates: true,
        seed: 7,
    };
    let gate = GateTraining::new(Box::new(Affine::new()), adam(), RATE);
    Trainer::new(&model, Some(gate), config, options())
}

fn steps(trainer: &mut Trainer<EncoderClassifier>, until: u64) -> Vec<UpdateRecord> {
    let mut records = Vec::new();
    while trainer.finished() < until {
        let ids: Vec<i32> = (0..12)
            .map(|cell| ((cell * 7 + trainer.finished() as i32 * 5) % 19) + 1)
            .collect();
        let batch = TokenBatch::new(&ids, &[0; 12], &[true; 12], &[0, 1, 2], &options());
        let mut record = trainer.step(&batch).unwrap();
        record.seconds = Default::default();
        records.push(record);
    }
    records
}

fn parameters(trainer: &Trainer<EncoderClassifier>) -> Vec<f64> {
    let groups = trainer.gate().unwrap().parameters();
    groups.iter().flat_map(|group| group.values).copied().collect()
}

#[test]
fn every_parameter_is_stepped_along_its_clipped_gradient() {
    let start = [0.5, -0.25, 1.0, 0.125, 0.75, 0.5];
    let clip = 1e-3;
    let mut trainer = trainer(clip);
    let record = &steps(&mut trainer, 1)[0];
    assert_eq!(record.parameters, start);
    assert_eq!(record.parameter_gradient.len(), HEADS + 2);
    assert_eq!(record.gates.len(), HEADS);
    // The shift moves every gate alike.
    let sum: f64 = record.gate_gradient.iter().sum();
    assert!((record.parameter_gradient[HEADS + 1] - sum).abs() < 1e-15);

    let norm = record
        .parameter_gradient
        .iter()
        .map(|g| g * g)
        .sum::<f64>()
        .sqrt();
    assert_eq!(record.gradient_norm, norm);
    assert!(record.clip < 1.0 && record.clip == clip / (norm + 1e-6));
    let mut moved = start;
    let gradient = &record.parameter_gradient;
    HostAdam::new(adam(), HEADS + 2).step(&mut moved, gradient, record.clip, RATE.at(0), 1);
    assert_eq!(parameters(&trainer), moved);
    for (moved, start) in moved[HEADS..].iter().zip(&start[HEADS..]) {
        assert_ne!(moved, start);
    }
}

#[test]
fn a_checkpoint_brings_back_every_parameter_and_its_moments() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("checkpoint.safetensors");
    let mut whole = trainer(1.0);
    let mut checkpointer = Checkpointer::new(&path, "run", 4);
    let first = steps(&mut whole, 4);
    checkpointer.after_update(&whole, first.last().unwrap()).unwrap();
    let at_4 = parameters(&whole);
    let rest = steps(&mut whole, 9);

    let mut resumed = trainer(1.0);
    let said = checkpointer.resume(&mut resumed).unwrap();
    assert_eq!(said, "goes on from the checkpoint at update 4");
    assert_eq!(parameters(&resumed), at_4);
    assert_eq!(steps(&mut resumed, 9), rest);
    assert_eq!(parameters(&resumed), parameters(&whole));
}

#[test]
fn the_log_has_a_column_for_each_parameter() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("gates.csv");
    let mut trainer = trainer(1.0);
    let mut log = GateLog::open(&path, trainer.gate().unwrap(), 2, 0).unwrap();
    for update in 1..=2 {
        let record = &steps(&mut trainer, update)[0];
        log.after_update(&trainer, record).unwrap();
    }
    let text = std::fs::read_to_string(&path).unwrap();
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines[0], "update,w_0,w_1,w_2,w_3,shared_0,shared_1");
    assert_eq!(lines[1], "0,0.5,-0.25,1,0.125,0.75,0.5");
    assert_eq!(lines.len(), 3);
    assert!(!lines[2].ends_with(",0.75,0.5"));
}
