//! The folder of fetched corpora, and what is at the place of one.

use std::fs;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use crate::manifest::Corpus;
use crate::record::{RECORD, Record};

/// Names the folder of fetched corpora.
pub const DATA_VARIABLE: &str = "HEADCOUNT_DATA";

/// Where corpora are fetched to where nothing else is said, below the working directory, as `results` is.
const USUAL: &str = "data";

/// Unfinished work, below the folder of fetched corpora.
const WORKSHOP: &str = ".fetching";

/// The folder of fetched corpora, each in a folder of its name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DataFolder {
    root: PathBuf,
}

/// What is at the place of a corpus.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum There {
    /// Nothing, or an empty folder.
    Nothing,
    /// The corpus, whole.
    Whole(Record),
    /// A corpus of which a file is missing or was changed.
    Changed {
        /// The file.
        file: String,
    },
    /// The corpus as an earlier manifest described it.
    Other {
        /// In what it differs.
        difference: String,
    },
    /// Something that was not fetched.
    Foreign {
        /// What the folder holds, or the folder itself where it is none.
        entry: String,
    },
}

impl DataFolder {
    /// A folder, which need not exist yet.
    pub fn new(root: impl Into<PathBuf>) -> Self {
        Self { root: root.into() }
    }

    /// The one that the environment names, else `data` below the working directory.
    pub fn usual() -> Self {
        match std::env::var_os(DATA_VARIABLE) {
            Some(root) if !root.is_empty() => Self::new(root),
            _ => Self::new(USUAL),
        }
    }

    /// The folder.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// The place of a corpus.
    pub fn of(&self, name: &str) -> PathBuf {
        self.root.join(name)
    }

    /// The folder of a corpus, if it was fetched; its files are there in their sizes.
    pub fn found(&self, name: &str) -> Option<PathBuf> {
        let folder = self.of(name);
        let record = Record::read(&folder)?;
        let has_size =
            |path: PathBuf, size| fs::metadata(path).is_ok_and(|file| file.is_file() && file.len() == size);
        let is_whole = record
            .files
            .iter()
            .all(|file| has_size(folder.join(&file.name), file.size));
        is_whole.then_some(folder)
    }

    /// What is at the place of a corpus; reads all its files.
    ///
    /// # Errors
    /// What the system says.
    pub fn there(&self, name: &str, corpus: &Corpus) -> io::Result<There> {
        let folder = self.of(name);
        let entries = match fs::read_dir(&folder) {
            Ok(entries) => entries,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(There::Nothing),
            Err(error) if error.kind() == ErrorKind::NotADirectory => {
                return Ok(There::Foreign {
                    entry: name.to_owned(),
                });
            }
            Err(error) => return Err(error),
        };
        let mut names = Vec::new();
        for entry in entries {
            names.push(entry?.file_name().to_string_lossy().into_owned());
        }
        names.sort_unstable();
        let Some(first) = names.first() else {
            return Ok(There::Nothing);
        };
        let Some(record) = Record::read(&folder) else {
            let entry = names.iter().find(|name| *name == RECORD).unwrap_or(first);
            return Ok(There::Foreign { entry: entry.clone() });
        };
        for file in &record.files {
            let path = folder.join(&file.name);
            let is_same = match fs::metadata(&path) {
                Ok(metadata) if metadata.len() == file.size => files::sha256(&path)? == file.sha256,
                Ok(_) => false,
                Err(error) if error.kind() == ErrorKind::NotFound => false,
                Err(error) => return Err(error),
            };
            if !is_same {
                return Ok(There::Changed {
                    file: file.name.clone(),
                });
            }
        }
        Ok(match record.difference(corpus) {
            Some(difference) => There::Other { difference },
            None => There::Whole(record),
        })
    }

    /// Where a corpus is put together; for who holds its lock.
    #[cfg(feature = "network")]
    pub(crate) fn workshop(&self, name: &str) -> PathBuf {
        self.root.join(WORKSHOP).join(name)
    }

    /// The lock of a corpus, or of something else that is put together there under a name.
    pub fn lock_file(&self, name: &str) -> PathBuf {
        self.root.join(WORKSHOP).join(format!("{name}.lock"))
    }
}
