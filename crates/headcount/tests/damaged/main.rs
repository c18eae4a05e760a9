//! Every file that the program reads, damaged: it ends with 0, 1 or 2 and says why, whatever is in the file.
//!
//! docs/fuzzing.md says how to run this for longer and how a seed becomes a case.
#![cfg(target_os = "linux")]
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "helpers of tests fail like tests"
)]

mod classification;
mod fetched;
mod fixtures;
mod folders;
mod program;
mod recordings;
mod stored;
mod text;
mod translation;

use std::path::PathBuf;

use damage::{Campaign, Files};

/// Cases that were found.
const LISTED: &str = include_str!("cases.txt");

/// A campaign on these files; `damaged` begins the names of those that are damaged.
fn campaign<'a>(name: &'a str, files: &Files, damaged: &[&'a str], cases: u64) -> Campaign<'a> {
    Campaign {
        name,
        files: files.clone(),
        damaged: damaged.to_vec(),
        listed: LISTED,
        cases,
        share: 0.03,
        keep: PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("damaged"),
    }
}
