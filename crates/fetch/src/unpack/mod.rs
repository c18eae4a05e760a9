//! Files out of archives: only those that are named, under names of our own, in bounds.

mod tar_gz;
mod zipped;

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Read, Write};
use std::path::Path;

use crate::manifest::{Format, Unpack};
use crate::{FetchError, Stored};

/// What is wrong with an archive.
#[derive(Debug)]
enum Wrong {
    /// With what it holds.
    Archive(String),
    /// With the disk that takes it.
    Disk(std::path::PathBuf, io::Error),
}

impl Wrong {
    fn damaged(error: impl std::fmt::Display) -> Self {
        Self::Archive(format!("the archive is damaged: {error}"))
    }

    fn leaves(entry: &str) -> Self {
        Self::Archive(format!("entry `{entry}` leads out of the archive's folder"))
    }

    fn twice(entry: &str) -> Self {
        Self::Archive(format!("has the entry `{entry}` twice"))
    }

    fn no_file(entry: &str) -> Self {
        Self::Archive(format!("entry `{entry}` is not an ordinary file"))
    }
}

/// Takes the wanted members out of an archive into a folder that is new; `name` is the archive's in messages.
///
/// # Errors
/// The archive is damaged, unpacks to more than it may, lacks a member, has one twice or as something else than a file, or
/// has any entry that leads out of its folder; or the disk does not take the files. Some files may be there then.
pub fn unpack(archive: &Path, name: &str, wanted: &Unpack, folder: &Path) -> Result<Vec<Stored>, FetchError> {
    let by_member: BTreeMap<&str, &str> = wanted
        .members
        .iter()
        .map(|(file, member)| (member.as_str(), file.as_str()))
        .collect();
    let mut taken = Taken {
        folder,
        wanted: &by_member,
        left: wanted.at_most,
        names: Vec::new(),
    };
    let outcome = match wanted.format {
        Format::Zip => zipped::take(archive, &mut taken),
        Format::TarGz => tar_gz::take(archive, wanted.at_most, &mut taken),
    };
    let outcome = outcome.and_then(|()| taken.check());
    outcome.map_err(|wrong| match wrong {
        Wrong::Archive(problem) => FetchError::Archive {
            archive: name.to_owned(),
            problem,
        },
        Wrong::Disk(path, source) => FetchError::io("write", &path)(source),
    })?;
    let names = wanted.members.keys();
    names
        .map(|name| stored(folder, name).map_err(FetchError::io("read", &folder.join(name))))
        .collect()
}

/// Reads a packed file to its end where no checksum tells whether it is whole; others pass.
///
/// # Errors
/// It breaks off, or its own checksum does not fit.
pub(crate) fn check_packed(path: &Path, name: &str) -> Result<(), FetchError> {
    if !name.ends_with(".gz") && !name.ends_with(".tgz") {
        return Ok(());
    }
    tar_gz::read_through(path).map_err(|problem| FetchError::Archive {
        archive: name.to_owned(),
        problem,
    })
}

/// A file of a folder as records say it.
pub(crate) fn stored(folder: &Path, name: &str) -> io::Result<Stored> {
    let path = folder.join(name);
    Ok(Stored {
        name: name.to_owned(),
        size: std::fs::metadata(&path)?.len(),
        sha256: files::sha256(&path)?,
    })
}

/// The files taken so far.
struct Taken<'a> {
    folder: &'a Path,
    /// File names by members.
    wanted: &'a BTreeMap<&'a str, &'a str>,
    /// Bytes that may still come.
    left: u64,
    names: Vec<String>,
}

impl Taken<'_> {
    fn wants(&self, member: &str) -> bool {
        self.wanted.contains_key(member)
    }

    /// Writes a member to its file.
    fn take(&mut self, member: &str, mut content: impl Read) -> Result<(), Wrong> {
        let Some(name) = self.wanted.get(member) else {
            return Ok(());
        };
        if self.names.iter().any(|taken| taken == member) {
            return Err(Wrong::twice(member));
        }
        self.names.push(member.to_owned());
        let path = self.folder.join(name);
        let on_disk = |error| Wrong::Disk(path.clone(), error);
        let mut file = File::create_new(&path).map_err(on_disk)?;
        let mut buffer = vec![0; 1 << 16];
        loop {
            let count = match content.read(&mut buffer) {
                Ok(0) => break,
                Ok(count) => count,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(Wrong::damaged(error)),
            };
            let Some(left) = self.left.checked_sub(count as u64) else {
                return Err(Wrong::Archive("unpacks to more bytes than it may".to_owned()));
            };
            self.left = left;
            file.write_all(&buffer[..count]).map_err(on_disk)?;
        }
        file.sync_all().map_err(on_disk)
    }

    fn check(&self) -> Result<(), Wrong> {
        let is_missing = |member: &&&str| self.names.iter().all(|taken| taken != **member);
        match self.wanted.keys().find(is_missing) {
            Some(member) => Err(Wrong::Archive(format!("has no `{member}`"))),
            None => Ok(()),
        }
    }
}

/// Whether the name of an entry might be a place outside the folder it is taken from, on any system.
fn leads_out(name: &str) -> bool {
    let has_drive = name.as_bytes().get(1) == Some(&b':');
    name.starts_with(['/', '\\']) || has_drive || name.split(['/', '\\']).any(|part| part == "..")
}
