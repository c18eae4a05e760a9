//! `prune` from runs and masks: three formats of the same model, and what is refused.

use std::fs;
use std::path::Path;

use serde_json::Value;

use super::common::read;
use super::sweeps::{Sweep, answers, corpus, pairs, sources};
use super::{Said, command, ended, fed};

pub(crate) fn prune(model: &Path, out: &Path, words: &[&str]) -> Said {
    let words = [&["prune", "--device", "flex", "--repeats", "2"], words].concat();
    ended(
        &command(&words, &[("", model), ("--out", out)]).output().unwrap(),
        0,
    )
}

pub(crate) fn refused(model: &Path, out: &Path, words: &[&str]) -> String {
    let words = [&["prune", "--device", "flex"], words].concat();
    let said = ended(
        &command(&words, &[("", model), ("--out", out)]).output().unwrap(),
        2,
    );
    assert!(
        said.err.starts_with("error: ") && said.err.contains("\nhint: "),
        "{}",
        said.err
    );
    said.err
}

pub(crate) fn certificate(folder: &Path) -> Value {
    serde_json::from_str(&read(&folder.join("certificate.json"))).unwrap()
}

/// Numbers in the tensors of a folder, from the header of its weights.
fn numbers(folder: &Path) -> u64 {
    let bytes = fs::read(folder.join("model.safetensors")).unwrap();
    let tensors = safetensors::SafeTensors::deserialize(&bytes).unwrap();
    let count = |name: &String| -> u64 {
        let tensor = tensors.tensor(name).unwrap();
        tensor.shape().iter().map(|&size| size as u64).product()
    };
    tensors
        .names()
        .iter()
        .map(|name| count(&(*name).to_string()))
        .sum()
}

#[test]
fn runs_become_folders_that_answer_as_they_did() {
    let sweep = Sweep::of_classifiers();
    let folder = tempfile::tempdir().unwrap();
    let examples = folder.path().join("matched.jsonl");
    fs::write(&examples, corpus("matched")).unwrap();
    // The second has left its whole model to the run that it starts from.
    for run in ["dsp-joint-k03", "michel-token-abs-k05"].map(|begin| sweep.run(begin)) {
        let expected = answers(&run, "matched", 3);
        for format in ["removed", "zeroed"] {
            let name = run.file_name().unwrap().to_string_lossy();
            let out = folder.path().join(format!("{name}-{format}"));
            let evaluate = examples.to_str().unwrap();
            let said = prune(&run, &out, &["--format", format, "--evaluate", evaluate]);
            assert!(
                said.out.contains("accuracy") && said.out.contains("wrote"),
                "{}",
                said.out
            );
            let asked = command(&["predict", "--device", "flex"], &[("", out.as_path())]);
            let answered = ended(&fed(asked, pairs("matched").as_bytes()), 0).out;
            assert_eq!(answered.lines().collect::<Vec<_>>(), expected, "{format}");

            let certificate = certificate(&out);
            let k = certificate["k"].as_u64().unwrap();
            let kept: usize = certificate["kept"].as_array().unwrap().iter().map(heads_of).sum();
            assert_eq!((kept as u64, certificate["n_heads"].as_u64()), (k, Some(12)));
            assert!(
                certificate["max_deviation"].as_f64().unwrap() < 1e-5,
                "{certificate}"
            );
            assert_eq!(certificate["equal_predictions"], 1.0);
            // A head has 4 x 16 x 4 weights and 3 x 4 biases.
            let before = certificate["params_before"].as_u64().unwrap();
            let gone = if format == "removed" {
                (12 - k) * (4 * 16 * 4 + 3 * 4)
            } else {
                0
            };
            assert_eq!(certificate["params_after"], before - gone);
            assert_eq!(numbers(&out), before - gone);
            assert_eq!(
                certificate["bytes_after"].as_u64().unwrap(),
                fs::metadata(out.join("model.safetensors")).unwrap().len()
            );
            let right = expected
                .iter()
                .zip(labels())
                .filter(|(answer, label)| *answer == label)
                .count();
            let accuracy = certificate["accuracy"]["after"].as_f64().unwrap();
            assert!(
                (accuracy - right as f64 / expected.len() as f64).abs() < 1e-12,
                "{accuracy}"
            );
            assert_eq!(out.join("load_removed.py").exists(), format == "removed");
            assert!(read(&out.join("README.md")).contains("heads"));
        }
    }
}

fn heads_of(row: &Value) -> usize {
    row["heads"].as_array().unwrap().len()
}

fn labels() -> Vec<String> {
    let text = corpus("matched");
    let label = |line: &str| {
        serde_json::from_str::<Value>(line).unwrap()["label"]
            .as_str()
            .unwrap()
            .to_owned()
    };
    text.lines().map(label).collect()
}

