//! groups.csv: which examples of a split belong together, as pairs that share a premise do; tests draw them together.

use std::collections::BTreeSet;
use std::path::Path;

use files::FileError;
use serde::{Deserialize, Serialize};

use crate::RecordError;
use crate::rows::{Lengths, line_error, read_rows, to_csv};

/// Name of the file, in the folder of a sweep.
pub const GROUPS_FILE: &str = "groups.csv";

/// The columns of groups.csv, in order.
pub const GROUP_COLUMNS: [&str; 3] = ["split", "example", "group"];

/// The group of one example.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GroupRow {
    /// The split, as in results.csv.
    pub split: String,
    /// Position in the split, from 0, as in the files of predictions.
    pub example: usize,
    /// Which group: examples of a split with one number belong together.
    pub group: usize,
}

/// Reads a groups.csv.
///
/// # Errors
/// The file cannot be read, its header is not [`GROUP_COLUMNS`], or a line does not parse or names an example again; the error
/// names file and line.
pub fn read_groups(path: &Path) -> Result<Vec<GroupRow>, RecordError> {
    let rows = read_rows(path, &GROUP_COLUMNS, Lengths::Names, |_: &GroupRow| None)?;
    let mut seen = BTreeSet::new();
    for (line, row) in &rows {
        if !seen.insert((row.split.as_str(), row.example)) {
            let reason = format!("example {} of {} has a group already", row.example, row.split);
            return Err(line_error(path, *line, reason));
        }
    }
    Ok(rows.into_iter().map(|(_, row)| row).collect())
}

/// Writes `rows` to `path` atomically, sorted by split and example.
///
/// # Errors
/// The file cannot be written.
pub fn write_groups(path: &Path, rows: &[GroupRow]) -> Result<(), RecordError> {
    let mut sorted: Vec<&GroupRow> = rows.iter().collect();
    sorted.sort_by_key(|row| (&row.split, row.example));
    let bytes = to_csv(&GROUP_COLUMNS, &sorted).map_err(FileError::writing(path))?;
    Ok(files::write(path, &bytes).map_err(FileError::writing(path))?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn groups_come_back_sorted_and_no_example_has_two() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(GROUPS_FILE);
        let row = |example, group| GroupRow {
            split: "matched".into(),
            example,
            group,
        };
        write_groups(&path, &[row(10, 3), row(2, 3), row(0, 0)]).unwrap();
        assert_eq!(read_groups(&path).unwrap(), [row(0, 0), row(2, 3), row(10, 3)]);
        write_groups(&path, &[row(1, 0), row(1, 2)]).unwrap();
        let said = read_groups(&path).unwrap_err().to_string();
        assert!(said.contains("groups.csv:3: example 1 of matched"), "{said}");
    }
}
