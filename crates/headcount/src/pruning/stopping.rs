//! `prune` that is asked to end: what it was writing is removed, and what the same command does next is told.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

/// What is there to be removed and told when the process is asked to end. The thread that hears the signal and the one that is at
/// work may both come to it: it is done once.
#[derive(Debug, Clone)]
pub(crate) struct Stopping(Arc<Mutex<State>>);

#[derive(Debug)]
struct State {
    /// Folder of the runs.
    work: PathBuf,
    /// The folder that is being written.
    draft: Option<PathBuf>,
    is_done: bool,
}

impl Stopping {
    /// Of a command whose runs are in `work`, if it has any.
    pub(crate) fn of(work: PathBuf) -> Self {
        Self(Arc::new(Mutex::new(State {
            work,
            draft: None,
            is_done: false,
        })))
    }

    /// From now on this folder is being written.
    pub(crate) fn writes(&self, draft: &Path) {
        self.with(|state| state.draft = Some(draft.to_owned()));
    }

    /// From now on none is.
    pub(crate) fn wrote(&self) {
        self.with(|state| state.draft = None);
    }

    /// Removes what is not finished, and tells that the command was interrupted and how it goes on.
    pub(crate) fn stop(&self) {
        self.with(|state| {
            if std::mem::replace(&mut state.is_done, true) {
                return;
            }
            eprintln!("{}", told(&state.work));
            if let Some(draft) = state.draft.take() {
                // The process ends whatever comes of it.
                let _ = std::fs::remove_dir_all(draft);
            }
        });
    }

    fn with(&self, change: impl FnOnce(&mut State)) {
        change(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner));
    }
}

/// Whether runs were begun, which the same command finds there.
pub(crate) fn has_runs(work: &Path) -> bool {
    work.join("choice/runs").exists()
}

fn told(work: &Path) -> String {
    match has_runs(work) {
        true => format!(
            "interrupted: the same command goes on with what is done, in {}",
            work.display()
        ),
        false => "interrupted: nothing was written; the same command begins anew".to_owned(),
    }
}
