//! curves.csv: for each method and setting, the heads kept, the mean over seeds and its 95 % interval.

use std::collections::BTreeMap;

use records::ResultRow;
use serde::{Serialize, Serializer};

use crate::ReportError;
use crate::forced::nearest;
use crate::setting::Setting;

/// The columns of curves.csv, in order.
pub const CURVE_COLUMNS: [&str; 20] = [
    "method",
    "k",
    "n",
    "mean",
    "std",
    "ci_low",
    "ci_high",
    "metric",
    "split",
    "variant",
    "n_heads",
    "experiment",
    "task",
    "scale",
    "corpus",
    "signature",
    "setting",
    "k_low",
    "k_high",
    "cost_examples",
];

/// One point of one curve.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct CurvePoint {
    /// The pruning method, or `dense`.
    pub method: String,
    /// Number of heads kept: mean over seeds, in curves.csv to four decimals.
    #[serde(serialize_with = "short")]
    pub k: f64,
    /// Number of seeds.
    pub n: usize,
    /// Mean over seeds, in the metric's own unit.
    pub mean: f64,
    /// Sample standard deviation over seeds; none for a single seed.
    pub std: Option<f64>,
    /// Lower end of the 95 % Student's t interval; none for a single seed.
    pub ci_low: Option<f64>,
    /// Upper end of the interval.
    pub ci_high: Option<f64>,
    /// The metric.
    pub metric: String,
    /// The evaluated examples.
    pub split: String,
    /// The variant, [`MEAN_OF_DRAWS`](crate::MEAN_OF_DRAWS), or nothing.
    pub variant: String,
    /// Number of heads of the dense model.
    pub n_heads: u32,
    /// The experiment.
    pub experiment: String,
    /// The task.
    pub task: String,
    /// The scale.
    pub scale: String,
    /// The corpus, where it is named.
    pub corpus: String,
    /// How the metric was computed.
    pub signature: String,
    /// What was set in place of a number of heads, as `lambda=0.0015`; empty where heads were asked for.
    pub setting: String,
    /// Fewest heads that a seed kept.
    pub k_low: u32,
    /// Most heads that a seed kept.
    pub k_high: u32,
    /// Examples that passed the model, searches and what a run starts from included: mean over seeds; none where an earlier
    /// program counted none.
    #[serde(serialize_with = "rounded")]
    pub cost_examples: Option<f64>,
    /// Number of heads asked for; none where a factor was set and the heads are what came out. Not in curves.csv.
    #[serde(skip)]
    pub k_target: Option<u32>,
    /// Parameters once the pruned heads are removed, mean over seeds. Not in curves.csv.
    #[serde(skip)]
    pub params: f64,
    /// Multiply-adds of an example in that model, mean over seeds; none where a run has not counted them. Not in curves.csv.
    #[serde(skip)]
    pub macs: Option<f64>,
    /// Heads kept and value of each seed, in the order of the seeds. Not in curves.csv.
    #[serde(skip)]
    pub seeds: Vec<(f64, f64)>,
}

impl CurvePoint {
    /// Whether a number of heads was asked for and every seed kept that number.
    pub fn is_exact(&self) -> bool {
        (Some(self.k_low), Some(self.k_high)) == (self.k_target, self.k_target)
    }

    /// Whether both are of one curve.
    fn shares_curve(&self, other: &Self) -> bool {
        (&self.metric, &self.split, &self.method, &self.variant)
            == (&other.metric, &other.split, &other.method, &other.variant)
    }
}

/// The points of every curve, sorted by metric, split (matched first), method, variant, k, and at one k by what was
/// asked for: the number of heads or the penalty factor.
///
/// Rows under a forced number of heads on the training of a factor are first cut down to the training whose own number is
/// nearest. Rows of a variant `lambda=X` make one curve for all factors, with one point a factor; others, one point for each
/// number of heads asked for. Rows of one seed at one point (several draws of a random subset, say) are averaged first:
/// a seed counts once.
///
/// # Errors
/// A row is impossible (a value that is not finite, say); or the rows are of more than one experiment, task, scale or
/// number of heads, or one metric of one split has two signatures: such numbers cannot share a curve.
pub fn curves(rows: &[ResultRow], corpus: Option<&str>) -> Result<Vec<CurvePoint>, ReportError> {
    check_rows(rows)?;
    let rows = &nearest(rows);
    let mut groups: BTreeMap<_, Vec<&ResultRow>> = BTreeMap::new();
    for row in rows {
        let (variant, setting) = Setting::of(&row.variant, row.k_target);
        let key = (
            &row.metric,
            split_order(&row.split),
            &row.method,
            variant,
            setting,
        );
        groups.entry(key).or_default().push(row);
    }
    let mut points: Vec<CurvePoint> = groups
        .iter()
        .filter_map(|((_, _, _, variant, setting), rows)| point(rows, variant, *setting, corpus))
        .collect();
    for curve in points.chunk_by_mut(CurvePoint::shares_curve) {
        curve.sort_by(|a, b| a.k.total_cmp(&b.k));
    }
    Ok(points)
}

