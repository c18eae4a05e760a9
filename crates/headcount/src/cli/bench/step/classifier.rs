//! An encoder with a classifier of given sizes, on random rows or on those of a file.

use heads::{SeededUniform, UniformStream};
use models::encoder::{EncoderClassifier, EncoderConfig, TokenBatch};
use models::{Initializer, TensorOptions};
use serde::{Deserialize, Serialize};
use tasks::use_threads;

use super::batch_file::{self, Limits, Line, line_at, read};
use super::options::{Options, tensor_options};
use super::sizes::Sizes;
use super::update::{self, Timed, Training, adam, trainer_config};
use crate::problem::{Problem, Result};

/// Classes to tell apart.
const CLASSES: usize = 3;

/// An update of a classifier.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ClassifierLine {
    /// Word pieces of each example.
    inputs: Vec<Vec<i32>>,
    /// 0 for those of the first text, 1 for those of the second.
    types: Vec<Vec<i32>>,
    /// Class of each example.
    labels: Vec<i32>,
}

pub(crate) fn time(options: &Options) -> Result<Timed> {
    let refused = |reason: String| Problem::new(format!("cannot build such a model: {reason}"));
    let threads = options.threads.map_or(1, usize::from);
    use_threads(threads);
    let tensors = tensor_options(options)?;
    let mut config = EncoderConfig::of_sizes(
        options.vocab,
        options.width,
        options.layers,
        options.heads,
        options.feed_forward(),
        options.length,
    );
    config.set_classes(CLASSES);
    config.hidden_dropout_prob = options.dropout;
    config.attention_probs_dropout_prob = options.dropout;
    let model =
        EncoderClassifier::new(&config, &mut Initializer::new(1, tensors.clone())).map_err(refused)?;
    let limits = Limits {
        vocabulary: options.vocab,
        longest: options.length,
    };
    let lines: Option<Vec<ClassifierLine>> = match &options.batches {
        None => None,
        Some(path) => Some(read(path, limits)?),
    };
    let on = tensors.clone();
    let batches = move |update| match &lines {
        None => ClassifierLine::random(options, update).batch(&on),
        Some(lines) => lines[line_at(update, lines.len())].batch(&on),
    };
    let training = Training::<ClassifierLine> {
        sizes: Sizes::from(&config),
        model,
        config: trainer_config(options),
        gate_adam: adam(),
        tensors,
        threads,
        batches: Box::new(batches),
    };
    update::time(options, training)
}

impl ClassifierLine {
    fn random(options: &Options, update: u64) -> Self {
        let (batch, length) = (options.batch, options.length);
        let mut draws = vec![0.0; batch * length + batch];
        SeededUniform::at_update(3, update).fill(&mut draws);
        let below = |draws: &[f64], bound: usize| -> Vec<i32> {
            draws.iter().map(|draw| (draw * bound as f64) as i32).collect()
        };
        let (ids, labels) = draws.split_at(batch * length);
        Self {
            inputs: ids.chunks(length).map(|row| below(row, options.vocab)).collect(),
            types: vec![vec![0; length]; batch],
            labels: below(labels, CLASSES),
        }
    }
}

impl Line for ClassifierLine {
    type Model = EncoderClassifier;

    fn of(batch: &TokenBatch) -> Self {
        Self {
            inputs: batch_file::tokens(&batch.input_ids, &batch.rows),
            types: batch_file::tokens(&batch.token_type_ids, &batch.rows),
            labels: batch_file::signed(batch.labels.host()),
        }
    }

    fn batch(&self, tensors: &TensorOptions) -> TokenBatch {
        let length = self.longest();
        let size = self.inputs.len() * length;
        let (mut ids, mut types, mut tokens) = (vec![0; size], vec![0; size], vec![false; size]);
        for (number, (row, kinds)) in self.inputs.iter().zip(&self.types).enumerate() {
            let cells = number * length..number * length + row.len();
            ids[cells.clone()].copy_from_slice(row);
            types[cells.clone()].copy_from_slice(kinds);
            tokens[cells].fill(true);
        }
        TokenBatch::new(&ids, &types, &tokens, &self.labels, tensors)
    }

