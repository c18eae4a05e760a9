//! Whole text files: read as lines, written in one piece.

use std::io::{self, Write};
use std::path::Path;

use tempfile::NamedTempFile;

use crate::error::DataError;
use crate::read::Lines;

/// The lines of a UTF-8 text, unpacked if the file's name ends in `.gz`, without LF or CR LF at their ends.
///
/// # Errors
/// The file cannot be read, or a line is not UTF-8; the error names the line.
pub fn read_lines(path: &Path) -> Result<Vec<String>, DataError> {
    let mut lines = Lines::open(path)?;
    let mut text = Vec::new();
    while lines.advance()? {
        text.push(lines.line().to_owned());
    }
    Ok(text)
}

/// Writes a file so that it appears whole or not at all.
pub(crate) fn write_whole(path: &Path, content: &[u8]) -> Result<(), DataError> {
    let folder = match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    let write = || {
        let mut file = temporary(folder)?;
        file.write_all(content)?;
        file.as_file().sync_all()?;
        file.persist(path)?;
        Ok(())
    };
    write().map_err(|source| DataError::Write {
        path: path.into(),
        source,
    })
}

/// A file to be renamed; readable by whom the umask allows, as any other file, where temporary ones are private.
pub(crate) fn temporary(folder: &Path) -> io::Result<NamedTempFile> {
    let mut builder = tempfile::Builder::new();
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    builder.tempfile_in(folder)
}
