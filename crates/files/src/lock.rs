//! One process at a time: a lock on a file that the operating system releases when its holder ends, however it ends.

use std::fmt;
use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, Write};
use std::path::Path;
use std::thread::sleep;
use std::time::{Duration, SystemTime};

use serde::{Deserialize, Serialize};

use crate::{FileError, Hint};

/// Who only looks whether the lock is held has it for microseconds; who still has it after so many tries is at work.
const TRIES: usize = 5;
const BETWEEN: Duration = Duration::from_millis(10);

/// Why a lock could not be taken.
#[derive(Debug, thiserror::Error)]
pub enum LockError {
    /// Its file could not be opened.
    #[error(transparent)]
    File(#[from] FileError),
    /// The file system has no locks.
    #[error(transparent)]
    Refused(FileError),
}

impl LockError {
    fn refused(path: &Path) -> impl Fn(io::Error) -> Self {
        move |source| Self::Refused(FileError::new("lock", path, source))
    }
}

impl Hint for LockError {
    fn hint(&self) -> Option<String> {
        match self {
            Self::File(error) => error.hint(),
            Self::Refused(_) => Some(
                "the file system must offer locks: choose another folder with --out, or mount it with them (NFS without \
                 `nolock`, Lustre with `flock`)"
                    .to_owned(),
            ),
        }
    }
}

/// Who holds a lock, as the file of the lock says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Holder {
    /// Name of the machine.
    pub host: String,
    /// Process on it.
    pub pid: u32,
    /// When it took the lock, UTC.
    pub since: String,
}

impl Holder {
    fn this_process() -> Self {
        Self {
            host: gethostname::gethostname().to_string_lossy().into_owned(),
            pid: std::process::id(),
            since: humantime::format_rfc3339_seconds(SystemTime::now()).to_string(),
        }
    }

    /// How long it has held the lock.
    pub fn elapsed(&self) -> Option<Duration> {
        let since = humantime::parse_rfc3339(&self.since).ok()?;
        SystemTime::now().duration_since(since).ok()
    }
}

impl fmt::Display for Holder {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { host, pid, since } = self;
        write!(formatter, "process {pid} on {host} (since {since})")
    }
}

/// A lock that this process holds until it is dropped.
#[derive(Debug)]
pub struct Lock {
    _file: File,
    waited: bool,
}

impl Lock {
    /// Waits for the lock; the file is made if missing. If another process is at work, `waits` is called once, with its
    /// name if that is known, before the waiting begins.
    ///
    /// # Errors
    /// The file cannot be opened, or its file system has no locks.
    pub fn acquire(path: &Path, waits: impl FnOnce(Option<Holder>)) -> Result<Self, LockError> {
        let file = open(path)?;
        let waited = !taken(&file).map_err(LockError::refused(path))?;
        if waited {
            waits(read(path));
            file.lock().map_err(LockError::refused(path))?;
        }
        Ok(Self::held(file, waited))
    }

    /// The lock, if no other process is at work.
    ///
    /// # Errors
    /// As of [`acquire`](Self::acquire).
    pub fn try_acquire(path: &Path) -> Result<Option<Self>, LockError> {
        let file = open(path)?;
        let taken = taken(&file).map_err(LockError::refused(path))?;
        Ok(taken.then(|| Self::held(file, false)))
    }

    /// Whether another process held it first.
    pub fn waited(&self) -> bool {
        self.waited
    }

    /// Whether some process holds the lock exclusively.
    pub fn is_held(path: &Path) -> bool {
        File::open(path).is_ok_and(|file| matches!(file.try_lock_shared(), Err(TryLockError::WouldBlock)))
    }

    /// Who holds the lock; none where nobody does, or has not said so yet.
    pub fn holder(path: &Path) -> Option<Holder> {
        Self::is_held(path).then(|| read(path)).flatten()
    }

    fn held(mut file: File, waited: bool) -> Self {
        if let Ok(mut line) = serde_json::to_vec(&Holder::this_process()) {
            line.push(b'\n');
            // For readers only: the lock holds without it, on a full disk too.
            let _ = file.set_len(0).and_then(|()| file.write_all(&line));
        }
        Self { _file: file, waited }
    }
}

fn open(path: &Path) -> Result<File, FileError> {
    // Appended, so that what another holder has written stays until the lock is ours.
    let opened = OpenOptions::new().create(true).append(true).open(path);
    opened.map_err(|source| FileError::new("open", path, source))
}

fn taken(file: &File) -> io::Result<bool> {
    for attempt in 0..TRIES {
        if attempt > 0 {
            sleep(BETWEEN);
        }
        match file.try_lock() {
            Ok(()) => return Ok(true),
            Err(TryLockError::WouldBlock) => {}
            Err(TryLockError::Error(error)) => return Err(error),
        }
    }
    Ok(false)
}

fn read(path: &Path) -> Option<Holder> {
    serde_json::from_slice(&std::fs::read(path).ok()?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn holders_know_since_when() {
        let since = humantime::format_rfc3339_seconds(SystemTime::now() - Duration::from_secs(90));
        let holder = Holder {
            since: since.to_string(),
            ..Holder::this_process()
        };
        let elapsed = holder.elapsed().unwrap().as_secs();
        assert!((90..150).contains(&elapsed), "{elapsed}");
    }
}
