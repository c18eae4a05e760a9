//! From an experiment to a graph of runs and their stored results.
//!
//! A sweep is a build: [`Plan`] lists the runs of an experiment, each keyed by a hash of everything that decides its
//! numbers, [`Store`] reads from files which of them are done, [`Runner`] starts a process for each of the others, and
//! [`Tables`] turns what is stored into tables. What a process does is [`run_one`], with an [`Executor`] for the training
//! itself.

mod error;
mod executor;
mod filter;
mod plan;
pub mod preflight;
pub mod progress;
mod runner;
pub mod slurm;
mod spread;
pub mod store;
mod subset_table;
mod tables;
mod times;

pub use error::SweepError;
pub use executor::{Device, Executor, RunEnd, THREADS_VARIABLES, run_one, threads};
pub use filter::Filter;
pub use plan::{Plan, Run};
pub use runner::{Interrupt, Outcome, Resources, Runner, RunnerOptions, Share, free_memory_mib};
pub use store::{RunState, Store};
pub use tables::{RESULTS_FILE, Tables};
pub use times::{largest_peak_mib, wall_times};
