//! Models that are made smaller and asked: prune, predict, translate and bench latency of the built program.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "helpers of tests fail like tests"
)]

#[allow(dead_code, reason = "what is killed and done again is for other tests")]
#[path = "../common/mod.rs"]
mod common;
mod predicting;
mod pruning;
mod pruning_by_method;
#[cfg(unix)]
mod stopping;
mod sweeps;
mod timing;
mod translating;

use std::io::Write;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use common::headcount;

/// What a command said, which ended with this code.
struct Said {
    out: String,
    err: String,
}

fn ended(output: &Output, code: i32) -> Said {
    let said = Said {
        out: String::from_utf8_lossy(&output.stdout).into_owned(),
        err: String::from_utf8_lossy(&output.stderr).into_owned(),
    };
    assert_eq!(output.status.code(), Some(code), "{}{}", said.out, said.err);
    said
}

/// A command with paths among its words.
fn command(words: &[&str], paths: &[(&str, &Path)]) -> Command {
    let mut command = headcount(words);
    for (word, path) in paths {
        if !word.is_empty() {
            command.arg(word);
        }
        command.arg(path);
    }
    command
}

/// A command that reads this text.
fn fed(mut command: Command, text: &[u8]) -> Output {
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // What refuses its first lines need not read the others.
    let _ = child.stdin.take().unwrap().write_all(text);
    child.wait_with_output().unwrap()
}
