//! Errors that know their remedy, and the one error of every file.

use std::error::Error;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

/// An error that may say what to do about it. Every error that can end a command is one, so that no remedy is lost on the
/// way to the terminal.
pub trait Hint: Error {
    /// What to do about it, where that can be said.
    fn hint(&self) -> Option<String>;
}

/// A file or folder that could not be read, written, locked, ...
#[derive(Debug, thiserror::Error)]
#[error("cannot {action} {}: {source}", path.display())]
pub struct FileError {
    /// What was tried, as a verb.
    pub action: &'static str,
    /// On which file or folder.
    pub path: PathBuf,
    /// What the system said.
    pub source: io::Error,
}

impl FileError {
    /// That `action` failed on `path`.
    pub fn new(action: &'static str, path: &Path, source: io::Error) -> Self {
        Self {
            action,
            path: path.to_owned(),
            source,
        }
    }

    /// That reading `path` failed, for `map_err`.
    pub fn reading(path: &Path) -> impl Fn(io::Error) -> Self {
        move |source| Self::new("read", path, source)
    }

    /// That writing `path` failed, for `map_err`.
    pub fn writing(path: &Path) -> impl Fn(io::Error) -> Self {
        move |source| Self::new("write", path, source)
    }
}

impl Hint for FileError {
    fn hint(&self) -> Option<String> {
        match self.source.kind() {
            ErrorKind::NotFound => {
                Some("check the path; relative paths start from the working directory".to_owned())
            }
            _ => hint(&self.source).map(str::to_owned),
        }
    }
}

impl Hint for io::Error {
    fn hint(&self) -> Option<String> {
        hint(self).map(str::to_owned)
    }
}

/// Whether there was no room, which is another matter than not being allowed to write.
pub fn is_full(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::StorageFull | ErrorKind::QuotaExceeded)
}

/// What to do about an error of the system, where that does not depend on the file.
pub fn hint(error: &io::Error) -> Option<&'static str> {
    match error.kind() {
        _ if is_full(error) => {
            Some("make space, then give the same command again: what is stored stays, the rest goes on")
        }
        ErrorKind::ReadOnlyFilesystem | ErrorKind::PermissionDenied => {
            Some("check the rights, or choose another folder")
        }
        _ => None,
    }
}

/// Whether an error, or what caused it, is of the disk and will pass once somebody has seen to that: it is full, or must
/// not be written.
pub fn is_of_disk(error: &(dyn Error + 'static)) -> bool {
    let mut cause = Some(error);
    while let Some(error) = cause {
        let kind = error.downcast_ref::<io::Error>().map(io::Error::kind);
        if let Some(ErrorKind::StorageFull | ErrorKind::QuotaExceeded | ErrorKind::ReadOnlyFilesystem) = kind
        {
            return true;
        }
        cause = error.source();
    }
    false
}
