//! The canonical form of a run's config, from which its key is hashed.

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::content::{file_sha256, sha256, weights_sha256};
use super::corpus::{DataFile, DataSection, DataSource};
use super::schema::Experiment;
use super::select::{Keep, VALID};
use super::task::Task;
use crate::SweepError;
use crate::method::{Method, Point, Section};

/// Raised whenever a change of the program changes the numbers of a run, so that stored results are not reused.
pub const RECIPE_VERSION: u32 = 1;

/// SHA-256 of a run's canonical config: equal keys mean equal numbers.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct RunKey(String);

impl RunKey {
    /// The first eight digits, for names.
    pub fn short(&self) -> &str {
        self.0.get(..8).unwrap_or(&self.0)
    }
}

impl fmt::Display for RunKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

/// The canonical sections of an experiment: defaults filled in, contents instead of paths, nothing about where,
/// how fast or which other runs. The recipe is in it as the values of its switches, not by name.
#[derive(Debug)]
pub struct Canonical {
    common: Value,
    data: Value,
    model: Value,
    /// What models are chosen by, which decides where the best is kept and nowhere else.
    valid: Value,
}

impl Canonical {
    /// Reads every file that the experiment names.
    pub fn new(experiment: &Experiment) -> Result<Self, SweepError> {
        let mut data = without_foreign((Section::DATA.value)(experiment), "data", experiment);
        data_contents(experiment, &mut data)?;
        let valid = data.as_object_mut().and_then(|fields| fields.remove("valid"));
        let mut model = without_foreign((Section::MODEL.value)(experiment), "model", experiment);
        model_contents(experiment, &mut model)?;
        let mut common = json!({
            "task": experiment.task,
            "recipe_version": RECIPE_VERSION,
        });
        if experiment.task == Task::Translation {
            common["generate"] = json!(experiment.generate);
        }
        Ok(Self {
            common,
            data,
            model,
            valid: valid.unwrap_or_default(),
        })
    }

    /// Config of one run, as a JSON object.
    pub fn config(
        &self,
        experiment: &Experiment,
        method: &Method,
        point: &Point,
        seed: u64,
        starts_from: Option<&RunKey>,
    ) -> Value {
        let sections: BTreeMap<_, _> = method
            .sections
            .iter()
            .map(|section| {
                let value = match section.name {
                    "data" => self.data.clone(),
                    "model" => self.model.clone(),
                    "select" => self.selection(experiment, method),
                    _ => without_foreign((section.value)(experiment), section.name, experiment),
                };
                (section.name, value)
            })
            .collect();
        json!({
            "common": self.common,
            "method": method.name,
            "k": point.k,
            "variant": point.variant,
            "lambda": point.lambda,
            "seed": seed,
            "starts_from": starts_from,
            "sections": sections,
        })
    }
}

impl Canonical {
    /// How a method's model is chosen, with the pairs that choose it.
    fn selection(&self, experiment: &Experiment, method: &Method) -> Value {
        let select = &experiment.select;
        let mut section = select.decisive(experiment.task, method.name);
        if select.keep(method.name) == Keep::Best && select.split == VALID && !self.valid.is_null() {
            section["valid"] = self.valid.clone();
        }
        section
    }
}

/// Key of a config.
pub(crate) fn key_of(config: &Value) -> RunKey {
    let mut text = String::new();
    write_sorted(config, &mut text);
    RunKey(sha256(text.as_bytes()))
}

/// JSON without spaces, keys sorted: serde_json's own order depends on its features.
fn write_sorted(value: &Value, text: &mut String) {
    match value {
        Value::Object(fields) => {
            let sorted: BTreeMap<_, _> = fields.iter().collect();
            text.push('{');
            for (index, (name, child)) in sorted.into_iter().enumerate() {
                if index > 0 {
                    text.push(',');
                }
                text.push_str(&Value::from(name.as_str()).to_string());
                text.push(':');
                write_sorted(child, text);
            }
            text.push('}');
        }
        Value::Array(items) => {
            text.push('[');
            for (index, item) in items.iter().enumerate() {
                if index > 0 {
                    text.push(',');
                }
                write_sorted(item, text);
            }
            text.push(']');
        }
        scalar => text.push_str(&scalar.to_string()),
    }
}

fn remove(section: &mut Value, keys: &[&str]) {
    if let Some(fields) = section.as_object_mut() {
        for key in keys {
            fields.remove(*key);
        }
    }
}

/// Without the keys that the task does not read.
fn without_foreign(mut section: Value, name: &str, experiment: &Experiment) -> Value {
    let foreign = experiment.task.foreign_keys().iter();
    let of_section = foreign.filter_map(|key| key.strip_prefix(name)?.strip_prefix('.'));
    remove(&mut section, &of_section.collect::<Vec<_>>());
    if name == "train" && experiment.train.max_tokens.is_some() {
        remove(&mut section, &["batch"]);
    }
    section
}

fn data_contents(experiment: &Experiment, section: &mut Value) -> Result<(), SweepError> {
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
fn prefix_lists(data: &DataSection) -> Result<Value, SweepError> {
    let Some(folder) = &data.prefixes else {
        return Ok(Value::Null);
    };
    let (source, target) = &data.languages;
    let hash = |language: &str| file_sha256(&folder.join(format!("nonbreaking_prefix.{language}")));
    Ok(json!([hash(source)?, hash(target)?]))
}

/// Puts hashes in the place of paths.
fn file_contents(experiment: &Experiment, section: &mut Value) -> Result<(), SweepError> {
    let data = &experiment.data;
    let base = data.dir.as_deref().unwrap_or(Path::new("."));
    let hash = |path: &PathBuf| file_sha256(&base.join(path));
    let hashes = |files: &[DataFile]| -> Result<Vec<Value>, SweepError> {
        files.iter().map(|file| one_file(base, file)).collect()
    };
    let evaluate: BTreeMap<_, _> = data
        .evaluate
        .iter()
        .map(|(split, files)| Ok((split, hashes(files)?)))
        .collect::<Result<_, SweepError>>()?;
    section["train"] = json!(hashes(&data.train)?);
    section["evaluate"] = json!(evaluate);
    match experiment.task {
        Task::Nli => section["vocabulary"] = json!(data.vocabulary.as_ref().map(hash).transpose()?),
        Task::Translation => {
            section["valid"] = json!(hashes(&data.valid)?);
            section["dictionaries"] = match &data.dictionaries {
                Some((source, target)) => json!([hash(source)?, hash(target)?]),
                None => Value::Null,
            };
        }
    }
    Ok(())
}

fn one_file(base: &Path, file: &DataFile) -> Result<Value, SweepError> {
    let hash = |path: &PathBuf| file_sha256(&base.join(path));
    let sha256 = hash(&file.path)?;
    if let Some(target) = &file.target {
        return Ok(json!({ "sha256": sha256, "target": hash(target)? }));
    }
    let rows = file.rows.as_ref().map(hash).transpose()?;
    Ok(json!({ "sha256": sha256, "format": file.format, "rows": rows }))
}

fn model_contents(experiment: &Experiment, section: &mut Value) -> Result<(), SweepError> {
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
        if experiment.task == Task::Nli {
            remove(section, &["positions"]);
        }
        section["weights"] = json!(weights_sha256(folder, &experiment.data.languages)?);
    }
    Ok(())
}
