//! Folders of transformers give the scores that transformers computes with them, and ours do so there.
//!
//! Needs a Python with torch and transformers, which `HEADCOUNT_PYTHON` names (else `python3`); skipped without.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use bundle::CONFIG_FILE;
use bundle::encoder::{Activation, EncoderConfig, Family};
use bundle::weights::{Classifier, LoadReport, Weights};
use burn::tensor::{Device, Tensor};
use files::Hint;
use models::encoder::{EncoderClassifier, TokenBatch};
use models::weights::{load_encoder, save_encoder};
use models::{HeadGates, Mode, Parameters, Precision, TensorOptions};
use serde::Deserialize;

use crate::formula;

#[derive(Deserialize)]
struct Inputs {
    ids: Vec<Vec<i32>>,
    types: Vec<Vec<i32>>,
    mask: Vec<Vec<u8>>,
}

/// What transformers computes with a folder.
#[derive(Deserialize)]
struct Found {
    inputs: Inputs,
    /// Absent of models that do not classify.
    logits: Option<Vec<Vec<f64>>>,
    /// `[examples, length, width]`.
    hidden: Vec<Vec<Vec<f64>>>,
    /// What it says on loading a folder of ours.
    #[serde(default)]
    wrong: BTreeMap<String, Vec<String>>,
    #[serde(default)]
    labels: Vec<String>,
}

fn python() -> Option<Command> {
    let python = std::env::var("HEADCOUNT_PYTHON").unwrap_or_else(|_| "python3".to_owned());
    let asked = Command::new(&python)
        .args(["-c", "import torch, transformers, safetensors"])
        .output();
    if asked.is_ok_and(|output| output.status.success()) {
        Some(Command::new(python))
    } else {
        eprintln!("skipped: {python} has no torch and transformers (HEADCOUNT_PYTHON names another Python)");
        None
    }
}

fn run(mut python: Command, what: &str, folders: &[PathBuf]) -> BTreeMap<String, Found> {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/families/transformers.py");
    let output = python.arg(script).arg(what).args(folders).output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
    serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{error}: {said}"))
}

/// Fused and plain, packed and rectangles, in both precisions.
fn ways() -> Vec<TensorOptions> {
    let both = [
        TensorOptions::double(Device::flex()),
        TensorOptions::single(Device::flex()),
    ];
    let forms = |options: TensorOptions| {
        let plain = options.clone().plain();
        [options.clone(), options.packed(), plain.clone(), plain.packed()]
    };
    both.into_iter().flat_map(forms).collect()
}

fn batch(inputs: &Inputs, config: &EncoderConfig, options: &TensorOptions) -> TokenBatch {
    let mut types = inputs.types.concat();
    if config.type_vocab_size == 1 {
        types.fill(0);
    }
    let mask: Vec<bool> = inputs.mask.concat().iter().map(|&token| token == 1).collect();
    let labels = vec![0; inputs.ids.len()];
    TokenBatch::new(&inputs.ids.concat(), &types, &mask, &labels, options)
}

fn numbers<const D: usize>(tensor: Tensor<D>) -> Vec<f64> {
    tensor.inner().try_into_vec_as::<f64>().unwrap()
}

#[track_caller]
fn assert_close(got: &[f64], want: &[f64], options: &TensorOptions, what: &str) {
    let tolerance = match options.precision {
        Precision::Single => 5e-5,
        Precision::Double => 1e-10,
    };
    assert_eq!(got.len(), want.len(), "{what}");
    for (got, want) in got.iter().zip(want) {
        let error = (got - want).abs() / want.abs().max(1.0);
        assert!(error < tolerance, "{what}, {options:?}: {got} {want}");
    }
}

