//! `headcount report DIR`: tables and figures from stored runs only.

use std::path::PathBuf;

use anyhow::Result;
use clap::Args;

use super::work::warn_of;
use super::{ALL_DONE, print, warn};

#[derive(Debug, Args)]
pub(super) struct Options {
    /// Folder of a sweep.
    folder: PathBuf,
}

/// Prints the paths of what was written.
pub(super) fn report(options: &Options) -> Result<u8> {
    let reported = sweep::report_folder(&options.folder)?;
    warn_of(&reported.incomplete);
    for warning in &reported.warnings {
        warn(warning);
    }
    if let Some((done, all)) = reported.runs.filter(|(done, all)| done < all) {
        eprintln!("note: {done} of {all} runs are done, and the report is of these");
    }
    let paths: Vec<String> = reported
        .files
        .iter()
        .map(|path| path.display().to_string())
        .collect();
    print(&paths.join("\n"))?;
    Ok(ALL_DONE)
}
