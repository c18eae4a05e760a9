//! Finds recordings below a folder and hands each to the check for its kind.

use std::fs;
use std::path::{Path, PathBuf};

use bundle::{CONFIG_FILE, WEIGHTS_FILE};
use models::TensorOptions;
use serde_json::Value;

use crate::sources::Sources;
use crate::{Outcome, Verdict, VerifyError, bert, gates, mt, text};

/// Checks every recording (.json or .jsonl; tensors beside it belong to it) in `path`, a file or a folder searched in depth, in
/// the order of the names, with the sources that the environment names.
///
/// # Errors
/// A path that cannot be read or holds no recording. What is wrong with one recording is its outcome.
pub fn verify(path: &Path, on: &TensorOptions) -> Result<Vec<Outcome>, VerifyError> {
    verify_with(path, on, &Sources::from_environment())
}

/// [`verify`] with the given sources.
///
/// # Errors
/// Those of [`verify`].
pub fn verify_with(path: &Path, on: &TensorOptions, sources: &Sources) -> Result<Vec<Outcome>, VerifyError> {
    let mut files = Vec::new();
    collect(path, &mut files)?;
    if files.is_empty() {
        return Err(VerifyError::Nothing {
            path: path.to_owned(),
        });
    }
    let mut outcomes = Vec::new();
    for file in files {
        let found = match check(&file, on, sources) {
            Ok(found) => found,
            Err(error) => vec![(String::new(), Verdict::Unreadable(error.to_string()))],
        };
        let shown = file
            .strip_prefix(path)
            .ok()
            .filter(|rest| rest.as_os_str() != "")
            .unwrap_or(&file);
        outcomes.extend(found.into_iter().map(|(what, verdict)| Outcome {
            file: shown.to_owned(),
            what,
            verdict,
        }));
    }
    Ok(outcomes)
}

fn collect(path: &Path, files: &mut Vec<PathBuf>) -> Result<(), VerifyError> {
    let io = |source| VerifyError::io(path, source);
    if fs::metadata(path).map_err(io)?.is_file() {
        files.push(path.to_owned());
        return Ok(());
    }
    let mut entries: Vec<PathBuf> = fs::read_dir(path)
        .and_then(|entries| entries.map(|entry| entry.map(|entry| entry.path())).collect())
        .map_err(io)?;
    entries.sort();
    let is_model_config = |entry: &Path| entry.file_name().is_some_and(|name| name == CONFIG_FILE);
    // Whatever else comes with a model is no recording either.
    if entries.iter().any(|entry| is_model_config(entry)) && path.join(WEIGHTS_FILE).is_file() {
        return Ok(());
    }
    for entry in entries {
        let is_recording = entry
            .extension()
            .is_some_and(|extension| extension == "json" || extension == "jsonl");
        if entry.is_dir() {
            collect(&entry, files)?;
        } else if is_recording && !is_model_config(&entry) {
            files.push(entry);
        }
    }
    Ok(())
}

type Found = Vec<(String, Verdict)>;

fn check(path: &Path, on: &TensorOptions, sources: &Sources) -> Result<Found, VerifyError> {
    let content = fs::read_to_string(path).map_err(|source| VerifyError::io(path, source))?;
    let found = if path.extension().is_some_and(|extension| extension == "jsonl") {
        text::check_rows(&content, path, sources)?
    } else {
        check_object(&content, path, on, sources)?
    };
    Ok(found.unwrap_or_else(|| vec![(String::new(), Verdict::NotYetSupported)]))
}

/// Checks a file that is one object; `None` where its kind is not known.
fn check_object(
    content: &str,
    path: &Path,
    on: &TensorOptions,
    sources: &Sources,
) -> Result<Option<Found>, VerifyError> {
    let value: Value = serde_json::from_str(content).map_err(|error| VerifyError::malformed(path, error))?;
    if let Some(name) = value.get("name").and_then(Value::as_str) {
        return gates::check(name, content, path).map(Some);
    }
    if value.get("schema").and_then(Value::as_str) == Some("gated-bert-golden/1") {
        return bert::check(&value, content, path, on, sources).map(Some);
    }
    if mt::belongs(path) {
        return mt::check(&value, content, path, on).map(Some);
    }
    text::check_object(&value, content, path, sources)
}
