//! `headcount preflight`, hidden: the process that measures before a large sweep.

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use experiment::{Source, load};
use methods::Methods;
use records::costs::Kind;

use crate::problem::{Problem, Result};
use crate::sweeping::before::Said;
use crate::terminal::{ALL_DONE, UNUSABLE, print};

/// How long steps are measured.
const LIMIT: Duration = Duration::from_secs(20);

/// What the process is told.
#[derive(Debug, Args)]
pub(crate) struct Options {
    /// Experiment file; `-` is standard input.
    experiment: PathBuf,
    /// Folder of the sweep, in which corpora are cached.
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    /// Device to measure on.
    #[arg(long, default_value = "auto")]
    device: String,
    /// Steps to measure.
    #[arg(long, value_delimiter = ',')]
    kinds: Vec<Kind>,
}

/// Measures and prints what was found.
pub(crate) fn preflight(options: &Options) -> Result<u8> {
    let experiment = load(&Source::read(&options.experiment)?, &[], &Methods::known())?;
    let threads = sweep::threads(&experiment);
    let found = tasks::measure(
        &experiment,
        &options.out,
        &options.device,
        threads,
        &options.kinds,
        LIMIT,
    );
    let (said, code) = match found {
        Ok(measurement) => (Said::Measured(measurement), ALL_DONE),
        Err(error) => {
            let failed = Said::Failed {
                error: error.error,
                hint: error.hint,
            };
            (failed, UNUSABLE)
        }
    };
    print(&serde_json::to_string(&said).map_err(Problem::new)?)?;
    Ok(code)
}
