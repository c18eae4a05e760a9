//! Checks of `[select]` and of the splits that a sweep names.

use crate::corpus::DataSource;
use crate::finding::Finding;
use crate::registry::{Registry, check_name};
use crate::schema::Experiment;
use crate::select::{Keep, VALID};

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
    let names = splits(experiment);
    if names.contains(&select.split.as_str()) {
        return Ok(());
    }
    let message = format!("is `{}`, no evaluation split of this experiment", select.split);
    Err(Finding::new("select.split", message).hint(format!("the splits are {}", names.join(", "))))
}

/// Refuses splits to measure that the experiment does not have.
pub(crate) fn check_splits(experiment: &Experiment) -> Result<(), Finding> {
    let Some(wanted) = &experiment.sweep.splits else {
        return Ok(());
    };
    Finding::entries("sweep.splits", wanted)?;
    let names = splits(experiment);
    let unknown = wanted
        .iter()
        .enumerate()
        .find(|(_, split)| !names.contains(&split.as_str()));
    match unknown {
        None => Ok(()),
        Some((index, split)) => {
            let message = format!("is `{split}`, no evaluation split of this experiment");
            Err(Finding::new(format!("sweep.splits.{index}"), message)
                .hint(format!("the splits are {}", names.join(", "))))
        }
    }
}

/// Refuses an experiment without a split by which a method could choose heads.
///
/// # Errors
/// The finding.
pub fn check_tuning_split(experiment: &Experiment) -> Result<(), Finding> {
    let split = experiment.tuning_split();
    if splits(experiment).contains(&split) {
        return Ok(());
    }
    let message = format!("is `{split}`, no evaluation split, and a method chooses heads by it");
    Err(Finding::new("select.split", message)
        .hint("name examples to choose by in data.valid, a share of the training set in data.valid_share, or a split in select.split"))
}

/// The splits that results can be reported on, and that by which models are chosen.
fn splits(experiment: &Experiment) -> Vec<&str> {
    let data = &experiment.data;
    let mut names: Vec<&str> = match data.source {
        DataSource::Demo => experiment.task.embedded_splits().to_vec(),
        DataSource::Files => data.evaluate.keys().map(String::as_str).collect(),
        DataSource::Iwslt14 => vec!["test"],
    };
    if experiment.has_valid() && !names.contains(&VALID) {
        names.push(VALID);
    }
    names
}
