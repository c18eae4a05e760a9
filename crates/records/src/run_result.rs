//! `result.json`: what one run measured, with a checksum, in a form that has exactly one rendering.

use std::fs;
use std::io::ErrorKind;
use std::path::Path;

use files::{FileError, sha256_of};
use serde::{Deserialize, Serialize};

use crate::RecordError;
use crate::measured::Measured;
use crate::run_id::{RunId, RunKey};
use crate::stored_files::{RESULT_FILE, StoredFiles};

/// Version of `result.json`. Raised whenever it changes its form. Version 1 recorded no files, version 2 no scores of heads and
/// no cost in examples, version 3 no multiply-adds; results of all three are read as they are.
pub const RESULT_SCHEMA_VERSION: u32 = 4;

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
    /// Of a run, with the files it left.
    pub fn new(run: RunIdentity, measured: Measured, files: StoredFiles) -> Self {
        Self {
            schema_version: RESULT_SCHEMA_VERSION,
            run,
            measured,
            files,
        }
    }

    /// Writes the file whole; from then on the run is done.
    ///
    /// # Errors
    /// The system refuses.
    pub fn write(&self, path: &Path) -> Result<(), RecordError> {
        let text = self.render().map_err(RecordError::format(path))?;
        Ok(files::store(path, text.as_bytes())?)
    }

    /// The bytes of the file.
    fn render(&self) -> Result<String, String> {
        let render = || {
            let checksum = sha256_of(&serde_json::to_vec(self)?);
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

/// Examples that passed the model of the run in this folder and of all that it starts from; none where its result is not
/// there or an earlier program counted none. Whether the result is whole and of the run that is meant has been checked.
pub fn cost_of(folder: &Path) -> Option<u64> {
    let text = fs::read_to_string(folder.join(RESULT_FILE)).ok()?;
    let sealed: Sealed<RunResult> = serde_json::from_str(&text).ok()?;
    sealed.result.measured.cost_examples
}

/// The result of the run in this folder, whichever run it is.
///
/// # Errors
/// There is none, or it is damaged.
pub fn read_run(folder: &Path) -> Result<RunResult, RecordError> {
    let path = folder.join(RESULT_FILE);
    let text = fs::read_to_string(&path).map_err(FileError::reading(&path))?;
    let sealed: Sealed<RunResult> = serde_json::from_str(&text).map_err(RecordError::content(&path))?;
    if sealed.result.render().ok().as_deref() != Some(&text) {
        return Err(RecordError::content(&path)(
            "its checksum does not fit its content",
        ));
    }
    Ok(sealed.result)
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
    /// Reads the result of the run with this key.
    pub fn read(path: &Path, key: &RunKey) -> Self {
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
                "{}: a newer program wrote it (schema version {version}; this program knows {RESULT_SCHEMA_VERSION})",
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
        if !(1..=RESULT_SCHEMA_VERSION).contains(&result.schema_version) {
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
    (version > RESULT_SCHEMA_VERSION && sha256_of(result.as_bytes()) == sealed.checksum).then_some(version)
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
