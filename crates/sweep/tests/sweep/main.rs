//! Sweeps from the outside: experiment files, stored runs, and processes that are killed.
#![cfg(unix)]
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "helpers of tests fail like tests"
)]

mod config;
mod controls;
mod damage;
mod fake;
mod large;
mod locks;
mod methods;
mod oracle;
mod processes;
mod scripts;
mod stored;
mod toy;
