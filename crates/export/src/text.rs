//! The files of a folder that say how text becomes ids, put beside a model that reads the same text.

use std::fs;
use std::path::Path;

use bundle::TOKENIZER_FILES;
use files::FileError;

/// The merges of a translation model's byte-pair encoding.
const CODES: &str = "codes";
/// The record of how a translation model's corpus was prepared.
const PREPARATION: &str = "prepared.toml";
/// What the names of Moses' lists of non-breaking prefixes begin with, before the language.
const PREFIXES: &str = "nonbreaking_prefix.";

/// Copies what says how text becomes ids from one model folder into another, which exists: the files of a tokeniser, and
/// of a translation model its dictionaries (`dict.*.txt`), its `codes`, and how raw text is prepared (`prepared.toml`,
/// `nonbreaking_prefix.*`).
///
/// # Errors
/// A folder or a file that cannot be read, or a copy that cannot be written.
pub fn copy_text_files(from: &Path, into: &Path) -> Result<(), FileError> {
    let entries = fs::read_dir(from).map_err(FileError::reading(from))?;
    for entry in entries {
        let name = entry.map_err(FileError::reading(from))?.file_name();
        let path = from.join(&name);
        if name.to_str().is_some_and(is_of_text) && path.is_file() {
            let bytes = fs::read(&path).map_err(FileError::reading(&path))?;
            let copy = into.join(&name);
            files::write(&copy, &bytes).map_err(FileError::writing(&copy))?;
        }
    }
    Ok(())
}

fn is_of_text(name: &str) -> bool {
    let is_dictionary = name.starts_with("dict.") && name.ends_with(".txt");
    is_dictionary
        || name.starts_with(PREFIXES)
        || [CODES, PREPARATION].contains(&name)
        || TOKENIZER_FILES.contains(&name)
}
