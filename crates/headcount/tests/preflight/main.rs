//! What is said before a sweep of scale small or paper starts.
#![cfg(unix)]
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "helpers of tests fail like tests"
)]

mod asked;
#[allow(dead_code, reason = "not every program of tests needs all of it")]
#[path = "../common/mod.rs"]
mod common;

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use common::headcount;

/// One layer of two heads, five kinds of steps.
const EXPERIMENT: &str = r#"
name = "own"
scale = "small"
[data]
source = "files"
dir = "data"
vocabulary = "vocab.txt"
max_length = 16
train = [{ path = "train.tsv" }]
[data.evaluate]
dev = [{ path = "train.tsv" }]
[model]
layers = 1
heads = 2
width = 8
feed_forward = 8
positions = 16
[train]
updates = 6
batch = 2
[select]
model = "best"
split = "dev"
every = 3
[dsp]
cooldown = 0.5
[michel]
variants = ["batch-abs", "example-abs"]
heads_per_step = 1
[random]
draws = 2
[sweep]
methods = ["dense", "dsp-joint", "dsp-pipelined", "michel", "random"]
heads = [1]
seeds = [1]
"#;

const SAID: &str = "measures what a run takes on this device";

struct Folder(tempfile::TempDir);

impl Folder {
    fn new() -> Self {
        let folder = Self(tempfile::tempdir().unwrap());
        fs::create_dir(folder.at("data")).unwrap();
        let vocabulary = "[PAD]\n[UNK]\n[CLS]\n[SEP]\na\ngood\nbad\nfilm\n";
        fs::write(folder.at("data/vocab.txt"), vocabulary).unwrap();
        let rows = "a good film\t1\na bad film\t0\n".repeat(10);
        fs::write(folder.at("data/train.tsv"), format!("sentence\tlabel\n{rows}")).unwrap();
        fs::write(folder.at("x.toml"), EXPERIMENT).unwrap();
        folder
    }

    fn at(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = headcount(arguments);
        command.current_dir(self.0.path());
        command
    }

    fn run(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().unwrap()
    }

