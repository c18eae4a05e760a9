//! What is taken for granted where nothing is written: by the recipe, and by the task.

use serde::Deserialize;
use toml::{Table, Value};

use crate::recipe::{Recipe, Switch};
use crate::registry::{Registry, switches};
use crate::task::TaskName;

/// What a translation takes for granted: the paper's training on IWSLT14 German to English. The defaults of
/// [`Experiment`](crate::Experiment) are those of classification.
const TRANSLATION: &str = r#"
[data]
train_examples = 20000
dev_examples = 500
[model]
layers = 6
heads = 4
width = 512
feed_forward = 1024
positions = 1024
dropout = 0.3
attention_dropout = 0.0
layer_norm_eps = 1e-5
[train]
epochs = 60.0
max_tokens = 4096
learning_rate = 5e-4
schedule = "inverse-sqrt"
warmup = 4000
betas = [0.9, 0.98]
weight_decay = 1e-4
decay = "before-step"
label_smoothing = 0.1
clip = 0.0
[select]
split = "valid"
"#;

/// The table with the switches that it leaves out.
pub(crate) fn of_recipe(recipe: Recipe, task: TaskName, registry: &dyn Registry, mut table: Table) -> Table {
    let of_task = |switch: &Switch| switch.task.is_none_or(|only| only == task);
    for switch in switches(registry).into_iter().filter(of_task) {
        let text = match recipe {
            Recipe::Released => switch.released,
            Recipe::Paper => switch.paper,
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

/// The table with what the task takes for granted in the places that it leaves out.
pub(crate) fn of_task(task: TaskName, registry: &dyn Registry, mut table: Table) -> Table {
    let preset = match task {
        TaskName::Classification => "",
        TaskName::Translation => TRANSLATION,
    };
    let mut preset: Table = toml::from_str(preset).unwrap_or_default();
    for section in registry.sections() {
        let keys: Table = toml::from_str((section.preset)(task)).unwrap_or_default();
        preset.insert(section.name.to_owned(), Value::Table(keys));
    }
    // Batches of so many sentences leave no room for batches of so many tokens.
    let batches_by_sentences = table
        .get("train")
        .and_then(Value::as_table)
        .is_some_and(|train| train.contains_key("batch"));
    for (section, keys) in preset {
        let Value::Table(keys) = keys else { continue };
        let found = table
            .entry(section.clone())
            .or_insert_with(|| Value::Table(Table::new()));
        // A section that is no table is refused by the reader.
        let Value::Table(found) = found else { continue };
        for (name, value) in keys {
            if !(section == "train" && name == "max_tokens" && batches_by_sentences) {
                found.entry(name).or_insert(value);
            }
        }
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::registry::NoMethods;
    use crate::schema::Experiment;

    fn read(task: TaskName, text: &str) -> Experiment {
        let table = of_task(task, &NoMethods, toml::from_str(text).unwrap());
        toml::from_str(&toml::to_string(&table).unwrap()).unwrap()
    }

    #[test]
    fn classification_takes_the_defaults() {
        assert_eq!(read(TaskName::Classification, ""), Experiment::default());
    }

    #[test]
    fn translation_takes_the_recipe_of_iwslt_where_nothing_is_written() {
        let experiment = read(TaskName::Translation, "[model]\nlayers = 2\n");
        assert_eq!((experiment.model.layers, experiment.model.heads), (2, 4));
        assert_eq!(experiment.train.max_tokens, Some(4096));
        assert_eq!(experiment.train.betas, (0.9, 0.98));
        let by_sentences = read(TaskName::Translation, "[train]\nbatch = 64\n");
        assert_eq!(by_sentences.train.max_tokens, None);
    }

    #[test]
    fn every_key_of_the_preset_and_every_foreign_key_is_known() {
        let preset: Table = toml::from_str(TRANSLATION).unwrap();
        let mut experiment = Experiment::default();
        experiment.model.classifier_dropout = Some(0.0);
        experiment.data.valid_share = Some(0.1);
        let mut sample = serde_json::to_value(experiment).unwrap();
        let has = |sample: &serde_json::Value, key: &str| {
            let found = key.split('.').try_fold(sample, |value, name| value.get(name));
            found.is_some()
        };
        for (section, keys) in &preset {
            for name in keys.as_table().unwrap().keys() {
                assert!(has(&sample, &format!("{section}.{name}")), "{section}.{name}");
            }
        }
        for key in TaskName::Classification
            .foreign_keys()
            .iter()
            .chain(TaskName::Translation.foreign_keys())
        {
            assert!(has(&sample, key), "{key}");
        }
        sample["data"] = serde_json::json!({});
        assert!(!has(&sample, "data.seed"), "the look-up finds what is not there");
    }
}
