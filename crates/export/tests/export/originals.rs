//! What onnxruntime computes with our files is what transformers computes with the folders that they are of.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use bundle::encoder::{Activation, Family};
use bundle::{CONFIG_FILE, ModelConfig};
use export::{LOADER, LOADER_FILE, onnx, removed, zeroed};
use safetensors::tensor::Dtype;
use serde::Deserialize;

use crate::made::{self, Random};

/// Largest deviation of a logit; logits are of the size of 1.
const TOLERANCE: f64 = 1e-5;

/// Models of each family and activation.
const MODELS: u64 = 4;

/// The largest deviations of a model's logits from those of transformers.
#[derive(Debug, Deserialize)]
struct Found {
    folder: String,
    /// The ONNX file of the whole folder from the folder.
    whole: f64,
    /// The ONNX file of the folder without heads from the folder.
    removed: f64,
    /// The folder without heads from itself with the other way to compute attention.
    eager: f64,
    /// The folder with zeros from that without heads.
    zeroed: f64,
    /// The folder without heads from the whole one, where heads are missing.
    moved: f64,
    /// Largest logit.
    logits: f64,
    /// What transformers says of the names of the tensors.
    wrong: Vec<String>,
    /// Names of the classes in the ONNX file.
    labels: Vec<String>,
}

fn python() -> Option<PathBuf> {
    let Some(python) = std::env::var_os("HEADCOUNT_PYTHON") else {
        println!(
            "skipped: HEADCOUNT_PYTHON does not name a Python with torch, transformers, onnx and onnxruntime"
        );
        return None;
    };
    let imported = Command::new(&python)
        .args(["-c", "import torch, transformers, onnx, onnxruntime"])
        .output();
    if !imported.is_ok_and(|output| output.status.success()) {
        println!(
            "skipped: {} lacks torch, transformers, onnx or onnxruntime",
            python.display()
        );
        return None;
    }
    Some(python.into())
}

/// Makes a model in three forms in `folder`: `whole`, `removed` (at once, or in two steps) and `zeroed`; the names of its
/// classes.
fn make(folder: &Path, family: Family, activation: Activation, seed: u64) -> Vec<String> {
    let mut random = Random::new(seed);
    let encoder = made::encoder(family, activation, &mut random);
    let labels = encoder.labels.clone();
    let config = ModelConfig::Encoder(encoder);
    let tensors = made::tensors(&config, &mut random);
    let mask = random.mask(config.grid().unwrap().total());
    let [whole, removed, zeros] = ["whole", "removed", "zeroed"].map(|name| folder.join(name));
    let dtype = [Dtype::F32, Dtype::F16, Dtype::BF16][random.below(3)];
    made::write(&whole, &config, &tensors, dtype);
    for folder in [&removed, &zeros] {
        fs::create_dir(folder).unwrap();
    }
    if seed.is_multiple_of(2) {
        removed::write(&whole, &mask, &removed).unwrap();
    } else {
        let half = folder.join("half");
        fs::create_dir(&half).unwrap();
        let [first, second] = random.steps(&mask);
        removed::write(&whole, &first, &half).unwrap();
        removed::write(&half, &second, &removed).unwrap();
    }
    fs::write(removed.join(LOADER_FILE), LOADER).unwrap();
    assert_eq!(
        ModelConfig::read(&removed.join(CONFIG_FILE)).unwrap().grid(),
        config.pruned(&mask).unwrap().grid()
    );
    for folder in [&whole, &removed] {
        onnx::write(folder, &folder.join(onnx::MODEL_FILE)).unwrap();
    }
    zeroed::write(&whole, &mask, &zeros).unwrap();
    labels
}

#[test]
fn logits_are_those_of_transformers() {
    let Some(python) = python() else {
        return;
    };
    let root = tempfile::tempdir().unwrap();
    let mut models = Vec::new();
    for family in Family::ALL {
        for activation in Activation::ALL {
            for number in 0..MODELS {
                let seed = models.len() as u64;
                let folder =
                    root.path()
                        .join(format!("{}-{}-{number}", family.model_type(), activation.name()));
                let labels = make(&folder, family, activation, seed);
                models.push((folder, labels));
            }
        }
    }
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/export/originals.py");
    let folders = models.iter().map(|(folder, _)| folder);
    let output = Command::new(python).arg(script).args(folders).output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
    let found: Vec<Found> = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(found.len(), models.len());
    let mut largest = [0.0_f64; 4];
    for (found, (_, labels)) in found.iter().zip(&models) {
        let deviations = [found.whole, found.removed, found.eager, found.zeroed];
        assert!(
            deviations.iter().all(|&deviation| deviation < TOLERANCE),
            "{found:?}"
        );
        assert!(found.wrong.is_empty() && found.logits > 0.01, "{found:?}");
        assert_eq!(&found.labels, labels, "{}", found.folder);
        for (largest, deviation) in largest.iter_mut().zip(deviations) {
            *largest = largest.max(deviation);
        }
    }
    // Heads matter in most of the models: it would be noticed if others had been removed.
    let moved = found
        .iter()
        .filter(|found| found.moved > 100.0 * TOLERANCE)
        .count();
    assert!(2 * moved > found.len(), "{moved} of {}", found.len());
    println!("largest deviations (ONNX whole, ONNX removed, eager, zeroed): {largest:?}");
}
