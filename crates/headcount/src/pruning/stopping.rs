//! `prune` that is asked to end: what it was writing is removed, and what the same command does next is told.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use super::workshop::{has_runs, leave};

/// What is there to be removed and told when the process is asked to end. The thread that hears the signal and the one that is at
/// work may both come to it: it is done once.
#[derive(Debug, Clone)]
pub(crate) struct Stopping(Arc<Mutex<State>>);

#[derive(Debug)]
struct State {
    /// Folder in which this process works alone, once it has it.
    work: Option<PathBuf>,
    /// The folder that is being written there.
    draft: Option<PathBuf>,
    is_done: bool,
}

impl Stopping {
    /// Of a command that has nothing yet.
    pub(crate) fn new() -> Self {
        Self(Arc::new(Mutex::new(State {
            work: None,
            draft: None,
            is_done: false,
        })))
    }

    /// From now on it works in this folder.
    pub(crate) fn works_in(&self, work: &Path) {
        self.with(|state| state.work = Some(work.to_owned()));
    }

    /// From now on this folder is being written.
    pub(crate) fn writes(&self, draft: &Path) {
        self.with(|state| state.draft = Some(draft.to_owned()));
    }

    /// From now on nothing is, and what is in the folder may go.
    pub(crate) fn wrote(&self) {
        self.with(|state| (state.draft, state.work) = (None, None));
    }

    /// Removes what is not finished, and tells that the command was interrupted and how it goes on.
    pub(crate) fn stop(&self) {
        self.with(|state| {
            if std::mem::replace(&mut state.is_done, true) {
                return;
            }
            let work = state.work.take();
            eprintln!("{}", told(work.as_deref()));
            if let Some(draft) = state.draft.take() {
                // The process ends whatever comes of it.
                let _ = std::fs::remove_dir_all(draft);
            }
            if let Some(work) = work {
                leave(&work);
            }
        });
    }

    fn with(&self, change: impl FnOnce(&mut State)) {
        change(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner));
    }
}

fn told(work: Option<&Path>) -> String {
    match work.filter(|work| has_runs(work)) {
        Some(work) => format!(
            "interrupted: the same command goes on with what is done, in {}",
            work.display()
        ),
        None => "interrupted: nothing was written; the same command begins anew".to_owned(),
    }
}
