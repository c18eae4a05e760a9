//! Where each run of a plan stands, read from files.

use std::ffi::OsStr;
use std::fmt;

use rayon::prelude::*;
use records::ResultFile;
use serde::Serialize;

use super::{RunFolder, Store};
use crate::plan::{Plan, Run};

/// Where a run stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "state", rename_all = "kebab-case")]
pub enum RunState {
    /// Its result is stored.
    Done,
    /// A process is at work on it.
    Running,
    /// It was tried and failed.
    Failed {
        /// What happened.
        reason: String,
    },
    /// It was begun and interrupted.
    Partial,
    /// It was never begun.
    Pending,
    /// The run it starts from failed.
    Blocked,
}

impl RunState {
    /// All names, in the order in which they are counted.
    pub const NAMES: [&'static str; 6] = ["done", "running", "partial", "pending", "failed", "blocked"];

    /// One word.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Running => "running",
            Self::Partial => "partial",
            Self::Pending => "pending",
            Self::Failed { .. } => "failed",
            Self::Blocked => "blocked",
        }
    }
}

impl fmt::Display for RunState {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(self.name())
    }
}

/// Where all runs of a plan stand.
#[derive(Debug, Clone)]
pub struct Status {
    /// One state a run, in the plan's order.
    pub states: Vec<RunState>,
    /// Results that are there but cannot be used, and why.
    pub warnings: Vec<String>,
}

impl Status {
    /// Reads the folders of all runs.
    pub fn read(plan: &Plan, store: &Store) -> Self {
        let mut status = Self {
            states: Vec::with_capacity(plan.runs().len()),
            warnings: Vec::new(),
        };
        // Most of the time goes into opening files, above all on a shared folder: what has no folder is not asked for, and
        // the rest is read side by side.
        let begun = store.begun();
        let read = |run: &Run| match &begun {
            Some(begun) if !begun.contains(OsStr::new(run.id.as_str())) => (RunState::Pending, None),
            _ => store.run(&run.id).state(run),
        };
        let found: Vec<_> = plan.runs().par_iter().map(read).collect();
        for (state, warning) in found {
            status.warnings.extend(warning);
            status.states.push(state);
        }
        for position in 0..plan.runs().len() {
            let cut_off = plan.base(position).is_some_and(|base| {
                matches!(status.states[base], RunState::Failed { .. } | RunState::Blocked)
            });
            if cut_off && matches!(status.states[position], RunState::Pending | RunState::Partial) {
                status.states[position] = RunState::Blocked;
            }
        }
        status
    }

    /// How many runs stand there.
    pub fn count(&self, name: &str) -> usize {
        self.states.iter().filter(|state| state.name() == name).count()
    }
}

impl RunFolder {
    /// Where the run of this folder stands, without regard to others, and why its result cannot be used if there is
    /// one that cannot.
    pub fn state(&self, run: &Run) -> (RunState, Option<String>) {
        let warning = match self.result(run) {
            ResultFile::Valid(_) => return (RunState::Done, None),
            ResultFile::Unusable(reason) => Some(format!("{reason}; the run will be repeated")),
            ResultFile::Unreadable(reason) => return (RunState::Failed { reason }, None),
            ResultFile::Missing => None,
        };
        let state = if self.is_locked() {
            RunState::Running
        } else if let Some(failure) = self.failure(run) {
            RunState::Failed {
                reason: failure.error,
            }
        } else if self.path.join("run.toml").exists() {
            RunState::Partial
        } else {
            RunState::Pending
        };
        (state, warning)
    }
}
