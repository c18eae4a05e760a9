//! Texts out of a gzipped tar archive straight into memory; nothing in the archive decides where anything is written.

use std::io::{self, BufReader, Read};
use std::path::{Component, Path, PathBuf};

use flate2::bufread::MultiGzDecoder;
use tar::{Archive, Entry, EntryType};

use super::error::PrepareError;
use crate::DataError;
use crate::read::open_file;

/// Bytes that an archive may unpack to, all entries together; the one of IWSLT14 has less than a tenth of it.
const MOST_BYTES: u64 = 1 << 30;

/// A text of an archive.
pub(super) struct Member {
    /// The archive's path with the entry's appended, for messages.
    pub(super) path: PathBuf,
    /// The content.
    pub(super) bytes: Vec<u8>,
}

/// The entries that have the `wanted` file names, in that order, whatever folder they are in.
///
/// # Errors
/// The archive cannot be opened, is damaged or too large, lacks a file, has one twice or as something else than a file,
/// or has any entry that leads out of its folder.
pub(super) fn read_members(archive: &Path, wanted: &[String]) -> Result<Vec<Member>, DataError> {
    let file = open_file(archive)?;
    let mut unpacked = Limited {
        inner: MultiGzDecoder::new(BufReader::new(file)),
        left: MOST_BYTES,
        exceeded: false,
    };
    let outcome = collect(archive, &mut unpacked, wanted);
    if unpacked.exceeded {
        return Err(too_large(archive).into());
    }
    let found = outcome?;
    let member = |(member, name): (Option<Member>, &String)| {
        member.ok_or_else(|| PrepareError::Missing {
            archive: archive.into(),
            member: name.clone(),
        })
    };
    Ok(found
        .into_iter()
        .zip(wanted)
        .map(member)
        .collect::<Result<_, _>>()?)
}

fn collect(
    archive: &Path,
    unpacked: &mut impl Read,
    wanted: &[String],
) -> Result<Vec<Option<Member>>, PrepareError> {
    let damaged = |source| PrepareError::Damaged {
        archive: archive.into(),
        source,
    };
    let mut found: Vec<Option<Member>> = wanted.iter().map(|_| None).collect();
    let mut tar = Archive::new(&mut *unpacked);
    for entry in tar.entries().map_err(damaged)? {
        let mut entry = entry.map_err(damaged)?;
        let path = entry.path().map_err(damaged)?.into_owned();
        refuse_leaving(archive, &path, &entry)?;
        let name = path.file_name();
        let Some(place) = wanted.iter().position(|wanted| name == Some(wanted.as_ref())) else {
            continue;
        };
        if !matches!(
            entry.header().entry_type(),
            EntryType::Regular | EntryType::Continuous
        ) {
            return Err(PrepareError::NotAFile {
                archive: archive.into(),
                entry: path.display().to_string(),
            });
        }
        let path = archive.join(path);
        if let Some(first) = &found[place] {
            return Err(PrepareError::Twice {
                archive: archive.into(),
                first: first.path.display().to_string(),
                second: path.display().to_string(),
            });
        }
        if entry.size() > MOST_BYTES {
            return Err(too_large(archive));
        }
        let mut bytes = Vec::new();
        entry.read_to_end(&mut bytes).map_err(damaged)?;
        found[place] = Some(Member { path, bytes });
    }
    // The checksum comes last, after what tar archives end with.
    io::copy(unpacked, &mut io::sink()).map_err(damaged)?;
    Ok(found)
}

fn refuse_leaving(archive: &Path, path: &Path, entry: &Entry<'_, impl Read>) -> Result<(), PrepareError> {
    let leaves = |entry: String| PrepareError::Leaves {
        archive: archive.into(),
        entry,
    };
    if leads_out(path) {
        return Err(leaves(path.display().to_string()));
    }
    let damaged = |source| PrepareError::Damaged {
        archive: archive.into(),
        source,
    };
    match entry.link_name().map_err(damaged)? {
        Some(target) if leads_out(&target) => {
            Err(leaves(format!("{} -> {}", path.display(), target.display())))
        }
        _ => Ok(()),
    }
}

/// Whether a path might name a place outside the folder it is taken from.
fn leads_out(path: &Path) -> bool {
    path.components()
        .any(|part| !matches!(part, Component::Normal(_) | Component::CurDir))
}

fn too_large(archive: &Path) -> PrepareError {
    PrepareError::TooLarge {
        archive: archive.into(),
        limit: MOST_BYTES,
    }
}

/// Fails after a number of bytes, where `Read::take` would feign the end.
struct Limited<R> {
    inner: R,
    left: u64,
    exceeded: bool,
}

impl<R: Read> Read for Limited<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(buffer)?;
        match self.left.checked_sub(read as u64) {
            Some(left) => {
                self.left = left;
                Ok(read)
            }
            None => {
                self.exceeded = true;
                Err(io::Error::other("too many bytes"))
            }
        }
    }
}
