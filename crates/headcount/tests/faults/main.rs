//! Whatever is done to the processes, the files and the disk of a sweep: the same command ends with the same bytes.
#![cfg(target_os = "linux")]
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "helpers of tests fail like tests"
)]

#[allow(dead_code, reason = "not every program of tests needs all of it")]
#[path = "../common/mod.rs"]
mod common;
mod damage;
mod disk;
mod kills;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use common::{headcount, read};

/// Two trainings from the start, one from the dense model, and what only looks at the dense model: seconds in all.
const SMALL: [&str; 11] = [
    "sweep.methods=[\"dense\", \"dsp-joint\", \"dsp-pipelined\", \"michel\", \"random\"]",
    "sweep.seeds=[1]",
    "sweep.heads=[3]",
    "random.draws=2",
    "michel.variants=[\"batch-abs\"]",
    "michel.batches=2",
    "data.train_examples=600",
    "data.dev_examples=60",
    "train.updates=120",
    "train.checkpoint_every=5",
    "pipelined.updates=60",
];
/// Runs of it, with the stage of `michel`.
const RUNS: usize = 6;

/// The command of the small sweep.
fn sweep(out: &Path, jobs: usize) -> Command {
    let mut command = headcount(&["reproduce", "mnli", "--device", "flex"]);
    for set in SMALL {
        command.args(["--set", set]);
    }
    command.args(["--jobs", &jobs.to_string(), "--out"]).arg(out);
    command
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// The same command once more, which must end well; what it said.
fn recovers(out: &Path) -> String {
    let output = sweep(out, 2).output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", said(&output));
    assert!(outcome(out) == calm().outcome, "the sweep ended with other bytes");
    said(&output)
}

/// What a sweep ends with: results.csv, and predictions and masks of every run.
type Outcome = BTreeMap<String, Vec<u8>>;

fn outcome(out: &Path) -> Outcome {
    let mut files = Outcome::from([(
        "results.csv".to_owned(),
        fs::read(out.join("results.csv")).unwrap(),
    )]);
    for run in fs::read_dir(out.join("runs")).unwrap() {
        let run = run.unwrap();
        for file in fs::read_dir(run.path()).unwrap() {
            let (name, path) = {
                let file = file.unwrap();
                (file.file_name().into_string().unwrap(), file.path())
            };
            if name.starts_with("predictions.") || name == "mask.json" {
                files.insert(
                    format!("{}/{name}", run.file_name().display()),
                    fs::read(path).unwrap(),
                );
            }
        }
    }
    files
}

/// Where the undisturbed sweep is, for a process of a test.
const CALM: &str = "HEADCOUNT_TEST_CALM";

/// An undisturbed sweep, one run at a time.
struct Calm {
    out: PathBuf,
    outcome: Outcome,
    wall: Duration,
}

fn calm() -> &'static Calm {
    static MADE: OnceLock<Calm> = OnceLock::new();
    MADE.get_or_init(|| {
        let given = std::env::var_os(CALM);
        let out = given.map_or_else(
            || Path::new(env!("CARGO_TARGET_TMPDIR")).join("calm"),
            PathBuf::from,
        );
        if std::env::var_os(CALM).is_none() && out.exists() {
            fs::remove_dir_all(&out).unwrap();
        }
        let start = Instant::now();
        let output = sweep(&out, 1).output().unwrap();
        assert_eq!(output.status.code(), Some(0), "{}", said(&output));
        let wall = start.elapsed();
        let outcome = outcome(&out);
        // Two splits each, and a mask where there is one: not for the draws of `random`.
        assert_eq!(outcome.len(), 1 + 5 * 2 + 4);
        let lines = read(&out.join("results.csv")).lines().count();
        // And two lines on each training of a gate.
        assert_eq!(lines, 1 + 2 * (4 + 2) + 2 * 2);
        Calm { out, outcome, wall }
    })
}

/// A copy of the undisturbed sweep, to be damaged.
fn copy_of_calm(to: &Path) {
    let status = Command::new("cp")
        .arg("-a")
        .arg(&calm().out)
        .arg(to)
        .status()
        .unwrap();
    assert!(status.success());
}
