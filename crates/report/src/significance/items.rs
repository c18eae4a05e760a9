//! The test of one comparison by single answers: of one pair of runs, and of seeds and items together.

use std::collections::BTreeMap;
use std::path::Path;

use metrics::bleu::{BleuOptions, SegmentStats, fairseq_segment_stats};
use metrics::significance::{
    Contingency, CorpusBleu, GroupedAccuracy, Paired, Resampled, t_quantile, t_two_sided_p,
};
use records::{
    ClassPrediction, GroupRow, ResultRow, TranslationPrediction, predictions_file, read_predictions,
};

use super::Comparison;
use super::family::Pair;
use crate::ReportError;
use crate::cells::Worth;

/// Exchanges and resamples of a test; all systems are scored on the same resamples.
const TRIALS: usize = 2000;
const SEED: u64 = 1;

/// Whose items are counted.
const ACCURACY: &str = "accuracy";
const BLEU: &str = "bleu";

/// Run, variant and split.
type Key = (String, String, String);

/// The answers of runs, read once each.
pub(super) struct Answers<'a> {
    folder: &'a Path,
    /// The group of each example, by split.
    groups: BTreeMap<&'a str, BTreeMap<usize, usize>>,
    right: BTreeMap<Key, Option<Vec<bool>>>,
    segments: BTreeMap<Key, Option<Vec<SegmentStats>>>,
}

impl<'a> Answers<'a> {
    /// Those of the runs in a sweep's folder.
    pub fn new(folder: &'a Path, groups: &'a [GroupRow]) -> Self {
        let mut of_splits: BTreeMap<&str, BTreeMap<usize, usize>> = BTreeMap::new();
        for row in groups {
            of_splits
                .entry(&row.split)
                .or_default()
                .insert(row.example, row.group);
        }
        Self {
            folder,
            groups: of_splits,
            right: BTreeMap::new(),
            segments: BTreeMap::new(),
        }
    }

    /// The rows of a comparison by items: of the runs of the first seed that have answers, and of all seeds where each has.
    ///
    /// # Errors
    /// A file of answers is damaged.
    pub fn compare(&mut self, pair: &Pair<'_>, blank: &Comparison) -> Result<Vec<Comparison>, ReportError> {
        let common = pair.system.paired(pair.baseline);
        let sides = common.iter().filter_map(|(seed, ..)| {
            let (system, baseline) = (pair.system.seeds.get(seed)?, pair.baseline.seeds.get(seed)?);
            Some((*seed, only_row(system)?, only_row(baseline)?))
        });
        let sides: Vec<(u64, &ResultRow, &ResultRow)> = sides.collect();
        match pair.system.measure.metric {
            ACCURACY => self.compare_classes(&sides, common.len(), blank),
            BLEU => self.compare_sentences(&sides, blank),
            _ => Ok(Vec::new()),
        }
    }

    fn compare_classes(
        &mut self,
        sides: &[(u64, &ResultRow, &ResultRow)],
        seeds: usize,
        blank: &Comparison,
    ) -> Result<Vec<Comparison>, ReportError> {
        let mut answered: Vec<(u64, Vec<bool>, Vec<bool>)> = Vec::new();
        for (seed, system, baseline) in sides {
            let both = self.right(system)?.zip(self.right(baseline)?);
            if let Some((system, baseline)) = both.filter(|(a, b)| a.len() == b.len() && !a.is_empty()) {
                answered.push((*seed, baseline, system));
            }
        }
        let Some((seed, baseline, system)) = answered.first() else {
            return Ok(Vec::new());
        };
        let groups = self.group_of_each(&blank.split, system.len());
        let mut rows: Vec<Comparison> = class_test(*seed, baseline, system, groups.as_deref(), blank)
            .into_iter()
            .collect();
        if answered.len() == seeds {
            rows.extend(of_both(&answered, groups.as_deref(), blank));
        }
        Ok(rows)
    }

    fn compare_sentences(
        &mut self,
        sides: &[(u64, &ResultRow, &ResultRow)],
        blank: &Comparison,
    ) -> Result<Vec<Comparison>, ReportError> {
        for (seed, system, baseline) in sides {
            let both = self.segments(system)?.zip(self.segments(baseline)?);
            let Some((system, baseline)) = both else { continue };
            let Ok(bleu) = CorpusBleu::new(BleuOptions::TOKENS) else {
                continue;
            };
            if let Ok(paired) = Paired::new(bleu, &baseline, &system) {
                let shown = resampled(&paired, 1.0, *seed, "paired randomisation", blank);
                return Ok(shown.into_iter().collect());
            }
        }
        Ok(Vec::new())
    }

