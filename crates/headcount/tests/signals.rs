//! A run or a sweep that is asked to stop saves what it has, and ends later with the bytes of one that was not.
#![cfg(unix)]
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    dead_code,
    reason = "helpers of tests fail like tests"
)]

mod common;

use std::fs;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use common::{headcount, read, run_folder};

/// Too long for a checkpoint to be due: what there is was written because of a signal.
const SETTINGS: &[&str] = &[
    "sweep.methods=[\"dense\", \"dsp-joint\"]",
    "sweep.seeds=[1]",
    "sweep.heads=[3]",
    "data.train_examples=600",
    "data.dev_examples=60",
    "train.updates=200",
    "train.checkpoint_every=1000000",
];

fn reproduce(out: &Path) -> Command {
    let mut command = headcount(&["reproduce", "mnli", "--device", "flex", "--jobs", "2", "--out"]);
    command.arg(out);
    for setting in SETTINGS {
        command.args(["--set", setting]);
    }
    command
}

/// Asks the process to stop, twice at once, when the metrics of a run have so many lines, and gives what it said.
fn stopped(mut child: Child, out: &Path, method: &str, lines: usize) -> Output {
    let began = Instant::now();
    let reached = || {
        out.join("runs").is_dir()
            && fs::read_dir(out.join("runs"))
                .unwrap()
                .map(|entry| entry.unwrap().path())
                .filter(|path| path.file_name().unwrap().to_string_lossy().starts_with(method))
                .any(|run| {
                    fs::read_to_string(run.join("metrics.csv")).is_ok_and(|text| text.lines().count() > lines)
                })
    };
    while !reached() {
        assert!(
            began.elapsed() < Duration::from_secs(120),
            "{method} does not get on"
        );
        assert!(
            child.try_wait().unwrap().is_none(),
            "ended before it was asked to"
        );
        std::thread::sleep(Duration::from_millis(2));
    }
    let ask = || {
        Command::new("kill")
            .args(["-s", "TERM", &child.id().to_string()])
            .status()
            .unwrap()
    };
    assert!(ask().success());
    // As `timeout` does; the process may be gone by now.
    ask();
    child.wait_with_output().unwrap()
}

fn start(mut command: Command) -> Child {
    command
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap()
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// Every file of a run that says what was computed.
fn assert_same(calm: &Path, other: &Path, method: &str) {
    for name in [
        "result.json",
        "metrics.csv",
        "model.safetensors",
        "predictions.matched.csv",
        "predictions.mismatched.csv",
    ] {
        let [one, two] = [calm, other].map(|out| fs::read(run_folder(out, method).join(name)).unwrap());
        assert!(one == two, "{method} {name}");
    }
}

#[test]
fn a_run_writes_a_checkpoint_when_it_is_asked_to_stop() {
    let folder = tempfile::tempdir().unwrap();
    let [calm, stopped_once] = ["calm", "stopped"].map(|name| folder.path().join(name));
    let output = reproduce(&calm).output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", said(&output));
    for method in ["dense", "dsp-joint"] {
        let run = run_folder(&calm, method);
        let id = run.file_name().unwrap().to_str().unwrap();
        let command = || {
            let mut command = headcount(&["run", "--device", "flex", "--id", id, "--out"]);
            command.arg(&stopped_once).arg(calm.join("experiment.toml"));
            command
        };
        let output = stopped(start(command()), &stopped_once, method, 20);
        assert_eq!(output.status.code(), Some(130), "{}", said(&output));
        assert!(
            said(&output).contains("hint: the same command goes on"),
            "{}",
            said(&output)
        );
        let run = run_folder(&stopped_once, method);
        assert!(run.join("checkpoint.safetensors").is_file());
        assert!(!run.join("failure.json").exists() && !run.join("result.json").exists());
        let output = command().output().unwrap();
        assert_eq!(output.status.code(), Some(0), "{}", said(&output));
        assert!(
            said(&output).contains("goes on from the checkpoint at update"),
            "{}",
            said(&output)
        );
        assert_same(&calm, &stopped_once, method);
    }
}

#[test]
fn a_sweep_has_its_runs_write_checkpoints_when_it_is_asked_to_stop() {
    let folder = tempfile::tempdir().unwrap();
    let [calm, stopped_once] = ["calm", "stopped"].map(|name| folder.path().join(name));
    let output = reproduce(&calm).output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", said(&output));
    let output = stopped(start(reproduce(&stopped_once)), &stopped_once, "dense", 20);
    assert_eq!(output.status.code(), Some(130), "{}", said(&output));
    assert!(said(&output).contains("goes on from here"), "{}", said(&output));
    assert!(
        run_folder(&stopped_once, "dense")
            .join("checkpoint.safetensors")
            .is_file()
    );
    let output = reproduce(&stopped_once).output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", said(&output));
    let log = read(&run_folder(&stopped_once, "dense").join("log.txt"));
    assert!(log.contains("goes on from the checkpoint at update"), "{log}");
    for method in ["dense", "dsp-joint"] {
        assert_same(&calm, &stopped_once, method);
    }
    assert_eq!(
        read(&calm.join("results.csv")),
        read(&stopped_once.join("results.csv"))
    );
}
