//! Whole text files: read as lines, written in one piece.

use std::path::Path;

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
    files::write(path, content).map_err(|source| DataError::Write {
        path: path.into(),
        source,
    })
}
