//! Recordings of gated BERT: forward and gradients under fixed gates, and training trajectories.

mod compare;
mod forward;
mod recording;
mod trajectory;

use std::path::{Path, PathBuf};

use burn::tensor::{DType, Device};
use models::{Precision, TensorOptions};
use serde_json::Value;

use crate::{Verdict, VerifyError};

pub(crate) fn check(
    value: &Value,
    text: &str,
    path: &Path,
    device: &Device,
) -> Result<Vec<(String, Verdict)>, VerifyError> {
    let run = value.get("run").and_then(Value::as_str);
    let set = root(path)?;
    let mut found = Vec::new();
    for options in precisions(device) {
        let float = match options.precision {
            Precision::Single => "float32",
            Precision::Double => "float64",
        };
        if value.get("cases").is_some() {
            for (what, verdict) in forward::check(text, path, &set, &options)? {
                found.push((format!("{what} {float}"), verdict));
            }
        } else if matches!(run, Some("dense" | "joint_dsp" | "pipelined_dsp")) {
            let verdict = trajectory::check(text, path, &set, &options)?;
            found.push((format!("{} {float}", run.unwrap_or_default()), verdict));
        } else {
            return Ok(vec![(
                run.unwrap_or_default().to_owned(),
                Verdict::NotYetSupported,
            )]);
        }
    }
    Ok(found)
}

/// Single precision always, double where the device has it.
fn precisions(device: &Device) -> Vec<TensorOptions> {
    let mut precisions = vec![TensorOptions::single(device.clone())];
    if device.supports_dtype(DType::F64) {
        precisions.push(TensorOptions {
            device: device.clone(),
            precision: Precision::Double,
        });
    }
    precisions
}

/// The folder that paths inside a recording start from: the nearest one above that holds `model/config.json`.
fn root(path: &Path) -> Result<PathBuf, VerifyError> {
    path.ancestors()
        .skip(1)
        .find(|folder| folder.join("model").join("config.json").is_file())
        .map(Path::to_owned)
        .ok_or_else(|| VerifyError::malformed(path, "no folder above it holds model/config.json"))
}
