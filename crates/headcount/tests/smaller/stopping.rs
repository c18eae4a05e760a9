//! `prune` that is asked to end while it scores, trains and writes.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use super::pruning::refused;
use super::sweeps::{Sweep, corpus};
use super::{Said, command, ended};

/// Words that have the last of its steps take long: times are measured anew and anew.
const LONG: [&str; 2] = ["--repeats", "65535"];

pub(crate) fn pruning(model: &Path, out: &Path, words: &[&str]) -> Command {
    command(
        &[&["prune", "--device", "flex"], words].concat(),
        &[("", model), ("--out", out)],
    )
}

pub(crate) fn begun(mut command: Command) -> Child {
    command
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap()
}

/// Waits until it has come so far.
pub(crate) fn wait(child: &mut Child, reached: impl Fn() -> bool) {
    let began = Instant::now();
    while !reached() {
        assert!(began.elapsed() < Duration::from_secs(120), "it does not get on");
        if let Some(status) = child.try_wait().unwrap() {
            panic!("it ended before it was asked to: {status}");
        }
        std::thread::sleep(Duration::from_millis(2));
    }
}

/// Asks it to stop once it has come so far; what it said, in which one line is of that.
fn stopped(mut child: Child, reached: impl Fn() -> bool) -> Said {
    wait(&mut child, reached);
    let asked = Command::new("kill")
        .args(["-s", "INT", &child.id().to_string()])
        .status();
    assert!(asked.unwrap().success());
    let said = ended(&child.wait_with_output().unwrap(), 130);
    let of_that = said.err.lines().filter(|line| line.contains("interrupted"));
    assert_eq!(of_that.count(), 1, "{}", said.err);
    assert!(!said.err.contains("error:"), "{}", said.err);
    said
}

/// Folders that are being written, at any depth.
pub(crate) fn drafts(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(folder) else {
        return Vec::new();
    };
    let folders = entries
        .flatten()
        .map(|entry| entry.path())
        .filter(|path| path.is_dir());
    let mut found = Vec::new();
    for path in folders {
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        match name.starts_with(".writing-") {
            true => found.push(path),
            false => found.extend(drafts(&path)),
        }
    }
    found
}

pub(crate) fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).unwrap();
    let mut names: Vec<String> = entries
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

/// Lines of the metrics of a run of this method, once there are any.
fn metrics(runs: &Path, method: &str) -> usize {
    let entries = fs::read_dir(runs).into_iter().flatten().flatten();
    let files = entries
        .filter(|entry| entry.file_name().to_string_lossy().starts_with(method))
        .map(|entry| entry.path().join("metrics.csv"));
    let texts = files.flat_map(fs::read_to_string);
    texts.map(|text| text.lines().count()).sum()
}

#[test]
fn asked_to_stop_while_it_scores_or_trains_it_says_that_the_same_command_goes_on() {
    let run = Sweep::of_classifiers().run("dense");
    let folder = tempfile::tempdir().unwrap();
    let [out, train] = ["out", "train.jsonl"].map(|name| folder.path().join(name));
    fs::write(&train, corpus("train")).unwrap();
    let data = train.to_str().unwrap();
    let words = ["--method", "shapley", "--k", "4", "--data", data];
    let long = [&words[..], &["--set", "shapley.permutations=1000000"]].concat();
    let scoring = || folder.path().join("out.work/choice/runs").is_dir();
    let said = stopped(begun(pruning(&run, &out, &long)), scoring);
    assert!(
        said.err.contains("the same command goes on") && said.err.contains("out.work"),
        "{}",
        said.err
    );
    assert!(!out.exists());

    let short = [
        &words[..],
        &[
            "--set",
            "shapley.permutations=1",
            "--finetune",
            "40",
            "--repeats",
            "1",
        ],
    ]
    .concat();
    let runs = folder.path().join("out.work/finetuned/runs");
    let training = || metrics(&runs, "scores-finetuned") > 5;
    let said = stopped(begun(pruning(&run, &out, &short)), training);
    assert!(said.err.contains("the same command goes on"), "{}", said.err);
    assert!(!out.exists());
    let said = ended(&pruning(&run, &out, &short).output().unwrap(), 0);
    assert!(
        said.err.contains("goes on from the checkpoint at update"),
        "{}",
        said.err
    );
    assert_eq!(names(folder.path()), ["out", "train.jsonl"]);
}

#[test]
fn asked_to_stop_while_it_writes_it_leaves_nothing_and_says_so() {
    let run = Sweep::of_classifiers().run("dsp-joint");
    let folder = tempfile::tempdir().unwrap();
    let writing = || !drafts(folder.path()).is_empty();
    let child = begun(pruning(&run, &folder.path().join("out"), &LONG));
    let said = stopped(child, writing);
    assert!(said.err.contains("nothing was written"), "{}", said.err);
    assert!(names(folder.path()).is_empty(), "{:?}", names(folder.path()));
}

#[test]
fn one_command_at_a_time_writes_to_a_folder_and_what_a_killed_one_left_is_removed() {
    let run = Sweep::of_classifiers().run("dsp-joint");
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("out");
    let writing = || !drafts(folder.path()).is_empty();
    let mut first = begun(pruning(&run, &out, &LONG));
    wait(&mut first, writing);
    let said = refused(&run, &out, &LONG);
    assert!(
        said.contains("is being written by another `headcount prune`")
            && said.contains(&first.id().to_string()),
        "{said}"
    );
    assert!(writing(), "what the first has begun is there");
    first.kill().unwrap();
    first.wait().unwrap();
    assert_eq!(names(folder.path()), ["out.work"]);
    ended(&pruning(&run, &out, &["--repeats", "1"]).output().unwrap(), 0);
    assert_eq!(names(folder.path()), ["out"]);
}

#[test]
fn a_folder_is_written_however_it_is_called_but_for_the_working_one() {
    let run = Sweep::of_classifiers().run("dsp-joint");
    let folder = tempfile::tempdir().unwrap();
    let inside = folder.path().join("inside");
    fs::create_dir(&inside).unwrap();
    for out in [".", "../inside"] {
        let mut command = pruning(&run, Path::new(out), &LONG);
        let said = ended(&command.current_dir(&inside).output().unwrap(), 2);
        assert!(said.err.contains("is the working folder"), "{}", said.err);
    }
    let mut command = pruning(&run, Path::new("inside/."), &["--repeats", "1"]);
    ended(&command.current_dir(folder.path()).output().unwrap(), 0);
    assert_eq!(names(folder.path()), ["inside"]);
    assert!(inside.join("certificate.json").is_file());
}
