//! `mask.json`: the heads that are kept, one row of 0 and 1 for each row of the model's head grid.

use std::path::Path;

use files::FileError;
use serde::{Deserialize, Serialize};

use crate::RecordError;

/// Version of `mask.json`.
pub const MASK_SCHEMA_VERSION: u32 = 1;
/// Its name in the folder of a run.
pub const MASK_FILE: &str = "mask.json";

// Keys are written in this order.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct MaskFile {
    mask: Vec<Vec<u8>>,
    schema_version: u32,
}

/// Writes the rows of a mask.
///
/// # Errors
/// The system refuses.
pub fn write_mask(path: &Path, rows: &[Vec<u8>]) -> Result<(), RecordError> {
    let file = MaskFile {
        mask: rows.to_vec(),
        schema_version: MASK_SCHEMA_VERSION,
    };
    let text = serde_json::to_string(&file).map_err(RecordError::format(path))? + "\n";
    Ok(files::store(path, text.as_bytes())?)
}

/// Reads the rows of a mask.
///
/// # Errors
/// The file cannot be read, is of another version, or holds a number that is neither 0 nor 1.
pub fn read_mask(path: &Path) -> Result<Vec<Vec<u8>>, RecordError> {
    let text = std::fs::read(path).map_err(FileError::reading(path))?;
    let MaskFile { mask, schema_version } =
        serde_json::from_slice(&text).map_err(RecordError::content(path))?;
    if schema_version != MASK_SCHEMA_VERSION {
        let reason = format!("schema_version is {schema_version}, this program reads {MASK_SCHEMA_VERSION}");
        return Err(RecordError::content(path)(reason));
    }
    match mask.iter().flatten().find(|&&digit| digit > 1) {
        Some(digit) => Err(RecordError::content(path)(format!("{digit} is neither 0 nor 1"))),
        None => Ok(mask),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_and_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(MASK_FILE);
        let rows = vec![vec![1, 0, 1], vec![0, 0]];
        write_mask(&path, &rows).unwrap();
        let text = std::fs::read_to_string(&path).unwrap();
        assert_eq!(text, "{\"mask\":[[1,0,1],[0,0]],\"schema_version\":1}\n");
        assert_eq!(read_mask(&path).unwrap(), rows);
        for (damaged, said) in [
            (text.replace(",0]]", ",2]]"), "2 is neither"),
            (text.replace(":1}", ":2}"), "schema_version is 2"),
            (text.replace("mask", "masks"), "unknown field"),
        ] {
            std::fs::write(&path, damaged).unwrap();
            let error = read_mask(&path).unwrap_err().to_string();
            assert!(error.contains(said) && error.contains(MASK_FILE), "{error}");
        }
    }
}
