//! Files and folders that are either whole or not there, whatever ends the process that writes them; their digests; locks;
//! and the trait by which an error says what to do about it.

mod digest;
mod draft;
mod error;
mod lock;
mod message;
pub mod shell;
mod space;

pub use digest::{Sha256, each_piece, hex, sha256, sha256_of};
pub use draft::Draft;
pub use error::{FileError, Hint, hint, is_full, is_of_disk};
pub use lock::{Holder, Lock, LockError};
pub use message::one_line;
pub use space::{Space, space};

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// How the names of files and folders begin that are being written and not yet in their place.
pub const TEMPORARY: &str = ".writing-";

/// Writes a temporary file beside `path`, syncs it, renames it and syncs the folder, which must exist.
///
/// # Errors
/// What the system says; the temporary file is gone then, and what was at `path` is as it was.
pub fn write(path: &Path, bytes: &[u8]) -> io::Result<()> {
    write_with(path, |file| file.write_all(bytes))
}

/// The same, and makes the folder if it is missing.
///
/// # Errors
/// The path and what the system says; what was at `path` is as it was.
pub fn store(path: &Path, bytes: &[u8]) -> Result<(), FileError> {
    fs::create_dir_all(folder_of(path))
        .and_then(|()| write(path, bytes))
        .map_err(FileError::writing(path))
}

/// As [`write()`] for content that is written piece by piece.
///
/// # Errors
/// What the system or `content` says; the temporary file is gone then, and what was at `path` is as it was.
pub fn write_with(path: &Path, content: impl FnOnce(&mut File) -> io::Result<()>) -> io::Result<()> {
    let mut draft = DraftFile::new(path)?;
    content(draft.file.as_file_mut())?;
    draft.publish()
}

/// A file that is being written under a temporary name; dropped before it is published, it vanishes.
#[derive(Debug)]
pub struct DraftFile {
    file: tempfile::NamedTempFile,
    path: PathBuf,
}

impl DraftFile {
    /// An empty file beside `path`, where it will appear; the folder must exist.
    ///
    /// # Errors
    /// What the system says.
    pub fn new(path: &Path) -> io::Result<Self> {
        let mut builder = tempfile::Builder::new();
        builder.prefix(TEMPORARY);
        // Temporary files are private by default; a result is readable by whom the umask allows, as any other file.
        #[cfg(unix)]
        builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
        Ok(Self {
            file: builder.tempfile_in(folder_of(path))?,
            path: path.to_owned(),
        })
    }

    /// Syncs it, puts it in its place and syncs the folder.
    ///
    /// # Errors
    /// What the system says; what was at the place is as it was.
    pub fn publish(self) -> io::Result<()> {
        self.file.as_file().sync_all()?;
        self.file.persist(&self.path)?;
        sync_folder(folder_of(&self.path))
    }
}

impl Write for DraftFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.file.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

/// Makes the folder, and those that it is in, unless it is there, and tries whether a file can be made in it.
///
/// # Errors
/// What the system says; of the file nothing is left.
pub fn make_writable_folder(folder: &Path) -> io::Result<()> {
    fs::create_dir_all(folder)?;
    tempfile::Builder::new()
        .prefix(TEMPORARY)
        .tempfile_in(folder)
        .map(drop)
}

/// Waits until the content of a file that was written otherwise is on the disk.
///
/// # Errors
/// What the system says.
pub fn sync(path: &Path) -> io::Result<()> {
    OpenOptions::new().append(true).open(path)?.sync_all()
}

/// Removes files and folders that killed processes were writing into a folder and those inside it. Only for a folder that no other process
/// writes into.
///
/// # Errors
/// What the system says.
pub fn remove_temporaries(folder: &Path) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let is_temporary = entry.file_name().to_string_lossy().starts_with(TEMPORARY);
        match (entry.file_type()?.is_dir(), is_temporary) {
            (true, true) => fs::remove_dir_all(entry.path())?,
            (true, false) => remove_temporaries(&entry.path())?,
            (false, true) => fs::remove_file(entry.path())?,
            (false, false) => {}
        }
    }
    Ok(())
}

/// A bare file name has the empty path as its parent.
fn folder_of(path: &Path) -> &Path {
    path.parent()
        .filter(|folder| !folder.as_os_str().is_empty())
        .unwrap_or(Path::new("."))
}

#[cfg(unix)]
fn sync_folder(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

/// Elsewhere a folder cannot be opened as a file; the rename is in the journal.
#[cfg(not(unix))]
fn sync_folder(_: &Path) -> io::Result<()> {
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(folder: &Path) -> Vec<String> {
        let entries = fs::read_dir(folder).unwrap();
        entries
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect()
    }

    #[test]
    fn replaces_the_content_and_leaves_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("results.csv");
        write(&path, b"a longer first content").unwrap();
        write(&path, b"second").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"second");
        assert_eq!(names(folder.path()), ["results.csv"]);
    }

    #[test]
    fn a_content_that_breaks_off_changes_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("results.csv");
        write(&path, b"first").unwrap();
        let broken = write_with(&path, |file| {
            file.write_all(b"sec")?;
            Err(io::Error::other("no more"))
        });
        assert_eq!(broken.unwrap_err().to_string(), "no more");
        assert_eq!(fs::read(&path).unwrap(), b"first");
        assert_eq!(names(folder.path()), ["results.csv"]);
    }

    #[test]
    fn a_folder_is_made_and_tried() {
        let folder = tempfile::tempdir().unwrap();
        let inner = folder.path().join("a/b");
        make_writable_folder(&inner).unwrap();
        assert!(names(&inner).is_empty());
        fs::write(folder.path().join("file"), "").unwrap();
        assert!(make_writable_folder(&folder.path().join("file/c")).is_err());
    }

    #[test]
    fn only_what_was_being_written_is_removed() {
        let folder = tempfile::tempdir().unwrap();
        for name in [".writing-a1", "kept", ".other"] {
            fs::write(folder.path().join(name), "").unwrap();
        }
        let inside = folder.path().join("trial-1");
        fs::create_dir(&inside).unwrap();
        fs::write(inside.join(".writing-b2"), "").unwrap();
        fs::create_dir(folder.path().join(".writing-c3")).unwrap();
        fs::write(folder.path().join(".writing-c3/half"), "").unwrap();
        remove_temporaries(folder.path()).unwrap();
        assert!(names(&inside).is_empty());
        let mut left = names(folder.path());
        left.sort();
        assert_eq!(left, [".other", "kept", "trial-1"]);
    }
}
