//! The hub's cache: which files of a model are there, at which commit.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use hf_hub::{Cache, CacheRepo, Repo, RepoType};
use serde::Deserialize;

use super::{Hub, ModelName};
use crate::FetchError;
use crate::digest::is_hexadecimal;

/// The sizes of a model.
pub(super) const CONFIG: &str = "config.json";
/// Its weights in one file, and the list of the files that they are in otherwise.
pub(super) const WEIGHTS: &str = "model.safetensors";
pub(super) const INDEX: &str = "model.safetensors.index.json";
/// Either is enough to read text.
pub(super) const TOKENIZERS: [&str; 2] = ["tokenizer.json", "vocab.txt"];

/// A model in the cache, whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Snapshot {
    /// As in `google-bert/bert-base-uncased`: the name under which it is there.
    pub repository: String,
    /// The commit, 40 hexadecimal digits.
    pub commit: String,
    /// Its folder in the cache.
    pub folder: PathBuf,
}

impl Hub {
    /// The model in the cache, if all is there that reading it needs, under its name or the one that it had.
    ///
    /// # Errors
    /// What is missing, in words.
    pub fn cached(&self, name: &ModelName) -> Result<Snapshot, String> {
        let found = self.cached_as(name);
        match (&found, &name.earlier) {
            (Err(_), Some(earlier)) => self
                .cached_as(&ModelName {
                    repository: earlier.clone(),
                    ..name.clone()
                })
                .or(found),
            _ => found,
        }
    }

    fn cached_as(&self, name: &ModelName) -> Result<Snapshot, String> {
        let commit = self
            .cached_commit(name)
            .ok_or("no revision of it has been downloaded")?;
        let folder = self.repository(name).pointer_path(&commit);
        match missing(&folder) {
            None => Ok(Snapshot {
                repository: name.repository.clone(),
                commit,
                folder,
            }),
            Some(file) => Err(format!("commit {commit} is there without {file}")),
        }
    }

    /// Why a model cannot be used that the cache lacks.
    pub fn not_cached(&self, name: &ModelName, missing: String, offline: Option<&'static str>) -> FetchError {
        FetchError::NotCached {
            name: name.to_string(),
            cache: self.cache.clone(),
            missing,
            offline,
        }
    }

    /// The commit that a revision was when it was downloaded last.
    fn cached_commit(&self, name: &ModelName) -> Option<String> {
        if is_commit(&name.revision) {
            return Some(name.revision.clone());
        }
        let commit = fs::read_to_string(self.reference(name)).ok()?;
        Some(commit.trim().to_owned()).filter(|commit| is_commit(commit))
    }

    /// The file that says which commit a revision is.
    pub(super) fn reference(&self, name: &ModelName) -> PathBuf {
        self.folder(name).join("refs").join(&name.revision)
    }

    /// The folder of all that is there of a model.
    pub(super) fn folder(&self, name: &ModelName) -> PathBuf {
        self.cache.join(model(name).folder_name())
    }

    pub(super) fn repository(&self, name: &ModelName) -> CacheRepo {
        Cache::new(self.cache.clone()).repo(model(name))
    }
}

fn model(name: &ModelName) -> Repo {
    Repo::with_revision(name.repository.clone(), RepoType::Model, name.revision.clone())
}

pub(super) fn is_commit(text: &str) -> bool {
    text.len() == 40 && is_hexadecimal(text)
}

/// The first file that a folder lacks to be a model.
pub(super) fn missing(folder: &Path) -> Option<String> {
    let has = |name: &str| folder.join(name).is_file();
    if !has(CONFIG) {
        return Some(CONFIG.to_owned());
    }
    if !TOKENIZERS.into_iter().any(has) {
        return Some(TOKENIZERS.join(" and "));
    }
    if has(WEIGHTS) {
        return None;
    }
    let Some(shards) = fs::read_to_string(folder.join(INDEX))
        .ok()
        .and_then(|text| shards(&text))
    else {
        return Some(WEIGHTS.to_owned());
    };
    shards.into_iter().find(|shard| !has(shard))
}

/// The files that an index names; none if it is no index, or names files elsewhere.
pub(super) fn shards(index: &str) -> Option<BTreeSet<String>> {
    #[derive(Deserialize)]
    struct Index {
        weight_map: BTreeMap<String, String>,
    }
    let index: Index = serde_json::from_str(index).ok()?;
    let shards: BTreeSet<String> = index.weight_map.into_values().collect();
    let is_beside = |shard: &String| {
        let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
        shard.ends_with(".safetensors") && shard.bytes().all(is_plain)
    };
    (!shards.is_empty() && shards.iter().all(is_beside)).then_some(shards)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_model_is_there_once_all_of_it_is() {
        let folder = tempfile::tempdir().unwrap();
        let put = |name: &str, text: &str| fs::write(folder.path().join(name), text).unwrap();
        let lacks = || missing(folder.path());
        assert_eq!(lacks().as_deref(), Some("config.json"));
        put("config.json", "{}");
        assert_eq!(lacks().as_deref(), Some("tokenizer.json and vocab.txt"));
        put("vocab.txt", "");
        assert_eq!(lacks().as_deref(), Some("model.safetensors"));
        put(
            INDEX,
            r#"{"weight_map": {"a": "m-1.safetensors", "b": "m-2.safetensors"}}"#,
        );
        put("m-1.safetensors", "");
        assert_eq!(lacks().as_deref(), Some("m-2.safetensors"));
        put("m-2.safetensors", "");
        assert_eq!(lacks(), None);
    }

    #[test]
    fn an_index_names_files_beside_it() {
        assert_eq!(shards(r#"{"weight_map": {"a": "../m.safetensors"}}"#), None);
        assert_eq!(shards(r#"{"weight_map": {"a": "m.bin"}}"#), None);
        assert_eq!(shards(r#"{"weight_map": {}}"#), None);
        assert_eq!(shards("no json"), None);
    }
}
