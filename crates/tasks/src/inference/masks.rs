//! A mask.json for the heads of a model.

use std::path::Path;

use heads::{HeadGrid, HeadMask};
use methods::ExecuteError;
use records::read_mask;

/// What a mask looks like.
const FORM: &str = "a mask is {\"schema_version\": 1, \"mask\": [[1, 0, 1], [0, 0, 1]]}: a row for each attention module of its model, and \
                    in it 0 or 1 for each head";

/// The mask of a file, which must have a row for each row of `grid`, with a number for each of its heads.
///
/// # Errors
/// A file that cannot be read, and one of another model, by its first row that differs.
pub fn read_head_mask(path: &Path, grid: &HeadGrid) -> Result<HeadMask, ExecuteError> {
    let rows = read_mask(path).map_err(|error| ExecuteError::from(error).with_hint(FORM))?;
    let refuse = |found: String| ExecuteError::new(format!("{}: {found}", path.display())).with_hint(FORM);
    if rows.len() != grid.rows().len() {
        let (found, due) = (rows.len(), grid.rows().len());
        return Err(refuse(format!(
            "{found} rows for a model of {due} attention modules"
        )));
    }
    for (number, (row, of_model)) in rows.iter().zip(grid.rows()).enumerate() {
        if row.len() != of_model.heads {
            let (found, due) = (row.len(), of_model.heads);
            return Err(refuse(format!(
                "row {} has {found} numbers, the module {due} heads",
                number + 1
            )));
        }
    }
    let flags = rows.iter().flatten().map(|&digit| digit == 1).collect();
    Ok(HeadMask::from_flags(flags))
}
