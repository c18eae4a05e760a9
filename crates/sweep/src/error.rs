//! What can go wrong around runs, and the remedy.

use std::io;
use std::path::{Path, PathBuf};

use crate::experiment::ConfigError;
use crate::plan::RunId;
use crate::slurm::SlurmError;

/// Why a sweep could not be planned, started or reported. A run that fails is no such error but a state.
#[derive(Debug, thiserror::Error)]
pub enum SweepError {
    /// The experiment file or `--set` is wrong.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// What was named as an experiment file is none.
    #[error("{reason}")]
    ExperimentFile {
        /// What it is instead.
        reason: String,
        /// The remedy.
        hint: String,
    },
    /// A file could not be read or written.
    #[error("cannot {action} {path}: {source}")]
    Io {
        /// What was tried.
        action: &'static str,
        /// On which file or folder.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// A file could not be locked.
    #[error("cannot lock {path}: {source}")]
    Lock {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
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
    /// A device that this build or this machine does not have.
    #[error("{message}")]
    Device {
        /// What is missing.
        message: String,
        /// The remedy, where there is one.
        hint: Option<String>,
    },
    /// The process of a run could not be started.
    #[error("cannot start a process for run `{id}`: {source}")]
    Spawn {
        /// The run.
        id: RunId,
        /// What the system said.
        source: io::Error,
    },
    /// A report was asked of what is no folder of a sweep.
    #[error("{reason}")]
    NotASweep {
        /// What it is instead.
        reason: String,
        /// The remedy.
        hint: String,
    },
    /// The folder of a sweep may not be written, so that a report has no place.
    #[error("cannot write the report into {}: {source}", path.display())]
    ReadOnlyReport {
        /// The folder.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// Tables or figures could not be written.
    #[error(transparent)]
    Report(#[from] report::ReportError),
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

impl SweepError {
    pub(crate) fn io(action: &'static str, path: &Path, source: io::Error) -> Self {
        Self::Io {
            action,
            path: path.to_owned(),
            source,
        }
    }

    /// What to do about it.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Config(error) => error.hint.clone(),
            Self::ExperimentFile { hint, .. } => Some(hint.clone()),
            Self::Io { source, .. } if source.kind() == io::ErrorKind::NotFound => {
                Some("check the path; relative paths start from the working directory".to_owned())
            }
            Self::Io { source, .. } => files::hint(source).map(str::to_owned),
            Self::Lock { .. } => Some(
                "the file system must offer locks: choose another folder with --out, or mount it with them (NFS without \
                 `nolock`, Lustre with `flock`)"
                    .to_owned(),
            ),
            Self::UnreadableResult { .. } => Some(
                "check the rights, use the newer program, or choose another folder with --out; the file is left as it is"
                    .to_owned(),
            ),
            Self::Format { .. } | Self::Spawn { .. } => None,
            Self::NotASweep { hint, .. } => Some(hint.clone()),
            Self::ReadOnlyReport { source, .. } if files::is_full(source) => {
                files::hint(source).map(str::to_owned)
            }
            Self::ReadOnlyReport { path, .. } => {
                let folder = files::shell::path_word(path);
                Some(format!(
                    "a report is written beside what it is made from; copy that and report the copy: cp -r {folder} COPY, \
                     then headcount report COPY"
                ))
            }
            Self::Report(error) => error.hint(),
            Self::StoredPlan { .. } => {
                Some("`headcount sweep run` writes it anew and repeats no run".to_owned())
            }
            Self::StoredJobs { .. } => Some(
                "end its jobs with `scancel`, remove the file and submit again; no finished run is repeated"
                    .to_owned(),
            ),
            Self::Slurm(error) => Some(error.hint()),
            Self::Filter { .. } => Some("write --filter method=dsp-joint,k=3,seed=1".to_owned()),
            Self::UnknownRun {
                nearest: Some(near), ..
            } => Some(format!("did you mean `{near}`?")),
            Self::UnknownRun { nearest: None, .. } => {
                Some("`headcount sweep plan` lists the runs".to_owned())
            }
            Self::DependencyMissing { dependency, .. } => Some(format!("run it first: --id {dependency}")),
            Self::Device { hint, .. } => hint.clone(),
        }
    }
}
