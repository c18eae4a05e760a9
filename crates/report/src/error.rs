//! What can go wrong between stored results and a report.

use std::path::{Path, PathBuf};

/// Why a report could not be read, drawn or written.
#[derive(Debug, thiserror::Error)]
pub enum ReportError {
    /// A file could not be read or written.
    #[error("cannot {action} {}: {source}", path.display())]
    Io {
        /// `read` or `write`.
        action: &'static str,
        /// The file.
        path: PathBuf,
        /// The operating system's reason.
        source: std::io::Error,
    },
    /// One line of a file does not say what it should.
    #[error("{}:{line}: {reason}", path.display())]
    Line {
        /// The file.
        path: PathBuf,
        /// Its line, from 1.
        line: u64,
        /// What is wrong with it.
        reason: String,
        /// What to do about it, if more can be said than to correct the line.
        hint: Option<String>,
    },
    /// Rows that cannot share a curve.
    #[error("results with different {column} in one report: `{first}` and `{second}`")]
    Mixed {
        /// The column of results.csv.
        column: &'static str,
        /// The value of an earlier row.
        first: String,
        /// The value that differs from it.
        second: String,
    },
    /// A row that cannot be true.
    #[error("run `{run_id}`: {reason}")]
    Row {
        /// The run the row came from.
        run_id: String,
        /// What is wrong with it.
        reason: String,
    },
    /// The drawing library refused.
    #[error("cannot draw {figure}: {reason}")]
    Draw {
        /// The figure's file name.
        figure: String,
        /// The library's reason.
        reason: String,
    },
}

impl ReportError {
    /// What the user can do about it, where there is something.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Io { action: "read", source, .. } if source.kind() == std::io::ErrorKind::NotFound => Some(
                "a report is made from the folder of a sweep; run `headcount sweep run` first, or check the path".into(),
            ),
            Self::Line { hint, .. } => hint.clone(),
            Self::Mixed { .. } => Some("report each experiment from its own folder".into()),
            Self::Io { source, .. } => files::hint(source).map(str::to_owned),
            Self::Row { .. } | Self::Draw { .. } => None,
        }
    }

    pub(crate) fn read(path: &Path) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::Io {
            action: "read",
            path,
            source,
        }
    }

    pub(crate) fn write(path: &Path) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::Io {
            action: "write",
            path,
            source,
        }
    }
}
