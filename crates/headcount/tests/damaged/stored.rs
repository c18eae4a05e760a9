//! What a sweep has stored: experiments, results, logs, masks, predictions, weights, checkpoints, caches and reports.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use damage::{Files, files_of};

use crate::program::{commands, run};
use crate::{campaign, fixtures};

/// Every kind of method, and every kind of file that one leaves.
const METHODS: &str = "sweep.methods=[\"dense\", \"dsp-joint\", \"voita\", \"michel\", \"random\"]";

/// A finished sweep without its pictures, which nobody reads.
fn finished(files: &Files, more: &[&str]) -> Files {
    let arguments = [&["reproduce", "x.toml", "--out", "out", "--jobs", "1"][..], more].concat();
    let mut files = fixtures::after(files, &arguments);
    files.retain(|name, _| !(name.ends_with(".png") || name.ends_with(".svg")));
    files
}

fn reads(folder: &Path) -> Result<(), String> {
    commands(
        folder,
        &[
            "sweep plan out/experiment.toml --out out --format json",
            "sweep status out/experiment.toml --out out --format json",
            "report out",
            "reproduce out/experiment.toml --out out --jobs 1 --set train.updates=2",
        ],
    )
}

#[test]
fn sweeps() {
    let files = finished(
        &fixtures::classification(),
        &[
            "--set",
            METHODS,
            "--set",
            "michel.batches=1",
            "--set",
            "voita.lambdas=[0.1]",
        ],
    );
    campaign("sweeps", &files, &["out"], 30).run(reads);
}

#[test]
fn sweeps_of_translation() {
    let files = finished(
        &fixtures::translation(),
        &["--set", "sweep.methods=[\"dense\", \"dsp-joint\"]"],
    );
    campaign("translation-sweeps", &files, &["out"], 15).run(reads);
}

/// What runs leave for the ones that start from them, read where those are done again.
#[test]
fn bases() {
    let sets = [
        "--set",
        "sweep.methods=[\"dense\", \"dsp-pipelined\", \"random\"]",
    ];
    let mut files = finished(&fixtures::classification(), &sets);
    let run = fixtures::run_of(&files, "dsp-pipelined");
    files.retain(|name, _| !name.starts_with(&run) && !name.contains("/random-"));
    let base = fixtures::run_of(&files, "dense");
    campaign("bases", &files, &[&base], 30).run(|folder| {
        commands(
            folder,
            &["reproduce out/experiment.toml --out out --jobs 1 --set train.updates=2"],
        )
    });
}

/// A run that was interrupted, with its checkpoint.
#[test]
fn checkpoints() {
    let (files, id) = interrupted();
    let run_folder = format!("out/runs/{id}/");
    campaign("checkpoints", &files, &[&run_folder], 15)
        .run(|folder| run(folder, &["run", "x.toml", "--out", "out", "--id", &id], None).map(drop));
}

/// Begins a run that chooses its model on a dev set, and stops it once it has a checkpoint.
fn interrupted() -> (Files, String) {
    let folder = tempfile::tempdir().unwrap();
    for (name, bytes) in fixtures::classification() {
        fs::write(folder.path().join(name), bytes).unwrap();
    }
    let text = fixtures::CLASSIFICATION
        .replace("updates = 2", "updates = 300")
        .replace("checkpoint_every = 1", "checkpoint_every = 20")
        .replace(
            "[dsp]",
            "[select]\nmodel = \"best\"\nsplit = \"dev\"\nevery = 20\nmethods = [\"dense\"]\n[dsp]",
        );
    fs::write(folder.path().join("x.toml"), text).unwrap();
    let headcount = || {
        let mut command = Command::new(env!("CARGO_BIN_EXE_headcount"));
        command.current_dir(folder.path()).stdin(Stdio::null());
        command
    };
    let ready = headcount()
        .args(["sweep", "plan", "x.toml", "--format", "ids"])
        .output()
        .unwrap();
    let id = String::from_utf8(ready.stdout).unwrap().trim().to_owned();
    let mut child = headcount()
        .args(["run", "x.toml", "--out", "out", "--id", &id])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let run = folder.path().join("out/runs").join(&id);
    let begun = Instant::now();
    let has_checkpoint = || run.join("checkpoint.safetensors").exists();
    while !has_checkpoint() && begun.elapsed() < Duration::from_secs(60) {
        std::thread::sleep(Duration::from_millis(1));
    }
    Command::new("kill").arg(child.id().to_string()).status().unwrap();
    child.wait().unwrap();
    assert!(has_checkpoint(), "the run left no checkpoint");
    (files_of(folder.path()).unwrap(), id)
}

/// Files of a report that are read again, in a folder without runs.
#[test]
fn reports() {
    let mut files = finished(
        &fixtures::classification(),
        &["--set", METHODS, "--set", "voita.lambdas=[0.1]"],
    );
    let kept: BTreeSet<&str> = ["out/results.csv", "out/heads.csv", "out/report.toml"].into();
    files.retain(|name, _| kept.contains(name.as_str()));
    assert_eq!(files.len(), kept.len());
    campaign("reports", &files, &[], 30).run(|folder| commands(folder, &["report out"]));
}
