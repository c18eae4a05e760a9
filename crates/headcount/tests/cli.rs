//! The command line from the outside: exit codes, what goes to stdout and what to stderr.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "helpers of tests fail like tests"
)]

use std::fs;
use std::path::Path;
use std::process::{Command, Output, Stdio};

const EXPERIMENT: &str = "name = 'small'\n[dsp]\ncooldown = 0.5\n[sweep]\nheads = [1, 72]\nseeds = [1, 2]\n";

/// In an empty folder that holds `x.toml`.
struct Folder(tempfile::TempDir);

impl Folder {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("x.toml"), EXPERIMENT).unwrap();
        Self(folder)
    }

    fn path(&self) -> &Path {
        self.0.path()
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_headcount"));
        command
            .args(arguments)
            .current_dir(self.path())
            .stdin(Stdio::null());
        command
    }

    fn headcount(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().unwrap()
    }
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

#[test]
fn a_dry_run_lists_every_run_and_writes_nothing() {
    let folder = Folder::new();
    let output = folder.headcount(&["reproduce", "mnli", "--scale", "demo", "--dry-run"]);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    let stdout = text(&output.stdout);
    let lines: Vec<&str> = stdout.lines().collect();
    // For each seed: dense, five K of five methods, three K of one, 3 + 4 factors, 3 importances in 5 K with the order
    // of each, and one order more.
    let runs = 3 * (1 + 5 * 5 + 3 + 3 + 4 + 3 * (5 + 1) + 1);
    assert_eq!(lines.len(), 1 + runs + 1);
    assert_eq!(lines[runs + 1], format!("{runs} runs: {runs} pending"));
    assert!(
        lines[1].starts_with("dense-s1-") && lines[1].ends_with(" pending"),
        "{}",
        lines[1]
    );
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
}

#[test]
fn plans_are_data() {
    let folder = Folder::new();
    let arguments = [
        "sweep",
        "plan",
        "x.toml",
        "--format",
        "json",
        "--filter",
        "method=random,k=72",
        "--out",
        "there",
    ];
    let output = folder.headcount(&arguments);
    let plan: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(
        (plan["experiment"].as_str(), plan["out"].as_str()),
        (Some("small"), Some("there"))
    );
    assert_eq!(plan["counts"]["pending"], 4);
    let runs = plan["runs"].as_array().unwrap();
    assert_eq!(runs.len(), 4);
    assert_eq!(runs[2]["starts_from"], runs[0]["id"]);
    assert!(runs[2]["id"].as_str().unwrap().starts_with("random-k072-s1-"));
}

#[test]
fn status_counts_by_method_and_tells_what_failed() {
    let folder = Folder::new();
    let plan = folder.headcount(&["sweep", "plan", "x.toml", "--format", "json"]);
    let plan: serde_json::Value = serde_json::from_slice(&plan.stdout).unwrap();
    let dense = &plan["runs"][0];
    let run = folder
        .path()
        .join("results/small/runs")
        .join(dense["id"].as_str().unwrap());
    fs::create_dir_all(&run).unwrap();
    let failure = serde_json::json!({ "key": dense["key"], "error": "no space left", "hint": null });
    fs::write(run.join("failure.json"), failure.to_string()).unwrap();
    let output = folder.headcount(&["sweep", "status", "x.toml"]);
    let expected = format!(
        "dense            2 runs: 1 pending, 1 failed\ndsp-joint        4 runs: 4 pending\n\
         random           4 runs: 2 pending, 2 blocked\nall              10 runs: 7 pending, 1 failed, 2 blocked\n\
         failed {}: no space left\n",
        dense["id"].as_str().unwrap()
    );
    assert_eq!(text(&output.stdout), expected);
}

#[test]
fn mistakes_end_with_2_an_error_and_a_hint() {
    let folder = Folder::new();
    let cases: [(&[&str], &str, &str); 9] = [
        (
            &["reproduce", "iwslt", "--scale", "paper"],
            "experiments/iwslt/paper.toml: `data.archive` is missing",
            "--set data.archive=FILE",
        ),
        (
            &["reproduce", "mnli", "--scale", "paper"],
            "experiments/mnli/paper.toml: `data.vocabulary` is missing",
            "--set model.weights=FOLDER",
        ),
        (&["reproduce", "mnil"], "`mnil` is neither", "mnli and iwslt"),
        (
            &["reproduce", "x.toml", "--scale", "demo"],
            "--scale chooses among",
            "leave out --scale",
        ),
        (
            &["sweep", "run", "y.toml"],
            "cannot read y.toml",
            "check the path",
        ),
        (
            &["sweep", "plan", "x.toml", "--set", "sweep.seed=[1]"],
            "unknown key `sweep.seed`",
            "`sweep.seeds`",
        ),
        (
            &["sweep", "plan", "x.toml", "--filter", "K=1"],
            "unknown key `K`, did you mean `k`?",
            "--filter method=",
        ),
        (
            &["run", "x.toml", "--id", "dense-s1-00000000"],
            "no run `dense-s1-00000000`",
            "did you mean `dense-s1-",
        ),
        (&["report", "."], "results.csv", "headcount sweep run"),
    ];
    for (arguments, error, hint) in cases {
        let output = folder.headcount(arguments);
        let stderr = text(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {stderr}");
        let lines: Vec<&str> = stderr.lines().collect();
        assert_eq!(lines.len(), 2, "{arguments:?}: {stderr}");
        assert!(
            lines[0].starts_with("error: ") && lines[0].contains(error),
            "{arguments:?}: {stderr}"
        );
        assert!(
            lines[1].starts_with("hint: ") && lines[1].contains(hint),
            "{arguments:?}: {stderr}"
        );
        assert!(output.stdout.is_empty());
    }
}

#[test]
fn wrong_usage_ends_with_2_and_help_with_0() {
    let folder = Folder::new();
    for arguments in [
        &["reproduce"][..],
        &["sweep", "plan"],
        &["frobnicate"],
        &["reproduce", "mnli", "--set", "x"],
    ] {
        assert_eq!(
            folder.headcount(arguments).status.code(),
            Some(2),
            "{arguments:?}"
        );
    }
    let help = folder.headcount(&["sweep", "run", "--help"]);
    assert_eq!(help.status.code(), Some(0));
    assert!(text(&help.stdout).contains("--retry-failed"));
}

#[test]
fn a_reader_that_leaves_early_is_no_error() {
    let folder = Folder::new();
    let arguments = [
        "sweep",
        "plan",
        "x.toml",
        "--set",
        "sweep.seeds=[1,2,3,4,5,6,7,8,9]",
    ];
    let mut child = folder
        .command(&arguments)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert_eq!(
        (output.status.code(), text(&output.stderr).as_str()),
        (Some(0), "")
    );
}
