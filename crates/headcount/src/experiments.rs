//! The experiments that are part of the program.

use experiment::{Scale, Source};

use crate::problem::{Problem, Result};

const MNLI_DEMO: &str = include_str!("../../../experiments/mnli/demo.toml");
const MNLI_SMALL: &str = include_str!("../../../experiments/mnli/small.toml");
const MNLI_PAPER: &str = include_str!("../../../experiments/mnli/paper.toml");
const IWSLT_DEMO: &str = include_str!("../../../experiments/iwslt/demo.toml");
const IWSLT_SMALL: &str = include_str!("../../../experiments/iwslt/small.toml");
const IWSLT_PAPER: &str = include_str!("../../../experiments/iwslt/paper.toml");

/// Names that stand for an embedded experiment.
pub(crate) const NAMES: [&str; 2] = ["mnli", "iwslt"];

/// The experiment of this name at this scale.
pub(crate) fn embedded(name: &str, scale: Scale) -> Result<Source> {
    let file = format!("experiments/{name}/{}.toml", scale.name());
    let text = match (name, scale) {
        ("mnli", Scale::Demo) => MNLI_DEMO,
        ("mnli", Scale::Small) => MNLI_SMALL,
        ("mnli", Scale::Paper) => MNLI_PAPER,
        ("iwslt", Scale::Demo) => IWSLT_DEMO,
        ("iwslt", Scale::Small) => IWSLT_SMALL,
        ("iwslt", Scale::Paper) => IWSLT_PAPER,
        _ => {
            let known = NAMES.join(" and ");
            return Err(Problem::new(format!("`{name}` is no experiment of this program"))
                .hint(format!("the experiments are {known}")));
        }
    };
    Ok(Source::embedded(&file, text))
}
