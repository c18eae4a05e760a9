//! A folder that is either whole or not there.

use std::fs;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use crate::{TEMPORARY, folder_of, sync_folder};

/// A folder that is being filled under a temporary name; dropped before it is published, it vanishes.
#[derive(Debug)]
pub struct Draft {
    folder: TempDir,
    /// Where it goes, links resolved.
    out: PathBuf,
}

impl Draft {
    /// An empty folder beside the place where it will appear; folders above it are made.
    ///
    /// # Errors
    /// What the system says.
    pub fn new(out: &Path) -> io::Result<Self> {
        let out = resolved(out)?;
        let parent = folder_of(&out).to_owned();
        Self::inside(&parent, out)
    }

    /// The same in a folder that is made if missing and must be on the file system of `out`: who works there alone can
    /// remove what killed processes left.
    ///
    /// # Errors
    /// What the system says.
    pub fn within(workshop: &Path, out: &Path) -> io::Result<Self> {
        let out = resolved(out)?;
        fs::create_dir_all(folder_of(&out))?;
        Self::inside(workshop, out)
    }

    fn inside(folder: &Path, out: PathBuf) -> io::Result<Self> {
        fs::create_dir_all(folder)?;
        let folder = temporary(folder)?;
        Ok(Self { folder, out })
    }

    /// Where to write its files. They are to be synced by who writes them.
    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Puts the folder in its place: where nothing is, or an empty folder, or with `replace` one that may go.
    ///
    /// # Errors
    /// What the system says; what was at the place is as it was.
    pub fn publish(self, replace: bool) -> io::Result<()> {
        let Self { folder, out } = self;
        sync_folder(folder.path())?;
        let parent = folder_of(&out).to_owned();
        // What is replaced is deleted only after its successor is in place.
        let mut old = None;
        if replace {
            let attic = temporary(&parent)?;
            fs::rename(&out, attic.path().join("old"))?;
            old = Some(attic);
        } else if out.exists() {
            fs::remove_dir(&out)?;
        }
        if let Err(error) = fs::rename(folder.path(), &out) {
            if let Some(attic) = &old {
                fs::rename(attic.path().join("old"), &out)?;
            }
            return Err(error);
        }
        // Under its name it is no longer temporary.
        let _ = folder.keep();
        sync_folder(&parent)
    }
}

fn resolved(out: &Path) -> io::Result<PathBuf> {
    match fs::canonicalize(out) {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(out.to_owned()),
        resolved => resolved,
    }
}

fn temporary(parent: &Path) -> io::Result<TempDir> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(TEMPORARY);
    // Temporary folders are private by default; what is published is open to whom the umask allows, as any other folder.
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o777));
    builder.tempdir_in(parent)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn draft(out: &Path, content: &str) -> Draft {
        let draft = Draft::new(out).unwrap();
        fs::write(draft.path().join("file"), content).unwrap();
        draft
    }

    fn names(folder: &Path) -> Vec<String> {
        let entries = fs::read_dir(folder).unwrap();
        let mut names: Vec<String> = entries
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }

    #[test]
    fn appears_whole_in_folders_that_are_made() {
        let root = tempfile::tempdir().unwrap();
        let out = root.path().join("a/b");
        draft(&out, "text").publish(false).unwrap();
        assert_eq!(fs::read_to_string(out.join("file")).unwrap(), "text");
        assert_eq!(names(&root.path().join("a")), ["b"]);
    }

    #[test]
    fn dropped_it_leaves_nothing() {
        let root = tempfile::tempdir().unwrap();
        drop(draft(&root.path().join("out"), "text"));
        assert!(names(root.path()).is_empty());
    }

    #[test]
    fn takes_the_place_of_an_empty_folder_and_of_nothing_else_unless_told() {
        let root = tempfile::tempdir().unwrap();
        let out = root.path().join("out");
        fs::create_dir(&out).unwrap();
        draft(&out, "first").publish(false).unwrap();
        draft(&out, "second").publish(false).unwrap_err();
        assert_eq!(fs::read_to_string(out.join("file")).unwrap(), "first");
        draft(&out, "third").publish(true).unwrap();
        assert_eq!(fs::read_to_string(out.join("file")).unwrap(), "third");
        assert_eq!(names(root.path()), ["out"]);
    }

    #[test]
    fn a_workshop_holds_it_until_it_is_published() {
        let root = tempfile::tempdir().unwrap();
        let (workshop, out) = (root.path().join("workshop"), root.path().join("data/out"));
        let draft = Draft::within(&workshop, &out).unwrap();
        assert_eq!(names(&workshop).len(), 1);
        draft.publish(false).unwrap();
        assert!(out.is_dir());
        assert!(names(&workshop).is_empty());
    }

    #[cfg(unix)]
    #[test]
    fn is_as_open_as_any_folder() {
        use std::os::unix::fs::PermissionsExt;
        let root = tempfile::tempdir().unwrap();
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode();
        let usual = root.path().join("usual");
        fs::create_dir(&usual).unwrap();
        let out = root.path().join("out");
        draft(&out, "text").publish(false).unwrap();
        assert_eq!(mode(&out), mode(&usual));
    }
}
