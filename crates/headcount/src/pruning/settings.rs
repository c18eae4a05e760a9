//! `--set` of `prune`: settings of the method, and no others.

use experiment::{Override, Registry};
use methods::Methods;

use crate::problem::{Problem, Result};

/// What the command line says by options of its own.
const OWN: [&str; 6] = ["name", "task", "model.", "data.", "sweep.", "store."];

/// Sections that are no method's and that only a training reads.
const OF_TRAINING: [&str; 2] = ["train", "select"];
/// Sections that nothing here reads.
const UNREAD: [&str; 3] = ["generate", "report", "slurm"];
/// What of `[train]` is read by all, since it says what a batch is.
const OF_BATCHES: [&str; 3] = ["train.batch", "train.padding", "train.bucket_by_length"];

/// Refuses settings that nobody would read, and those that options say.
pub(crate) fn check_settings(method: Option<&str>, finetunes: bool, set: &[Override]) -> Result<()> {
    let Some(method) = method else {
        return match set.first() {
            None => Ok(()),
            Some(_) => Err(
                Problem::new("--set replaces settings of a method, and none is named")
                    .hint("add --method, or leave --set out"),
            ),
        };
    };
    check_own(set)?;
    set.iter()
        .try_for_each(|entry| check_read(method, finetunes, entry.key()))
}

fn check_own(set: &[Override]) -> Result<()> {
    let mut set = set.iter();
    let is_own = |key: &str| {
        OWN.iter()
            .any(|own| key == own.trim_end_matches('.') || own.ends_with('.') && key.starts_with(own))
    };
    let is_training =
        |key: &str| ["train.epochs", "train.updates", "run.threads", "finetune.epochs"].contains(&key);
    match set.find(|entry| is_own(entry.key()) || is_training(entry.key())) {
        None => Ok(()),
        Some(entry) => Err(Problem::new(format!("`{}` is not for --set here", entry.key()))
            .hint("the model, the examples, the heads and the passes are options of this command")),
    }
}

/// What is no key at all is told by who reads the experiment.
fn check_read(method: &str, finetunes: bool, key: &str) -> Result<()> {
    let known = Methods::known();
    let Some(found) = known.find(method) else {
        return Ok(());
    };
    let stages = std::iter::once(found).chain(found.bases());
    let mut read: Vec<&str> = stages
        .flat_map(|stage| stage.sections)
        .map(|section| section.name)
        .collect();
    let trains = finetunes || read.contains(&PIPELINED);
    read.extend(finetunes.then_some(FINETUNE));
    let section = key.split('.').next().unwrap_or(key);
    let is_of_training = OF_TRAINING.contains(&section) && !OF_BATCHES.contains(&key);
    let is_of_other = known.sections().iter().any(|other| other.name == section) && !read.contains(&section);
    if is_of_training && !trains || section == FINETUNE && !finetunes {
        let problem = Problem::new(format!(
            "`{key}` is for a training, and --method {method} alone trains nothing"
        ));
        return Err(problem.hint("add --finetune EPOCHS, or leave it out"));
    }
    if is_of_other || UNREAD.contains(&section) {
        let problem = Problem::new(format!("`{key}` is not read by --method {method}"));
        return Err(problem.hint(format!("leave it out; what it reads is in {}", read.join(", "))));
    }
    Ok(())
}

/// Section of the methods that train on the frozen model.
const PIPELINED: &str = "pipelined";
/// Section of --finetune.
const FINETUNE: &str = "finetune";
