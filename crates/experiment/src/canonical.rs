//! The canonical form of a run's config, from which its key is hashed.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;

use files::FileError;
use records::RunKey;
use serde::Serialize;
use serde_json::{Value, json};

use crate::content::{data_contents, model_contents, remove};
use crate::point::Point;
use crate::schema::Experiment;
use crate::select::{Keep, VALID};
use crate::task::TaskName;

/// Raised whenever a change of the program changes the numbers of a run, so that stored results are not reused.
pub const RECIPE_VERSION: u32 = 2;

/// The part of a section that decides the numbers of a run.
#[derive(Debug, Clone, Copy)]
pub struct Part {
    /// Name of the section in the experiment file.
    pub name: &'static str,
    /// Those of its keys that decide numbers, with every default filled in.
    pub value: fn(&Experiment) -> Value,
}

impl Part {
    /// Of `[data]`.
    pub const DATA: Self = Self {
        name: "data",
        value: |experiment| json(&experiment.data),
    };
    /// Of `[model]`.
    pub const MODEL: Self = Self {
        name: "model",
        value: |experiment| json(&experiment.model),
    };
    /// Of `[train]`.
    pub const TRAIN: Self = Self {
        name: "train",
        // How often a run is saved does not change where it ends.
        value: |experiment| without(json(&experiment.train), &["checkpoint_every"]),
    };
    /// The split by which settings and heads are chosen, for methods that look at it themselves.
    pub const TUNING: Self = Self {
        name: "tuning",
        value: |experiment| json!({ "split": experiment.tuning_split() }),
    };
    /// Of `[select]`.
    pub const SELECT: Self = Self {
        name: "select",
        // What of it decides depends on the method and is written where a run's config is.
        value: |experiment| json(&experiment.select),
    };
}

/// A section as JSON.
#[expect(
    clippy::expect_used,
    reason = "sections hold numbers, words, paths and lists; the loader refuses other paths"
)]
pub fn json(section: &impl Serialize) -> Value {
    serde_json::to_value(section).expect("a section is representable in JSON")
}

/// An object without some of its keys.
pub fn without(mut section: Value, keys: &[&str]) -> Value {
    remove(&mut section, keys);
    section
}

/// The canonical sections of an experiment: defaults filled in, contents instead of paths, nothing about where,
/// how fast or which other runs. The recipe is in it as the values of its switches, not by name.
#[derive(Debug)]
pub struct Canonical {
    common: Value,
    data: Value,
    model: Value,
    /// What models are chosen by, which decides where the best is kept, and for methods that look at it.
    valid: Value,
}

impl Canonical {
    /// Reads every file that the experiment names.
    ///
    /// # Errors
    /// One of them cannot be read.
    pub fn new(experiment: &Experiment) -> Result<Self, FileError> {
        let mut data = without_foreign((Part::DATA.value)(experiment), "data", experiment);
        data_contents(experiment, &mut data)?;
        let valid = data.as_object_mut().and_then(|fields| fields.remove("valid"));
        let mut model = without_foreign((Part::MODEL.value)(experiment), "model", experiment);
        model_contents(experiment, &mut model)?;
        let mut common = json!({
            "task": experiment.task.stored_name(),
            "recipe_version": RECIPE_VERSION,
        });
        if experiment.task == TaskName::Translation {
            common["generate"] = json!(experiment.generate);
        }
        if let Some(splits) = &experiment.sweep.splits {
            common["splits"] = json!(splits);
        }
        Ok(Self {
            common,
            data,
            model,
            valid: valid.unwrap_or_default(),
        })
    }

    /// What the configs of all runs of a method have in common; `parts` decide its numbers.
    pub fn of_method(&self, experiment: &Experiment, method: &str, parts: &[Part]) -> MethodConfig {
        let sections: BTreeMap<_, _> = parts
            .iter()
            .map(|part| {
                let value = match part.name {
                    "data" => self.data.clone(),
                    "model" => self.model.clone(),
                    "select" => self.selection(experiment, method),
                    "tuning" => {
                        let mut value = (part.value)(experiment);
                        value["valid"] = self.valid.clone();
                        value
                    }
                    _ => without_foreign((part.value)(experiment), part.name, experiment),
                };
                (part.name, value)
            })
            .collect();
        let values = [
            ("common", self.common.clone()),
            ("method", json!(method)),
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
    pub fn key(&self) -> RunKey {
        let of_method = self.of_method.texts.iter();
        let mut texts: BTreeMap<&str, Cow<'_, str>> =
            of_method.map(|(name, text)| (*name, text.into())).collect();
        texts.extend(
            self.own
                .iter()
                .map(|(name, value)| (*name, sorted_text(value).into())),
        );
        RunKey::of(&object_text(&texts))
    }
}

impl Canonical {
    /// How a method's model is chosen, with the pairs that choose it.
    fn selection(&self, experiment: &Experiment, method: &str) -> Value {
        let select = &experiment.select;
        let mut section = select.decisive(experiment.task, method);
        if select.keep(method) == Keep::Best && select.split == VALID && !self.valid.is_null() {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_the_hash_of_the_config_with_its_keys_sorted() {
        let experiment = Experiment::default();
        let canonical = Canonical::new(&experiment).unwrap();
        let of_method = Arc::new(canonical.of_method(&experiment, "dsp-joint", &[Part::DATA, Part::TRAIN]));
        let point = Point {
            k: Some(3),
            ..Point::default()
        };
        let base = RunKey::of("abc");
        let config = RunConfig::new(&of_method, &point, 7, Some(&base));
        let text = sorted_text(&config.to_json());
        assert_eq!(config.key(), RunKey::of(&text));
        assert!(text.starts_with("{\"common\":{\"recipe_version\":"), "{text}");
        assert!(
            text.ends_with(&format!(
                ",\"seed\":7,\"starts_from\":\"{base}\",\"variant\":null}}"
            )),
            "{text}"
        );
        assert_eq!(serde_json::from_str::<Value>(&text).unwrap(), config.to_json());
    }
}
