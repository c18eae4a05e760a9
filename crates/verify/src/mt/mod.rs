//! Recordings of the gated encoder-decoder: forward and gradients under fixed gates, training trajectories, heads removed
//! by their importance, generation, and batches of pairs.

mod batching;
mod compare;
mod end;
mod ending;
mod forward;
mod generation;
mod method;
mod optimizer;
mod recording;
mod removal;
mod run;
mod step;
mod trajectory;

use std::path::Path;

use models::Precision;
use models::TensorOptions;
use serde_json::Value;

use crate::numbers::{name, precisions};
use crate::{Verdict, VerifyError};

/// Whether a recording belongs to a set of translations: config.json beside it names the rows of its gates.
pub(crate) fn belongs(path: &Path) -> bool {
    recording::config_text(path).is_some_and(|text| {
        serde_json::from_str::<Value>(&text).is_ok_and(|config| config.get("gate_rows").is_some())
    })
}

pub(crate) fn check(
    value: &Value,
    text: &str,
    path: &Path,
    on: &TensorOptions,
) -> Result<Vec<(String, Verdict)>, VerifyError> {
    let has = |keys: &[&str]| keys.iter().all(|key| value.get(key).is_some());
    if value.get("batches").is_some_and(Value::is_array) {
        // Input of the trainings beside it.
        return Ok(Vec::new());
    }
    let is_batching = |case: &Value| case.get("src_lengths").is_some() && case.get("batches").is_some();
    if value
        .as_object()
        .is_some_and(|cases| cases.values().all(is_batching))
    {
        return Ok(vec![("batching".to_owned(), batching::check(text, path)?)]);
    }
    let mut found = Vec::new();
    for options in precisions(on) {
        let float = name(&options);
        let mut add = |what: &str, verdict| found.push((format!("{what} {float}"), verdict));
        if has(&["cases", "grad_weights"]) {
            for (what, verdict) in forward::check(text, path, &options)? {
                add(what, verdict);
            }
        } else if has(&["kind", "start_weights"]) {
            let kind = value.get("kind").and_then(Value::as_str).unwrap_or_default();
            let Some(method) = method::Method::of_kind(kind) else {
                return Ok(vec![(kind.to_owned(), Verdict::NotYetSupported)]);
            };
            add(kind, trajectory::check_free(text, path, method, &options)?);
            if options.precision == Precision::Single && method.has_importances() {
                let verdict = trajectory::check_forced(text, path, method, &options)?;
                add(&format!("{kind} forced"), verdict);
            }
        } else if has(&["variants", "heads_per_step"]) {
            for (variant, verdict) in removal::check(text, path, &options)? {
                add(&format!("michel {variant}"), verdict);
            }
        } else if has(&["settings", "weights"]) {
            add("generation", generation::check(text, path, &options)?);
        } else {
            return Ok(vec![(String::new(), Verdict::NotYetSupported)]);
        }
    }
    Ok(found)
}
