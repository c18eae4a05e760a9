//! Recordings of gated BERT: forward and gradients under fixed gates, training trajectories, heads removed by their
//! importance, and a published encoder.

mod compare;
mod end;
mod evaluation;
mod forward;
mod method;
mod minilm;
mod recording;
mod removal;
mod trajectory;

use std::path::{Path, PathBuf};

use models::TensorOptions;
use serde_json::Value;

use crate::numbers::{name, precisions};
use crate::sources::Sources;
use crate::{Verdict, VerifyError};
use method::Method;

pub(crate) fn check(
    value: &Value,
    text: &str,
    path: &Path,
    on: &TensorOptions,
    sources: &Sources,
) -> Result<Vec<(String, Verdict)>, VerifyError> {
    if value.get("wheel").is_some() {
        return minilm::check(text, path, on, sources);
    }
    let run = value.get("run").and_then(Value::as_str).unwrap_or_default();
    let set = root(path)?;
    let mut found = Vec::new();
    for options in precisions(on) {
        let float = name(&options);
        if value.get("cases").is_some() {
            for (what, verdict) in forward::check(text, path, &set, &options)? {
                found.push((format!("{what} {float}"), verdict));
            }
        } else if let Some(method) = Method::of_run(run) {
            let verdict = trajectory::check(text, path, &set, method, &options)?;
            found.push((format!("{run} {float}"), verdict));
        } else if run == "michel_exact" {
            let verdict = removal::check(text, path, &set, &options)?;
            found.push((format!("{run} {float}"), verdict));
        } else {
            return Ok(vec![(run.to_owned(), Verdict::NotYetSupported)]);
        }
    }
    Ok(found)
}

/// The folder that paths inside a recording start from: the nearest one above that holds `model/config.json`.
fn root(path: &Path) -> Result<PathBuf, VerifyError> {
    path.ancestors()
        .skip(1)
        .find(|folder| folder.join("model").join("config.json").is_file())
        .map(Path::to_owned)
        .ok_or_else(|| VerifyError::malformed(path, "no folder above it holds model/config.json"))
}
