//! From an experiment file to a graph of runs and their stored results.
//!
//! A sweep is a build: [`load`](experiment::load) reads an experiment, [`Plan`] lists its runs, each keyed by a
//! hash of everything that decides its numbers, [`Store`] reads from files which of them are done, [`Runner`]
//! starts a process for each of the others, and [`Results`] turns what is stored into tables and figures. What a
//! process does is [`run_one`], with an [`Executor`] for the training itself.

mod error;
pub mod experiment;
mod filter;
mod job;
mod kept_heads;
mod message;
pub mod method;
mod plan;
pub mod preflight;
pub mod progress;
mod provenance;
mod report_folder;
mod results;
mod runner;
pub mod slurm;
pub mod store;
pub mod task;

pub use error::SweepError;
pub use filter::Filter;
pub use job::{
    Device, ExecuteError, Executor, Job, Progress, RunEnd, THREADS_VARIABLE, Update, run_one, threads,
};
pub use message::one_line;
pub use method::{METHODS, Method, Point, method};
pub use plan::{Plan, Run, RunId};
pub use provenance::{Provenance, Setup, largest_peak_mib, peak_memory_mib, wall_times};
pub use report_folder::{Reported, report_folder};
pub use results::Results;
pub use runner::{Interrupt, Outcome, Resources, Runner, RunnerOptions, Share, free_memory_mib};
pub use store::{RunState, Store};
