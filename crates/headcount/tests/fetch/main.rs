//! `headcount data fetch`, and experiments that call by name what was fetched, against a server on this machine.
#![cfg(feature = "fetch")]
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "helpers of tests fail like tests"
)]

#[path = "../common/mod.rs"]
#[allow(dead_code, reason = "other tests use more of it")]
mod common;
mod corpora;
#[cfg(target_os = "linux")]
mod disk;
mod kills;
mod models;
mod names;
#[path = "../supplies/mod.rs"]
mod supplies;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use supplies::web::Web;

/// A user in a folder of their own, and all that they can download.
struct User {
    web: Web,
    folder: tempfile::TempDir,
}

impl User {
    fn new() -> Self {
        Self {
            web: Web::new(),
            folder: tempfile::tempdir().unwrap(),
        }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = common::headcount(arguments);
        command.current_dir(self.folder.path());
        self.web.is_all_there_is(&mut command, self.folder.path());
        command
    }

    fn run(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().unwrap()
    }

    /// What a command says that does its work.
    fn done(&self, arguments: &[&str]) -> Said {
        done(&self.run(arguments))
    }

    /// A mistake or fault is told in an error and a hint at the end, and ends with this code.
    fn refused(&self, arguments: &[&str], code: i32) -> String {
        refused(&self.run(arguments), code)
    }
}

/// What was said on both streams.
struct Said {
    out: String,
    err: String,
}

fn done(output: &Output) -> Said {
    let [out, err] = [&output.stdout, &output.stderr].map(|bytes| String::from_utf8(bytes.clone()).unwrap());
    assert_eq!(output.status.code(), Some(0), "{out}{err}");
    Said { out, err }
}

fn refused(output: &Output, code: i32) -> String {
    let said = String::from_utf8(output.stderr.clone()).unwrap();
    assert_eq!(output.status.code(), Some(code), "{said}");
    let lines: Vec<&str> = said.lines().collect();
    let [.., error, hint] = lines.as_slice() else {
        panic!("{said}")
    };
    assert!(
        error.starts_with("error: ") && hint.starts_with("hint: "),
        "{said}"
    );
    said
}

/// Bytes that are all alike nowhere.
fn bytes(count: usize) -> Vec<u8> {
    let mut state = 1_u32;
    let next = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 24) as u8
    };
    std::iter::repeat_with(next).take(count).collect()
}

/// Whether a folder holds a file of these bytes.
fn holds(folder: &Path, name: &str, bytes: &[u8]) -> bool {
    fs::read(folder.join(name)).is_ok_and(|found| found == bytes)
}
