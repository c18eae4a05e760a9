//! The same bytes on a processor with other vectors: runs are done again by an emulator that has AVX2 alone.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "helpers of tests fail like tests"
)]

#[allow(dead_code, reason = "rows of results and killed runs are for other tests")]
mod common;

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use common::{headcount, read};

const EMULATOR: &str = "qemu-x86_64";

/// Fused multiply-add and AVX2, no AVX-512.
const PROCESSOR: &str = "EPYC-Rome";

fn has_emulator() -> bool {
    let help = Command::new(EMULATOR).args(["-cpu", "help"]).output();
    let known = help.is_ok_and(|help| String::from_utf8_lossy(&help.stdout).contains(PROCESSOR));
    if !known || !cfg!(target_arch = "x86_64") {
        eprintln!("skipped: no {EMULATOR} that knows {PROCESSOR}");
        return false;
    }
    true
}

/// Does every run of a short sweep here and in the emulator, and compares what they leave.
fn same_bytes(task: &str, set: &[&str]) {
    let folder = tempfile::tempdir().unwrap();
    let (here, there) = (folder.path().join("here"), folder.path().join("there"));
    let sweep = |out: &Path| {
        let mut program = headcount(&["reproduce", task, "--device", "flex", "--jobs", "1", "--out"]);
        program.arg(out);
        for entry in set {
            program.args(["--set", entry]);
        }
        let output = program.output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(0), "{said}");
        said
    };
    sweep(&here);
    // In the order in which they start from each other.
    let plan = read(&here.join("plan.json"));
    let mut ids: Vec<String> = fs::read_dir(here.join("runs"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    ids.sort_by_key(|id| plan.find(&format!("\"{id}\"")));
    for id in &ids {
        let status = Command::new(EMULATOR)
            .args(["-cpu", PROCESSOR, env!("CARGO_BIN_EXE_headcount"), "run"])
            .arg(here.join("experiment.toml"))
            .args(["--device", "flex", "--id", id, "--out"])
            .arg(&there)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status()
            .unwrap();
        assert!(status.success(), "{id}: {status}");
        for name in [
            "model.safetensors",
            "mask.json",
            "predictions.matched.csv",
            "predictions.test.csv",
        ] {
            let file = |out: &Path| fs::read(out.join("runs").join(id).join(name)).ok();
            assert!(file(&here) == file(&there), "{id}/{name}");
        }
    }
    // All are done: nothing is computed, the tables are written.
    let said = sweep(&there);
    assert!(!said.contains("] start "), "{said}");
    assert_eq!(read(&here.join("results.csv")), read(&there.join("results.csv")));
}

#[test]
fn of_inference() {
    if !has_emulator() {
        return;
    }
    same_bytes(
        "mnli",
        &[
            "sweep.methods=['dense', 'dsp-joint', 'simple-joint', 'voita', 'michel', 'fisher', 'dsp-pipelined']",
            "sweep.heads=[3]",
            "sweep.heads_of={}",
            "sweep.seeds=[1]",
            "voita.lambdas=[0.01]",
            "data.train_examples=300",
            "data.dev_examples=40",
            "train.updates=6",
            "pipelined.updates=2",
            "michel.batches=1",
            "fisher.batches=1",
        ],
    );
}

#[test]
fn of_translation() {
    if !has_emulator() {
        return;
    }
    same_bytes(
        "iwslt",
        &[
            "sweep.methods=['dense', 'dsp-joint', 'michel']",
            "sweep.heads=[3]",
            "sweep.heads_of={}",
            "sweep.seeds=[1]",
            "data.train_examples=300",
            "data.dev_examples=8",
            "data.test_examples=8",
            "train.updates=6",
            "michel.batches=1",
        ],
    );
}
