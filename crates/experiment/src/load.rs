//! Reads an experiment: the file, then `--set` on top, strictly.

use std::path::{Path, PathBuf};

use files::FileError;
use serde::Deserialize;
use toml::{Table, Value};

use crate::corpus::DataSource;
use crate::error::ExperimentError;
use crate::finding::Finding;
use crate::home::check_home;
use crate::keys::{example_of, hint_for};
use crate::overrides::Override;
use crate::place::{ConfigError, Place};
use crate::recipe::Recipe;
use crate::registry::Registry;
use crate::schema::Experiment;
use crate::source::Source;
use crate::source_map::SourceMap;
use crate::strict::{self, Fault};
use crate::task::TaskName;
use crate::validate::validate;
use crate::{presets, weights};

/// `--set` of the first key takes the second out of the file: only one of them may be set, or the first means all, or it
/// brings the second.
const EXCLUSIVE: [(&str, &str); 12] = [
    ("train.batch", "train.max_tokens"),
    ("train.max_tokens", "train.batch"),
    ("sweep.heads", "sweep.heads_of"),
    ("model.weights", "model.layers"),
    ("model.weights", "model.decoder_layers"),
    ("model.weights", "model.heads"),
    ("model.weights", "model.width"),
    ("model.weights", "model.feed_forward"),
    ("model.weights", "model.positions"),
    ("model.weights", "model.layer_norm_eps"),
    ("model.weights", "model.linear_std"),
    ("model.weights", "model.embedding_std"),
];

/// Reads, overrides, fills in (first from the recipe, then from what the task takes for granted, then from the defaults),
/// checks. Relative paths start from the working directory and come back absolute, and the sizes of `model.weights` are
/// filled in, so that the result written to a file means the same anywhere.
///
/// # Errors
/// The file, a key or a value cannot be used; the error names the place.
pub fn load(
    source: &Source,
    overrides: &[Override],
    registry: &dyn Registry,
) -> Result<Experiment, ExperimentError> {
    load_with_names(source, overrides, registry, &|_, _| Ok(None))
}

/// What is written where a path is expected, given the key: the path that it stands for, or nothing where it is one.
pub type Names<'a> = &'a dyn Fn(&str, &Path) -> Result<Option<PathBuf>, Finding>;

/// The same where corpora and weights may be called by names that stand for paths.
///
/// # Errors
/// As of [`load`].
pub fn load_with_names(
    source: &Source,
    overrides: &[Override],
    registry: &dyn Registry,
    names: Names<'_>,
) -> Result<Experiment, ExperimentError> {
    let file = SourceMap::parse(source, overrides)?;
    let mut table: Table =
        toml::from_str(&source.text).map_err(|error| file.syntax(error.message(), error.span()))?;
    replace(&mut table, overrides, registry);
    for entry in overrides {
        apply(&mut table, entry, registry)?;
    }
    let recipe: Recipe = file.choice(&table, "recipe")?;
    let task: TaskName = file.choice(&table, "task")?;
    file.refuse_foreign(&table, task, registry)?;
    let completed = presets::of_task(
        task,
        registry,
        presets::of_recipe(recipe, task, registry, table.clone()),
    );
    let is_written = |key: &str| value_of(&table, key).is_some();
    let mut experiment = file.deserialize(completed, &is_written, registry)?;
    if is_written("train.updates") && !is_written("train.epochs") {
        experiment.train.epochs = None;
    }
    check_home(&experiment).map_err(|finding| file.at(finding))?;
    replace_names(&mut experiment, names).map_err(|finding| file.at(finding))?;
    resolve_paths(&mut experiment)?;
    if let Some(folder) = experiment.model.weights.clone() {
        weights::fill_in(&mut experiment.model, &folder, task, &is_written)
            .map_err(|finding| file.at(finding))?;
    }
    validate(&experiment, registry).map_err(|finding| file.at(finding))?;
    Ok(experiment)
}

