//! Files and folders that are either whole or not there, whatever ends the process that writes them; their digests.

mod digest;
mod draft;
pub mod shell;
mod space;

pub use digest::{Sha256, each_piece, hex, sha256};
pub use draft::Draft;
pub use space::{Space, space};

use std::error::Error;
use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind, Write};
use std::path::Path;

/// How the names of files and folders begin that are being written and not yet in their place.
pub const TEMPORARY: &str = ".writing-";

/// Writes a temporary file beside `path`, syncs it, renames it and syncs the folder, which must exist.
///
/// # Errors
/// What the system says; the temporary file is gone then, and what was at `path` is as it was.
pub fn write(path: &Path, bytes: &[u8]) -> io::Result<()> {
    write_with(path, |file| file.write_all(bytes))
}

/// The same for content that is written piece by piece.
///
/// # Errors
/// What the system or `content` says; the temporary file is gone then, and what was at `path` is as it was.
pub fn write_with(path: &Path, content: impl FnOnce(&mut File) -> io::Result<()>) -> io::Result<()> {
    let folder = folder_of(path);
    let mut builder = tempfile::Builder::new();
    builder.prefix(TEMPORARY);
    // Temporary files are private by default; a result is readable by whom the umask allows, as any other file.
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    let mut file = builder.tempfile_in(folder)?;
    content(file.as_file_mut())?;
    file.as_file().sync_all()?;
    file.persist(path)?;
    sync_folder(folder)
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

/// Removes what killed processes were writing into a folder and those inside it. Only for a folder that no other process
/// writes into.
///
/// # Errors
/// What the system says.
pub fn remove_temporaries(folder: &Path) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            remove_temporaries(&entry.path())?;
        } else if entry.file_name().to_string_lossy().starts_with(TEMPORARY) {
            fs::remove_file(entry.path())?;
        }
    }
    Ok(())
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
        remove_temporaries(folder.path()).unwrap();
        assert!(names(&inside).is_empty());
        let mut left = names(folder.path());
        left.sort();
        assert_eq!(left, [".other", "kept", "trial-1"]);
    }
}
