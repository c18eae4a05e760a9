//! Tokenised corpora on disk, found by a hash of everything that decides the tokens.

use std::fs;
use std::io::Write;
use std::path::Path;

use files::Sha256;

use crate::encoded::{Tokens, check};
use crate::error::DataError;
use crate::{Corpus, EncodedCorpus, ModelTokenizer};

/// To be raised whenever the file's layout or the tokeniser's results change.
const VERSION: u32 = 2;
const MAGIC: &[u8; 8] = b"hc-token";
type Sha = [u8; 32];

/// What became of the cache.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CacheUse {
    /// No folder was given.
    Off,
    /// The tokens were read from it.
    Hit,
    /// The tokens were made and written to it.
    Written,
}

/// As [`EncodedCorpus::encode`], but reads the tokens from `cache_dir` if they are there, and else leaves them there.
///
/// The file is named after a SHA-256 of texts, labels, vocabulary and `max_length`, so it never goes stale. It appears
/// whole or not at all; a damaged or foreign one is made anew.
///
/// # Errors
/// As [`EncodedCorpus::encode`], or the cache cannot be written.
pub fn encode_cached(
    corpus: &Corpus,
    tokenizer: &ModelTokenizer,
    max_length: usize,
    cache_dir: Option<&Path>,
) -> Result<(EncodedCorpus, CacheUse), DataError> {
    let Some(cache_dir) = cache_dir else {
        return Ok((
            EncodedCorpus::encode(corpus, tokenizer, max_length)?,
            CacheUse::Off,
        ));
    };
    check(corpus, tokenizer, max_length)?;
    let key = key(corpus, tokenizer, max_length);
    let path = cache_dir.join(format!("{}.tokens", files::hex(&key)));
    let (tokens, cache_use) = match read(&path, &key, corpus.examples.len()) {
        Some(tokens) => (tokens, CacheUse::Hit),
        None => {
            let tokens = Tokens::encode(corpus, tokenizer, max_length)?;
            write(cache_dir, &path, &key, &tokens)?;
            (tokens, CacheUse::Written)
        }
    };
    Ok((EncodedCorpus::from_tokens(corpus, tokenizer, tokens), cache_use))
}

fn key(corpus: &Corpus, tokenizer: &ModelTokenizer, max_length: usize) -> Sha {
    let mut hasher = Sha256::new();
    hasher.update(VERSION.to_le_bytes());
    hasher.update((max_length as u64).to_le_bytes());
    hasher.update(tokenizer.digest());
    // Lengths before texts, so that no two corpora run together to the same bytes.
    for example in &corpus.examples {
        hasher.update((example.label as u64).to_le_bytes());
        hasher.update((example.text.len() as u64).to_le_bytes());
        hasher.update(&example.text);
        match &example.pair {
            None => hasher.update([0]),
            Some(pair) => {
                hasher.update([1]);
                hasher.update((pair.len() as u64).to_le_bytes());
                hasher.update(pair);
            }
        }
    }
    hasher.digest()
}

/// `None` for every file that is not exactly what [`write`] leaves for this key.
fn read(path: &Path, key: &Sha, examples: usize) -> Option<Tokens> {
    let file = fs::read(path).ok()?;
    let rest = file.strip_prefix(MAGIC)?.strip_prefix(&VERSION.to_le_bytes())?;
    let (checksum, payload) = rest.strip_prefix(key)?.split_first_chunk::<32>()?;
    if *checksum != Sha256::of(payload).digest() {
        return None;
    }
    Tokens::from_bytes(payload).filter(|tokens| tokens.first_lengths.len() == examples)
}

fn write(cache_dir: &Path, path: &Path, key: &Sha, tokens: &Tokens) -> Result<(), DataError> {
    let payload = tokens.to_bytes();
    let write = || {
        fs::create_dir_all(cache_dir)?;
        files::write_with(path, |file| {
            file.write_all(MAGIC)?;
            file.write_all(&VERSION.to_le_bytes())?;
            file.write_all(key)?;
            file.write_all(&Sha256::of(&payload).digest())?;
            file.write_all(&payload)
        })
    };
    write().map_err(|source| DataError::Cache {
        path: path.into(),
        source,
    })
}
