//! The experiments that are part of the program.

use anyhow::Result;
use sweep::experiment::{Scale, Source};

use crate::cli::Problem;

const MNLI_DEMO: &str = include_str!("../../../experiments/mnli/demo.toml");
const MNLI_SMALL: &str = include_str!("../../../experiments/mnli/small.toml");
const MNLI_PAPER: &str = include_str!("../../../experiments/mnli/paper.toml");

/// Names that stand for an embedded experiment.
pub(crate) const NAMES: [&str; 2] = ["mnli", "iwslt"];

/// The experiment of this name at this scale.
pub(crate) fn embedded(name: &str, scale: Scale) -> Result<Source> {
    let file = format!("experiments/{name}/{}.toml", scale.name());
    let text = match (name, scale) {
        ("mnli", Scale::Demo) => MNLI_DEMO,
        ("mnli", Scale::Small) => MNLI_SMALL,
        ("mnli", Scale::Paper) => MNLI_PAPER,
        _ => {
            let hint = "`headcount reproduce mnli` reproduces the classification experiments";
            let problem = format!("`{name}` cannot be reproduced: translation is not built yet");
            return Err(Problem::new(problem).hint(hint).into());
        }
    };
    Ok(Source::embedded(&file, text))
}
