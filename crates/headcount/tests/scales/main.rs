//! The scales `small` and `paper` of both tasks, as shipped but for sizes: every method, from the files that users bring
//! to results.csv, the figures, and every other file that the documentation promises.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "helpers of tests fail like tests"
)]

#[allow(dead_code, reason = "what is killed and done again is for other tests")]
#[path = "../common/mod.rs"]
mod common;
mod mnli;
mod packs;
mod promised;
#[path = "../supplies/mod.rs"]
mod supplies;
mod translation;

use std::path::Path;
use std::process::Output;

use common::headcount;

/// What all of the shipped files ask for.
const METHODS: [&str; 10] = [
    "dense",
    "dsp-joint",
    "dsp-pipelined",
    "ste-joint",
    "ste-pipelined",
    "voita",
    "voita-pipelined",
    "michel",
    "fisher",
    "random",
];

/// Names of the curves of a figure of all methods.
fn curves(variants: &[&str]) -> Vec<String> {
    let of = |method: &&'static str| -> Vec<String> {
        match *method {
            "michel" => variants
                .iter()
                .map(|variant| format!("michel ({variant})"))
                .collect(),
            "fisher" => vec!["fisher (per-example)".to_owned()],
            method => vec![method.to_owned()],
        }
    };
    METHODS.iter().flat_map(of).collect()
}

/// Runs a command of the documentation in `folder`, with values of the experiment replaced; it must end with 0.
fn done(folder: &Path, command: &str, set: &[&str]) -> Output {
    let mut program = headcount(&command.split_whitespace().collect::<Vec<_>>());
    for entry in set {
        program.args(["--set", entry]);
    }
    let output = program.current_dir(folder).output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{command}: {}", said(&output));
    output
}

/// What a command had to say on stderr.
fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// Trainings of two updates settle on nothing, and are warned of; no other warning is given but those that say `parts`.
fn only_warns_of(output: &Output, parts: &[&str]) {
    for line in said(output).lines().filter(|line| line.starts_with("warning: ")) {
        let expected = ["the last head kept and the first one dropped differ by "]
            .iter()
            .chain(parts);
        assert!(expected.into_iter().any(|part| line.contains(part)), "{line}");
    }
}
