//! plan.json and experiment.toml beside the tables of a sweep: what was to be run, and with which settings.

use std::collections::BTreeMap;
use std::path::Path;

use files::FileError;
use serde::Deserialize;

use crate::RecordError;
use crate::run_id::RunId;

#[derive(Deserialize)]
struct Plan {
    runs: Vec<PlannedRun>,
}

#[derive(Deserialize)]
struct PlannedRun {
    id: RunId,
}

/// The runs of the plan.json in `folder`; none where there is no such file.
///
/// # Errors
/// It cannot be read, or is no plan.
pub fn read_planned(folder: &Path) -> Result<Option<Vec<RunId>>, RecordError> {
    let path = folder.join("plan.json");
    let Some(text) = text_of(&path)? else {
        return Ok(None);
    };
    let plan: Plan = serde_json::from_str(&text).map_err(RecordError::content(&path))?;
    Ok(Some(plan.runs.into_iter().map(|run| run.id).collect()))
}

/// The settings of the experiment.toml in `folder` by their keys, as `train.updates`; nothing where there is no such file.
///
/// # Errors
/// It cannot be read, or is no TOML.
pub fn read_settings(folder: &Path) -> Result<BTreeMap<String, String>, RecordError> {
    let path = folder.join("experiment.toml");
    let mut settings = BTreeMap::new();
    if let Some(text) = text_of(&path)? {
        let table: toml::Table = toml::from_str(&text).map_err(RecordError::content(&path))?;
        flatten("", &table, &mut settings);
    }
    Ok(settings)
}

fn flatten(above: &str, table: &toml::Table, settings: &mut BTreeMap<String, String>) {
    for (key, value) in table {
        match value {
            toml::Value::Table(table) => flatten(&format!("{above}{key}."), table, settings),
            toml::Value::String(text) => {
                settings.insert(format!("{above}{key}"), text.clone());
            }
            value => {
                settings.insert(format!("{above}{key}"), value.to_string());
            }
        }
    }
}

fn text_of(path: &Path) -> Result<Option<String>, RecordError> {
    match std::fs::read_to_string(path) {
        Ok(text) => Ok(Some(text)),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(RecordError::File(FileError::new("read", path, error))),
    }
}
