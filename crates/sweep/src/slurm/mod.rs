//! A sweep as job arrays of SLURM, which does the waiting: an array for each level of the graph of runs, each after
//! the arrays that hold the runs it starts from, and a report at the end.
//!
//! Everything of it lies in `slurm/` in the sweep's folder: a folder for each submission with its scripts, its lists of
//! runs and the experiment as it was then, the logs of the jobs, and `jobs.json`, which says what was submitted.

mod client;
mod element;
mod error;
mod jobs;
mod levels;
mod parse;
mod queue;
mod script;
mod submit;

pub use element::{Element, ElementState};
pub use error::SlurmError;
pub use jobs::JobId;
pub use queue::Queue;
pub use submit::{Counts, Draft, DraftFile, Launch, Submission, SubmittedJob};
