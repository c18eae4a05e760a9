//! `result.json`: what one run measured, with a checksum, in a form that has exactly one rendering.

use std::fs;
use std::io::ErrorKind;
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::StoredFiles;
use crate::experiment::{RECIPE_VERSION, RunKey, sha256};
use crate::plan::{Run, RunId};

/// Raised whenever `result.json` changes its form. Version 1 recorded no files; results of it are read as they are.
pub const SCHEMA_VERSION: u32 = 2;

/// What an executor hands back.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Measured {
    /// Attention heads of the whole model (N).
    pub n_heads: usize,
    /// Parameters of the whole model.
    pub params_before: u64,
    /// Updates of the weights in this run, those of the run it started from not included.
    pub train_updates: usize,
    /// The values measured.
    pub rows: Vec<Row>,
    /// Kept heads, one row of 0 and 1 for each row of the model's head grid.
    pub mask: Option<Vec<Vec<u8>>>,
    /// What the rows of the mask are.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub modules: Vec<Module>,
    /// Distance between the last importance kept and the first one dropped.
    pub margin: Option<f64>,
    /// What a reader of the numbers should know.
    pub warnings: Vec<String>,
}

/// An attention module.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Module {
    /// Kind of attention, such as `encoder-self`.
    pub kind: String,
    /// Layer within its kind, from 0.
    pub layer: usize,
}

/// One measured value.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Row {
    /// Which of several of the method, such as `draw-1`; empty where there is one.
    pub variant: String,
    /// Heads to keep.
    pub k_target: usize,
    /// Heads kept.
    pub k_actual: usize,
    /// Evaluated part of the data.
    pub split: String,
    /// Name of the measure.
    pub metric: String,
    /// The value.
    pub value: f64,
    /// Examples it is taken over.
    pub n_examples: usize,
    /// How it was computed, where the measure has settings.
    pub signature: String,
    /// Parameters once the heads not kept are removed.
    pub params_after: u64,
}

impl Measured {
    /// Of a stage, which measures nothing.
    pub(crate) fn prepared(n_heads: usize) -> Self {
        Self {
            n_heads,
            params_before: 0,
            train_updates: 0,
            rows: Vec::new(),
            mask: None,
            modules: Vec::new(),
            margin: None,
            warnings: Vec::new(),
        }
    }

    /// What makes these values meaningless, if anything does; `measures` says whether there must be any.
    pub(crate) fn check(&self, measures: bool) -> Result<(), String> {
        if measures && self.rows.is_empty() {
            return Err("the run measured nothing".to_owned());
        }
        for row in &self.rows {
            let Row {
                split,
                metric,
                value,
                k_target,
                k_actual,
                ..
            } = row;
            if !value.is_finite() {
                return Err(format!(
                    "the {metric} on {split} is {value}; the training diverged"
                ));
            }
            if k_target.max(k_actual) > &self.n_heads {
                let n_heads = self.n_heads;
                return Err(format!(
                    "{k_actual} of {n_heads} heads kept where {k_target} were asked for"
                ));
            }
        }
        match self.margin {
            Some(margin) if !margin.is_finite() => Err(format!("the margin of the importances is {margin}")),
            _ => Ok(()),
        }
    }

    /// The first measure in a few words; where there are several variants, their mean.
    pub fn headline(&self) -> String {
        let Some(first) = self.rows.first() else {
            return "ready for the runs that start from it".to_owned();
        };
        let same = |row: &&Row| {
            (&row.split, &row.metric, row.k_target) == (&first.split, &first.metric, first.k_target)
        };
        let values: Vec<f64> = self.rows.iter().filter(same).map(|row| row.value).collect();
        let mean = values.iter().sum::<f64>() / values.len() as f64;
        let of = if values.len() > 1 {
            format!(", mean of {}", values.len())
        } else {
            String::new()
        };
        format!("{} {} {mean:.3}{of}", first.split, first.metric)
    }
}

/// Which run a result belongs to.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RunIdentity {
    /// Name.
    pub id: RunId,
    /// Hash of the config.
    pub key: RunKey,
    /// Method.
    pub method: String,
    /// Heads to keep, where the run aims at a number.
    pub k: Option<usize>,
    /// Which of several of the method.
    pub variant: Option<String>,
    /// Factor of the penalty, where the number of heads is reached by a penalty.
    pub lambda: Option<f64>,
    /// Seed.
    pub seed: u64,
    /// Version of the numbers.
    pub recipe_version: u32,
}

/// The content of `result.json`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RunResult {
    /// Version of the form.
    pub schema_version: u32,
    /// Which run.
    pub run: RunIdentity,
    /// What it measured.
    pub measured: Measured,
    /// The files beside it that belong to it.
    #[serde(default, skip_serializing_if = "StoredFiles::is_empty")]
    pub files: StoredFiles,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Sealed<T> {
    /// SHA-256 of the result as JSON without spaces.
    checksum: String,
    result: T,
}

