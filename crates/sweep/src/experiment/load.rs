//! Reads an experiment: the file, then `--set` on top, strictly.

use std::io::{ErrorKind, Read};
use std::path::{Path, PathBuf};

use serde::Deserialize;
use toml::{Table, Value};
use toml_edit::Document;

use super::corpus::DataSource;
use super::home::check_home;
use super::keys::{example_of, hint_for};
use super::overrides::Override;
use super::place::{ConfigError, Place, line_at, line_at_byte, line_of};
use super::recipe::Recipe;
use super::schema::Experiment;
use super::task::Task;
use super::validate::{Finding, validate};
use super::weights;
use crate::SweepError;

/// `--set` of the first key takes the second out of the file: only one of them may be set, or the first means all, or it
/// brings the second.
const EXCLUSIVE: [(&str, &str); 16] = [
    ("train.batch", "train.max_tokens"),
    ("train.max_tokens", "train.batch"),
    ("sweep.heads", "sweep.heads_of"),
    ("dsp.cooldown", "dsp.cooldown_updates"),
    ("dsp.cooldown", "dsp.pipelined_cooldown_updates"),
    ("dsp.cooldown_updates", "dsp.cooldown"),
    ("dsp.pipelined_cooldown_updates", "dsp.cooldown"),
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

/// What stands for standard input in place of a path.
const STANDARD_INPUT: &str = "-";

/// The text of an experiment and the name that messages give it.
#[derive(Debug, Clone)]
pub struct Source {
    name: String,
    text: String,
}

impl Source {
    /// Reads a file, or standard input where the path is `-`.
    pub fn read(path: &Path) -> Result<Self, SweepError> {
        let unreadable = |reason: &str, hint: String| SweepError::ExperimentFile {
            reason: reason.replace("{}", &path.display().to_string()),
            hint,
        };
        let read = if path == Path::new(STANDARD_INPUT) {
            let mut bytes = Vec::new();
            std::io::stdin().read_to_end(&mut bytes).map(|_| bytes)
        } else {
            std::fs::read(path)
        };
        let bytes = read.map_err(|source| match source.kind() {
            ErrorKind::NotFound => unreadable(
                "there is no experiment file {}",
                "check the path; relative paths start from the working directory, and `-` is standard input"
                    .to_owned(),
            ),
            ErrorKind::IsADirectory => unreadable(
                "{} is a folder, and an experiment is a file",
                match path.join("experiment.toml") {
                    inside if inside.is_file() => {
                        format!("the experiment in it is {}", files::shell::path_word(&inside))
                    }
                    _ => "name the .toml file".to_owned(),
                },
            ),
            _ => SweepError::io("read", path, source),
        })?;
        let name = match path == Path::new(STANDARD_INPUT) {
            true => "standard input".to_owned(),
            false => path.display().to_string(),
        };
        match String::from_utf8(bytes) {
            Ok(text) => Ok(Self { name, text }),
            Err(error) => {
                let line = line_at_byte(error.as_bytes(), error.utf8_error().valid_up_to());
                Err(SweepError::ExperimentFile {
                    reason: format!("{name}:{line}: the text is not UTF-8"),
                    hint: "save the file as UTF-8".to_owned(),
                })
            }
        }
    }

    /// Text that is part of the program.
    pub fn embedded(name: &str, text: &str) -> Self {
        Self {
            name: name.to_owned(),
            text: text.to_owned(),
        }
    }
}

/// Reads, overrides, fills in (first from the recipe, then from what the task takes for granted, then from the defaults),
/// checks. Relative paths start from the working directory and come back absolute, and the sizes of `model.weights` are
/// filled in, so that the result written to a file means the same anywhere.
pub fn load(source: &Source, overrides: &[Override]) -> Result<Experiment, SweepError> {
    load_with_names(source, overrides, &|_, _| Ok(None))
}

/// What is written where a path is expected, given the key: the path that it stands for, or nothing where it is one.
pub type Names<'a> = &'a dyn Fn(&str, &Path) -> Result<Option<PathBuf>, Finding>;

/// The same where corpora and weights may be called by names that stand for paths.
pub fn load_with_names(
    source: &Source,
    overrides: &[Override],
    names: Names<'_>,
) -> Result<Experiment, SweepError> {
    let file = SourceMap::parse(source, overrides)?;
    let mut table: Table =
        toml::from_str(&source.text).map_err(|error| file.syntax(error.message(), error.span()))?;
    replace(&mut table, overrides);
    for entry in overrides {
        apply(&mut table, entry)?;
    }
    let recipe: Recipe = file.choice(&table, "recipe")?;
    let task: Task = file.choice(&table, "task")?;
    file.refuse_foreign(&table, task)?;
    let completed = task.completed(recipe.completed(task, table.clone()));
    let mut experiment = file.deserialize(completed)?;
    let is_capped_only = |section: &str| {
        let section = table.get(section).and_then(Value::as_table);
        section.is_some_and(|keys| keys.contains_key("updates") && !keys.contains_key("epochs"))
    };
    if is_capped_only("train") {
        experiment.train.epochs = None;
    }
    if is_capped_only("pipelined") {
        experiment.pipelined.epochs = None;
    }
    check_home(&experiment).map_err(|finding| file.at(finding))?;
    replace_names(&mut experiment, names).map_err(|finding| file.at(finding))?;
    resolve_paths(&mut experiment)?;
    if let Some(folder) = experiment.model.weights.clone() {
        let written = |key: &str| value_of(&table, key).is_some();
        weights::fill_in(&mut experiment.model, &folder, task, &written)
            .map_err(|finding| file.at(finding))?;
    }
    validate(&experiment).map_err(|finding| file.at(finding))?;
    Ok(experiment)
}

/// Finds the place of a key: `--set` if it was overridden, else its line.
struct SourceMap<'a> {
    source: &'a Source,
    document: Document<String>,
    overrides: &'a [Override],
}