    fn check(&self, limits: Limits) -> Result<(), String> {
        let Self {
            inputs,
            types,
            labels,
        } = self;
        if labels.is_empty() {
            return Err("there are no examples".to_owned());
        }
        if (inputs.len(), types.len()) != (labels.len(), labels.len()) {
            return Err(format!(
                "there are {} rows of `inputs`, {} of `types` and {} `labels`",
                inputs.len(),
                types.len(),
                labels.len()
            ));
        }
        for (index, (row, kinds)) in inputs.iter().zip(types).enumerate() {
            let number = index + 1;
            limits.check("inputs", number, row)?;
            if row.len() != kinds.len() {
                return Err(format!(
                    "row {number} has {} `inputs` and {} `types`",
                    row.len(),
                    kinds.len()
                ));
            }
            if let Some(kind) = kinds.iter().find(|kind| !(0..2).contains(*kind)) {
                return Err(format!("row {number} of `types` has {kind}, not 0 or 1"));
            }
        }
        match labels.iter().find(|label| !(0..CLASSES as i32).contains(*label)) {
            None => Ok(()),
            Some(label) => Err(format!("the label {label} is not below {CLASSES}")),
        }
    }

    fn rows(&self) -> impl Iterator<Item = &Vec<i32>> {
        self.inputs.iter()
    }

    fn examples(&self) -> usize {
        self.labels.len()
    }

    fn cells(batch: &TokenBatch) -> usize {
        batch.rows.sequences() * batch.rows.length()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use burn::tensor::Device;

    const LIMITS: Limits = Limits {
        vocabulary: 9,
        longest: 3,
    };

    fn parsed(text: &str) -> Result<ClassifierLine, String> {
        let line: ClassifierLine = serde_json::from_str(text).map_err(|error| error.to_string())?;
        line.check(LIMITS)?;
        Ok(line)
    }

    #[test]
    fn a_line_becomes_a_padded_batch_and_comes_back() {
        let text = r#"{"inputs":[[0,8,0],[5]],"types":[[0,1,1],[0]],"labels":[2,0]}"#;
        let line = parsed(text).unwrap();
        assert_eq!((line.tokens(), line.longest(), line.examples()), (4, 3, 2));
        let batch = line.batch(&TensorOptions::single(Device::flex()));
        assert_eq!(ClassifierLine::cells(&batch), 6);
        let back = ClassifierLine::of(&batch);
        assert_eq!(back, line);
        assert_eq!(serde_json::to_string(&back).unwrap(), text);
    }

    #[test]
    fn what_does_not_fit_the_model_is_refused() {
        for (reason, text) in [
            ("no examples", r#"{"inputs":[],"types":[],"labels":[]}"#),
            (
                "2 rows of `inputs`",
                r#"{"inputs":[[1],[2]],"types":[[0],[0]],"labels":[0]}"#,
            ),
            (
                "1 of `types`",
                r#"{"inputs":[[1],[2]],"types":[[0]],"labels":[0,1]}"#,
            ),
            (
                "2 `inputs` and 1 `types`",
                r#"{"inputs":[[1,2]],"types":[[0]],"labels":[0]}"#,
            ),
            (
                "has 2, not 0 or 1",
                r#"{"inputs":[[1]],"types":[[2]],"labels":[0]}"#,
            ),
            ("the id 9", r#"{"inputs":[[9]],"types":[[0]],"labels":[0]}"#),
            ("label 3", r#"{"inputs":[[1]],"types":[[0]],"labels":[3]}"#),
            ("unknown field `source`", r#"{"source":[[2]],"target":[[2]]}"#),
            ("missing field `types`", r#"{"inputs":[[1]],"labels":[0]}"#),
        ] {
            let refused = parsed(text).unwrap_err();
            assert!(refused.contains(reason), "{text}: {refused}");
        }
    }
}