/// The scores of a model, with all gates open and without, and the states of all tokens, against those of transformers.
fn compare(
    name: &str,
    model: &EncoderClassifier,
    config: &EncoderConfig,
    found: &Found,
    options: &TensorOptions,
) {
    let model = model.plain();
    let batch = batch(&found.inputs, config, options);
    let output = model.forward_with_hidden(&batch, None);
    let width = config.hidden_size;
    let states = numbers(output.hidden.last().unwrap().clone());
    let cells: Vec<usize> = (0..found.inputs.mask.concat().len()).collect();
    for (row, cell) in batch.rows.of_cells(&cells).into_iter().enumerate() {
        let (example, column) = (
            cell / found.inputs.mask[0].len(),
            cell % found.inputs.mask[0].len(),
        );
        if found.inputs.mask[example][column] == 1 {
            let what = format!("{name}: state {column} of example {example}");
            assert_close(
                &states[row * width..][..width],
                &found.hidden[example][column],
                options,
                &what,
            );
        }
    }
    let Some(logits) = &found.logits else {
        return;
    };
    let open = vec![1.0; model.grid().total()];
    let open = HeadGates::new(&open, model.grid(), options).unwrap();
    for scores in [
        output.logits,
        model.forward(&batch, None, Mode::Evaluate),
        model.forward(&batch, Some(&open), Mode::Evaluate),
    ] {
        let scores = numbers(scores);
        for (example, want) in logits.iter().enumerate() {
            // transformers classifies by the first column, be it padding; packed there is none.
            if found.inputs.mask[example][0] == 1 || !options.packed {
                let what = format!("{name}: scores of example {example}");
                assert_close(
                    &scores[example * want.len()..][..want.len()],
                    want,
                    options,
                    &what,
                );
            }
        }
    }
}

#[test]
fn folders_of_transformers_give_its_scores() {
    let Some(python) = python() else { return };
    let root = tempfile::tempdir().unwrap();
    let found = run(python, "make", &[root.path().to_owned()]);
    assert!(found.len() >= 20);
    for (name, found) in &found {
        let folder = root.path().join(name);
        let config = EncoderConfig::read(&folder.join(CONFIG_FILE)).unwrap();
        assert_eq!(config.unknown_keys(), [""; 0], "{name}");
        for options in ways() {
            let (model, report) = load_encoder(&folder, &config, Classifier::AsStored, 1, &options).unwrap();
            let fresh = match (found.logits.is_some(), name.as_str()) {
                (true, _) => 0,
                // The pooler is there, the classifier is not.
                (false, "bert-bare") => 2,
                (false, _) => 4,
            };
            assert_eq!(report.fresh.len(), fresh, "{name}: {report:?}");
            assert_eq!(report.left_out, [""; 0], "{name}");
            compare(name, &model, &config, found, &options);
        }
    }
    converted_pickle(&root.path().join("pickled"), &found["bert"]);
}

/// The two lines of Python that the refusal of a pickle gives make a folder that can be read.
fn converted_pickle(folder: &Path, found: &Found) {
    let refused = Weights::of_folder(folder).unwrap_err();
    let hint = refused.hint().unwrap_or_default();
    let (_, lines) = hint.split_once('\n').unwrap();
    let done = python().unwrap().args(["-c", lines]).status().unwrap();
    assert!(done.success(), "{lines}");
    let config = EncoderConfig::read(&folder.join(CONFIG_FILE)).unwrap();
    let options = TensorOptions::double(Device::flex());
    let (model, report) = load_encoder(folder, &config, Classifier::AsStored, 1, &options).unwrap();
    assert_eq!(report, LoadReport::default());
    compare("pickled", &model, &config, found, &options);
}

#[test]
fn our_folders_give_our_scores_in_transformers() {
    let Some(python) = python() else { return };
    let root = tempfile::tempdir().unwrap();
    let options = TensorOptions::single(Device::flex());
    let mut models = Vec::new();
    for family in Family::ALL {
        for activation in Activation::ALL {
            let config = formula::config(family, activation);
            let made = root.path().join("made");
            formula::write(&made, &config);
            let (model, _) = load_encoder(&made, &config, Classifier::AsStored, 1, &options).unwrap();
            let folder = root
                .path()
                .join(format!("{} {}", family.model_type(), activation.name()));
            save_encoder(&folder, &config, &model).unwrap();
            models.push((folder, config, model));
        }
    }
    let folders: Vec<PathBuf> = models.iter().map(|(folder, ..)| folder.clone()).collect();
    let found = run(python, "run", &folders);
    for (folder, config, model) in &models {
        let found = &found[&folder.display().to_string()];
        assert!(found.wrong.is_empty(), "{}: {:?}", folder.display(), found.wrong);
        assert_eq!(found.labels, config.labels);
        assert_eq!(found.inputs.ids.concat(), formula::IDS.concat());
        compare(config.family.model_type(), model, config, found, &options);
    }
}
