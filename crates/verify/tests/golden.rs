//! The recordings in data/golden, recomputed.
#![allow(clippy::unwrap_used, reason = "helpers of tests fail like tests")]

use std::fs;
use std::path::{Path, PathBuf};

use burn::tensor::Device;
use models::TensorOptions;
use serde_json::{Value, json};
use verify::{Outcome, Sources, Verdict, table, verify, verify_with};

fn golden(set: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../data/golden")
        .join(set)
}

fn run(set: &str) -> Vec<Outcome> {
    verify(&golden(set), &TensorOptions::single(Device::flex())).unwrap()
}

#[test]
fn recordings_pass_without_fused_kernels_too() {
    let plain = TensorOptions::single(Device::flex()).plain();
    for set in ["bert", "mt"] {
        let outcomes = verify(&golden(set), &plain).unwrap();
        assert!(!outcomes.is_empty(), "{set}");
        assert!(!outcomes.iter().any(Outcome::failed), "{set}");
    }
}

type Change = fn(&mut Value);

/// What verifying says of a recorded training that was changed.
fn run_changed(name: &str, change: Change) -> Vec<Outcome> {
    let folder = tempfile::tempdir().unwrap();
    for file in [
        "model/config.json",
        "model/model.safetensors",
        "train/batches.safetensors",
        "train/dense_final.safetensors",
    ] {
        let copy = folder.path().join(file);
        fs::create_dir_all(copy.parent().unwrap()).unwrap();
        fs::copy(golden("bert").join(file), copy).unwrap();
    }
    let path = folder.path().join("train").join(name);
    write_changed(&golden("bert/train").join(name), &path, change);
    verify(&path, &TensorOptions::single(Device::flex())).unwrap()
}

fn write_changed(from: &Path, to: &Path, change: Change) {
    let mut recording: Value = serde_json::from_str(&fs::read_to_string(from).unwrap()).unwrap();
    change(&mut recording);
    fs::write(to, recording.to_string()).unwrap();
}

/// The recording of the published encoder, checked with the encoder in `folder`.
fn run_minilm(path: &Path, folder: Option<&Path>) -> Vec<Outcome> {
    let sources = Sources {
        minilm: folder.map(Path::to_owned),
        ..Sources::default()
    };
    verify_with(path, &TensorOptions::single(Device::flex()), &sources).unwrap()
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
        [
            "hard_concrete",
            "michel",
            "soft_topk",
            "ste",
            "temperature",
            "topk_mask"
        ],
        "{}",
        table(&outcomes)
    );
    assert_eq!(outcomes.len(), names.len(), "{}", table(&outcomes));
}

#[test]
fn forward_and_gradients_are_within_tolerance_in_both_precisions() {
    let outcomes = run("bert/forward");
    assert_eq!(outcomes.len(), 4);
    assert!(outcomes.iter().all(Outcome::passed), "{}", table(&outcomes));
}

#[test]
fn trainings_and_removal_are_within_tolerance_in_both_precisions() {
    for name in [
        "dense",
        "joint_dsp",
        "pipelined_dsp",
        "joint_ste",
        "joint_voita",
        "michel",
    ] {
        let outcomes = run(&format!("bert/train/{name}.json"));
        assert_eq!(outcomes.len(), 2, "{name}");
        assert!(outcomes.iter().all(Outcome::passed), "{}", table(&outcomes));
    }
}

#[test]
fn a_changed_number_of_a_training_or_a_removal_fails_in_both_precisions_and_is_named() {
    let changes: [(&str, &str, Change); 4] = [
        ("joint_ste.json", "final mask:", |file| {
            file["float64"]["final"]["mask"][0][0] = json!(1.0);
        }),
        ("joint_voita.json", "at update 3 penalty", |file| {
            file["float64"]["steps"][3]["penalty"] = json!(0.1);
        }),
        ("joint_voita.json", "final mask_top_k:", |file| {
            file["float64"]["final"]["mask_top_k"][0][0] = json!(1.0);
        }),
        ("michel.json", "round 1 pruned_flat:", |file| {
            let mut round = file["float64"]["rounds"][0].clone();
            round["pruned_flat"].as_array_mut().unwrap().reverse();
            file["float64"]["rounds"] = json!([round]);
        }),
    ];
    for (name, place, change) in changes {
        let outcomes = run_changed(name, change);
        let text = table(&outcomes);
        assert_eq!(outcomes.len(), 2, "{name}");
        assert!(outcomes.iter().all(Outcome::failed), "{text}");
        assert_eq!(text.matches(&format!("FAIL {place}")).count(), 2, "{text}");
    }
}