impl<'a> SourceMap<'a> {
    fn parse(source: &'a Source, overrides: &'a [Override]) -> Result<Self, ConfigError> {
        let document = Document::parse(source.text.clone()).map_err(|error| {
            let line = error.span().map(|span| line_at(&source.text, span.start));
            syntax_error(source, error.message(), line)
        })?;
        Ok(Self {
            source,
            document,
            overrides,
        })
    }

    fn syntax(&self, message: &str, span: Option<std::ops::Range<usize>>) -> ConfigError {
        syntax_error(
            self.source,
            message,
            span.map(|span| line_at(&self.source.text, span.start)),
        )
    }

    fn place(&self, key: &str) -> Place {
        let overridden = self.overrides.iter().find(|entry| {
            key == entry.key
                || key
                    .strip_prefix(&entry.key)
                    .is_some_and(|rest| rest.starts_with('.'))
                || entry
                    .key
                    .strip_prefix(key)
                    .is_some_and(|rest| rest.starts_with('.'))
        });
        if let Some(entry) = overridden {
            return Place::Override(entry.key.clone());
        }
        match line_of(&self.source.text, &self.document, key) {
            Some(line) => Place::Line(self.source.name.clone(), line),
            None => Place::File(self.source.name.clone()),
        }
    }

    fn at(&self, finding: Finding) -> ConfigError {
        let message = format!("`{}` {}", finding.key, finding.message);
        ConfigError {
            place: self.place(&finding.key),
            message,
            hint: finding.hint,
        }
    }

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
    fn refuse_foreign(&self, table: &Table, task: Task) -> Result<(), ConfigError> {
        let defaults = Table::try_from(Experiment::default()).unwrap_or_default();
        let presets = task.completed(Table::new());
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

    fn deserialize(&self, table: Table) -> Result<Experiment, ConfigError> {
        let mut unknown = Vec::new();
        let mut track = serde_path_to_error::Track::new();
        let tracked = serde_path_to_error::Deserializer::new(Value::Table(table), &mut track);
        let parsed: Result<Experiment, toml::de::Error> =
            serde_ignored::deserialize(tracked, |path| unknown.push(path.to_string()));
        let experiment = parsed.map_err(|error| {
            let key = dotted(&track.path());
            let message = format!("`{key}`: {}", error.message());
            ConfigError {
                place: self.place(&key),
                message,
                hint: example_of(&key),
            }
        })?;
        match unknown.first() {
            None => Ok(experiment),
            Some(path) => {
                // serde_ignored writes `?` for the wrapper of an optional value; keys have none.
                let key = path.replace(".?", "");
                let hint = Some(hint_for(&key));
                Err(ConfigError {
                    place: self.place(&key),
                    message: format!("unknown key `{key}`"),
                    hint,
                })
            }
        }
    }
}

fn syntax_error(source: &Source, message: &str, line: Option<usize>) -> ConfigError {
    let place = match line {
        Some(line) => Place::Line(source.name.clone(), line),
        None => Place::File(source.name.clone()),
    };
    let message = message.lines().collect::<Vec<_>>().join(", ");
    ConfigError {
        place,
        message,
        hint: None,
    }
}

fn dotted(path: &serde_path_to_error::Path) -> String {
    use serde_path_to_error::Segment;
    let names = path.iter().filter_map(|segment| match segment {
        Segment::Seq { index } => Some(index.to_string()),
        Segment::Map { key } => Some(key.clone()),
        Segment::Enum { .. } | Segment::Unknown => None,
    });
    names.collect::<Vec<_>>().join(".")
}

/// The value of a dotted key.
fn value_of<'a>(table: &'a Table, key: &str) -> Option<&'a Value> {
    let mut names = key.split('.');
    let first = table.get(names.next()?);
    names.fold(first, |value, name| value?.as_table()?.get(name))
}

fn replace(table: &mut Table, overrides: &[Override]) {
    for (set, replaced) in EXCLUSIVE {
        if overrides.iter().any(|entry| entry.key == set)
            && let Some((section, name)) = replaced.split_once('.')
            && let Some(Value::Table(inner)) = table.get_mut(section)
        {
            inner.remove(name);
        }
    }
}

fn apply(table: &mut Table, entry: &Override) -> Result<(), ConfigError> {
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
    here.insert(last.to_owned(), entry.value.clone());
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

fn resolve_paths(experiment: &mut Experiment) -> Result<(), SweepError> {
    let absolute = |path: &Path| -> Result<PathBuf, SweepError> {
        std::path::absolute(path).map_err(|source| SweepError::io("resolve", path, source))
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
    if experiment.data.source == DataSource::Files {
        let dir = experiment.data.dir.take().unwrap_or_else(|| PathBuf::from("."));
        experiment.data.dir = Some(absolute(&dir)?);
    }
    Ok(())
}
