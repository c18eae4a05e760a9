//! Trainings whose gates are almost 0 and 1, recorded with the gate written a second way.

use std::fs;

use burn::tensor::Device;
use heads::{HeadGate, SeededUniform};
use models::Precision;
use serde_json::{Value, json};

use super::*;
use crate::pull_back::second::SecondGate;

const UPDATES: usize = 4;

fn golden() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../data/golden/bert")
}

fn rows(values: &[f64]) -> Value {
    json!(values.chunks(4).collect::<Vec<_>>())
}

/// The recorded pipelined training, recorded anew at a constant temperature with the second gate, its gradients of w times
/// `factor`. It moves w so little that the mask at the end is the recorded one, and with it all that is measured there.
fn recorded(options: &TensorOptions, [tau, rival]: [f64; 2], factor: f64) -> String {
    let path = golden().join("train/pipelined_dsp.json");
    let mut file: Value = serde_json::from_str(&fs::read_to_string(&path).unwrap()).unwrap();
    for (key, value) in [
        ("tau_initial", json!(tau)),
        ("tau_final", json!(tau)),
        ("N", json!(UPDATES)),
        ("lr_gates", json!(0.01)),
    ] {
        file["hyper"][key] = value;
    }
    let mask: Vec<Vec<f64>> = serde_json::from_value(file["float64"]["final"]["mask"].clone()).unwrap();
    let start: Vec<f64> = flat(&mask).iter().map(|kept| 2.0 * kept - 1.0).collect();
    file["initial"]["w"] = rows(&start);
    file["schedule"].as_array_mut().unwrap().truncate(UPDATES);
    file["float64"]["steps"].as_array_mut().unwrap().truncate(UPDATES);

    let read: TrajectoryFile = parse(&file.to_string(), &path).unwrap();
    let model = model(&golden(), &read.initial.weights, options).unwrap();
    let tensors = Tensors::read(&golden().join(&read.batches)).unwrap();
    let batches = batches(&tensors, "train.", options).unwrap();
    let gate = || SecondGate::new(start.clone(), read.hyper.k.unwrap(), tau, rival);
    let rate = linear(read.hyper.lr_gates.unwrap(), &read.hyper);
    let training = GateTraining::new(Box::new(gate()), adam(&read.hyper), rate);
    let mut trainer = Trainer::new(&model, Some(training), config(&read.hyper), options.clone());
    // Draws what the gate of the trainer will draw.
    let mut twin = gate();
    for n in 0..UPDATES {
        let noise = || SeededUniform::at_update(7, n as u64);
        for group in twin.parameters_mut() {
            group
                .values
                .copy_from_slice(trainer.gate().unwrap().importances());
        }
        twin.sample(&mut noise());
        let record = trainer
            .step_with_noise(&batches[read.schedule[n].batch], &mut noise())
            .unwrap();
        file["schedule"][n]["tau"] = json!(tau);
        file["schedule"][n]["u"] = rows(twin.draws());
        let gradient: Vec<f64> = record
            .parameter_gradient
            .iter()
            .map(|number| number * factor)
            .collect();
        let step = &mut file["float64"]["steps"][n];
        step["loss"] = json!(record.loss);
        step["gates"] = rows(&record.gates);
        step["gate_grad"] = rows(&record.gate_gradient);
        step["w"] = rows(&record.parameters);
        step["w_grad"] = rows(&gradient);
        step["grad_norm"] = json!(record.gradient_norm);
        step["clip_coef"] = json!(record.clip);
    }
    file["float64"]["final"]["w"] = rows(trainer.gate().unwrap().importances());
    file.to_string()
}

fn failure(recording: &str, options: &TensorOptions) -> Option<String> {
    let path = golden().join("train/pipelined_dsp.json");
    match check(recording, &path, &golden(), Method::SubsetPruning, options).unwrap() {
        Verdict::Compared { failure, .. } => failure,
        other => panic!("{other:?}"),
    }
}

fn double() -> TensorOptions {
    TensorOptions {
        precision: Precision::Double,
        packed: false,
        ..TensorOptions::single(Device::flex())
    }
}

#[test]
fn saturated_gates_of_another_correct_program_pass_at_every_temperature() {
    for gate in [
        [1e-1, 1e-13],
        [1e-2, 1e-12],
        [1e-4, 1e-14],
        [1e-6, 1e-9],
        [1e-8, 1e-3],
        [1e-8, 1e-6],
        [1e-8, 1e-15],
    ] {
        assert_eq!(
            failure(&recorded(&double(), gate, 1.0), &double()),
            None,
            "{gate:?}"
        );
    }
}

#[test]
fn a_thousandth_of_a_derivative_above_rounding_fails() {
    for gate in [[1e-1, 1e-6], [1e-3, 1e-6], [1e-6, 1e-6], [1e-8, 1e-6]] {
        let failure = failure(&recorded(&double(), gate, 1.001), &double());
        assert!(
            failure.is_some_and(|failure| failure.contains("w_grad")),
            "{gate:?}"
        );
    }
}