/// The point of rows that share metric, split, method, variant and setting.
fn point(rows: &[&ResultRow], variant: &str, setting: Setting, corpus: Option<&str>) -> Option<CurvePoint> {
    let mean_of = |get: fn(&ResultRow) -> f64| over_seeds(rows.iter().map(|row| (row.seed, get(row))));
    let first = rows.first()?;
    let kept = rows.iter().map(|row| row.k_actual);
    let summary = mean_of(|row| row.value)?;
    Some(CurvePoint {
        method: first.method.clone(),
        k: mean_of(|row| f64::from(row.k_actual))?.mean,
        n: summary.n,
        mean: summary.mean,
        std: summary.std,
        ci_low: summary.ci.map(|(low, _)| low),
        ci_high: summary.ci.map(|(_, high)| high),
        metric: first.metric.clone(),
        split: first.split.clone(),
        variant: variant.into(),
        n_heads: first.n_heads,
        experiment: first.experiment.clone(),
        task: first.task.clone(),
        scale: first.scale.clone(),
        corpus: corpus.unwrap_or_default().into(),
        signature: first.signature.clone(),
        setting: setting.label(),
        k_low: kept.clone().min()?,
        k_high: kept.max()?,
        cost_examples: mean_count(rows, |row| row.cost_examples),
        k_target: setting.k_target(),
        params: mean_of(|row| row.params_after as f64)?.mean,
        macs: mean_count(rows, |row| row.macs_after),
        seeds: seeds_of(rows),
    })
}

/// Heads kept and value of each seed, means over its draws.
fn seeds_of(rows: &[&ResultRow]) -> Vec<(f64, f64)> {
    let mut seeds: BTreeMap<u64, Vec<&ResultRow>> = BTreeMap::new();
    for row in rows {
        seeds.entry(row.seed).or_default().push(row);
    }
    let mean = |rows: &[&ResultRow], get: fn(&ResultRow) -> f64| {
        let values: Vec<f64> = rows.iter().map(|row| get(row)).collect();
        metrics::summarise(&values).map(|summary| summary.mean)
    };
    let of_seeds = seeds.values();
    of_seeds
        .filter_map(|rows| {
            Some((
                mean(rows, |row| f64::from(row.k_actual))?,
                mean(rows, |row| row.value)?,
            ))
        })
        .collect()
}

/// Mean over seeds of a count that every row has; `None` where one lacks it.
fn mean_count(rows: &[&ResultRow], count: fn(&ResultRow) -> Option<u64>) -> Option<f64> {
    let counts = rows.iter().map(|row| Some((row.seed, count(row)? as f64)));
    let counts: Vec<(u64, f64)> = counts.collect::<Option<_>>()?;
    Some(over_seeds(counts.into_iter())?.mean)
}

/// Mean and interval over seeds, each with the mean of its own values: a seed counts once. `None` without values.
pub(crate) fn over_seeds(values: impl Iterator<Item = (u64, f64)>) -> Option<metrics::Summary> {
    let mut seeds: BTreeMap<u64, Vec<f64>> = BTreeMap::new();
    for (seed, value) in values {
        seeds.entry(seed).or_default().push(value);
    }
    let per_seed: Vec<f64> = seeds
        .values()
        .filter_map(|draws| metrics::summarise(draws))
        .map(|summary| summary.mean)
        .collect();
    metrics::summarise(&per_seed)
}

/// A count to the whole number.
fn rounded<S: Serializer>(count: &Option<f64>, serializer: S) -> Result<S::Ok, S::Error> {
    match count {
        Some(count) => serializer.serialize_u64(count.round() as u64),
        None => serializer.serialize_none(),
    }
}

/// A number of heads to at most four decimals: `6`, `5.6667`.
pub(crate) fn short<S: Serializer>(k: &f64, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(&((k * 1e4).round() / 1e4))
}

/// The order in which splits are shown: matched before mismatched, then by name.
pub(crate) fn split_order(split: &str) -> (usize, &str) {
    let known = ["matched", "mismatched"];
    (
        known
            .iter()
            .position(|name| *name == split)
            .unwrap_or(known.len()),
        split,
    )
}

fn check_rows(rows: &[ResultRow]) -> Result<(), ReportError> {
    let Some(first) = rows.first() else { return Ok(()) };
    let mut signatures: BTreeMap<(&str, &str), &str> = BTreeMap::new();
    for row in rows {
        row.check()?;
        let signature = signatures
            .entry((&row.metric, &row.split))
            .or_insert(&row.signature);
        let columns = [
            ("experiment", first.experiment.as_str(), row.experiment.as_str()),
            ("task", &first.task, &row.task),
            ("scale", &first.scale, &row.scale),
            ("signature", signature, &row.signature),
        ];
        for (column, first, second) in columns {
            if first != second {
                return Err(ReportError::Mixed {
                    column,
                    first: first.into(),
                    second: second.into(),
                });
            }
        }
        if first.n_heads != row.n_heads {
            return Err(ReportError::Mixed {
                column: "n_heads",
                first: first.n_heads.to_string(),
                second: row.n_heads.to_string(),
            });
        }
    }
    Ok(())
}