#[test]
fn a_translation_run_becomes_a_folder_that_translates_as_it_did() {
    let sweep = Sweep::of_translation();
    let folder = tempfile::tempdir().unwrap();
    for run in ["dsp-joint", "michel-token"].map(|begin| sweep.run(begin)) {
        let expected = answers(&run, "test", 4);
        let sources = sources().join("\n") + "\n";
        for format in ["removed", "zeroed"] {
            let name = run.file_name().unwrap().to_string_lossy();
            let out = folder.path().join(format!("{name}-{format}"));
            prune(&run, &out, &["--format", format]);
            let asked = command(
                &["translate", "--device", "flex", "--max-words", "12"],
                &[("", out.as_path())],
            );
            let said = ended(&fed(asked, sources.as_bytes()), 0).out;
            assert_eq!(said.lines().collect::<Vec<_>>(), expected, "{format}");
            let certificate = certificate(&out);
            assert_eq!(certificate["equal_predictions"], 1.0);
            assert_eq!(certificate["inputs"], "random tokens");
        }
        let said = refused(&run, &folder.path().join("onnx"), &["--format", "onnx"]);
        assert!(said.contains("only classifiers"), "{said}");
    }
}

#[test]
fn a_mask_of_a_user_is_obeyed_and_one_of_another_model_refused() {
    let run = Sweep::of_classifiers().run("dense");
    let folder = tempfile::tempdir().unwrap();
    let mask = folder.path().join("mask.json");
    fs::write(
        &mask,
        r#"{"mask": [[0,1,0,0],[0,0,0,0],[1,1,1,1]], "schema_version": 1}"#,
    )
    .unwrap();
    let words = ["--mask", mask.to_str().unwrap()];
    let (once, twice) = (folder.path().join("once"), folder.path().join("twice"));
    prune(&run, &once, &words);
    let kept = &certificate(&once)["kept"];
    let heads: Vec<Vec<u64>> = kept
        .as_array()
        .unwrap()
        .iter()
        .map(|row| {
            row["heads"]
                .as_array()
                .unwrap()
                .iter()
                .map(|head| head.as_u64().unwrap())
                .collect()
        })
        .collect();
    assert_eq!(heads, [vec![1], vec![], vec![0, 1, 2, 3]]);
    // What is left can be made smaller again: numbers are those of the whole model.
    fs::write(&mask, r#"{"mask": [[1],[],[0,0,1,1]], "schema_version": 1}"#).unwrap();
    prune(&once, &twice, &words);
    assert_eq!(certificate(&twice)["kept"][2]["heads"], serde_json::json!([2, 3]));
    assert_eq!(certificate(&twice)["n_heads"], 5);
    let said = refused(&run, &folder.path().join("no"), &words);
    assert!(
        said.contains("mask.json: row 1 has 1 numbers, the module 4 heads"),
        "{said}"
    );
    fs::write(&mask, r#"{"mask": [[1]], "schema_version": 1}"#).unwrap();
    let said = refused(&run, &folder.path().join("no"), &words);
    assert!(said.contains("1 rows for a model of 3"), "{said}");
    assert!(!folder.path().join("no").exists());
}

#[test]
fn what_cannot_be_done_is_said_before_anything_is_written() {
    let sweep = Sweep::of_classifiers();
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("out");
    let said = refused(&sweep.run("dense"), &out, &[]);
    assert!(said.contains("nothing says which heads"), "{said}");
    let said = refused(&sweep.run("random"), &out, &[]);
    assert!(said.contains("nothing says which heads"), "{said}");
    let run = sweep.run("dsp-joint");
    fs::create_dir(&out).unwrap();
    fs::write(out.join("mine"), "").unwrap();
    let said = refused(&run, &out, &[]);
    assert!(
        said.contains("is not empty") && out.join("mine").exists(),
        "{said}"
    );
    let said = refused(&run, &out.join("mine"), &[]);
    assert!(said.contains("is a file"), "{said}");
    // A run of which only the small model is there.
    let alone = folder.path().join("alone/runs/run");
    fs::create_dir_all(&alone).unwrap();
    for name in ["run.toml", "result.json", "mask.json"] {
        fs::copy(run.join(name), alone.join(name)).unwrap();
    }
    let said = refused(&alone, &folder.path().join("new"), &[]);
    assert!(said.contains("holds no whole model"), "{said}");
    fs::remove_file(alone.join("result.json")).unwrap();
    let said = refused(&alone, &folder.path().join("new"), &[]);
    assert!(said.contains("has no result"), "{said}");
}

#[test]
fn weights_that_are_no_numbers_are_certified_by_nobody() {
    let run = Sweep::of_classifiers().run("dsp-joint-k03");
    let folder = tempfile::tempdir().unwrap();
    let broken = folder.path().join("broken");
    fs::create_dir(&broken).unwrap();
    for name in ["config.json", "vocab.txt", "mask.json", "model.safetensors"] {
        fs::copy(run.join(name), broken.join(name)).unwrap();
    }
    let mut bytes = fs::read(broken.join("model.safetensors")).unwrap();
    let end = bytes.len();
    bytes[end - 4..].copy_from_slice(&f32::NAN.to_le_bytes());
    fs::write(broken.join("model.safetensors"), bytes).unwrap();
    let mask = broken.join("mask.json");
    let out = folder.path().join("out");
    let said = refused(&broken, &out, &["--mask", mask.to_str().unwrap()]);
    assert!(said.contains("are not numbers"), "{said}");
    // Nothing is left of what was begun.
    let names: Vec<_> = fs::read_dir(folder.path())
        .unwrap()
        .map(|entry| entry.unwrap().file_name())
        .collect();
    assert_eq!(names, ["broken"]);
}