    /// Whether each answer is right, by example; none where the run has no answers of this variant, or has them twice.
    fn right(&mut self, row: &ResultRow) -> Result<Option<Vec<bool>>, ReportError> {
        let key = key(row);
        if let Some(known) = self.right.get(&key) {
            return Ok(known.clone());
        }
        let run = self.folder.join("runs").join(&row.run_id);
        let mut variants: BTreeMap<String, Vec<(usize, bool)>> = BTreeMap::new();
        if predictions_file(&run, &row.split).exists() {
            for answer in read_predictions::<ClassPrediction<'static>>(&run, &row.split)? {
                let is_right = answer.label == answer.prediction;
                let of_variant = variants.entry(answer.variant.into_owned()).or_default();
                of_variant.push((answer.example, is_right));
            }
        }
        for (variant, answers) in variants {
            self.right.insert(
                (row.run_id.clone(), variant, row.split.clone()),
                in_order(answers),
            );
        }
        Ok(self.right.entry(key).or_default().clone())
    }

    /// What each sentence adds to BLEU, by example.
    fn segments(&mut self, row: &ResultRow) -> Result<Option<Vec<SegmentStats>>, ReportError> {
        let key = key(row);
        if let Some(known) = self.segments.get(&key) {
            return Ok(known.clone());
        }
        let run = self.folder.join("runs").join(&row.run_id);
        let mut variants: BTreeMap<String, Vec<(usize, SegmentStats)>> = BTreeMap::new();
        if predictions_file(&run, &row.split).exists() {
            for answer in read_predictions::<TranslationPrediction<'static>>(&run, &row.split)? {
                let stats = fairseq_segment_stats(&answer.translation, &answer.reference);
                let of_variant = variants.entry(answer.variant.into_owned()).or_default();
                of_variant.push((answer.example, stats));
            }
        }
        for (variant, answers) in variants {
            self.segments.insert(
                (row.run_id.clone(), variant, row.split.clone()),
                in_order(answers),
            );
        }
        Ok(self.segments.entry(key).or_default().clone())
    }

    /// The group of each of `items`; none where the corpus has none, or where each item is one of its own.
    fn group_of_each(&self, split: &str, items: usize) -> Option<Vec<usize>> {
        let of_split = self.groups.get(split)?;
        let groups: Vec<usize> = (0..items)
            .map(|item| of_split.get(&item).copied())
            .collect::<Option<_>>()?;
        let mut distinct = groups.clone();
        distinct.sort_unstable();
        distinct.dedup();
        (distinct.len() < items).then_some(groups)
    }
}

fn key(row: &ResultRow) -> Key {
    (row.run_id.clone(), row.variant.clone(), row.split.clone())
}

/// The row of a seed that has one; several draws are several runs' answers.
fn only_row<'a>(worth: &Worth<'a>) -> Option<&'a ResultRow> {
    match worth.rows.as_slice() {
        [row] => Some(row),
        _ => None,
    }
}

/// Answers by example, each there once.
fn in_order<T>(mut answers: Vec<(usize, T)>) -> Option<Vec<T>> {
    answers.sort_by_key(|(example, _)| *example);
    let whole = answers.iter().map(|(example, _)| *example).eq(0..answers.len());
    whole.then(|| answers.into_iter().map(|(_, answer)| answer).collect())
}

/// McNemar's test or, of items in groups, randomisation of whole groups.
fn class_test(
    seed: u64,
    baseline: &[bool],
    system: &[bool],
    groups: Option<&[usize]>,
    blank: &Comparison,
) -> Option<Comparison> {
    // Items without groups are groups of one.
    let single: Vec<usize> = (0..system.len()).collect();
    let of_items = groups.unwrap_or(&single);
    let paired = Paired::new(
        GroupedAccuracy,
        &by_group(baseline, of_items),
        &by_group(system, of_items),
    )
    .ok()?;
    if groups.is_some() {
        return resampled(&paired, 100.0, seed, "paired randomisation of groups", blank);
    }
    let p = Contingency::from_outcomes(baseline, system)
        .ok()?
        .mcnemar()
        .p_value();
    let shown = with_interval(&paired, 100.0, seed, blank)?;
    Some(Comparison {
        test: "McNemar, mid-p",
        p: Some(p),
        ..shown
    })
}

