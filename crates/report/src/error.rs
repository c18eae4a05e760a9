//! What can go wrong between stored results and a report.

use std::io::ErrorKind;

use files::{FileError, Hint};
use records::RecordError;

/// Why a report could not be read, drawn or written.
#[derive(Debug, thiserror::Error)]
pub enum ReportError {
    /// A file could not be read or written.
    #[error(transparent)]
    File(#[from] FileError),
    /// A stored row or file is not what it should be.
    #[error(transparent)]
    Record(#[from] RecordError),
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
    /// The drawing library refused.
    #[error("cannot draw {figure}: {reason}")]
    Draw {
        /// The figure's file name.
        figure: String,
        /// The library's reason.
        reason: String,
    },
}

impl Hint for ReportError {
    fn hint(&self) -> Option<String> {
        match self {
            Self::Record(RecordError::File(error)) | Self::File(error)
                if error.action == "read" && error.source.kind() == ErrorKind::NotFound =>
            {
                Some(
                    "a report is made from the folder of a sweep; run `headcount sweep run` first, or check the path"
                        .into(),
                )
            }
            Self::File(error) => error.hint(),
            Self::Record(error) => error.hint(),
            Self::Mixed { .. } => Some("report each experiment from its own folder".into()),
            Self::Draw { .. } => None,
        }
    }
}
