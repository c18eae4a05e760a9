//! `fetched.toml`: what a fetched folder came from, and what is in it.

use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::manifest::Corpus;

/// The record's name in the folder.
pub(crate) const RECORD: &str = "fetched.toml";

/// To be raised whenever the layout of the record changes.
const FORMAT: u32 = 1;

#[cfg(feature = "network")]
const HEADING: &str = "# Written by `headcount data fetch`, which made the files beside it.\n\n";

/// Everything that the record says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Record {
    format: u32,
    title: String,
    licence: String,
    licence_source: String,
    /// What came from servers.
    pub downloads: Vec<Downloaded>,
    /// The files of the folder.
    pub files: Vec<Stored>,
}

/// What came from a server.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Downloaded {
    /// Its name in the manifest.
    pub name: String,
    /// Where it came from.
    pub url: String,
    /// Its bytes.
    pub size: u64,
    /// Its checksum.
    pub sha256: String,
    /// Whether the manifest knew the checksum.
    pub verified: bool,
}

/// A file of the folder.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Stored {
    /// Its name.
    pub name: String,
    /// Its bytes.
    pub size: u64,
    /// Its checksum.
    pub sha256: String,
}

impl Record {
    /// Of a corpus as it was fetched.
    #[cfg(feature = "network")]
    pub(crate) fn new(corpus: &Corpus, downloads: Vec<Downloaded>, files: Vec<Stored>) -> Self {
        Self {
            format: FORMAT,
            title: corpus.title.clone(),
            licence: corpus.licence.clone(),
            licence_source: corpus.licence_source.clone(),
            downloads,
            files,
        }
    }

    /// The record of a folder; none where there is none that can be read.
    pub fn read(folder: &Path) -> Option<Self> {
        let text = std::fs::read_to_string(folder.join(RECORD)).ok()?;
        toml::from_str(&text)
            .ok()
            .filter(|record: &Self| record.format == FORMAT)
    }

    /// As the text of the file.
    #[cfg(feature = "network")]
    pub(crate) fn to_text(&self) -> std::io::Result<String> {
        let text = toml::to_string(self).map_err(std::io::Error::other)?;
        Ok(format!("{HEADING}{text}"))
    }

    /// What the manifest says otherwise than when the folder was fetched; none where the folder is what it describes.
    pub(crate) fn difference(&self, corpus: &Corpus) -> Option<String> {
        for file in &corpus.files {
            let Some(digest) = file.digest() else { continue };
            let fetched = self.downloads.iter().find(|fetched| fetched.name == file.name);
            if fetched.is_none_or(|fetched| fetched.sha256 != digest.hex()) {
                return Some(format!("another {}", file.name));
            }
        }
        let missing = corpus
            .file_names()
            .find(|name| self.files.iter().all(|stored| stored.name != *name));
        missing.map(|name| format!("no {name}"))
    }
}
