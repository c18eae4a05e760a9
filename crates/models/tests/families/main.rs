//! Encoders of every family against what transformers computes.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "helpers of tests fail like tests"
)]

mod formula;
mod recorded;
mod transformers;