#[test]
fn translations_are_within_tolerance_in_both_precisions() {
    let outcomes = run("mt");
    assert!(outcomes.iter().all(Outcome::passed), "{}", table(&outcomes));
    let names: Vec<&str> = outcomes.iter().map(|outcome| outcome.what.as_str()).collect();
    assert_eq!(
        names,
        [
            "batching",
            "states float32",
            "gradients float32",
            "states float64",
            "gradients float64",
            "generation float32",
            "generation float64",
            "michel abs float32",
            "michel signed float32",
            "michel abs float64",
            "michel signed float64",
            "dense float32",
            "dense float64",
            "dsp_joint float32",
            "dsp_joint forced float32",
            "dsp_joint float64",
            "dsp_pipelined float32",
            "dsp_pipelined forced float32",
            "dsp_pipelined float64",
            "ste_joint float32",
            "ste_joint forced float32",
            "ste_joint float64",
            "voita float32",
            "voita float64",
        ],
        "{}",
        table(&outcomes)
    );
}

#[test]
fn a_changed_number_of_a_translation_fails_and_is_named() {
    let changes: [(&str, &str, usize, Change); 8] = [
        ("forward.json", "at hard ", 2, |file| {
            file["cases"]["hard"]["loss_sum"] = json!(192.49);
            file["cases"]["hard"]["loss_sum_f64"] = json!(192.49);
        }),
        ("traj_dense.json", "at update 3 loss", 2, |file| {
            file["steps"][3]["loss"] = json!(216.25);
            file["steps"][3]["loss_f64"] = json!(216.25);
        }),
        ("traj_ste_joint.json", "final_hard_mask:", 2, |file| {
            file["final_hard_mask"][0][0] = json!(1.0);
        }),
        ("traj_dsp_joint.json", "update 3 lr_w:", 3, |file| {
            file["steps"][3]["lr_w"] = json!(0.21);
        }),
        ("traj_voita.json", "at update 3 penalty", 2, |file| {
            file["steps"][3]["penalty"] = json!(47.4);
            file["steps"][3]["penalty_f64"] = json!(47.4);
        }),
        ("michel.json", "step 0 heads removed:", 2, |file| {
            file["variants"]["signed"]["heads_removed_per_step"][0] = json!([20, 17]);
        }),
        ("generate.json", "greedy sentence 2 rank 0 tokens:", 2, |file| {
            file["settings"]["greedy"]["hypotheses"][2][0]["tokens"][0] = json!(5);
        }),
        ("batching.json", "train_main batch 1:", 1, |file| {
            file["train_main"]["batches"][1].as_array_mut().unwrap().reverse();
        }),
    ];
    let folder = tempfile::tempdir().unwrap();
    for entry in fs::read_dir(golden("mt/m2x2")).unwrap() {
        let path = entry.unwrap().path();
        fs::copy(&path, folder.path().join(path.file_name().unwrap())).unwrap();
    }
    for (name, place, failures, change) in changes {
        let path = folder.path().join(name);
        write_changed(&golden("mt/m2x2").join(name), &path, change);
        let outcomes = verify(&path, &TensorOptions::single(Device::flex())).unwrap();
        let text = table(&outcomes);
        assert_eq!(text.matches(&format!("FAIL {place}")).count(), failures, "{text}");
        assert_eq!(
            outcomes.iter().filter(|outcome| outcome.failed()).count(),
            failures,
            "{text}"
        );
    }
}

