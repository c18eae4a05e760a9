//! The answers of runs as tests pair them: which are right, what each sentence adds to BLEU, and which belong together.

use std::collections::BTreeMap;
use std::path::Path;

use metrics::bleu::{SegmentStats, fairseq_segment_stats};
use records::{ClassPrediction, GroupRow, TranslationPrediction, predictions_file, read_predictions};

use crate::ReportError;

/// By variant the answers by example; none where a variant has an example twice or lacks one.
pub(crate) type OfVariants<T> = BTreeMap<String, Option<Vec<T>>>;

/// Whether each answer of the run in this folder is right; nothing where it has stored none.
///
/// # Errors
/// The file is damaged.
pub(crate) fn right_answers(run: &Path, split: &str) -> Result<OfVariants<bool>, ReportError> {
    if !predictions_file(run, split).exists() {
        return Ok(BTreeMap::new());
    }
    let answers = read_predictions::<ClassPrediction<'static>>(run, split)?;
    Ok(by_variant(answers.into_iter().map(|answer| {
        let is_right = answer.label == answer.prediction;
        (answer.variant.into_owned(), answer.example, is_right)
    })))
}

/// What each sentence of the run in this folder adds to BLEU; nothing where it has stored none.
///
/// # Errors
/// The file is damaged.
pub(crate) fn sentences(run: &Path, split: &str) -> Result<OfVariants<SegmentStats>, ReportError> {
    if !predictions_file(run, split).exists() {
        return Ok(BTreeMap::new());
    }
    let answers = read_predictions::<TranslationPrediction<'static>>(run, split)?;
    Ok(by_variant(answers.into_iter().map(|answer| {
        let stats = fairseq_segment_stats(&answer.translation, &answer.reference);
        (answer.variant.into_owned(), answer.example, stats)
    })))
}

/// What was expected of each example, by its number; the same for every variant.
pub(crate) type Expected = BTreeMap<usize, String>;

/// The labels of the examples that the run in this folder has answered.
///
/// # Errors
/// The file is damaged.
pub(crate) fn labels(run: &Path, split: &str) -> Result<Expected, ReportError> {
    if !predictions_file(run, split).exists() {
        return Ok(Expected::new());
    }
    let answers = read_predictions::<ClassPrediction<'static>>(run, split)?;
    let of = answers.into_iter();
    Ok(of
        .map(|answer| (answer.example, answer.label.into_owned()))
        .collect())
}

/// The references of the sentences that the run in this folder has translated.
///
/// # Errors
/// The file is damaged.
pub(crate) fn references(run: &Path, split: &str) -> Result<Expected, ReportError> {
    if !predictions_file(run, split).exists() {
        return Ok(Expected::new());
    }
    let answers = read_predictions::<TranslationPrediction<'static>>(run, split)?;
    let of = answers.into_iter();
    Ok(of
        .map(|answer| (answer.example, answer.reference.into_owned()))
        .collect())
}

fn by_variant<T>(answers: impl Iterator<Item = (String, usize, T)>) -> OfVariants<T> {
    let mut variants: BTreeMap<String, Vec<(usize, T)>> = BTreeMap::new();
    for (variant, example, answer) in answers {
        variants.entry(variant).or_default().push((example, answer));
    }
    let ordered = variants.into_iter();
    ordered
        .map(|(variant, answers)| (variant, in_order(answers)))
        .collect()
}

/// Answers by example, each there once.
fn in_order<T>(mut answers: Vec<(usize, T)>) -> Option<Vec<T>> {
    answers.sort_by_key(|(example, _)| *example);
    let whole = answers.iter().map(|(example, _)| *example).eq(0..answers.len());
    whole.then(|| answers.into_iter().map(|(_, answer)| answer).collect())
}

/// Which examples of which split belong together.
#[derive(Debug, Clone, Default)]
pub(crate) struct Groups<'a>(BTreeMap<&'a str, BTreeMap<usize, usize>>);

impl<'a> Groups<'a> {
    /// As groups.csv has them.
    pub fn new(rows: &'a [GroupRow]) -> Self {
        let mut splits: BTreeMap<&str, BTreeMap<usize, usize>> = BTreeMap::new();
        for row in rows {
            let split = splits.entry(&row.split).or_default();
            split.insert(row.example, row.group);
        }
        Self(splits)
    }

    /// The group of each of `items`; none where the split has none, or where each item is one of its own.
    pub fn of_each(&self, split: &str, items: usize) -> Option<Vec<usize>> {
        let of_split = self.0.get(split)?;
        let groups: Vec<usize> = (0..items)
            .map(|item| of_split.get(&item).copied())
            .collect::<Option<_>>()?;
        let mut distinct = groups.clone();
        distinct.sort_unstable();
        distinct.dedup();
        (distinct.len() < items).then_some(groups)
    }
}
