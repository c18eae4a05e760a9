//! The folder beside --out in which `prune` works: one process at a time, and what is done there is found again.

use std::fs;
use std::io::ErrorKind;
use std::path::{Component, Path, PathBuf};
use std::thread::sleep;
use std::time::Duration;

use files::{FileError, Lock};

use crate::problem::{Problem, Result};

/// The lock, which also says whose folder it is.
const LOCK_FILE: &str = "prune.lock";
/// Who ends removes the lock with the folder; so often it is looked whether that has just happened.
const TRIES: usize = 20;
const BETWEEN: Duration = Duration::from_millis(10);

/// A folder for output without `.`, `..` and links, so that there is a place beside it.
///
/// # Errors
/// The root, and the working folder: what takes its place would not be where the shell is.
pub(crate) fn resolved(out: &Path) -> Result<PathBuf> {
    let mut path = PathBuf::new();
    for part in std::path::absolute(out)
        .map_err(FileError::writing(out))?
        .components()
    {
        match part {
            Component::CurDir => {}
            Component::ParentDir => {
                // Above a link is what its target is in.
                path = path.canonicalize().unwrap_or(path);
                path.pop();
            }
            part => path.push(part),
        }
    }
    let path = path.canonicalize().unwrap_or(path);
    let here = std::env::current_dir().and_then(|here| here.canonicalize()).ok();
    if path.file_name().is_none() || here.is_some_and(|here| here == path) {
        let problem = Problem::new(format!(
            "--out {} is the working folder or the root, in whose place nothing can be put",
            out.display()
        ));
        return Err(problem.hint("name a folder that does not exist yet"));
    }
    Ok(path)
}

/// Where the folder of a command is: beside the one that it writes, and so on its file system.
pub(crate) fn workshop_of(out: &Path) -> PathBuf {
    let mut name = out.file_name().unwrap_or_default().to_owned();
    name.push(".work");
    out.with_file_name(name)
}

/// Whether runs were begun, which the same command finds there.
pub(crate) fn has_runs(work: &Path) -> bool {
    work.join("choice/runs").exists()
}

/// The folder, which this process has for itself; dropped it stays only if runs were begun in it.
#[derive(Debug)]
pub(crate) struct Workshop {
    path: PathBuf,
    /// Released once the folder is gone.
    _lock: Lock,
}

impl Workshop {
    /// Makes the folder for what is written to `out`, or finds that of an earlier call, and removes what a killed one was
    /// writing there.
    ///
    /// # Errors
    /// Another process has it, or it is no folder of this command; what the system says.
    pub(crate) fn take(out: &Path) -> Result<Self> {
        let path = workshop_of(out);
        let lock = lock(&path, out)?;
        let workshop = Self { path, _lock: lock };
        files::remove_temporaries(&workshop.path).map_err(FileError::writing(&workshop.path))?;
        Ok(workshop)
    }

    /// Where it is.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Removes it with the runs.
    ///
    /// # Errors
    /// What the system says.
    pub(crate) fn close(self) -> Result<()> {
        Ok(remove(&self.path).map_err(|source| FileError::new("remove", &self.path, source))?)
    }
}

impl Drop for Workshop {
    fn drop(&mut self) {
        leave(&self.path);
    }
}

/// Removes the folder unless runs were begun in it, or this process does not have it.
pub(crate) fn leave(work: &Path) {
    let is_ours = Lock::holder(&work.join(LOCK_FILE)).is_some_and(|holder| holder.pid == std::process::id());
    if is_ours && !has_runs(work) {
        // What cannot be removed is found by the next call.
        let _ = remove(work);
    }
}

