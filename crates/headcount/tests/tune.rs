//! What `headcount tune` refuses before it does anything.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "helpers of tests fail like tests"
)]

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

#[test]
fn a_mistake_in_any_trial_is_told_before_the_first_is_done() {
    let folder = tempfile::tempdir().unwrap();
    let tune = |arguments: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_headcount"));
        command
            .args(["tune", "trials.toml", "--out", "out"])
            .args(arguments)
            .current_dir(folder.path())
            .output()
            .unwrap()
    };
    let said = |output: &Output| String::from_utf8_lossy(&output.stderr).into_owned();
    let experiment = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../experiments/mnli/demo.toml");
    let trials = |last: &str| {
        let text = format!(
            "experiment = '{}'\nseeds = [9]\nheads = [3]\n[[method]]\nname = 'random'\ntrials = [{{}}, {last}]\n",
            experiment.display()
        );
        fs::write(folder.path().join("trials.toml"), text).unwrap();
        tune(&[])
    };
    for (last, reason) in [
        ("{ 'random.drawz' = 3 }", "unknown key `random.drawz`"),
        ("{ 'random.draws' = 0 }", "`random.draws` is 0"),
    ] {
        let output = trials(last);
        assert_eq!(output.status.code(), Some(2), "{}", said(&output));
        assert!(said(&output).contains(reason), "{}", said(&output));
        assert!(!folder.path().join("out").exists());
    }
    let output = tune(&["--method", "randon"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(
        said(&output).contains("it has those of random"),
        "{}",
        said(&output)
    );
}
