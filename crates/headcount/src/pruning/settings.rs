//! `--set` of `prune`: settings of the method, and no others.

use experiment::Override;

use crate::problem::{Problem, Result};

/// What the command line says by options of its own.
const OWN: [&str; 6] = ["name", "task", "model.", "data.", "sweep.", "store."];

/// Refuses settings that nobody would read, and those that options say.
pub(crate) fn check_settings(method: Option<&str>, set: &[Override]) -> Result<()> {
    let mut set = set.iter();
    if method.is_none() {
        return match set.next() {
            None => Ok(()),
            Some(_) => Err(
                Problem::new("--set replaces settings of a method, and none is named")
                    .hint("add --method, or leave --set out"),
            ),
        };
    }
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
