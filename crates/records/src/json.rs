//! Small files of JSON, readable by people.

use std::path::Path;

use serde::Serialize;

use crate::RecordError;

/// Writes a value with a line feed at its end, whole or not at all.
pub(crate) fn write_json(path: &Path, value: &impl Serialize) -> Result<(), RecordError> {
    let text = serde_json::to_string_pretty(value).map_err(RecordError::format(path))?;
    Ok(files::store(path, format!("{text}\n").as_bytes())?)
}
