//! The test of one comparison by single answers: of one pair of runs, and of seeds and items together.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use metrics::bleu::{BleuOptions, SegmentStats};
use metrics::significance::{Contingency, CorpusBleu, GroupedAccuracy, Paired, t_quantile, t_two_sided_p};
use records::{GroupRow, ResultRow};

use super::Comparison;
use super::family::Pair;
use crate::ReportError;
use crate::answers::{Groups, OfVariants, right_answers, sentences};
use crate::cells::Worth;

/// Exchanges and resamples of a test; all systems are scored on the same resamples.
const TRIALS: usize = 1000;
const SEED: u64 = 1;

/// Metrics whose items are compared.
pub(crate) const ACCURACY: &str = "accuracy";
pub(crate) const BLEU: &str = "bleu";

/// Run and split.
type Key = (String, String);

/// The answers of the runs in a sweep's folder, read once each.
pub(super) struct Answers<'a> {
    folder: &'a Path,
    groups: Groups<'a>,
    right: BTreeMap<Key, OfVariants<bool>>,
    sentences: BTreeMap<Key, OfVariants<SegmentStats>>,
    /// Files that could not be read, and why.
    pub faults: Vec<String>,
}

impl<'a> Answers<'a> {
    pub fn new(folder: &'a Path, groups: &'a [GroupRow]) -> Self {
        Self {
            folder,
            groups: Groups::new(groups),
            right: BTreeMap::new(),
            sentences: BTreeMap::new(),
            faults: Vec::new(),
        }
    }

    /// The rows of a comparison by items: of the runs of the first seed that have answers, and of all seeds where each has.
    pub fn compare(&mut self, pair: &Pair<'_>, blank: &Comparison) -> Vec<Comparison> {
        let common = pair.system.paired(pair.baseline);
        let sides = common.iter().filter_map(|(seed, ..)| {
            let (system, baseline) = (pair.system.seeds.get(seed)?, pair.baseline.seeds.get(seed)?);
            Some((*seed, only_row(system)?, only_row(baseline)?))
        });
        let sides: Vec<(u64, &ResultRow, &ResultRow)> = sides.collect();
        match pair.system.measure.metric {
            ACCURACY => self.compare_classes(&sides, common.len(), blank),
            BLEU => self.compare_sentences(&sides, blank),
            _ => Vec::new(),
        }
    }

    fn compare_classes(
        &mut self,
        sides: &[(u64, &ResultRow, &ResultRow)],
        seeds: usize,
        blank: &Comparison,
    ) -> Vec<Comparison> {
        let mut answered: Vec<(u64, Vec<bool>, Vec<bool>)> = Vec::new();
        for (seed, system, baseline) in sides {
            let both = self.right(system).zip(self.right(baseline));
            if let Some((system, baseline)) = both.filter(|(a, b)| a.len() == b.len() && !a.is_empty()) {
                answered.push((*seed, baseline, system));
            }
        }
        let Some((seed, baseline, system)) = answered.first() else {
            return Vec::new();
        };
        let groups = self.groups.of_each(&blank.split, system.len());
        let mut rows: Vec<Comparison> = class_test(*seed, baseline, system, groups.as_deref(), blank)
            .into_iter()
            .collect();
        if answered.len() == seeds {
            rows.extend(of_both(&answered, groups.as_deref(), blank));
        }
        rows
    }

    fn compare_sentences(
        &mut self,
        sides: &[(u64, &ResultRow, &ResultRow)],
        blank: &Comparison,
    ) -> Vec<Comparison> {
        for (seed, system, baseline) in sides {
            let both = self.sentences(system).zip(self.sentences(baseline));
            let shown = both.and_then(|(system, baseline)| sentence_test(*seed, &baseline, &system, blank));
            if shown.is_some() {
                return shown.into_iter().collect();
            }
        }
        Vec::new()
    }

    fn right(&mut self, row: &ResultRow) -> Option<Vec<bool>> {
        let key = (row.run_id.clone(), row.split.clone());
        if !self.right.contains_key(&key) {
            let answers = self.sound(right_answers(&self.run(row), &row.split));
            self.right.insert(key.clone(), answers);
        }
        self.right.get(&key)?.get(&row.variant)?.clone()
    }

    fn sentences(&mut self, row: &ResultRow) -> Option<Vec<SegmentStats>> {
        let key = (row.run_id.clone(), row.split.clone());
        if !self.sentences.contains_key(&key) {
            let answers = self.sound(sentences(&self.run(row), &row.split));
            self.sentences.insert(key.clone(), answers);
        }
        self.sentences.get(&key)?.get(&row.variant)?.clone()
    }

    /// Damaged answers of one run are no reason to have no report of the others.
    fn sound<T>(&mut self, answers: Result<OfVariants<T>, ReportError>) -> OfVariants<T> {
        answers.unwrap_or_else(|error| {
            self.faults
                .push(format!("{error}: the answers are left out of the report"));
            BTreeMap::new()
        })
    }

    fn run(&self, row: &ResultRow) -> PathBuf {
        self.folder.join("runs").join(&row.run_id)
    }
}

/// The row of a seed that has one; several draws are several runs' answers.
fn only_row<'a>(worth: &Worth<'a>) -> Option<&'a ResultRow> {
    match worth.rows.as_slice() {
        [row] => Some(row),
        _ => None,
    }
}

