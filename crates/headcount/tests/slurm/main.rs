//! A demo sweep through a real SLURM on this machine: the same bytes as without it.
#![cfg(target_os = "linux")]
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "helpers of tests fail like tests"
)]

mod cluster;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::Mutex;
use std::time::Duration;

use cluster::{Cluster, wait_for};

/// One cluster at a time: a node takes all cores.
static ONE: Mutex<()> = Mutex::new(());

const SWEEP: [&str; 6] = [
    "sweep.seeds=[1]",
    "sweep.heads=[3]",
    "random.draws=2",
    "data.train_examples=600",
    "data.dev_examples=60",
    "michel.batches=2",
];

fn headcount(mut command: Command, out: &Path, sets: &[&str], more: &[&str]) -> Output {
    command
        .args(["reproduce", "mnli", "--device", "flex", "--out"])
        .arg(out);
    for set in SWEEP.iter().chain(sets) {
        command.args(["--set", set]);
    }
    let output = command.args(more).output().unwrap();
    assert!(output.status.success(), "{}", text(&output.stderr));
    output
}

fn program() -> &'static str {
    env!("CARGO_BIN_EXE_headcount")
}

/// The sweep on one job of this machine, without SLURM.
fn calm(out: &Path, sets: &[&str]) {
    let mut command = Command::new(program());
    command.env_remove("RAYON_NUM_THREADS");
    headcount(command, out, sets, &["--jobs", "1"]);
}

fn submit(cluster: &Cluster, out: &Path, sets: &[&str], more: &[&str]) -> Output {
    let more = [&["--launcher", "slurm"], more].concat();
    headcount(cluster.command(program()), out, sets, &more)
}

