//! The recordings in data/golden, recomputed.
#![allow(clippy::unwrap_used, reason = "helpers of tests fail like tests")]

use std::path::{Path, PathBuf};

use burn::tensor::Device;
use verify::{Outcome, Verdict, table, verify};

fn golden(set: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../data/golden")
        .join(set)
}

fn run(set: &str) -> Vec<Outcome> {
    verify(&golden(set), &Device::flex()).unwrap()
}

#[test]
fn every_supported_gate_is_within_tolerance() {
    let outcomes = run("gates");
    let names: Vec<&str> = outcomes
        .iter()
        .filter(|o| o.passed())
        .map(|o| o.what.as_str())
        .collect();
    assert_eq!(
        names,
        ["soft_topk", "temperature", "topk_mask"],
        "{}",
        table(&outcomes)
    );
    assert!(
        outcomes
            .iter()
            .all(|o| o.passed() || o.verdict == Verdict::NotYetSupported),
        "{}",
        table(&outcomes)
    );
}

#[test]
fn forward_and_gradients_are_within_tolerance_in_both_precisions() {
    let outcomes = run("bert/forward");
    assert_eq!(outcomes.len(), 4);
    assert!(outcomes.iter().all(Outcome::passed), "{}", table(&outcomes));
}

#[test]
fn trajectories_of_dense_and_dsp_are_within_tolerance_in_both_precisions() {
    for name in ["dense", "joint_dsp", "pipelined_dsp"] {
        let outcomes = run(&format!("bert/train/{name}.json"));
        assert_eq!(outcomes.len(), 2, "{name}");
        assert!(outcomes.iter().all(Outcome::passed), "{}", table(&outcomes));
    }
}

#[test]
fn a_changed_number_fails() {
    let folder = tempfile::tempdir().unwrap();
    let text = std::fs::read_to_string(golden("gates/temperature.json")).unwrap();
    let changed = text
        .replacen("\"tau\": ", "\"tau\": 1", 1)
        .replacen("\"tau\":", "\"tau\":1", 1);
    assert_ne!(text, changed);
    std::fs::write(folder.path().join("other_name.json"), changed).unwrap();
    let outcomes = verify(folder.path(), &Device::flex()).unwrap();
    assert!(!outcomes[0].passed(), "{}", table(&outcomes));
}

#[test]
fn a_damaged_file_and_an_empty_folder_are_said() {
    let folder = tempfile::tempdir().unwrap();
    assert!(verify(folder.path(), &Device::flex()).is_err());
    std::fs::write(
        folder.path().join("cut.json"),
        "{\"name\": \"soft_topk\", \"cases\": [",
    )
    .unwrap();
    let outcomes = verify(folder.path(), &Device::flex()).unwrap();
    assert!(matches!(outcomes[0].verdict, Verdict::Unreadable(_)));
    assert!(table(&outcomes).contains("0 of 1 checks passed"));
}