impl SourceMap<'_> {
    /// The value of a key at the top, which other keys' defaults depend on.
    fn choice<T: Default + for<'de> Deserialize<'de>>(
        &self,
        table: &Table,
        key: &str,
    ) -> Result<T, ConfigError> {
        match table.get(key) {
            None => Ok(T::default()),
            Some(value) => T::deserialize(value.clone()).map_err(|error| ConfigError {
                place: self.place(key),
                message: format!("`{key}`: {}", error.message()),
                hint: None,
            }),
        }
    }

    /// Refuses what only another task, or another source of text, would read, unless it says what it is anyway: an
    /// experiment written out whole holds every key.
    fn refuse_foreign(
        &self,
        table: &Table,
        task: TaskName,
        registry: &dyn Registry,
    ) -> Result<(), ConfigError> {
        let defaults = Table::try_from(Experiment::default()).unwrap_or_default();
        let presets = presets::of_task(task, registry, Table::new());
        let usual = |key: &str| value_of(&presets, key).or_else(|| value_of(&defaults, key));
        let written = |key: &str| value_of(table, key).is_some_and(|value| Some(value) != usual(key));
        let refused = |key: &str, reader: String, hint: &str| ConfigError {
            place: self.place(key),
            message: format!("`{key}` means nothing for {reader}"),
            hint: Some(hint.to_owned()),
        };
        if let Some(key) = task.foreign_keys().iter().find(|key| written(key)) {
            let reader = format!("the task {}", task.name());
            return Err(refused(key, reader, "leave it out, or name another `task`"));
        }
        let source = match value_of(table, "data.source") {
            // A word that is no source is refused by the reader.
            Some(value) => DataSource::deserialize(value.clone()).unwrap_or_default(),
            None => DataSource::default(),
        };
        match source.foreign_keys().find(|key| written(key)) {
            None => Ok(()),
            Some(key) => {
                let reader = format!("`data.source` = \"{}\"", source.name());
                let hint =
                    "leave it out, or name another `data.source`; `--scale` chooses another experiment";
                Err(refused(key, reader, hint))
            }
        }
    }

    /// The sections of methods are read by their own types, everything else by that of the experiment.
    fn deserialize(
        &self,
        mut table: Table,
        is_written: &dyn Fn(&str) -> bool,
        registry: &dyn Registry,
    ) -> Result<Experiment, ConfigError> {
        let sections = registry.sections();
        let mut of_methods = Vec::new();
        for section in &sections {
            of_methods.push(table.remove(section.name));
        }
        let mut unknown = Vec::new();
        let mut experiment: Experiment =
            strict::read(Value::Table(table), &mut unknown).map_err(|fault| self.misfit(fault, registry))?;
        for (section, value) in sections.iter().zip(of_methods) {
            let keys = match value {
                None => Table::new(),
                Some(Value::Table(keys)) => keys,
                Some(other) => {
                    let message = format!("invalid type: {}, expected a section", other.type_str());
                    let key = section.name.to_owned();
                    return Err(self.misfit(Fault { key, message }, registry));
                }
            };
            let mut unknown_here = Vec::new();
            let of_section = |key: &str| is_written(&format!("{}.{key}", section.name));
            let held = (section.read)(keys, &of_section, &mut unknown_here).map_err(|fault| {
                let key = match fault.key.as_str() {
                    "" => section.name.to_owned(),
                    key => format!("{}.{key}", section.name),
                };
                self.misfit(Fault { key, ..fault }, registry)
            })?;
            unknown.extend(unknown_here.iter().map(|key| format!("{}.{key}", section.name)));
            experiment.sections.put(section.name, held);
        }
        match unknown.into_iter().next() {
            None => Ok(experiment),
            Some(key) => Err(ConfigError {
                place: self.place(&key),
                message: format!("unknown key `{key}`"),
                hint: Some(hint_for(registry, &key)),
            }),
        }
    }

    fn misfit(&self, Fault { key, message }: Fault, registry: &dyn Registry) -> ConfigError {
        ConfigError {
            place: self.place(&key),
            message: format!("`{key}`: {message}"),
            hint: example_of(registry, &key),
        }
    }
}

/// The value of a dotted key.
fn value_of<'a>(table: &'a Table, key: &str) -> Option<&'a Value> {
    let mut names = key.split('.');
    let first = table.get(names.next()?);
    names.fold(first, |value, name| value?.as_table()?.get(name))
}

fn replace(table: &mut Table, overrides: &[Override], registry: &dyn Registry) {
    let of_methods = registry
        .sections()
        .into_iter()
        .flat_map(|section| section.exclusive);
    for &(set, replaced) in EXCLUSIVE.iter().chain(of_methods) {
        if overrides.iter().any(|entry| entry.key == set)
            && let Some((section, name)) = replaced.split_once('.')
            && let Some(Value::Table(inner)) = table.get_mut(section)
        {
            inner.remove(name);
        }
    }
}

fn apply(table: &mut Table, entry: &Override, registry: &dyn Registry) -> Result<(), ConfigError> {
    let value = entry.value(registry).map_err(|message| ConfigError {
        place: Place::Override(entry.key.clone()),
        message,
        hint: None,
    })?;
    let mut segments: Vec<&str> = entry.key.split('.').collect();
    let last = segments.pop().unwrap_or_default();
    let mut here = table;
    for segment in segments {
        let next = here.entry(segment).or_insert_with(|| Value::Table(Table::new()));
        let Value::Table(inner) = next else {
            return Err(ConfigError {
                place: Place::Override(entry.key.clone()),
                message: format!("`{segment}` is a value and has no keys of its own"),
                hint: None,
            });
        };
        here = inner;
    }
    here.insert(last.to_owned(), value);
    Ok(())
}

fn replace_names(experiment: &mut Experiment, names: Names<'_>) -> Result<(), Finding> {
    let data = &mut experiment.data;
    let places = [
        ("data.dir", &mut data.dir),
        ("data.archive", &mut data.archive),
        ("model.weights", &mut experiment.model.weights),
    ];
    for (key, place) in places {
        if let Some(written) = place
            && let Some(path) = names(key, written)?
        {
            *place = Some(path);
        }
    }
    Ok(())
}

fn resolve_paths(experiment: &mut Experiment) -> Result<(), FileError> {
    let absolute = |path: &Path| -> Result<PathBuf, FileError> {
        std::path::absolute(path).map_err(|source| FileError::new("resolve", path, source))
    };
    if let Some(weights) = &mut experiment.model.weights {
        *weights = absolute(weights)?;
    }
    for path in [&mut experiment.data.archive, &mut experiment.data.prefixes]
        .into_iter()
        .flatten()
    {
        *path = absolute(path)?;
    }
    for (_, path) in experiment.sections.paths() {
        *path = absolute(path)?;
    }
    if experiment.data.source == DataSource::Files {
        let dir = experiment.data.dir.take().unwrap_or_else(|| PathBuf::from("."));
        experiment.data.dir = Some(absolute(&dir)?);
    }
    Ok(())
}
