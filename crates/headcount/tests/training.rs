//! Real trainings through the built program, as small as they can be.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "helpers of tests fail like tests"
)]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

/// A sweep of three runs that takes seconds.
const TINY: &[&str] = &[
    "reproduce",
    "mnli",
    "--set",
    "sweep.methods=[\"dense\", \"dsp-joint\", \"random\"]",
    "--set",
    "sweep.seeds=[1]",
    "--set",
    "sweep.heads=[3]",
    "--set",
    "random.draws=2",
    "--set",
    "data.train_examples=600",
    "--set",
    "data.dev_examples=60",
    "--set",
    "train.checkpoint_every=5",
];

fn headcount(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_headcount"));
    command
        .args(arguments)
        .stdin(Stdio::null())
        .env_remove("RAYON_NUM_THREADS");
    command
}

fn tiny(out: &Path, more: &[&str]) -> Output {
    headcount(TINY).args(more).arg("--out").arg(out).output().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn assert_code(output: &Output, code: i32) {
    assert_eq!(
        output.status.code(),
        Some(code),
        "{}\n{}",
        text(&output.stdout),
        text(&output.stderr)
    );
}

fn run_folder(out: &Path, method: &str) -> PathBuf {
    let named = |path: &PathBuf| path.file_name().unwrap().to_string_lossy().starts_with(method);
    fs::read_dir(out.join("runs"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .find(named)
        .unwrap()
}

#[test]
fn a_sweep_leaves_results_curves_a_figure_and_models() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path();
    let output = tiny(out, &["--set", "train.updates=10"]);
    assert_code(&output, 0);
    assert!(
        text(&output.stdout).contains("demo scale"),
        "the table must say that it is of a demo"
    );

    let results = read(&out.join("results.csv"));
    let rows: Vec<Vec<&str>> = results.lines().map(|line| line.split(',').collect()).collect();
    let column = |name: &str| rows[0].iter().position(|field| *field == name).unwrap();
    let of = |method: &str| rows.iter().filter(|row| row[column("method")] == method).count();
    // Two splits; random has two draws, and a gate tells of its training.
    assert_eq!((of("dense"), of("dsp-joint"), of("random")), (2, 4, 4));
    for row in rows[1..].iter().filter(|row| row[column("split")] != "training") {
        let value: f64 = row[column("value")].parse().unwrap();
        assert!((0.0..=1.0).contains(&value));
        let kept: u64 = row[column("k_actual")].parse().unwrap();
        let removed: u64 = row[column("params_before")].parse::<u64>().unwrap()
            - row[column("params_after")].parse::<u64>().unwrap();
        // A head of width 16 in a model of width 64: 4 * 64 * 16 + 3 * 16.
        assert_eq!(removed, (12 - kept) * 4144);
    }
    for file in [
        "curves.csv",
        "accuracy_vs_heads.png",
        "accuracy_vs_heads.svg",
        "provenance.csv",
    ] {
        assert!(fs::metadata(out.join(file)).unwrap().len() > 100, "{file}");
    }
    let provenance = read(&out.join("provenance.csv"));
    assert!(provenance.contains(",flex,burn-flex "), "{provenance}");
    let dsp = run_folder(out, "dsp-joint");
    for file in [
        "model.safetensors",
        "config.json",
        "vocab.txt",
        "metrics.csv",
        "gates.csv",
    ] {
        assert!(dsp.join(file).is_file(), "{file}");
    }
    assert_eq!(read(&dsp.join("metrics.csv")).lines().count(), 11);
    let mask: serde_json::Value = serde_json::from_str(&read(&dsp.join("mask.json"))).unwrap();
    let kept: u64 = mask["mask"]
        .as_array()
        .unwrap()
        .iter()
        .flat_map(|row| row.as_array().unwrap())
        .map(|flag| flag.as_u64().unwrap())
        .sum();
    assert_eq!(kept, 3);
    assert!(
        !dsp.join("checkpoint.safetensors").exists(),
        "a checkpoint stays after the result"
    );
}

#[test]
fn jobs_and_a_kill_in_the_middle_change_no_byte() {
    let folder = tempfile::tempdir().unwrap();
    let [calm, killed] = ["calm", "killed"].map(|name| folder.path().join(name));
    let updates = ["--set", "train.updates=60"];
    assert_code(&tiny(&calm, &[&updates[..], &["--jobs", "1"]].concat()), 0);

    let mut child = headcount(TINY)
        .args(updates)
        .args(["--jobs", "2", "--out"])
        .arg(&killed)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    // Killed once the joint run has a checkpoint, so that it has something to go on from.
    let began = Instant::now();
    let has_checkpoint = || {
        killed.join("runs").is_dir()
            && fs::read_dir(killed.join("runs"))
                .unwrap()
                .any(|entry| entry.unwrap().path().join("checkpoint.safetensors").exists())
    };
    while !has_checkpoint() && began.elapsed() < Duration::from_secs(60) {
        std::thread::sleep(Duration::from_millis(5));
    }
    child.kill().unwrap();
    child.wait().unwrap();
    // The children of a killed sweep end by themselves; the next start waits for their locks.
    assert_code(&tiny(&killed, &[&updates[..], &["--jobs", "2"]].concat()), 0);

    assert_eq!(read(&calm.join("results.csv")), read(&killed.join("results.csv")));
    for method in ["dense", "dsp-joint", "random"] {
        for split in ["matched", "mismatched"] {
            let file = format!("predictions.{split}.csv");
            let [one, other] = [&calm, &killed].map(|out| read(&run_folder(out, method).join(&file)));
            assert!(one == other, "{method} {split}");
        }
    }
    let [one, other] = [&calm, &killed].map(|out| read(&run_folder(out, "dsp-joint").join("metrics.csv")));
    assert_eq!(one, other);
}

#[test]
fn a_run_goes_on_from_its_checkpoint_and_repeats_a_damaged_one() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path();
    let updates = ["--set", "train.updates=40"];
    assert_code(&tiny(out, &updates), 0);
    let dense = run_folder(out, "dense");
    let id = dense.file_name().unwrap().to_string_lossy().into_owned();
    let (result, weights) = (
        read(&dense.join("result.json")),
        fs::read(dense.join("model.safetensors")).unwrap(),
    );
    let again = || {
        fs::remove_file(dense.join("result.json")).unwrap();
        let output = headcount(&["run"])
            .arg(out.join("experiment.toml"))
            .args(["--id", &id, "--out"])
            .arg(out)
            .output()
            .unwrap();
        assert_code(&output, 0);
        assert_eq!(read(&dense.join("result.json")), result);
        assert!(fs::read(dense.join("model.safetensors")).unwrap() == weights);
        text(&output.stderr)
    };
    // Killed in the middle: a checkpoint without a result.
    fs::remove_file(dense.join("result.json")).unwrap();
    let mut child = headcount(&["run"])
        .arg(out.join("experiment.toml"))
        .args(["--id", &id, "--out"])
        .arg(out)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let checkpoint = dense.join("checkpoint.safetensors");
    let began = Instant::now();
    while !checkpoint.exists() && began.elapsed() < Duration::from_secs(60) {
        std::thread::sleep(Duration::from_millis(2));
    }
    child.kill().unwrap();
    child.wait().unwrap();
    let kept = fs::read(&checkpoint).unwrap();
    fs::write(dense.join("result.json"), "{").unwrap();
    assert!(again().contains("goes on from the checkpoint at update"));

    let flipped = |position: usize| {
        let mut damaged = kept.clone();
        damaged[position] ^= 1;
        damaged
    };
    let cut = |length: usize| kept[..length].to_vec();
    let (middle, last) = (kept.len() / 2, kept.len() - 1);
    // The length of the header, the header, a number in the middle, the last byte; then what a full disk may leave.
    for bytes in [
        flipped(1),
        flipped(20),
        flipped(middle),
        flipped(last),
        cut(middle),
        cut(last),
        cut(5),
        cut(0),
    ] {
        fs::write(&checkpoint, bytes).unwrap();
        let said = again();
        assert!(said.contains("starts again at update 0"), "{said}");
    }
}

#[test]
fn a_temperature_that_never_cools_down_is_said_each_time() {
    let folder = tempfile::tempdir().unwrap();
    let more = [
        "--set",
        "train.updates=4",
        "--set",
        "dsp.cooldown_updates=1000",
        "--set",
        "dsp.waypoints=[]",
    ];
    for _ in 0..2 {
        let output = tiny(folder.path(), &more);
        assert_code(&output, 0);
        let stderr = text(&output.stderr);
        assert!(
            stderr.contains("warning: dsp-joint") && stderr.contains("a cooldown of 1000"),
            "{stderr}"
        );
    }
}

#[test]
fn verify_says_pass_with_0_and_anything_else_with_1() {
    let golden = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../data/golden");
    let verify = |path: &Path| {
        headcount(&["verify", "--device", "flex"])
            .arg(path)
            .output()
            .unwrap()
    };
    let passed = verify(&golden.join("gates/topk_mask.json"));
    assert_code(&passed, 0);
    assert!(text(&passed.stdout).ends_with("1 of 1 checks passed\n"));
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("other.jsonl"), "{}\n").unwrap();
    let later = verify(folder.path());
    assert_code(&later, 1);
    assert!(text(&later.stdout).contains("not yet supported"));
    assert_code(&verify(&golden.join("nowhere")), 2);
}

#[test]
fn bench_prints_the_parts_of_an_update() {
    let output = headcount(&[
        "bench",
        "step",
        "--updates",
        "3",
        "--device",
        "flex",
        "--format",
        "json",
        "--k",
        "6",
    ])
    .output()
    .unwrap();
    assert_code(&output, 0);
    let bench: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let total = bench["ms_per_update"].as_f64().unwrap();
    for part in ["data", "forward", "backward", "optimizer"] {
        let share = bench["parts"][part].as_f64().unwrap();
        assert!(share > 0.0 && share < total, "{part}: {bench}");
    }
    let gate = headcount(&["bench", "gate", "--format", "json"])
        .output()
        .unwrap();
    let gate: serde_json::Value = serde_json::from_slice(&gate.stdout).unwrap();
    assert!(gate["ms_sample_and_pullback"].as_f64().unwrap() > 0.0);
}
