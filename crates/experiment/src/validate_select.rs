//! Checks of `[select]`: the methods and the split that it names.

use crate::corpus::DataSource;
use crate::finding::Finding;
use crate::registry::{Registry, check_name};
use crate::schema::Experiment;
use crate::select::{Keep, VALID};
use crate::task::TaskName;

/// The first value of `[select]` that cannot be used.
pub(crate) fn check_select(experiment: &Experiment, registry: &dyn Registry) -> Result<(), Finding> {
    let select = &experiment.select;
    for (index, name) in select.methods.iter().flatten().enumerate() {
        let message = format!("is `{name}`, no method of this program");
        check_name(registry, &format!("select.methods.{index}"), name, &message)?;
    }
    if select.model == Keep::Last {
        return Ok(());
    }
    Finding::at_least_one("select.every", select.every)?;
    Finding::at_least_one("select.beam", select.beam)?;
    Finding::at_least_one("select.average", select.average)?;
    if select.model == Keep::Average {
        return Ok(());
    }
    let data = &experiment.data;
    let mut names: Vec<&str> = match data.source {
        DataSource::Demo => experiment.task.embedded_splits().to_vec(),
        DataSource::Files => data.evaluate.keys().map(String::as_str).collect(),
        DataSource::Iwslt14 => vec!["test"],
    };
    let has_valid = match data.source {
        DataSource::Demo => experiment.task == TaskName::Translation,
        DataSource::Files => !data.valid.is_empty(),
        DataSource::Iwslt14 => true,
    };
    if has_valid && !names.contains(&VALID) {
        names.push(VALID);
    }
    if names.contains(&select.split.as_str()) {
        return Ok(());
    }
    let message = format!("is `{}`, no evaluation split of this experiment", select.split);
    Err(Finding::new("select.split", message).hint(format!("the splits are {}", names.join(", "))))
}
