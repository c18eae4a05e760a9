//! What is learned: the two tasks, what each takes for granted, and the keys that mean nothing to one of them.

use serde::{Deserialize, Serialize};
use toml::{Table, Value};

/// What is learned.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Task {
    /// Classification of a text or of a pair of texts with an encoder.
    #[default]
    Nli,
    /// Translation of sentences with an encoder-decoder.
    Translation,
}

/// What a translation takes for granted: the paper's training on IWSLT14 German to English. The defaults of
/// [`Experiment`](super::Experiment) are those of classification.
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
[dsp]
learning_rate = 0.2
schedule = "constant"
tau_start = 0.1
[ste]
learning_rate = 0.2
schedule = "constant"
[voita]
learning_rate = 5e-4
schedule = "as-weights"
lambdas = [200.0]
pipelined_learning_rate = 5e-4
search_between = [1.0, 1e5]
[michel]
heads_per_step = 4
"#;

/// Keys that only a classification reads.
const NLI_ONLY: [&str; 6] = [
    "data.vocabulary",
    "data.max_length",
    "model.classifier_dropout",
    "model.linear_std",
    "model.embedding_std",
    "train.bucket_by_length",
];

/// Keys that only a translation reads.
const TRANSLATION_ONLY: [&str; 14] = [
    "data.test_examples",
    "data.languages",
    "data.dictionaries",
    "data.valid",
    "data.archive",
    "data.prefixes",
    "data.merges",
    "model.decoder_layers",
    "model.activation_dropout",
    "train.max_tokens",
    "train.label_smoothing",
    "train.decay",
    "select.beam",
    "generate",
];

impl Task {
    /// Name in files.
    pub fn name(self) -> &'static str {
        match self {
            Self::Nli => "nli",
            Self::Translation => "translation",
        }
    }

    /// Dotted keys, and sections, that only other tasks read: they are refused where they are written and are no part
    /// of what decides a run.
    pub(crate) fn foreign_keys(self) -> &'static [&'static str] {
        match self {
            Self::Nli => &TRANSLATION_ONLY,
            Self::Translation => &NLI_ONLY,
        }
    }

    /// What titles call the embedded corpus, so that nobody takes it for the corpus of the paper.
    pub(crate) fn embedded_corpus(self) -> &'static str {
        match self {
            Self::Nli => "embedded demo-nli corpus (not MNLI)",
            Self::Translation => "embedded demo-translation corpus (not IWSLT14)",
        }
    }

    /// Evaluation splits of the embedded corpus.
    pub(crate) fn embedded_splits(self) -> &'static [&'static str] {
        match self {
            Self::Nli => &["matched", "mismatched"],
            Self::Translation => &["test"],
        }
    }

    /// The table with what the task takes for granted in the places that it leaves out.
    pub(super) fn completed(self, mut table: Table) -> Table {
        let preset = match self {
            Self::Nli => return table,
            Self::Translation => TRANSLATION,
        };
        let preset: Table = toml::from_str(preset).unwrap_or_default();
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
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::experiment::Experiment;

    fn read(task: Task, text: &str) -> Experiment {
        let table = task.completed(toml::from_str(text).unwrap());
        toml::from_str(&toml::to_string(&table).unwrap()).unwrap()
    }

    #[test]
    fn classification_takes_the_defaults() {
        assert_eq!(read(Task::Nli, ""), Experiment::default());
    }

    #[test]
    fn translation_takes_the_recipe_of_iwslt_where_nothing_is_written() {
        let experiment = read(
            Task::Translation,
            "[model]\nlayers = 2\n[dsp]\ntau_start = 1000.0\n",
        );
        assert_eq!((experiment.model.layers, experiment.model.heads), (2, 4));
        assert_eq!(
            (experiment.dsp.tau_start, experiment.dsp.learning_rate),
            (1000.0, 0.2)
        );
        assert_eq!(experiment.train.max_tokens, Some(4096));
        assert_eq!(experiment.train.betas, (0.9, 0.98));
        let by_sentences = read(Task::Translation, "[train]\nbatch = 64\n");
        assert_eq!(by_sentences.train.max_tokens, None);
    }

    #[test]
    fn every_key_of_the_preset_and_every_foreign_key_is_known() {
        let preset: Table = toml::from_str(TRANSLATION).unwrap();
        let mut experiment = Experiment::default();
        experiment.model.classifier_dropout = Some(0.0);
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
        for key in NLI_ONLY.iter().chain(&TRANSLATION_ONLY) {
            assert!(has(&sample, key), "{key}");
        }
        sample["data"] = serde_json::json!({});
        assert!(!has(&sample, "data.seed"), "the look-up finds what is not there");
    }
}