#[test]
fn the_published_encoder_is_skipped_where_it_is_not_at_hand() {
    let outcomes = run_minilm(&golden("bert/real/minilm.json"), None);
    assert_eq!(outcomes.len(), 1);
    assert!(!outcomes[0].passed() && !outcomes[0].failed());
    let text = table(&outcomes);
    assert!(text.contains("skipped: needs"), "{text}");
    assert!(text.contains("set HEADCOUNT_MINILM"), "{text}");
    assert!(text.ends_with("0 of 1 checks passed, 1 skipped\n"), "{text}");
}

#[test]
fn another_encoder_than_the_recorded_one_and_a_folder_without_one_fail() {
    let folder = tempfile::tempdir().unwrap();
    let recording = folder.path().join("minilm.json");
    fs::copy(golden("bert/real/minilm.json"), &recording).unwrap();
    let named = folder.path().join("named");
    fs::create_dir(&named).unwrap();
    let outcomes = run_minilm(&recording, Some(&named));
    assert!(outcomes[0].failed());
    assert!(table(&outcomes).contains("named"), "{}", table(&outcomes));

    let beside = folder.path().join("minilm");
    fs::create_dir(&beside).unwrap();
    for file in ["model.safetensors", "config.json", "vocab.txt", "tokenizer.json"] {
        fs::write(beside.join(file), "{}").unwrap();
    }
    // The folder beside is found, and nothing of the model is taken for a recording.
    let outcomes = run_minilm(folder.path(), None);
    assert_eq!(outcomes.len(), 1, "{}", table(&outcomes));
    assert!(outcomes[0].failed());
    assert!(table(&outcomes).contains("has sha256"), "{}", table(&outcomes));
}

/// The encoder is 90 MB that are not part of the project: without it nothing is checked here.
#[test]
fn the_published_encoder_is_within_tolerance_and_a_changed_number_fails() {
    let Some(encoder) = Sources::from_environment().minilm else {
        println!("skipped: HEADCOUNT_MINILM is not set");
        return;
    };
    let recording = golden("bert/real/minilm.json");
    let outcomes = run_minilm(&recording, Some(&encoder));
    assert_eq!(outcomes.len(), 4, "{}", table(&outcomes));
    assert!(outcomes.iter().all(Outcome::passed), "{}", table(&outcomes));

    let folder = tempfile::tempdir().unwrap();
    let changed = folder.path().join("minilm.json");
    write_changed(&recording, &changed, |file| {
        let mut pair = file["pairs"][0].clone();
        pair["max_length_32"]["cls_first8"][0] = json!(-0.447);
        file["pairs"] = json!([pair]);
    });
    let outcomes = run_minilm(&changed, Some(&encoder));
    let failed: Vec<bool> = outcomes.iter().map(Outcome::failed).collect();
    assert_eq!(failed, [false, true, true, false], "{}", table(&outcomes));
}

#[test]
fn a_changed_number_fails() {
    let folder = tempfile::tempdir().unwrap();
    let text = fs::read_to_string(golden("gates/temperature.json")).unwrap();
    let changed = text
        .replacen("\"tau\": ", "\"tau\": 1", 1)
        .replacen("\"tau\":", "\"tau\":1", 1);
    assert_ne!(text, changed);
    fs::write(folder.path().join("other_name.json"), changed).unwrap();
    let outcomes = verify(folder.path(), &TensorOptions::single(Device::flex())).unwrap();
    assert!(!outcomes[0].passed(), "{}", table(&outcomes));
}

#[test]
fn a_damaged_file_and_an_empty_folder_are_said() {
    let folder = tempfile::tempdir().unwrap();
    assert!(verify(folder.path(), &TensorOptions::single(Device::flex())).is_err());
    fs::write(
        folder.path().join("cut.json"),
        "{\"name\": \"soft_topk\", \"cases\": [",
    )
    .unwrap();
    let outcomes = verify(folder.path(), &TensorOptions::single(Device::flex())).unwrap();
    assert!(matches!(outcomes[0].verdict, Verdict::Unreadable(_)));
    assert!(table(&outcomes).contains("0 of 1 checks passed"));
}
