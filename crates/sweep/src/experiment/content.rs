//! What stands behind a path: the hash of its bytes.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use bundle::TOKENIZER_FILES;
use sha2::{Digest, Sha256};

use crate::SweepError;

/// Lower-case hexadecimal SHA-256.
pub(crate) fn sha256(bytes: &[u8]) -> String {
    hex(Sha256::new_with_prefix(bytes))
}

/// SHA-256 of a file's bytes.
pub(crate) fn file_sha256(path: &Path) -> Result<String, SweepError> {
    let hash = || -> io::Result<String> {
        let mut file = File::open(path)?;
        let mut hasher = Sha256::new();
        let mut buffer = vec![0; 1 << 18];
        loop {
            match file.read(&mut buffer)? {
                0 => return Ok(hex(hasher)),
                count => hasher.update(&buffer[..count]),
            }
        }
    };
    hash().map_err(|source| SweepError::io("read", path, source))
}

/// SHA-256 over the hashes of the files of a model folder that decide a run's numbers.
pub(super) fn weights_sha256(folder: &Path, languages: &(String, String)) -> Result<String, SweepError> {
    let mut listing = String::new();
    let (source, target) = languages;
    let dictionaries = [source, target].map(|language| format!("dict.{language}.txt"));
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
    Ok(sha256(listing.as_bytes()))
}

fn hex(hasher: Sha256) -> String {
    hasher
        .finalize()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}
