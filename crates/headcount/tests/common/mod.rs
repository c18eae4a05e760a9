//! The built program, and what it leaves in the folder of a sweep.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// The program with these arguments, on no terminal and with the threads that it chooses itself.
pub(crate) fn headcount(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_headcount"));
    command
        .args(arguments)
        .stdin(Stdio::null())
        // Nothing is downloaded that a test has not asked for.
        .env("HF_HUB_OFFLINE", "1")
        .env_remove("HEADCOUNT_DATA")
        .env_remove("RAYON_NUM_THREADS");
    command
}

/// A text.
pub(crate) fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// results.csv, a map from column to field for each line.
pub(crate) fn rows(out: &Path) -> Vec<BTreeMap<String, String>> {
    let text = read(&out.join("results.csv"));
    let mut lines = text.lines().map(|line| line.split(',').map(str::to_owned));
    let header: Vec<String> = lines.next().unwrap().collect();
    lines
        .map(|fields| header.iter().cloned().zip(fields).collect())
        .collect()
}

/// Folder of a run of a method.
pub(crate) fn run_folder(out: &Path, method: &str) -> PathBuf {
    let named = |path: &PathBuf| path.file_name().unwrap().to_string_lossy().starts_with(method);
    let folders = fs::read_dir(out.join("runs")).unwrap();
    folders.map(|entry| entry.unwrap().path()).find(named).unwrap()
}

/// Does the one run of a method of a finished sweep anew in another folder, in a process that is killed once its metrics
/// have so many lines and in one that goes on from its checkpoint.
pub(crate) fn killed_and_done_again(calm: &Path, killed: &Path, method: &str, lines: usize) {
    let run = run_folder(calm, method);
    let id = run.file_name().unwrap().to_str().unwrap();
    let run = || {
        let mut command = headcount(&["run", "--device", "flex", "--id", id, "--out"]);
        command.arg(killed).arg(calm.join("experiment.toml"));
        command
    };
    let mut child = run().stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    let metrics = killed.join("runs").join(id).join("metrics.csv");
    let began = Instant::now();
    let reached = || fs::read_to_string(&metrics).is_ok_and(|text| text.lines().count() > lines);
    while !reached() && began.elapsed() < Duration::from_secs(120) {
        std::thread::sleep(Duration::from_millis(2));
    }
    child.kill().unwrap();
    child.wait().unwrap();
    let output = run().output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(0), "{said}");
    assert!(said.contains("goes on from the checkpoint"), "{said}");
}
