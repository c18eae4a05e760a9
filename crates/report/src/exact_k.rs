//! exact_k.csv: how surely each method keeps the number of heads that it is asked for.

use std::collections::{BTreeMap, BTreeSet};

use metrics::significance::clopper_pearson;
use records::{FORCED, ResultRow, TRAINING};
use serde::Serialize;

use crate::setting::Setting;

/// The columns of exact_k.csv, in order.
pub const EXACT_COLUMNS: [&str; 15] = [
    "method",
    "variant",
    "k",
    "setting",
    "n_seeds",
    "n_runs",
    "n_exact",
    "share",
    "ci_low",
    "ci_high",
    "mean_kept",
    "std_kept",
    "runs_per_seed",
    "tested_subset",
    "n_heads",
];

/// The metric of a training that says how many of its updates trained the heads that are tested.
const TESTED_SUBSET: &str = "share_of_tested_subset";

/// How often the runs of one setting kept as many heads as were asked for.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ExactK {
    /// The pruning method.
    pub method: String,
    /// The variant, [`MEAN_OF_DRAWS`](crate::MEAN_OF_DRAWS), or nothing.
    pub variant: String,
    /// Heads asked for; none where a factor was set.
    pub k: Option<u32>,
    /// What was set in place of a number of heads; empty where heads were asked for.
    pub setting: String,
    /// Number of seeds.
    pub n_seeds: usize,
    /// Masks of all seeds; several draws count each.
    pub n_runs: u64,
    /// Masks of exactly `k` heads; none where no number was asked for.
    pub n_exact: Option<u64>,
    /// Their share.
    pub share: Option<f64>,
    /// Lower end of the 95 % interval of the share by Clopper and Pearson, as if masks were independent.
    pub ci_low: Option<f64>,
    /// Upper end.
    pub ci_high: Option<f64>,
    /// Heads kept, mean over masks.
    pub mean_kept: f64,
    /// Standard deviation of the heads kept, over masks; none for one.
    pub std_kept: Option<f64>,
    /// Runs of a seed that were needed for this number: those of all factors from which the nearest was taken, otherwise 1.
    pub runs_per_seed: f64,
    /// For gates with noise: share of the updates whose sampled heads were those tested, mean over runs.
    pub tested_subset: Option<f64>,
    /// Heads of the dense model.
    pub n_heads: u32,
}

/// What the masks of one setting have.
#[derive(Default)]
struct Masks<'a> {
    seeds: BTreeSet<u64>,
    /// Heads kept, by run and variant.
    kept: BTreeMap<(&'a str, &'a str), u32>,
    n_heads: u32,
}

/// How exactly each method and setting keeps a number of heads, sorted by method, variant and setting; dense is left out.
pub fn exact_control(rows: &[ResultRow]) -> Vec<ExactK> {
    let mut groups: BTreeMap<(&str, &str, Setting), Masks<'_>> = BTreeMap::new();
    let is_measured = |row: &&ResultRow| row.split != TRAINING && row.method != "dense";
    for row in rows.iter().filter(is_measured) {
        let (variant, setting) = Setting::of(&row.variant, row.k_target);
        // All factors on which a number of heads was forced.
        let variant = if variant.starts_with(FORCED) {
            FORCED
        } else {
            variant
        };
        let group = groups.entry((&row.method, variant, setting)).or_default();
        group.seeds.insert(row.seed);
        group.kept.insert((&row.run_id, &row.variant), row.k_actual);
        group.n_heads = row.n_heads;
    }
    let tested = tested_subsets(rows);
    let exact = groups
        .into_iter()
        .filter_map(|((method, variant, setting), masks)| {
            let kept: Vec<f64> = masks.kept.values().map(|&kept| f64::from(kept)).collect();
            let summary = metrics::summarise(&kept)?;
            let runs = masks.kept.len() as u64;
            let n_exact = setting
                .k_target()
                .map(|k| masks.kept.values().filter(|&&kept| kept == k).count() as u64);
            let interval = n_exact.and_then(|exact| clopper_pearson(exact, runs, 0.95).ok());
            let of_runs: Vec<f64> = masks
                .kept
                .keys()
                .filter_map(|(run, _)| tested.get(run).copied())
                .collect();
            let distinct: BTreeSet<&str> = masks.kept.keys().map(|(run, _)| *run).collect();
            Some(ExactK {
                method: method.to_owned(),
                variant: variant.to_owned(),
                k: setting.k_target(),
                setting: setting.label(),
                n_seeds: masks.seeds.len(),
                n_runs: runs,
                n_exact,
                share: n_exact.map(|exact| exact as f64 / runs as f64),
                ci_low: interval.map(|(low, _)| low),
                ci_high: interval.map(|(_, high)| high),
                mean_kept: summary.mean,
                std_kept: summary.std,
                runs_per_seed: distinct.len() as f64 / masks.seeds.len() as f64,
                tested_subset: metrics::summarise(&of_runs).map(|summary| summary.mean),
                n_heads: masks.n_heads,
            })
        });
    exact.collect()
}

/// The share of updates on the tested heads, by run.
fn tested_subsets(rows: &[ResultRow]) -> BTreeMap<&str, f64> {
    let of_trainings = rows
        .iter()
        .filter(|row| row.split == TRAINING && row.metric == TESTED_SUBSET);
    of_trainings.map(|row| (row.run_id.as_str(), row.value)).collect()
}
