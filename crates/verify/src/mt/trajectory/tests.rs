//! Trainings whose gates are almost 0 and 1, recorded with the gate written a second way.

use std::collections::BTreeMap;
use std::fs;

use heads::{HeadMask, SeededUniform};
use safetensors::tensor::{Dtype, TensorView};
use serde_json::{Value, json};

use super::*;
use crate::pull_back::second::SecondGate;
use burn::tensor::Device;

const UPDATES: usize = 4;
const RECORDING: &str = "traj_dsp_pipelined.json";

/// The tensors of a training of the second gate in the precision of `options`, and what its file says of each update and
/// of its end.
fn record(
    path: &Path,
    options: &TensorOptions,
    [tau, rival]: [f64; 2],
    file: &mut Value,
) -> Vec<(String, Vec<f64>)> {
    let suffix = match options.precision {
        Precision::Single => "",
        Precision::Double => "_f64",
    };
    let text = fs::read_to_string(path).unwrap();
    let run = Run::read(&text, path, Method::SubsetPruning, options).unwrap();
    let k = run.file.settings.k.unwrap();
    let start = run.of_update("w", 0).unwrap();
    let gate = || SecondGate::new(start.clone(), k, tau, rival);
    let mut trainer = run.trainer(Some(Box::new(gate())), options);
    // Draws what the gate of the trainer will draw.
    let mut twin = gate();
    let mut tensors = BTreeMap::<String, Vec<f64>>::new();
    let mut add = |name: &str, suffix: &str, values: &[f64]| {
        tensors
            .entry(format!("{name}{suffix}"))
            .or_default()
            .extend(values);
    };
    for (n, step) in run.file.steps.iter().enumerate() {
        let noise = || SeededUniform::at_update(7, n as u64);
        for group in twin.parameters_mut() {
            group
                .values
                .copy_from_slice(trainer.gate().unwrap().importances());
        }
        twin.sample(&mut noise());
        let record = trainer
            .step_with_noise(&run.batches[step.batch], &mut noise())
            .unwrap();
        let words = step.ntokens as f64;
        let summed: Vec<f64> = record
            .gate_gradient
            .iter()
            .map(|gradient| gradient * words)
            .collect();
        add("u", "", twin.draws());
        add("w", suffix, &record.parameters);
        add("gates", suffix, &record.gates);
        add("gate_grad", suffix, &summed);
        add("w_grad", suffix, &record.parameter_gradient);
        file["steps"][n][format!("loss{suffix}")] = json!(record.loss * words);
        file["steps"][n][format!("grad_norm{suffix}")] = json!(record.gradient_norm);
    }
    let last = trainer.gate().unwrap().importances();
    add("w", suffix, last);
    let mask = HeadMask::top_k(last, k).unwrap().gates();
    file["final_hard_mask"] = json!(mask.chunks(4).collect::<Vec<_>>());
    file["final_threshold_gap"] = json!(heads::margin(last, k).unwrap());
    tensors.into_iter().collect()
}

/// A folder with the recorded pipelined training, recorded anew at a constant temperature with the second gate, its
/// gradients of w times `factor`.
fn folder(options: &TensorOptions, gate: [f64; 2], factor: f64) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let golden = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../data/golden/mt/m2x2");
    for entry in fs::read_dir(golden).unwrap() {
        let entry = entry.unwrap().path();
        fs::copy(&entry, folder.path().join(entry.file_name().unwrap())).unwrap();
    }
    let path = folder.path().join(RECORDING);
    let mut file: Value = serde_json::from_str(&fs::read_to_string(&path).unwrap()).unwrap();
    file["updates"] = json!(UPDATES);
    file["settings"]["tau_initial"] = json!(gate[0]);
    file["settings"]["tau_final"] = json!(gate[0]);
    let steps = file["steps"].as_array_mut().unwrap();
    steps.truncate(UPDATES);
    for step in steps {
        step["tau"] = json!(gate[0]);
    }
    fs::write(&path, file.to_string()).unwrap();

    let norms = Tensors::read(&path.with_extension("safetensors"))
        .unwrap()
        .floats("param_norm")
        .unwrap();
    let mut tensors = record(&path, options, gate, &mut file);
    tensors.push(("param_norm".to_owned(), norms.values));
    for (name, values) in &mut tensors {
        if name.starts_with("w_grad") {
            values.iter_mut().for_each(|value| *value *= factor);
        }
    }
    let bytes = |values: &[f64]| -> Vec<u8> { values.iter().flat_map(|value| value.to_le_bytes()).collect() };
    let bytes: Vec<(String, Vec<u8>)> = tensors
        .iter()
        .map(|(name, values)| (name.clone(), bytes(values)))
        .collect();
    let views = bytes.iter().map(|(name, bytes)| {
        let view = TensorView::new(Dtype::F64, vec![bytes.len() / 8], bytes).unwrap();
        (name.as_str(), view)
    });
    safetensors::serialize_to_file(views, None, &path.with_extension("safetensors")).unwrap();
    fs::write(&path, file.to_string()).unwrap();
    folder
}

/// What verifying says of the recording in `folder`, free and forced.
fn failures(folder: &Path, options: &TensorOptions) -> Vec<String> {
    let path = folder.join(RECORDING);
    let text = fs::read_to_string(&path).unwrap();
    let mut verdicts = vec![check_free(&text, &path, Method::SubsetPruning, options).unwrap()];
    if options.precision == Precision::Single {
        verdicts.push(check_forced(&text, &path, Method::SubsetPruning, options).unwrap());
    }
    let failure = |verdict| match verdict {
        Verdict::Compared { failure, .. } => failure,
        other => panic!("{other:?}"),
    };
    verdicts.into_iter().filter_map(failure).collect()
}

fn both_precisions() -> [TensorOptions; 2] {
    let single = TensorOptions::single(Device::flex());
    let double = TensorOptions {
        precision: Precision::Double,
        ..single.clone()
    };
    [single, double]
}

#[test]
fn saturated_gates_of_another_correct_program_pass_at_every_temperature() {
    for options in both_precisions() {
        for gate in [
            [0.1, 1e-13],
            [1e-2, 1e-12],
            [1e-3, 1e-15],
            [1e-4, 1e-14],
            [1e-6, 1e-13],
            [1e-8, 1e-11],
            [1e-8, 1e-16],
        ] {
            let folder = folder(&options, gate, 1.0);
            assert_eq!(
                failures(folder.path(), &options),
                [""; 0],
                "{gate:?} {:?}",
                options.precision
            );
        }
    }
}

#[test]
fn a_thousandth_of_a_derivative_above_rounding_fails() {
    for options in both_precisions() {
        for gate in [[0.1, 1e-6], [1e-3, 1e-6], [1e-6, 1e-6], [1e-8, 1e-6]] {
            let folder = folder(&options, gate, 1.001);
            let failures = failures(folder.path(), &options);
            assert!(
                failures.iter().any(|failure| failure.contains("w_grad alone")),
                "{gate:?} {failures:?}"
            );
        }
    }
}