/// McNemar's test or, of items in groups, randomisation of whole groups. The interval is by the variance of items, or of groups.
pub(crate) fn class_test(
    seed: u64,
    baseline: &[bool],
    system: &[bool],
    groups: Option<&[usize]>,
    blank: &Comparison,
) -> Option<Comparison> {
    let spread = Spread::of(&differences(&[(seed, baseline, system)]), groups)?;
    let (test, p) = match groups {
        Some(groups) => {
            let (a, b) = (by_group(baseline, groups), by_group(system, groups));
            let paired = Paired::new(GroupedAccuracy, &a, &b).ok()?;
            let p = paired.randomisation(TRIALS, SEED).ok()?.p_value();
            ("paired randomisation of groups", p)
        }
        None => {
            let table = Contingency::from_outcomes(baseline, system).ok()?;
            ("McNemar, mid-p", table.mcnemar().p_value())
        }
    };
    let half = t_quantile(0.975, spread.units - 1.0).ok()? * spread.variance.sqrt();
    Some(Comparison {
        unit: "item",
        test,
        n: spread.units as usize,
        seed: Some(seed),
        estimate: spread.mean,
        ci_low: Some(spread.mean - half),
        ci_high: Some(spread.mean + half),
        p: Some(p),
        note: "one pair of runs".to_owned(),
        ..blank.clone()
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

/// Randomisation of the sentences of one pair of runs, and the interval of the paired bootstrap.
pub(crate) fn sentence_test(
    seed: u64,
    baseline: &[SegmentStats],
    system: &[SegmentStats],
    blank: &Comparison,
) -> Option<Comparison> {
    let bleu = CorpusBleu::new(BleuOptions::TOKENS).ok()?;
    let paired = Paired::new(bleu, baseline, system).ok()?;
    let p = paired.randomisation(TRIALS, SEED).ok()?.p_value();
    let difference = paired.bootstrap(TRIALS, SEED).ok()?.difference;
    Some(Comparison {
        unit: "item",
        test: "paired randomisation",
        n: paired.segments(),
        seed: Some(seed),
        estimate: difference.score,
        ci_low: Some(difference.low),
        ci_high: Some(difference.high),
        p: Some(p),
        note: "one pair of runs; interval by the paired bootstrap".to_owned(),
        ..blank.clone()
    })
}

/// What items say of the mean of their differences, in points.
struct Spread {
    mean: f64,
    /// Of the mean.
    variance: f64,
    /// Items, or groups of them.
    units: f64,
}

impl Spread {
    /// Of groups as of one item that is the sum of its own: a ratio of two sums, to first order.
    fn of(differences: &[f64], groups: Option<&[usize]>) -> Option<Self> {
        let mut sums: BTreeMap<usize, (f64, f64)> = BTreeMap::new();
        for (item, difference) in differences.iter().enumerate() {
            let group = groups
                .and_then(|groups| groups.get(item))
                .copied()
                .unwrap_or(item);
            let sum = sums.entry(group).or_default();
            *sum = (sum.0 + difference, sum.1 + 1.0);
        }
        let (items, units) = (differences.len() as f64, sums.len() as f64);
        if units < 2.0 {
            return None;
        }
        let mean = differences.iter().sum::<f64>() / items;
        let squares: f64 = sums
            .values()
            .map(|(difference, items)| (difference - mean * items).powi(2))
            .sum();
        Some(Self {
            mean,
            variance: squares * units / (units - 1.0) / items.powi(2),
            units,
        })
    }
}

/// The difference of each item in points, mean over the pairs of runs.
fn differences(pairs: &[(u64, &[bool], &[bool])]) -> Vec<f64> {
    let items = pairs.first().map_or(0, |(_, baseline, _)| baseline.len());
    let point =
        |right: &[bool], item: usize| f64::from(u8::from(right.get(item).copied().unwrap_or_default()));
    let difference = |item: usize| {
        let of_pairs = pairs
            .iter()
            .map(|(_, baseline, system)| point(system, item) - point(baseline, item));
        100.0 * of_pairs.sum::<f64>() / pairs.len() as f64
    };
    (0..items).map(difference).collect()
}

/// The mean difference over seeds with the variance of seeds and that of items added: Var = var_seed / seeds + var_item / items.
fn of_both(
    answered: &[(u64, Vec<bool>, Vec<bool>)],
    groups: Option<&[usize]>,
    blank: &Comparison,
) -> Option<Comparison> {
    let pairs: Vec<(u64, &[bool], &[bool])> = answered
        .iter()
        .map(|(seed, baseline, system)| (*seed, baseline.as_slice(), system.as_slice()))
        .collect();
    let items = pairs.first()?.1.len();
    if pairs.iter().any(|(_, baseline, _)| baseline.len() != items) {
        return None;
    }
    let of_seeds: Vec<f64> = pairs
        .iter()
        .map(|pair| differences(&[*pair]).iter().sum::<f64>() / items as f64)
        .collect();
    let summary = metrics::summarise(&of_seeds)?;
    let of_items = Spread::of(&differences(&pairs), groups)?;
    let seeds = pairs.len() as f64;
    let standard_error = (summary.std?.powi(2) / seeds + of_items.variance).sqrt();
    let half = t_quantile(0.975, seeds - 1.0).ok()? * standard_error;
    let units = match groups {
        Some(_) => format!("{seeds} seeds, {items} items in {} groups", of_items.units),
        None => format!("{seeds} seeds, {items} items"),
    };
    Some(Comparison {
        unit: "seed and item",
        test: "t of added variances",
        n: pairs.len(),
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
