//! `headcount verify`: recomputes recorded reference vectors and prints how far ours are from them.

use std::path::PathBuf;

use clap::Args;
use models::TensorOptions;
use verify::{Outcome, VerifyError, table};

use crate::problem::{Problem, Result};
use crate::terminal::{ALL_DONE, SOME_FAILED, print};

/// Where the recordings that come with the project are, seen from its root.
const DEFAULT: &str = "data/golden";

#[derive(Debug, Args)]
pub(crate) struct Options {
    /// Folders or files of recorded vectors [default: data/golden].
    #[arg(value_name = "GOLDEN")]
    recordings: Vec<PathBuf>,
    /// Device to compute on.
    #[arg(long, default_value = "auto")]
    device: String,
    /// Compute with plain tensor operations only, without fused kernels.
    #[arg(long)]
    plain: bool,
}

pub(crate) fn verify(options: &Options) -> Result<u8> {
    let device = models::open_device(&options.device)?;
    let on = TensorOptions::single(device);
    let on = if options.plain { on.plain() } else { on };
    let default = [PathBuf::from(DEFAULT)];
    let paths = if options.recordings.is_empty() {
        &default[..]
    } else {
        &options.recordings
    };
    let mut outcomes: Vec<Outcome> = Vec::new();
    for path in paths {
        let found = verify::verify(path, &on).map_err(|error: VerifyError| {
            Problem::new(error.to_string())
                .hint("name a folder of recordings, as in `headcount verify data/golden/gates`")
        })?;
        outcomes.extend(found);
    }
    print(&table(&outcomes))?;
    Ok(if outcomes.iter().any(Outcome::failed) {
        SOME_FAILED
    } else {
        ALL_DONE
    })
}
