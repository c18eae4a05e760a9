//! `headcount data`: the embedded demo corpora as files, and raw corpora made ready for training.

mod generate;
mod prepare;

use anyhow::Result;
use clap::Subcommand;

#[derive(Debug, Subcommand)]
pub(super) enum Action {
    /// Write an embedded demo corpus as files.
    #[command(subcommand)]
    Generate(generate::Demo),
    /// Make a corpus for translation ready for training: tokenise, clean, lower-case, segment, count the words.
    #[command(subcommand)]
    Prepare(prepare::Raw),
}

pub(super) fn data(action: &Action) -> Result<u8> {
    match action {
        Action::Generate(demo) => generate::generate(demo),
        Action::Prepare(raw) => prepare::prepare(raw),
    }
}
