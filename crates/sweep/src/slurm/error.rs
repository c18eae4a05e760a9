//! What can go wrong between the launcher and SLURM, and the remedy.

use std::io;

use files::Hint;

/// Why nothing, or not everything, was submitted, or the queue could not be asked.
#[derive(Debug, thiserror::Error)]
pub enum SlurmError {
    /// A program of SLURM is not on this machine.
    #[error("`{program}` is not installed here, or not in the PATH")]
    Missing {
        /// Its name.
        program: &'static str,
    },
    /// A program of SLURM could not be started.
    #[error("cannot start `{program}`: {source}")]
    Start {
        /// Its name.
        program: &'static str,
        /// What the system said.
        source: io::Error,
    },
    /// A program of SLURM ended with an error.
    #[error("`{program}` said: {said}")]
    Refused {
        /// Its name.
        program: &'static str,
        /// What it said, on one line.
        said: String,
    },
    /// A program of SLURM printed something else than was expected.
    #[error("`{program}` printed `{text}`, which means nothing to this program")]
    Unreadable {
        /// Its name.
        program: &'static str,
        /// What it printed.
        text: String,
    },
    /// Some jobs were submitted before one was refused.
    #[error("{source}; {submitted} of {all} jobs were submitted before")]
    Midway {
        /// Why the next one was not.
        source: Box<SlurmError>,
        /// Jobs that are submitted and recorded.
        submitted: usize,
        /// Jobs of the whole submission.
        all: usize,
    },
    /// A path that cannot stand in a script.
    #[error("the path {path:?} cannot stand in a job script")]
    Path {
        /// The path.
        path: String,
    },
    /// The cluster allows no job arrays.
    #[error("this cluster's MaxArraySize is {size}: it has no job arrays")]
    NoArrays {
        /// The value.
        size: usize,
    },
}

impl Hint for SlurmError {
    fn hint(&self) -> Option<String> {
        let hint = match self {
            Self::Missing { .. } | Self::Start { .. } => {
                "--launcher slurm works where sbatch, squeue and scontrol do; --dry-run shows the scripts anywhere"
            }
            Self::Refused { .. } | Self::Unreadable { .. } => {
                "nothing was changed; `squeue` and `scontrol ping` show whether SLURM answers"
            }
            Self::Midway { .. } => {
                "the same command submits the rest, now or later; where an account may have few jobs, --set \
                 slurm.array_size=N makes smaller arrays, and [slurm] names partition, account and limits"
            }
            Self::Path { .. } => "use a folder whose path is UTF-8 without line feeds",
            Self::NoArrays { .. } => "`headcount sweep plan --format ids` lists runs to start by other means",
        };
        Some(hint.to_owned())
    }
}
