//! What a user sees: help texts, tables and error messages, as files that are read before they change (CONTRIBUTING.md).

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "helpers of tests fail like tests"
)]

use std::fs;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use insta::assert_snapshot;

fn run(folder: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_headcount"));
    command
        .args(arguments)
        .current_dir(folder)
        .stdin(Stdio::null())
        .env("HF_HUB_OFFLINE", "1")
        .env_remove("HEADCOUNT_DATA");
    command.output().unwrap()
}

/// What a command prints, with its exit code, and the folder of the test called FOLDER.
fn said(folder: &Path, arguments: &[&str]) -> String {
    let output = run(folder, arguments);
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).replace(&folder.display().to_string(), "FOLDER");
    format!(
        "$ headcount {}\n{}{}exit code {}\n",
        arguments.join(" "),
        text(&output.stdout),
        text(&output.stderr),
        output.status.code().unwrap()
    )
}

#[test]
fn help_of_every_command() {
    let commands: [&[&str]; 31] = [
        &[],
        &["reproduce"],
        &["sweep"],
        &["sweep", "plan"],
        &["sweep", "run"],
        &["sweep", "status"],
        &["run"],
        &["report"],
        &["verify"],
        &["data"],
        &["data", "fetch"],
        &["data", "prepare"],
        &["data", "generate"],
        &["score"],
        &["score", "bleu"],
        &["text"],
        &["text", "tokenize"],
        &["text", "detokenize"],
        &["text", "bpe-learn"],
        &["text", "bpe-apply"],
        &["text", "wordpiece"],
        &["bench"],
        &["bench", "step"],
        &["bench", "gate"],
        &["bench", "decode"],
        &["bench", "predict"],
        &["bench", "latency"],
        &["prune"],
        &["predict"],
        &["translate"],
        &["compare"],
    ];
    let folder = tempfile::tempdir().unwrap();
    for command in commands {
        let arguments = [command, &["--help"]].concat();
        let name = format!("help {}", command.join(" ")).trim_end().replace(' ', "-");
        assert_snapshot!(name, said(folder.path(), &arguments));
    }
}

const EXPERIMENT: &str = "name = \"small\"\nscale = \"demo\"\n[model]\nlayers = 2\nheads = 2\nwidth = 8\nfeed_forward = 8\n\
                          positions = 128\n[train]\nupdates = 2\n[dsp]\ncooldown = 0.5\n[michel]\nheads_per_step = 1\n[sweep]\n\
                          methods = [\"dense\", \"dsp-joint\", \"michel\", \"random\"]\nheads = [1, 3]\nseeds = [1, 2]\n";

fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("x.toml"), EXPERIMENT).unwrap();
    folder
}

#[test]
fn tables_of_a_sweep_that_was_not_begun() {
    let folder = folder();
    for command in ["plan", "status"] {
        let text = said(folder.path(), &["sweep", command, "x.toml", "--jobs", "1"]);
        assert_snapshot!(format!("sweep-{command}"), text);
    }
    assert_snapshot!(
        "sweep-plan-dot",
        said(folder.path(), &["sweep", "plan", "x.toml", "--format", "dot"])
    );
}

#[test]
fn messages_about_what_cannot_be_used() {
    let folder = folder();
    let commands: [&[&str]; 20] = [
        &["sweep", "plan", "y.toml"],
        &["sweep", "plan", "."],
        &["sweep", "plan", "x.toml", "--set", "train.updtes=3"],
        &["sweep", "plan", "x.toml", "--set", "dsp.tau_strt=3"],
        &["sweep", "plan", "x.toml", "--set", "dsp.tau_start=warm"],
        &["sweep", "plan", "x.toml", "--set", "dsp.tau_start=-1"],
        &["sweep", "plan", "x.toml", "--set", "dsp=3"],
        &[
            "sweep",
            "plan",
            "x.toml",
            "--set",
            "sweep.methods=[\"dps-joint\"]",
        ],
        &["sweep", "plan", "x.toml", "--set", "sweep.heads=[9]"],
        &["sweep", "plan", "x.toml", "--set", "task=tranlation"],
        &["sweep", "plan", "x.toml", "--set", "generate.beam=3"],
        &["sweep", "plan", "x.toml", "--filter", "methd=dense"],
        &["run", "x.toml", "--id", "dense-s3"],
        &["run", "x.toml", "--id", "dense-s1-00000000", "--device", "abacus"],
        &["reproduce", "mnil"],
        &["report", "."],
        &["report", "nowhere"],
        &["verify", "nowhere"],
        &["score", "bleu", "--ref", "nowhere"],
        &["text", "bpe-apply", "--codes", "nowhere"],
    ];
    let said: Vec<String> = commands
        .iter()
        .map(|command| said(folder.path(), command))
        .collect();
    assert_snapshot!("messages", said.join("\n"));
}
