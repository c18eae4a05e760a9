//! What can go wrong around runs, and the remedy.

use std::io;
use std::path::PathBuf;

use experiment::ExperimentError;
use files::{FileError, Hint, LockError};
use records::{RecordError, RunId};

use crate::slurm::SlurmError;

/// Why a sweep could not be planned, started or reported. A run that fails is no such error but a state.
#[derive(Debug, thiserror::Error)]
pub enum SweepError {
    /// The experiment cannot be used.
    #[error(transparent)]
    Experiment(#[from] ExperimentError),
    /// A file or folder could not be read or written.
    #[error(transparent)]
    File(#[from] FileError),
    /// A file could not be locked.
    #[error(transparent)]
    Lock(#[from] LockError),
    /// A stored row or file could not be read or written.
    #[error(transparent)]
    Record(#[from] RecordError),
    /// A value could not be written in a file's format.
    #[error("cannot write {path}: {reason}")]
    Format {
        /// The file.
        path: PathBuf,
        /// What the format's writer said.
        reason: String,
    },
    /// `--filter` is wrong.
    #[error("--filter {text}: {reason}")]
    Filter {
        /// What was asked for.
        text: String,
        /// What is wrong with it.
        reason: String,
    },
    /// The experiment has no run of this name.
    #[error("the experiment has no run `{id}`")]
    UnknownRun {
        /// What was asked for.
        id: String,
        /// The run that was probably meant.
        nearest: Option<String>,
    },
    /// A run was started before the run it starts from.
    #[error("run `{id}` starts from `{dependency}`, which is not done: {reason}")]
    DependencyMissing {
        /// The run.
        id: RunId,
        /// What it starts from.
        dependency: RunId,
        /// Why that does not count as done.
        reason: String,
    },
    /// There is a result that this program must neither use nor replace.
    #[error("{reason}")]
    UnreadableResult {
        /// Which, and why.
        reason: String,
    },
    /// The process of a run could not be started.
    #[error("cannot start a process for run `{id}`: {source}")]
    Spawn {
        /// The run.
        id: RunId,
        /// What the system said.
        source: io::Error,
    },
    /// The folder's list of runs is no such list.
    #[error("{path}: {reason}")]
    StoredPlan {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// The folder's list of submitted jobs is no such list.
    #[error("{path}: {reason}")]
    StoredJobs {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// SLURM is missing, does not answer or refuses a job.
    #[error(transparent)]
    Slurm(#[from] SlurmError),
}

impl Hint for SweepError {
    fn hint(&self) -> Option<String> {
        match self {
            Self::Experiment(error) => error.hint(),
            Self::File(error) => error.hint(),
            Self::Lock(error) => error.hint(),
            Self::Record(error) => error.hint(),
            Self::UnreadableResult { .. } => Some(
                "check the rights, use the newer program, or choose another folder with --out; the file is left as it is"
                    .to_owned(),
            ),
            Self::Format { .. } | Self::Spawn { .. } => None,
            Self::StoredPlan { .. } => {
                Some("`headcount sweep run` writes it anew and repeats no run".to_owned())
            }
            Self::StoredJobs { .. } => Some(
                "end its jobs with `scancel`, remove the file and submit again; no finished run is repeated"
                    .to_owned(),
            ),
            Self::Slurm(error) => error.hint(),
            Self::Filter { .. } => Some("write --filter method=dsp-joint,k=3,seed=1".to_owned()),
            Self::UnknownRun {
                nearest: Some(near), ..
            } => Some(format!("did you mean `{near}`?")),
            Self::UnknownRun { nearest: None, .. } => {
                Some("`headcount sweep plan` lists the runs".to_owned())
            }
            Self::DependencyMissing { dependency, .. } => Some(format!("run it first: --id {dependency}")),
        }
    }
}
