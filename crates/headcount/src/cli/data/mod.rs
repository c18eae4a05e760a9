//! `headcount data`: corpora and models fetched, the embedded demo corpora as files, and raw corpora made ready for training.

mod fetch;
mod generate;
mod prepare;

use clap::Subcommand;

use crate::problem::Result;

#[derive(Debug, Subcommand)]
pub(crate) enum Action {
    /// Download corpora and models: checked, unpacked, and in their place as a whole or not at all.
    Fetch(fetch::Options),
    /// Write an embedded demo corpus as files.
    #[command(subcommand)]
    Generate(generate::Demo),
    /// Make a corpus for translation ready for training: tokenise, clean, lower-case, segment, count the words.
    #[command(subcommand)]
    Prepare(prepare::Raw),
}

pub(crate) fn data(action: &Action) -> Result<u8> {
    match action {
        Action::Fetch(options) => fetch::fetch(options),
        Action::Generate(demo) => generate::generate(demo),
        Action::Prepare(raw) => prepare::prepare(raw),
    }
}
