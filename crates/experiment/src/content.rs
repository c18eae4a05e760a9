//! What stands behind a path: the hash of its bytes.

use std::path::Path;

use bundle::TOKENIZER_FILES;
use files::FileError;

/// SHA-256 of a file's bytes.
pub fn file_sha256(path: &Path) -> Result<String, FileError> {
    files::sha256(path).map_err(FileError::reading(path))
}

/// SHA-256 over the hashes of the files of a model folder that decide a run's numbers.
pub(crate) fn weights_sha256(folder: &Path, languages: &(String, String)) -> Result<String, FileError> {
    let mut listing = String::new();
    let (source, target) = languages;
    let dictionaries = [source, target].map(|language| data::prepare::dictionary_name(language));
    // The order is part of every key: what was read from the first stands first.
    let first = [bundle::CONFIG_FILE, bundle::WEIGHTS_FILE, bundle::VOCABULARY_FILE].map(str::to_owned);
    let others = TOKENIZER_FILES.map(str::to_owned).into_iter();
    let others = others.chain(bundle::weight_files(folder).unwrap_or_default());
    let mut names: Vec<String> = first.into_iter().chain(dictionaries).collect();
    for name in others {
        if !names.contains(&name) {
            names.push(name);
        }
    }
    for name in names {
        let path = folder.join(&name);
        if path.is_file() {
            listing.push_str(&format!("{name} {}\n", file_sha256(&path)?));
        }
    }
    Ok(files::sha256_of(listing.as_bytes()))
}
