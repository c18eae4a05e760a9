//! The canonical form of a run's config, from which its key is hashed.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

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

    /// What the configs of all runs of a method have in common.
    pub fn of_method(&self, experiment: &Experiment, method: &'static Method) -> MethodConfig {
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
        let values = [
            ("common", self.common.clone()),
            ("method", json!(method.name)),
            ("sections", json!(sections)),
        ];
        MethodConfig {
            texts: values.each_ref().map(|(name, value)| (*name, sorted_text(value))),
            values,
        }
    }
}

/// What the configs of all runs of a method have in common, so that it is rendered once and not for each of thousands.
#[derive(Debug)]
pub struct MethodConfig {
    values: [(&'static str, Value); 3],
    texts: [(&'static str, String); 3],
}

/// Everything that decides the numbers of one run.
#[derive(Debug, Clone)]
pub struct RunConfig {
    of_method: Arc<MethodConfig>,
    own: [(&'static str, Value); 5],
}

impl RunConfig {
    /// Of one run of a method.
    pub fn new(
        of_method: &Arc<MethodConfig>,
        point: &Point,
        seed: u64,
        starts_from: Option<&RunKey>,
    ) -> Self {
        Self {
            of_method: Arc::clone(of_method),
            own: [
                ("k", json!(point.k)),
                ("variant", json!(point.variant)),
                ("lambda", json!(point.lambda)),
                ("seed", json!(seed)),
                ("starts_from", json!(starts_from)),
            ],
        }
    }

    /// As a JSON object.
    pub fn to_json(&self) -> Value {
        let fields = self.of_method.values.iter().chain(&self.own);
        Value::Object(
            fields
                .map(|(name, value)| ((*name).to_owned(), value.clone()))
                .collect(),
        )
    }

    /// The hash of the canonical form.
    pub(crate) fn key(&self) -> RunKey {
        let of_method = self.of_method.texts.iter();
        let mut texts: BTreeMap<&str, Cow<'_, str>> =
            of_method.map(|(name, text)| (*name, text.into())).collect();
        texts.extend(
            self.own
                .iter()
                .map(|(name, value)| (*name, sorted_text(value).into())),
        );
        RunKey(sha256(object_text(&texts).as_bytes()))
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

/// JSON without spaces, keys sorted: serde_json's own order depends on its features.
fn sorted_text(value: &Value) -> String {
    match value {
        Value::Object(fields) => {
            let fields = fields.iter();
            object_text(
                &fields
                    .map(|(name, child)| (name.as_str(), sorted_text(child).into()))
                    .collect(),
            )
        }
        Value::Array(items) => {
            let items: Vec<String> = items.iter().map(sorted_text).collect();
            format!("[{}]", items.join(","))
        }
        scalar => scalar.to_string(),
    }
}

fn object_text(fields: &BTreeMap<&str, Cow<'_, str>>) -> String {
    let fields = fields.iter();
    let fields: Vec<String> = fields
        .map(|(name, text)| format!("{}:{text}", json!(name)))
        .collect();
    format!("{{{}}}", fields.join(","))
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::method::METHODS;

    #[test]
    fn a_key_is_the_hash_of_the_config_with_its_keys_sorted() {
        let mut experiment = Experiment::default();
        experiment.dsp.cooldown = Some(0.5);
        let canonical = Canonical::new(&experiment).unwrap();
        let of_method = Arc::new(canonical.of_method(&experiment, METHODS[1]));
        let point = Point {
            k: Some(3),
            ..Point::default()
        };
        let base = RunKey("0123456789".to_owned());
        let config = RunConfig::new(&of_method, &point, 7, Some(&base));
        let text = sorted_text(&config.to_json());
        assert_eq!(config.key(), RunKey(sha256(text.as_bytes())));
        assert!(text.starts_with("{\"common\":{\"recipe_version\":"), "{text}");
        assert!(
            text.ends_with(",\"seed\":7,\"starts_from\":\"0123456789\",\"variant\":null}"),
            "{text}"
        );
        assert_eq!(serde_json::from_str::<Value>(&text).unwrap(), config.to_json());
    }
}
