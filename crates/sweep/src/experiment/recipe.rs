//! Presets of the switches in which the released program and the papers differ.

use serde::{Deserialize, Serialize};
use toml::{Table, Value};

use super::task::Task;

/// Preset of switches. It fills in keys that neither the file nor `--set` names, nothing else.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Recipe {
    /// What the authors' program does.
    #[default]
    Released,
    /// What the papers describe, where they differ from that program and say so.
    Paper,
}

/// One key in which the presets differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Switch {
    /// Dotted key.
    pub key: &'static str,
    /// The task it holds for; none for all.
    pub task: Option<Task>,
    /// Value in the released program, as TOML.
    pub released: &'static str,
    /// Value in the papers, as TOML.
    pub paper: &'static str,
    /// What it decides, and where the two values come from.
    pub reason: &'static str,
}

/// Every key in which the presets differ. Where a paper is silent there is no switch here but a key of its own:
/// `dsp.schedule`, `train.clip_gates`, `michel.counted`, `voita.mask`.
pub const SWITCHES: [Switch; 6] = [
    Switch {
        key: "dsp.tau_end",
        // On translation the temperature begins at 0.1 already: it would not fall at all.
        task: Some(Task::Nli),
        released: "1e-8",
        paper: "0.1",
        reason: "temperature at the end: the program's README against the paper's appendix as a third party quotes it",
    },
    Switch {
        key: "select.gate",
        task: None,
        released: "\"sampled\"",
        paper: "\"hard\"",
        reason: "gates of dev evaluations, where the best model is kept: a fresh noisy sample, or the mask that is tested",
    },
    Switch {
        key: "voita.evaluation_beta",
        task: None,
        released: "false",
        paper: "true",
        reason: "evaluation gate: sigmoid(log alpha) in the program, against the training gate of Voita et al. without its noise",
    },
    Switch {
        key: "voita.penalty",
        task: None,
        released: "\"sum\"",
        paper: "\"mean\"",
        reason: "L0 penalty: summed over all heads in the program, averaged over layers in that of Voita et al.",
    },
    Switch {
        key: "michel.variants",
        task: Some(Task::Nli),
        released: "[\"batch-abs\"]",
        paper: "[\"example-abs\"]",
        reason: "absolute value per batch in the program, per example in Michel et al.",
    },
    Switch {
        key: "michel.variants",
        task: Some(Task::Translation),
        released: "[\"signed\"]",
        paper: "[\"example-abs\"]",
        reason: "no absolute value in the program on translation, one per example in Michel et al.",
    },
];

impl Recipe {
    /// Name in files.
    pub fn name(self) -> &'static str {
        match self {
            Self::Released => "released",
            Self::Paper => "paper",
        }
    }

    /// The table with the switches that it leaves out.
    pub(super) fn completed(self, task: Task, mut table: Table) -> Table {
        let of_task = |switch: &Switch| switch.task.is_none_or(|only| only == task);
        for switch in SWITCHES.into_iter().filter(of_task) {
            let text = match self {
                Self::Released => switch.released,
                Self::Paper => switch.paper,
            };
            let parsed = toml::de::ValueDeserializer::parse(text).and_then(Value::deserialize);
            if let (Ok(value), Some((section, name))) = (parsed, switch.key.split_once('.')) {
                let section = table.entry(section).or_insert_with(|| Value::Table(Table::new()));
                // A section that is no table is refused by the reader.
                if let Value::Table(keys) = section {
                    keys.entry(name).or_insert(value);
                }
            }
        }
        table
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::experiment::Experiment;

    fn read(recipe: Recipe, text: &str) -> Experiment {
        read_of(Task::Nli, recipe, text)
    }

    fn read_of(task: Task, recipe: Recipe, text: &str) -> Experiment {
        let table = recipe.completed(task, toml::from_str(text).unwrap());
        toml::from_str(&toml::to_string(&table).unwrap()).unwrap()
    }

    #[test]
    fn the_defaults_are_the_released_recipe() {
        assert_eq!(read(Recipe::Released, ""), Experiment::default());
    }

    #[test]
    fn every_switch_is_a_known_key_and_changes_something() {
        for switch in SWITCHES {
            let task = switch.task.unwrap_or_default();
            let (released, paper) = (
                read_of(task, Recipe::Released, ""),
                read_of(task, Recipe::Paper, ""),
            );
            let value = |experiment: &Experiment| {
                let value = serde_json::to_value(experiment).unwrap();
                switch
                    .key
                    .split('.')
                    .fold(value, |value, name| value[name].clone())
            };
            assert!(!value(&paper).is_null(), "{}", switch.key);
            assert_ne!(value(&released), value(&paper), "{}", switch.key);
        }
    }

    #[test]
    fn the_documentation_names_every_switch_with_both_values() {
        let text = include_str!("../../../../docs/recipes.md");
        for switch in SWITCHES {
            let row = text
                .lines()
                .find(|line| line.starts_with(&format!("| `{}` |", switch.key)));
            let row = row.unwrap_or_else(|| panic!("docs/recipes.md has no row of {}", switch.key));
            for value in [switch.released, switch.paper] {
                let word = value.trim_matches('"');
                assert!(row.contains(word), "{}: {word} is not in {row}", switch.key);
            }
        }
    }

    #[test]
    fn what_is_written_wins() {
        let experiment = read(Recipe::Paper, "[dsp]\ntau_end = 1e-3\n[michel]\nexact = false\n");
        assert_eq!(experiment.dsp.tau_end, 1e-3);
        assert!(!experiment.michel.exact && experiment.voita.evaluation_beta);
    }
}