/// Right answers and answers of each group, in the order of their numbers.
fn by_group(right: &[bool], groups: &[usize]) -> Vec<(u32, u32)> {
    let mut sums: BTreeMap<usize, (u32, u32)> = BTreeMap::new();
    for (group, right) in groups.iter().zip(right) {
        let sum = sums.entry(*group).or_default();
        *sum = (sum.0 + u32::from(*right), sum.1 + 1);
    }
    sums.into_values().collect()
}

fn resampled<R: Resampled<WIDTH>, const WIDTH: usize>(
    paired: &Paired<R, WIDTH>,
    factor: f64,
    seed: u64,
    test: &'static str,
    blank: &Comparison,
) -> Option<Comparison> {
    let p = paired.randomisation(TRIALS, SEED).ok()?.p_value();
    let shown = with_interval(paired, factor, seed, blank)?;
    Some(Comparison {
        test,
        p: Some(p),
        ..shown
    })
}

/// The difference of one pair of runs with the interval of the paired bootstrap.
fn with_interval<R: Resampled<WIDTH>, const WIDTH: usize>(
    paired: &Paired<R, WIDTH>,
    factor: f64,
    seed: u64,
    blank: &Comparison,
) -> Option<Comparison> {
    let difference = paired.bootstrap(TRIALS, SEED).ok()?.difference;
    Some(Comparison {
        unit: "item",
        n: paired.segments(),
        seed: Some(seed),
        estimate: difference.score * factor,
        ci_low: Some(difference.low * factor),
        ci_high: Some(difference.high * factor),
        note: "one pair of runs; interval by the paired bootstrap".to_owned(),
        ..blank.clone()
    })
}

/// The mean difference over seeds with the variance of seeds and that of items added: Var = var_seed / seeds + var_item / items.
fn of_both(
    answered: &[(u64, Vec<bool>, Vec<bool>)],
    groups: Option<&[usize]>,
    blank: &Comparison,
) -> Option<Comparison> {
    let items = answered.first()?.1.len();
    if items < 2 {
        return None;
    }
    if answered.len() < 2 || answered.iter().any(|(_, baseline, _)| baseline.len() != items) {
        return None;
    }
    let seeds = answered.len() as f64;
    let share = |right: &[bool]| right.iter().filter(|right| **right).count() as f64 / items as f64;
    let of_seeds: Vec<f64> = answered
        .iter()
        .map(|(_, baseline, system)| 100.0 * (share(system) - share(baseline)))
        .collect();
    let summary = metrics::summarise(&of_seeds)?;
    // The difference of each item, mean over seeds, summed by group, beside the items of the group.
    let mut sums: BTreeMap<usize, (f64, f64)> = BTreeMap::new();
    for item in 0..items {
        let point = |right: &[bool]| f64::from(u8::from(right.get(item).copied().unwrap_or_default()));
        let difference: f64 = answered
            .iter()
            .map(|(_, baseline, system)| point(system) - point(baseline))
            .sum();
        let group = groups
            .and_then(|groups| groups.get(item))
            .copied()
            .unwrap_or(item);
        let sum = sums.entry(group).or_default();
        *sum = (sum.0 + 100.0 * difference / seeds, sum.1 + 1.0);
    }
    let count = sums.len() as f64;
    let squares: f64 = sums
        .values()
        .map(|(difference, items)| (difference - summary.mean * items).powi(2))
        .sum();
    let of_items = squares * count / (count - 1.0) / (items as f64).powi(2);
    let standard_error = (summary.std?.powi(2) / seeds + of_items).sqrt();
    let half = t_quantile(0.975, seeds - 1.0).ok()? * standard_error;
    let units = match groups {
        Some(_) => format!("{} seeds, {items} items in {} groups", answered.len(), sums.len()),
        None => format!("{} seeds, {items} items", answered.len()),
    };
    Some(Comparison {
        unit: "seed and item",
        test: "t of added variances",
        n: answered.len(),
        estimate: summary.mean,
        ci_low: Some(summary.mean - half),
        ci_high: Some(summary.mean + half),
        p: (standard_error > 0.0)
            .then(|| t_two_sided_p(summary.mean / standard_error, seeds - 1.0).ok())
            .flatten(),
        note: units,
        ..blank.clone()
    })
}
