//! Members of a gzipped tar archive, and gzipped files as a whole.

use std::fs::File;
use std::io::{self, BufReader, Read};
use std::path::Path;

use flate2::bufread::MultiGzDecoder;
use tar::{Archive, EntryType};

use super::{Taken, Wrong, leads_out};

/// What the frame of an archive may add to its members.
const FRAME: u64 = 1 << 20;

pub(super) fn take(archive: &Path, at_most: u64, taken: &mut Taken<'_>) -> Result<(), Wrong> {
    let file = File::open(archive).map_err(Wrong::damaged)?;
    let mut unpacked = Limited {
        inner: MultiGzDecoder::new(BufReader::new(file)),
        left: at_most.saturating_add(FRAME),
        exceeded: false,
    };
    let outcome = members(&mut unpacked, taken);
    if unpacked.exceeded {
        return Err(Wrong::Archive("unpacks to more bytes than it may".to_owned()));
    }
    outcome
}

/// Reads a gzipped file to its end.
pub(super) fn read_through(path: &Path) -> Result<(), String> {
    let file = File::open(path).map_err(|error| error.to_string())?;
    let mut unpacked = MultiGzDecoder::new(BufReader::new(file));
    match io::copy(&mut unpacked, &mut io::sink()) {
        Ok(_) => Ok(()),
        Err(error) => Err(format!("the file is damaged: {error}")),
    }
}

fn members(unpacked: &mut impl Read, taken: &mut Taken<'_>) -> Result<(), Wrong> {
    let mut tar = Archive::new(&mut *unpacked);
    for entry in tar.entries().map_err(Wrong::damaged)? {
        let mut entry = entry.map_err(Wrong::damaged)?;
        let path = entry.path_bytes();
        let name = String::from_utf8_lossy(&path).into_owned();
        let target = entry.link_name_bytes();
        let target = target.as_deref().map(String::from_utf8_lossy);
        if leads_out(&name) || target.is_some_and(|target| leads_out(&target)) {
            return Err(Wrong::leaves(&name));
        }
        let name = name.strip_prefix("./").unwrap_or(&name).to_owned();
        if !taken.wants(&name) {
            continue;
        }
        let kind = entry.header().entry_type();
        if !matches!(kind, EntryType::Regular | EntryType::Continuous) {
            return Err(Wrong::no_file(&name));
        }
        taken.take(&name, &mut entry)?;
    }
    // The checksum comes last, after what tar archives end with.
    io::copy(unpacked, &mut io::sink()).map_err(Wrong::damaged)?;
    Ok(())
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
