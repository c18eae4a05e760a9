//! One process at a time, by a lock that the operating system releases when its holder ends, however it ends.

use std::fs::{File, OpenOptions, TryLockError, create_dir_all};
use std::path::Path;

use crate::FetchError;

/// A lock that this process holds until it is dropped.
#[derive(Debug)]
pub struct Lock {
    _file: File,
}

impl Lock {
    /// Waits for the lock; its file and folder are made if missing. If another process has it, `waits` is called once
    /// before the waiting begins.
    ///
    /// # Errors
    /// The file cannot be opened, or its file system has no locks.
    pub fn acquire(path: &Path, waits: impl FnOnce()) -> Result<Self, FetchError> {
        let open = || {
            if let Some(folder) = path.parent() {
                create_dir_all(folder)?;
            }
            OpenOptions::new().create(true).append(true).open(path)
        };
        let file = open().map_err(FetchError::io("open", path))?;
        let failed = |source| FetchError::Lock {
            path: path.to_owned(),
            source,
        };
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                waits();
                file.lock().map_err(failed)?;
            }
            Err(TryLockError::Error(error)) => return Err(failed(error)),
        }
        Ok(Self { _file: file })
    }
}
