//! The experiments that are part of the program.

use anyhow::Result;
use sweep::experiment::{Scale, Source};

use crate::cli::Problem;

const MNLI_DEMO: &str = include_str!("../../../experiments/mnli/demo.toml");

/// Names that stand for an embedded experiment.
pub(crate) const NAMES: [&str; 2] = ["mnli", "iwslt"];

/// The experiment of this name at this scale.
pub(crate) fn embedded(name: &str, scale: Scale) -> Result<Source> {
    let file = format!("experiments/{name}/{}.toml", scale.name());
    match (name, scale) {
        ("mnli", Scale::Demo) => Ok(Source::embedded(&file, MNLI_DEMO)),
        ("iwslt", _) => Err(
            Problem::new("`iwslt` cannot be reproduced: translation is not built yet")
                .hint("`headcount reproduce mnli` reproduces the classification experiments")
                .into(),
        ),
        _ => Err(Problem::new(format!("{file} is not written yet"))
            .hint(format!(
                "use `headcount reproduce {name} --scale demo`, or the path of your own experiment file"
            ))
            .into()),
    }
}
