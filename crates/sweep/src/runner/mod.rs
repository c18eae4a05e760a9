//! Runs of a plan as processes on this machine, so many at a time.

mod bases;
mod memory;
mod process;
mod sharing;
mod work;

use std::fmt;
use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering};

use records::RunId;
use work::{Stage, Work};

use crate::SweepError;
use crate::plan::{Plan, Run};
use crate::progress::Display;
use crate::store::Store;

pub use memory::free_memory_mib;
pub use sharing::{Resources, Share};

/// How a sweep uses the machine and what it does about failures.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RunnerOptions {
    /// Runs side by side.
    pub jobs: usize,
    /// Try again what failed earlier.
    pub retry_failed: bool,
    /// End everything at the first failure.
    pub fail_fast: bool,
}

/// Asks a sweep to stop, from another thread.
#[derive(Debug, Default)]
pub struct Interrupt {
    requested: AtomicBool,
    at_once: AtomicBool,
}

impl Interrupt {
    /// Asks the runs to save what they have and to end, or `at_once` to end without that.
    pub fn request(&self, at_once: bool) {
        self.requested.store(true, Ordering::Relaxed);
        self.at_once.fetch_or(at_once, Ordering::Relaxed);
    }

    fn is_requested(&self) -> bool {
        self.requested.load(Ordering::Relaxed)
    }

    fn is_urgent(&self) -> bool {
        self.at_once.load(Ordering::Relaxed)
    }
}

/// How a sweep ended.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Outcome {
    /// Runs that were done before.
    pub done_before: usize,
    /// Runs that were done by now.
    pub done: usize,
    /// Runs that failed, now or earlier, and why.
    pub failed: Vec<(RunId, String)>,
    /// Runs whose model never came to be.
    pub blocked: Vec<RunId>,
    /// Runs that are neither, because the sweep was stopped.
    pub left: usize,
    /// Whether it was interrupted.
    pub interrupted: bool,
}

/// Starts a process for each run that is not done.
pub struct Runner<'a> {
    /// The runs.
    pub plan: &'a Plan,
    /// Positions of those to do, in the plan's order.
    pub selected: &'a [usize],
    /// Where they are stored.
    pub store: &'a Store,
    /// How.
    pub options: RunnerOptions,
    /// What there is to share out between runs.
    pub resources: Resources,
    /// The command that does one run with its share of the machine.
    pub command: &'a dyn Fn(&Run, &Share) -> Command,
    /// Set from outside to stop.
    pub interrupt: &'a Interrupt,
}

impl Runner<'_> {
    /// Works until every selected run is done, failed or blocked. Calls `stored` after each new result.
    ///
    /// # Errors
    /// A process could not be started or a folder not be written. Failed runs are no error but part of the outcome.
    pub fn run<E: fmt::Display + From<SweepError>>(
        &self,
        display: &mut dyn Display,
        stored: &mut dyn FnMut() -> Result<(), E>,
    ) -> Result<Outcome, E> {
        let mut work = Work::new(self, display);
        let end = work.until_done(stored);
        work.stop();
        work.display.finish();
        end.map(|()| work.outcome())
    }
}