fn lock(work: &Path, out: &Path) -> Result<Lock> {
    let path = work.join(LOCK_FILE);
    if let Some(above) = work.parent() {
        fs::create_dir_all(above).map_err(FileError::writing(above))?;
    }
    for _ in 0..TRIES {
        match fs::create_dir(work) {
            Ok(()) => {}
            Err(error) if error.kind() != ErrorKind::AlreadyExists => {
                return Err(FileError::writing(work)(error).into());
            }
            // Made a moment ago, or about to go, or somebody else's.
            Err(_) if !path.is_file() => {
                sleep(BETWEEN);
                continue;
            }
            Err(_) => {}
        }
        let lock = match Lock::try_acquire(&path) {
            // It has just gone.
            Err(files::LockError::File(error)) if error.source.kind() == ErrorKind::NotFound => continue,
            lock => lock?,
        };
        let holder = Lock::holder(&path);
        if lock.is_none()
            || holder
                .as_ref()
                .is_some_and(|holder| holder.pid != std::process::id())
        {
            let by = holder.map_or(String::new(), |holder| format!(" by {holder}"));
            let problem = Problem::new(format!(
                "--out {} is being written by another `headcount prune`: {} is held{by}",
                out.display(),
                work.display()
            ));
            return Err(problem.hint("wait until it is done, or choose another --out"));
        }
        // A lock on a file that has gone meanwhile excludes nobody.
        if let Some(lock) = lock.filter(|_| Lock::is_held(&path)) {
            return Ok(lock);
        }
    }
    let problem = Problem::new(format!(
        "{} is there already, and this command would work in it",
        work.display()
    ));
    Err(problem.hint("choose another --out, or move that folder"))
}

/// The lock goes last, so that what another process sees is a folder of this command or none.
fn remove(work: &Path) -> std::io::Result<()> {
    for entry in fs::read_dir(work)? {
        let entry = entry?;
        match entry.file_type()?.is_dir() {
            true => fs::remove_dir_all(entry.path())?,
            false if entry.file_name() == LOCK_FILE => {}
            false => fs::remove_file(entry.path())?,
        }
    }
    fs::remove_file(work.join(LOCK_FILE))?;
    match fs::remove_dir(work) {
        // Another process was quick, and it is that one's now.
        Err(error) if error.kind() == ErrorKind::DirectoryNotEmpty => Ok(()),
        removed => removed,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_at_a_time_and_what_a_killed_one_left_goes() {
        let folder = tempfile::tempdir().unwrap();
        let (out, work) = (folder.path().join("a/out"), folder.path().join("a/out.work"));
        let first = Workshop::take(&out).unwrap();
        fs::create_dir_all(work.join("choice/runs")).unwrap();
        drop(first);
        assert!(work.is_dir(), "what is done stays");
        let draft = work.join(".writing-abc");
        fs::create_dir(&draft).unwrap();
        fs::write(draft.join("model.safetensors"), "half").unwrap();
        let second = Workshop::take(&out).unwrap();
        assert!(!draft.exists() && work.join("choice/runs").is_dir());
        second.close().unwrap();
        assert!(!work.exists());
        drop(Workshop::take(&out).unwrap());
        assert!(!work.exists(), "nothing was begun");
        leave(&work);
    }

    #[test]
    fn a_folder_has_a_place_beside_it_however_it_is_called() {
        let folder = tempfile::tempdir().unwrap();
        let folder = folder.path().canonicalize().unwrap();
        fs::create_dir_all(folder.join("a/b")).unwrap();
        for (called, is) in [
            ("a/.", "a"),
            ("a/b/..", "a"),
            ("a/b/../../new", "new"),
            ("none/..", ""),
            ("./new/", "new"),
        ] {
            let found = resolved(&folder.join(called)).unwrap();
            assert_eq!(
                found.components().as_path(),
                folder.join(is).components().as_path(),
                "{called}"
            );
        }
        for called in [".", "./.", "src/..", "/"] {
            resolved(Path::new(called)).unwrap_err();
        }
    }

    #[test]
    fn a_folder_of_somebody_else_is_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let work = folder.path().join("out.work");
        fs::create_dir(&work).unwrap();
        let refused = Workshop::take(&folder.path().join("out")).unwrap_err();
        assert!(refused.to_string().contains("is there already"), "{refused}");
        assert!(work.is_dir());
    }
}
