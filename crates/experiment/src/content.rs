//! What stands behind a path: the hash of its bytes, in the place of the path.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use bundle::TOKENIZER_FILES;
use files::FileError;
use serde_json::{Value, json};

use crate::corpus::{DataFile, DataSection, DataSource};
use crate::schema::Experiment;
use crate::task::TaskName;

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

/// Takes keys out of a section.
pub(crate) fn remove(section: &mut Value, keys: &[&str]) {
    if let Some(fields) = section.as_object_mut() {
        for key in keys {
            fields.remove(*key);
        }
    }
}

/// Puts what the corpora say in the place of where they are.
pub(crate) fn data_contents(experiment: &Experiment, section: &mut Value) -> Result<(), FileError> {
    let data = &experiment.data;
    match data.source {
        DataSource::Demo => remove(
            section,
            &[
                "corpus",
                "dir",
                "vocabulary",
                "languages",
                "dictionaries",
                "archive",
                "prefixes",
                "merges",
                "train",
                "valid",
                "evaluate",
            ],
        ),
        DataSource::Files => {
            remove(
                section,
                &[
                    "corpus",
                    "dir",
                    "seed",
                    "train_examples",
                    "dev_examples",
                    "test_examples",
                    "archive",
                    "prefixes",
                    "merges",
                ],
            );
            file_contents(experiment, section)?;
        }
        DataSource::Iwslt14 => {
            *section = json!({
                "source": data.source,
                "archive": data.archive.as_deref().map(file_sha256).transpose()?,
                "prefixes": prefix_lists(data)?,
                "merges": data.merges,
                "preparation": data::prepare::PREPARATION_VERSION,
            });
        }
    }
    Ok(())
}

/// The hashes of the lists of non-breaking prefixes, or null for those of the program.
fn prefix_lists(data: &DataSection) -> Result<Value, FileError> {
    let Some(folder) = &data.prefixes else {
        return Ok(Value::Null);
    };
    let (source, target) = &data.languages;
    let hash = |language: &str| file_sha256(&folder.join(format!("nonbreaking_prefix.{language}")));
    Ok(json!([hash(source)?, hash(target)?]))
}

/// Puts hashes in the place of paths.
fn file_contents(experiment: &Experiment, section: &mut Value) -> Result<(), FileError> {
    let data = &experiment.data;
    let base = data.dir.as_deref().unwrap_or(Path::new("."));
    let hash = |path: &PathBuf| file_sha256(&base.join(path));
    let hashes = |files: &[DataFile]| -> Result<Vec<Value>, FileError> {
        files.iter().map(|file| one_file(base, file)).collect()
    };
    let evaluate: BTreeMap<_, _> = data
        .evaluate
        .iter()
        .map(|(split, files)| Ok((split, hashes(files)?)))
        .collect::<Result<_, FileError>>()?;
    section["train"] = json!(hashes(&data.train)?);
    section["evaluate"] = json!(evaluate);
    section["valid"] = json!(hashes(&data.valid)?);
    match experiment.task {
        TaskName::Classification => {
            section["vocabulary"] = json!(data.vocabulary.as_ref().map(hash).transpose()?);
        }
        TaskName::Translation => {
            section["dictionaries"] = match &data.dictionaries {
                Some((source, target)) => json!([hash(source)?, hash(target)?]),
                None => Value::Null,
            };
        }
    }
    Ok(())
}

fn one_file(base: &Path, file: &DataFile) -> Result<Value, FileError> {
    let hash = |path: &PathBuf| file_sha256(&base.join(path));
    let sha256 = hash(&file.path)?;
    if let Some(target) = &file.target {
        return Ok(json!({ "sha256": sha256, "target": hash(target)? }));
    }
    let rows = file.rows.as_ref().map(hash).transpose()?;
    Ok(json!({ "sha256": sha256, "format": file.format, "rows": rows }))
}

/// Puts what the weights are in the place of where they are.
pub(crate) fn model_contents(experiment: &Experiment, section: &mut Value) -> Result<(), FileError> {
    if let Some(folder) = &experiment.model.weights {
        remove(
            section,
            &[
                "layers",
                "decoder_layers",
                "heads",
                "width",
                "feed_forward",
                "layer_norm_eps",
                "embedding_std",
            ],
        );
        // A translation's pairs are chosen by it, whether or not the model's config names it.
        if experiment.task == TaskName::Classification {
            remove(section, &["positions"]);
        }
        section["weights"] = json!(weights_sha256(folder, &experiment.data.languages)?);
    }
    Ok(())
}
