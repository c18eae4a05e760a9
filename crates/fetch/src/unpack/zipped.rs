//! Members of a zip archive.

use std::fs::File;
use std::io::BufReader;
use std::path::Path;

use zip::ZipArchive;

use super::{Taken, Wrong, leads_out};

pub(super) fn take(archive: &Path, taken: &mut Taken<'_>) -> Result<(), Wrong> {
    let file = File::open(archive).map_err(Wrong::damaged)?;
    let mut zip = ZipArchive::new(BufReader::new(file)).map_err(Wrong::damaged)?;
    if zip.has_duplicate_names() {
        return Err(Wrong::Archive("has an entry twice".to_owned()));
    }
    let mut members = Vec::new();
    for index in 0..zip.len() {
        let entry = zip.by_index_raw(index).map_err(Wrong::damaged)?;
        let name = String::from_utf8_lossy(entry.name_raw()).into_owned();
        if leads_out(&name) {
            return Err(Wrong::leaves(&name));
        }
        if taken.wants(&name) {
            if entry.is_dir() || entry.is_symlink() || !has_mode_of_file(entry.unix_mode()) {
                return Err(Wrong::no_file(&name));
            }
            members.push((index, name));
        }
    }
    for (index, name) in members {
        let entry = zip.by_index(index).map_err(Wrong::damaged)?;
        taken.take(&name, entry)?;
    }
    Ok(())
}

/// Archives made on other systems have no mode, or only rights.
fn has_mode_of_file(mode: Option<u32>) -> bool {
    const KIND: u32 = 0o170_000;
    const REGULAR: u32 = 0o100_000;
    mode.is_none_or(|mode| matches!(mode & KIND, 0 | REGULAR))
}