fn status(cluster: &Cluster, out: &Path) -> serde_json::Value {
    let mut command = cluster.command(program());
    command
        .args(["sweep", "status", "--format", "json", "--out"])
        .arg(out);
    let output = command.arg(out.join("experiment.toml")).output().unwrap();
    serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{error}: {}", text(&output.stderr)))
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// What must not depend on who started the runs.
fn bytes(out: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut files = vec![out.join("results.csv"), out.join("heads.csv")];
    for run in fs::read_dir(out.join("runs")).unwrap() {
        for file in fs::read_dir(run.unwrap().path()).unwrap() {
            let file = file.unwrap().path();
            let name = file.file_name().unwrap().to_str().unwrap();
            if name.starts_with("predictions.") || name == "result.json" || name == "model.safetensors" {
                files.push(file);
            }
        }
    }
    let read = |file: PathBuf| {
        let name = file.strip_prefix(out).unwrap().to_owned();
        let bytes = fs::read(&file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
        (name, bytes)
    };
    files.into_iter().map(read).collect()
}

fn assert_same(calm: &Path, other: &Path) {
    let (calm, other) = (bytes(calm), bytes(other));
    assert!(
        calm.keys().eq(other.keys()),
        "{:?}\n{:?}",
        calm.keys(),
        other.keys()
    );
    for (name, bytes) in &calm {
        assert!(*bytes == other[name], "{} differs", name.display());
    }
}

fn logs(out: &Path) -> String {
    let entries = fs::read_dir(out.join("slurm/logs")).unwrap();
    entries
        .map(|entry| fs::read_to_string(entry.unwrap().path()).unwrap())
        .collect()
}

#[test]
fn a_sweep_through_slurm_gives_the_same_bytes() {
    let _one = ONE.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
    let Some(cluster) = Cluster::start() else { return };
    let folder = tempfile::tempdir().unwrap();
    let (local, slurm) = (folder.path().join("local"), folder.path().join("it's 100% slurm"));
    let sets = [
        r#"sweep.methods=["dense", "dsp-joint", "dsp-pipelined", "michel", "random"]"#,
        r#"michel.variants=["batch-abs", "example-abs", "signed"]"#,
        "train.updates=20",
    ];
    let output = submit(&cluster, &slurm, &sets, &[]);
    let submitted = text(&output.stdout);
    let jobs: Vec<Vec<&str>> = submitted.lines().map(|line| line.split(' ').collect()).collect();
    // Dense and joint; pipelined, random and three orders; what starts from the orders: two elements an array.
    let sizes: Vec<Option<&str>> = jobs.iter().map(|job| job.get(2).copied()).collect();
    assert_eq!(
        sizes,
        [
            Some("2"),
            Some("2"),
            Some("2"),
            Some("1"),
            Some("2"),
            Some("1"),
            None
        ],
        "{submitted}"
    );
    // What is in the queue is not submitted a second time.
    let again = submit(&cluster, &slurm, &sets, &[]);
    assert_eq!(text(&again.stdout), "");
    let now = status(&cluster, &slurm);
    assert!(now["counts"]["queued"].as_u64().unwrap() > 0, "{now}");
    cluster.wait_for_all();

    let now = status(&cluster, &slurm);
    assert_eq!(
        now["counts"]["done"].as_u64().unwrap(),
        10,
        "{now}\n{}",
        logs(&slurm)
    );
    assert!(slurm.join("accuracy_vs_heads.png").is_file(), "{}", logs(&slurm));
    calm(&local, &sets);
    assert_same(&local, &slurm);
    // Nothing is left: the table is printed here.
    let last = submit(&cluster, &slurm, &sets, &[]);
    assert!(text(&last.stdout).contains("dsp-joint"), "{}", text(&last.stdout));
}

/// The element in which the dense model is trained, once that has a checkpoint of its own and was taken up so many times.
fn at_work(cluster: &Cluster, out: &Path, restarts: usize) -> Option<String> {
    let folder = dense(out)?;
    let log = fs::read_to_string(folder.join("log.txt")).ok()?;
    if !folder.join("checkpoint.safetensors").exists() || taken_up(&log) != restarts {
        return None;
    }
    let now = status(cluster, out);
    let run = now["runs"]
        .as_array()?
        .iter()
        .find(|run| run["method"] == "dense")?;
    assert_ne!(run["state"], "done", "too short a training to interrupt it");
    run["queue"]["job"].as_str().map(str::to_owned)
}

fn taken_up(log: &str) -> usize {
    log.matches("goes on from the checkpoint at update").count()
}

fn dense(out: &Path) -> Option<PathBuf> {
    let is_dense = |path: &PathBuf| path.file_name().unwrap().to_str().unwrap().starts_with("dense");
    let runs = fs::read_dir(out.join("runs")).ok()?;
    runs.map(|run| run.unwrap().path()).find(is_dense)
}

#[test]
fn a_requeued_run_goes_on_to_the_same_bytes() {
    let _one = ONE.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
    let Some(cluster) = Cluster::start() else { return };
    let folder = tempfile::tempdir().unwrap();
    let (local, slurm) = (folder.path().join("local"), folder.path().join("slurm"));
    let sets = [
        r#"sweep.methods=["dense", "random"]"#,
        "train.updates=1500",
        "train.checkpoint_every=50",
    ];
    submit(&cluster, &slurm, &sets, &["--jobs", "1"]);
    // Put back into the queue by an administrator, then by itself when SLURM says that the time is nearly up.
    let orders: [(&str, &[&str]); 2] = [
        ("scontrol", &["requeue"]),
        ("scancel", &["--batch", "--signal=USR1"]),
    ];
    for (restarts, (program, arguments)) in (0..).zip(orders) {
        let job = wait_for(Duration::from_secs(120), || at_work(&cluster, &slurm, restarts));
        let job = job.unwrap_or_else(|| panic!("not at work after {restarts} restarts: {}", logs(&slurm)));
        assert!(
            cluster.said(program, &[arguments, &[&job]].concat()).is_some(),
            "{program} {job}"
        );
    }
    cluster.wait_for_all();
    let said = fs::read_to_string(dense(&slurm).unwrap().join("log.txt")).unwrap();
    assert_eq!(taken_up(&said), 2, "{said}\n{}", logs(&slurm));
    assert!(logs(&slurm).contains("restart 2;"), "{}", logs(&slurm));
    calm(&local, &sets);
    assert_same(&local, &slurm);
}
