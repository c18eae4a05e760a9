//! Reproduces differentiable subset pruning of transformer heads.
//!
//! The command line: options are read at the edge, typed inside. stdout is data, stderr is messages and progress.

mod cli;
mod executor;
mod experiments;
mod fetched;
mod overrides;
mod places;
mod problem;
mod reporting;
mod setup;
mod signals;
mod sweeping;
mod terminal;

pub use cli::run;
