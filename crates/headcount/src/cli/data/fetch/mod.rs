//! `headcount data fetch`: corpora of the manifest, and models of the hub.

#[cfg(feature = "fetch")]
mod network;

use std::path::PathBuf;

use clap::Args;

#[derive(Debug, Args)]
pub(crate) struct Options {
    /// Corpora (mnli, iwslt14, multi30k, sst2), and models of the hub, as in google-bert/bert-base-uncased, with @REVISION
    /// behind it for another one than main.
    #[arg(required = true, value_name = "NAME")]
    names: Vec<String>,
    /// Folder that corpora are fetched to, each into a folder of its name [default: $HEADCOUNT_DATA, else data]. Models go
    /// to the hub's own cache.
    #[arg(long, value_name = "DIR")]
    to: Option<PathBuf>,
    /// Take what cannot be checked because nobody knows its checksum, and print the one that it has.
    #[arg(long)]
    accept_unverified: bool,
}

#[cfg(not(feature = "fetch"))]
pub(crate) fn fetch(_: &Options) -> crate::problem::Result<u8> {
    let problem = crate::problem::Problem::new("this build cannot download");
    Err(problem.hint("build it with the cargo feature `fetch`, which is on by default"))
}

#[cfg(feature = "fetch")]
pub(crate) use self::network::fetch;