impl RunResult {
    /// Joins what was measured with the run it was measured for and with the files it left.
    pub fn new(run: &Run, measured: Measured, files: StoredFiles) -> Self {
        let run = RunIdentity {
            id: run.id.clone(),
            key: run.key.clone(),
            method: run.method.name.to_owned(),
            k: run.point.k,
            variant: run.point.variant.map(str::to_owned),
            lambda: run.point.lambda,
            seed: run.seed,
            recipe_version: RECIPE_VERSION,
        };
        Self {
            schema_version: SCHEMA_VERSION,
            run,
            measured,
            files,
        }
    }

    /// The bytes of the file.
    pub(super) fn render(&self) -> Result<String, String> {
        let render = || {
            let checksum = sha256(&serde_json::to_vec(self)?);
            serde_json::to_string_pretty(&Sealed {
                checksum,
                result: self,
            })
        };
        render()
            .map(|text| text + "\n")
            .map_err(|error| error.to_string())
    }
}

/// What there is to read of a result.
#[derive(Debug, Clone, PartialEq)]
pub enum ResultFile {
    /// No file.
    Missing,
    /// Whole, and of this run.
    Valid(Box<RunResult>),
    /// Damaged or of another run, and why; the run has to be repeated.
    Unusable(String),
    /// It may be whole, but this program cannot tell, and why; the run must not be repeated over it.
    Unreadable(String),
}

impl ResultFile {
    pub(super) fn read(path: &Path, key: &RunKey) -> Self {
        let text = match fs::read_to_string(path) {
            Ok(text) => text,
            Err(error) if error.kind() == ErrorKind::NotFound => return Self::Missing,
            Err(error) if error.kind() == ErrorKind::InvalidData => {
                return Self::Unusable(format!("{}: {error}", path.display()));
            }
            Err(error) => return Self::Unreadable(format!("cannot read {}: {error}", path.display())),
        };
        if let Some(version) = newer_version(&text) {
            return Self::Unreadable(format!(
                "{}: a newer program wrote it (schema version {version}; this program knows {SCHEMA_VERSION})",
                path.display()
            ));
        }
        let unusable = |reason: String| Self::Unusable(format!("{}: {reason}", path.display()));
        let sealed: Sealed<RunResult> = match serde_json::from_str(&text) {
            Ok(sealed) => sealed,
            Err(error) => return unusable(error.to_string()),
        };
        let result = sealed.result;
        // A file that says the same in other bytes was not written here.
        if result.render().ok().as_deref() != Some(&text) {
            return unusable("its checksum does not fit its content".to_owned());
        }
        if !(1..=SCHEMA_VERSION).contains(&result.schema_version) {
            return unusable(format!("there is no schema version {}", result.schema_version));
        }
        if result.run.key != *key {
            return unusable(format!("it belongs to the run with key {}", result.run.key));
        }
        Self::Valid(Box::new(result))
    }
}

/// The version of a whole result of a newer program. That it is whole can be told without knowing its form: in every
/// version the checksum is that of the result as JSON without spaces.
fn newer_version(text: &str) -> Option<u32> {
    #[derive(Deserialize)]
    struct Version {
        schema_version: u32,
    }
    let sealed: Sealed<Version> = serde_json::from_str(text).ok()?;
    let version = sealed.result.schema_version;
    let sealed_as = format!("{{\"checksum\":\"{}\",\"result\":", sealed.checksum);
    let compact = without_spaces(text);
    let result = compact.strip_prefix(&sealed_as)?.strip_suffix('}')?;
    (version > SCHEMA_VERSION && sha256(result.as_bytes()) == sealed.checksum).then_some(version)
}

/// JSON without the white space between its parts.
fn without_spaces(json: &str) -> String {
    let (mut in_string, mut escaped) = (false, false);
    let keep = |&character: &char| {
        let keep = in_string || !character.is_ascii_whitespace();
        in_string ^= character == '"' && !escaped;
        escaped = character == '\\' && !escaped;
        keep
    };
    json.chars().filter(keep).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn white_space_goes_between_the_parts_only() {
        let json = "{\n  \"a b\": [1, -2.5],\n  \"c\": \"d \\\" e\\\\\", \"f\": null\n}\n";
        let expected = "{\"a b\":[1,-2.5],\"c\":\"d \\\" e\\\\\",\"f\":null}";
        assert_eq!(without_spaces(json), expected);
        let value: serde_json::Value = serde_json::from_str(json).unwrap();
        assert_eq!(serde_json::to_string(&value).unwrap(), expected);
    }
}
