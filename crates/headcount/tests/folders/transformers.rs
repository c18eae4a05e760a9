//! Folders that transformers makes: our predictions are its predictions.

use std::fs;
use std::path::Path;
use std::process::Command;

use serde::Deserialize;

use crate::common::{read, run_folder};
use crate::work::Work;

/// Names a Python; `python3` where it is not set.
const PYTHON: &str = "HEADCOUNT_PYTHON";

/// Below this difference of the two largest logits either answer is right in single precision.
const CLOSE: f64 = 1e-4;

#[derive(Deserialize)]
struct Answer {
    label: String,
    margin: f64,
}

#[test]
fn predictions_are_those_of_transformers() {
    let work = Work::trained();
    let python = std::env::var(PYTHON).unwrap_or_else(|_| "python3".to_owned());
    let has = |module: &str| {
        let output = Command::new(&python)
            .args(["-c", &format!("import {module}")])
            .output();
        output.is_ok_and(|output| output.status.success())
    };
    if let Some(missing) = ["torch", "transformers", "tokenizers"]
        .into_iter()
        .find(|module| !has(module))
    {
        println!("skipped: {python} has no {missing}; {PYTHON} names another Python");
        return;
    }
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/folders/make_folders.py");
    let output = Command::new(&python)
        .arg(script)
        .arg(work.path("made"))
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let pairs = work.path("made/pairs.jsonl").display().to_string();
    let files = [
        format!("data.train=[{{ path = '{pairs}' }}]"),
        format!("data.evaluate.dev=[{{ path = '{pairs}' }}]"),
    ];
    for name in [
        "bert",
        "cased",
        "relabelled",
        "sharded",
        "tanh-gelu",
        "distilbert",
        "roberta",
        "xlm-roberta",
    ] {
        let set = [&files[0], &files[1], "data.max_length=64"];
        let out = format!("out-made/{name}");
        let (_, said) = work.done(&format!("made/{name}"), &set);
        assert!(!said.contains("warning"), "{name}: {said}");
        let text = read(&run_folder(&work.path(&out), "dense").join("predictions.dev.csv"));
        let ours: Vec<&str> = text
            .lines()
            .skip(1)
            .map(|line| line.rsplit(',').next().unwrap())
            .collect();
        let theirs: Vec<Answer> =
            serde_json::from_str(&fs::read_to_string(work.path(&format!("made/{name}.json"))).unwrap())
                .unwrap();
        assert_eq!(ours.len(), theirs.len());
        let differ = ours
            .iter()
            .zip(&theirs)
            .filter(|(ours, theirs)| **ours != theirs.label && theirs.margin > CLOSE);
        assert_eq!(differ.count(), 0, "{name}");
    }
}