    fn sweep(&self, out: &str, more: &[&str]) -> Output {
        let sweep = [
            "sweep", "run", "x.toml", "--device", "flex", "--jobs", "1", "--out", out,
        ];
        self.run(&[&sweep, more].concat())
    }
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

fn succeeded(output: &Output) -> String {
    assert_eq!(output.status.code(), Some(0), "{}", said(output));
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// The lines of the forecast.
fn forecast(output: &Output) -> BTreeMap<String, String> {
    let said = said(output);
    let lines = said
        .lines()
        .filter_map(|line| line.strip_prefix("  ")?.split_once("  "));
    lines
        .map(|(name, rest)| (name.trim().to_owned(), rest.trim().to_owned()))
        .collect()
}

/// What must not depend on what was said before.
fn bytes(out: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut files = vec![
        out.join("results.csv"),
        out.join("heads.csv"),
        out.join("curves.csv"),
    ];
    for run in fs::read_dir(out.join("runs")).unwrap() {
        for file in fs::read_dir(run.unwrap().path()).unwrap() {
            let file = file.unwrap().path();
            let name = file.file_name().unwrap().to_str().unwrap();
            if name.starts_with("predictions.") || ["result.json", "model.safetensors"].contains(&name) {
                files.push(file);
            }
        }
    }
    let read = |file: PathBuf| {
        (
            file.strip_prefix(out).unwrap().to_owned(),
            fs::read(&file).unwrap(),
        )
    };
    files.into_iter().map(read).collect()
}

#[test]
fn a_sweep_says_what_it_takes_and_computes_the_same_as_without() {
    let folder = Folder::new();
    let output = folder.sweep("said", &[]);
    succeeded(&output);
    let text = said(&output);
    assert!(
        text.find(SAID).unwrap() < text.find("0 of them done before").unwrap(),
        "{text}"
    );
    assert!(
        text.contains("\n8 runs are left; what they take, by ") && text.contains("measuring on flex with "),
        "{text}"
    );
    let lines = forecast(&output);
    for step in [
        "an update ",
        "with frozen weights ",
        "derivatives of a batch ",
        "derivatives of a batch's examples ",
        "an example evaluated ",
        "an example looked at ",
    ] {
        assert!(lines["steps"].contains(step), "{step} is not in {lines:?}");
    }
    assert!(lines["time"].contains("of work: ") && lines["time"].contains("steps times their number"));
    assert!(
        lines["memory"].contains(" a run") && lines["memory"].contains(" free"),
        "{lines:?}"
    );
    assert!(lines["disk"].contains("more while it trains; ") && lines["disk"].contains(" in all; "));
    // Nobody is asked who is not at a terminal.
    assert!(!text.contains("go on?"), "{text}");

    // The same runs one by one, of which nothing is said; then nothing is left to say anything of.
    let mut rounds = 0;
    loop {
        let plan = ["sweep", "plan", "x.toml", "--format", "ids", "--out", "silent"];
        let ids = succeeded(&folder.run(&plan));
        if ids.is_empty() {
            break;
        }
        rounds += 1;
        assert!(rounds < 5, "{ids}");
        for id in ids.lines() {
            let run = ["run", "x.toml", "--device", "flex", "--out", "silent", "--id", id];
            let output = folder.run(&run);
            succeeded(&output);
            assert!(!said(&output).contains(SAID));
        }
    }
    let output = folder.sweep("silent", &[]);
    succeeded(&output);
    assert!(
        !said(&output).contains("are left; what they take"),
        "{}",
        said(&output)
    );
    let (one, other) = (bytes(&folder.at("said")), bytes(&folder.at("silent")));
    assert!(
        one.keys().eq(other.keys()),
        "{:?}\n{:?}",
        one.keys(),
        other.keys()
    );
    for (name, content) in &one {
        assert!(*content == other[name], "{} differs", name.display());
    }
}

#[test]
fn half_a_sweep_is_judged_by_its_finished_runs() {
    let folder = Folder::new();
    succeeded(&folder.sweep("out", &[]));
    // Another seed of methods of which runs are done: nothing needs to be measured.
    let output = folder.sweep("out", &["--set", "sweep.seeds=[1, 2]"]);
    succeeded(&output);
    let text = said(&output);
    assert!(!text.contains(SAID), "{text}");
    assert!(
        text.contains("8 runs are left; what they take, by finished runs:"),
        "{text}"
    );
    let lines = forecast(&output);
    assert!(!lines.contains_key("steps"), "{lines:?}");
    assert!(
        lines["time"].contains("; the mean of finished runs of the same method"),
        "{lines:?}"
    );
    assert!(lines["memory"].contains("MiB a run"), "{lines:?}");
    // A method of which none is done: what only it does is measured.
    let methods = r#"sweep.methods=["dense", "ste-pipelined"]"#;
    let output = folder.sweep("out", &["--set", methods, "--set", "sweep.seeds=[1, 3]"]);
    succeeded(&output);
    assert!(said(&output).contains("3 runs are left"), "{}", said(&output));
    let lines = forecast(&output);
    assert!(
        lines["steps"].contains("with frozen weights") && !lines["steps"].contains("an update"),
        "{lines:?}"
    );
    assert!(
        lines["time"].contains("finished runs of a method where there are some"),
        "{lines:?}"
    );
}

#[test]
fn a_dry_run_says_what_needs_no_device_and_a_demo_nothing() {
    let folder = Folder::new();
    let output = folder.sweep("out", &["--dry-run"]);
    assert!(succeeded(&output).contains("8 runs: 8 pending"));
    let text = said(&output);
    assert!(
        text.starts_with("by the sizes of the model, about: memory ") && text.lines().count() == 1,
        "{text}"
    );
    assert!(!folder.at("out").exists());
    let output = folder.sweep("out", &["--dry-run", "--set", "scale=demo"]);
    assert_eq!(said(&output), "");
    let output = folder.sweep(
        "out",
        &["--set", "scale=demo", "--set", "sweep.methods=[\"dense\"]"],
    );
    succeeded(&output);
    assert!(!said(&output).contains("are left"), "{}", said(&output));
}

#[test]
fn nothing_is_measured_where_jobs_are_submitted() {
    let folder = Folder::new();
    fs::create_dir(folder.at("bin")).unwrap();
    for (name, text) in [
        ("sbatch", "echo 7"),
        ("scontrol", "echo 'MaxArraySize = 100'"),
        ("squeue", "true"),
    ] {
        let file = folder.at("bin").join(name);
        fs::write(&file, format!("#!/bin/sh\n{text}\n")).unwrap();
        fs::set_permissions(&file, fs::Permissions::from_mode(0o755)).unwrap();
    }
    let submit = |more: &[&str]| {
        let sweep = ["sweep", "run", "x.toml", "--launcher", "slurm", "--out", "out"];
        let mut command = folder.command(&[&sweep, more].concat());
        let output = command.env("PATH", folder.at("bin")).output().unwrap();
        succeeded(&output);
        said(&output)
    };
    let first = submit(&[]);
    assert!(!first.contains(SAID) && !first.contains("work left"), "{first}");
    // Once something is done, its time is known.
    succeeded(&folder.sweep("out", &["--set", "sweep.methods=[\"dense\"]"]));
    let second = submit(&[]);
    assert!(
        !second.contains(SAID)
            && second.contains("of work left")
            && second.contains("by the runs that are done"),
        "{second}"
    );
}
