//! An encoder-decoder of given sizes, on random sentences or on those of a file.

use std::iter::repeat_n;

use heads::{SeededUniform, UniformStream};
use models::translation::{END, PADDING, SPECIAL_IDS, TranslationBatch, TranslationConfig, TranslationModel};
use models::{Initializer, SequenceRows, TensorOptions};
use serde::{Deserialize, Serialize};
use tasks::use_threads;

use super::batch_file::{self, Limits, Line, line_at, read};
use super::options::{Options, tensor_options};
use super::sizes::Sizes;
use super::update::{self, Timed, Training, adam, trainer_config};
use crate::problem::{Problem, Result};

/// An update of a translation.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct TranslatorLine {
    /// Words of each source sentence, then the end symbol.
    source: Vec<Vec<i32>>,
    /// Words of each translation, then the end symbol.
    target: Vec<Vec<i32>>,
}

pub(crate) fn time(options: &Options) -> Result<Timed> {
    let refused = |reason: String| Problem::new(format!("cannot build such a model: {reason}"));
    let threads = options.threads.map_or(1, usize::from);
    use_threads(threads);
    let tensors = tensor_options(options)?;
    let mut config = TranslationConfig::of_sizes(
        options.vocab,
        options.vocab,
        options.width,
        options.layers,
        options.heads,
        options.feed_forward(),
    );
    config.max_target_positions = options.length;
    config.dropout = options.dropout;
    config.attention_dropout = options.dropout;
    config.label_smoothing = options.label_smoothing();
    let model = TranslationModel::new(&config, &mut Initializer::new(1, tensors.clone())).map_err(refused)?;
    let limits = Limits {
        vocabulary: options.vocab,
        longest: options.length,
    };
    let lines: Option<Vec<TranslatorLine>> = match &options.batches {
        None => None,
        Some(path) => Some(read(path, limits)?),
    };
    let on = tensors.clone();
    let batches = move |update| match &lines {
        None => TranslatorLine::random(options, update).batch(&on),
        Some(lines) => lines[line_at(update, lines.len())].batch(&on),
    };
    let training = Training::<TranslatorLine> {
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

impl TranslatorLine {
    fn random(options: &Options, update: u64) -> Self {
        let mut draws = vec![0.0; 2 * options.batch * options.length];
        SeededUniform::at_update(3, update).fill(&mut draws);
        let words = (options.vocab - SPECIAL_IDS) as f64;
        let sentence = |draws: &[f64]| -> Vec<i32> {
            let words = draws[1..]
                .iter()
                .map(|draw| (SPECIAL_IDS as f64 + draw * words) as i32);
            words.chain([END]).collect()
        };
        let mut source: Vec<Vec<i32>> = draws.chunks(options.length).map(sentence).collect();
        let target = source.split_off(options.batch);
        Self { source, target }
    }
}

impl Line for TranslatorLine {
    type Model = TranslationModel;

    fn of(batch: &TranslationBatch) -> Self {
        Self {
            source: batch_file::tokens(&batch.source.ids, &batch.source.rows),
            target: batch_file::tokens(&batch.target, &batch.rows),
        }
    }

    fn batch(&self, tensors: &TensorOptions) -> TranslationBatch {
        let length = |rows: &[Vec<i32>]| rows.iter().map(Vec::len).max().unwrap_or(0);
        let (source_length, target_length) = (length(&self.source), length(&self.target));
        let (mut source, mut target) = (Vec::new(), Vec::new());
        for row in &self.source {
            source.extend(repeat_n(PADDING, source_length - row.len()));
            source.extend(row);
        }
        for row in &self.target {
            target.extend(row);
            target.extend(repeat_n(PADDING, target_length - row.len()));
        }
        TranslationBatch::new(&source, &target, self.source.len(), tensors)
    }

    fn check(&self, limits: Limits) -> Result<(), String> {
        let Self { source, target } = self;
        if source.is_empty() {
            return Err("there are no sentences".to_owned());
        }
        if source.len() != target.len() {
            return Err(format!(
                "there are {} rows of `source` and {} of `target`",
                source.len(),
                target.len()
            ));
        }
        for (name, rows) in [("source", source), ("target", target)] {
            for (index, row) in rows.iter().enumerate() {
                let number = index + 1;
                limits.check(name, number, row)?;
                if row.last() != Some(&END) {
                    return Err(format!(
                        "row {number} of `{name}` does not end in the end symbol {END}"
                    ));
                }
                if row.contains(&PADDING) {
                    return Err(format!("row {number} of `{name}` has padding ({PADDING})"));
                }
            }
        }
        Ok(())
    }

    fn rows(&self) -> impl Iterator<Item = &Vec<i32>> {
        self.source.iter().chain(&self.target)
    }

    fn examples(&self) -> usize {
        self.source.len()
    }

    fn cells(batch: &TranslationBatch) -> usize {
        let cells = |rows: &SequenceRows| rows.sequences() * rows.length();
        cells(&batch.source.rows) + cells(&batch.rows)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use burn::tensor::Device;

    fn parsed(text: &str) -> Result<TranslatorLine, String> {
        let line: TranslatorLine = serde_json::from_str(text).map_err(|error| error.to_string())?;
        line.check(Limits {
            vocabulary: 9,
            longest: 3,
        })?;
        Ok(line)
    }

    #[test]
    fn a_line_becomes_a_batch_padded_as_those_of_a_corpus_and_comes_back() {
        let text = r#"{"source":[[5,6,2],[7,2]],"target":[[2],[8,2]]}"#;
        let line = parsed(text).unwrap();
        assert_eq!((line.tokens(), line.longest(), line.examples()), (8, 3, 2));
        let batch = line.batch(&TensorOptions::single(Device::flex()));
        assert_eq!((TranslatorLine::cells(&batch), batch.tokens), (10, 3));
        assert_eq!(batch.source.ids.host(), [5, 6, 2, 1, 7, 2]);
        assert_eq!(batch.target.host(), [2, 1, 8, 2]);
        let back = TranslatorLine::of(&batch);
        assert_eq!(back, line);
        assert_eq!(serde_json::to_string(&back).unwrap(), text);
    }

    #[test]
    fn what_does_not_fit_the_model_is_refused() {
        for (reason, text) in [
            ("no sentences", r#"{"source":[],"target":[]}"#),
            (
                "2 rows of `source` and 1 of `target`",
                r#"{"source":[[2],[2]],"target":[[2]]}"#,
            ),
            (
                "row 1 of `target` does not end",
                r#"{"source":[[2]],"target":[[2,5]]}"#,
            ),
            ("has padding", r#"{"source":[[1,5,2]],"target":[[2]]}"#),
            (
                "4 tokens, more than --length 3",
                r#"{"source":[[5,5,5,2]],"target":[[2]]}"#,
            ),
            (
                "unknown field `inputs`",
                r#"{"inputs":[[1]],"types":[[0]],"labels":[0]}"#,
            ),
        ] {
            let refused = parsed(text).unwrap_err();
            assert!(refused.contains(reason), "{text}: {refused}");
        }
    }
}
