//! One process at a time: a lock on a file that the operating system releases when its holder ends, however it ends.

use std::fs::{File, OpenOptions, TryLockError};
use std::path::Path;

use crate::SweepError;

/// A lock that this process holds until it is dropped.
#[derive(Debug)]
pub struct Lock {
    _file: File,
    waited: bool,
}

impl Lock {
    /// Waits for the lock; the file is made if missing.
    pub fn acquire(path: &Path) -> Result<Self, SweepError> {
        let lock = || {
            let file = OpenOptions::new().create(true).append(true).open(path)?;
            let waited = match file.try_lock() {
                Ok(()) => false,
                Err(TryLockError::WouldBlock) => {
                    file.lock()?;
                    true
                }
                Err(TryLockError::Error(error)) => return Err(error),
            };
            Ok(Self { _file: file, waited })
        };
        lock().map_err(|source| SweepError::io("lock", path, source))
    }

    /// Whether another process held it first.
    pub fn waited(&self) -> bool {
        self.waited
    }

    /// Whether some process holds the lock exclusively.
    pub(super) fn is_held(path: &Path) -> bool {
        File::open(path).is_ok_and(|file| matches!(file.try_lock_shared(), Err(TryLockError::WouldBlock)))
    }
}
