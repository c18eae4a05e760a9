//! curves.csv: for each method and number of heads kept, the mean over seeds and its 95 % interval.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::ReportError;
use crate::results::{ResultRow, to_csv};

/// The columns of curves.csv, in order.
pub const CURVE_COLUMNS: [&str; 16] = [
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
];

/// The variant of curves whose values are means over several draws of each seed.
pub const MEAN_OF_DRAWS: &str = "mean of draws";

/// One point of one curve.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct CurvePoint {
    /// The pruning method, or `dense`.
    pub method: String,
    /// Number of heads kept.
    pub k: u32,
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
    /// The variant, [`MEAN_OF_DRAWS`], or nothing.
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
}

/// The points of every curve, sorted by metric, split (matched first), method, variant and k.
///
/// Rows of one seed at one point (several draws of a random subset, say) are averaged first: a seed counts once.
///
/// # Errors
/// A row is impossible (a value that is not finite, say); or the rows are of more than one experiment, task, scale or
/// number of heads, or one metric of one split has two signatures: such numbers cannot share a curve.
pub fn curves(rows: &[ResultRow], corpus: Option<&str>) -> Result<Vec<CurvePoint>, ReportError> {
    check_rows(rows)?;
    type Point<'a> = (&'a str, (usize, &'a str), &'a str, &'a str, u32);
    let mut points: BTreeMap<Point<'_>, (&ResultRow, BTreeMap<u64, Vec<f64>>)> = BTreeMap::new();
    for row in rows {
        let variant = if is_draw(&row.variant) {
            MEAN_OF_DRAWS
        } else {
            &row.variant
        };
        let key = (
            row.metric.as_str(),
            split_order(&row.split),
            row.method.as_str(),
            variant,
            row.k_actual,
        );
        let (_, seeds) = points.entry(key).or_insert_with(|| (row, BTreeMap::new()));
        seeds.entry(row.seed).or_default().push(row.value);
    }
    let point = |((metric, (_, split), method, variant, k), (row, seeds)): (
        Point<'_>,
        (&ResultRow, BTreeMap<_, Vec<f64>>),
    )| {
        let per_seed: Vec<f64> = seeds
            .values()
            .filter_map(|draws| metrics::summarise(draws))
            .map(|summary| summary.mean)
            .collect();
        let summary = metrics::summarise(&per_seed)?;
        Some(CurvePoint {
            method: method.into(),
            k,
            n: summary.n,
            mean: summary.mean,
            std: summary.std,
            ci_low: summary.ci.map(|(low, _)| low),
            ci_high: summary.ci.map(|(_, high)| high),
            metric: metric.into(),
            split: split.into(),
            variant: variant.into(),
            n_heads: row.n_heads,
            experiment: row.experiment.clone(),
            task: row.task.clone(),
            scale: row.scale.clone(),
            corpus: corpus.unwrap_or_default().into(),
            signature: row.signature.clone(),
        })
    };
    Ok(points.into_iter().filter_map(point).collect())
}

/// The points as the bytes of curves.csv.
pub(crate) fn curves_csv(points: &[CurvePoint]) -> std::io::Result<Vec<u8>> {
    to_csv(&CURVE_COLUMNS, points)
}

/// The order in which splits are shown: matched before mismatched, then by name.
fn split_order(split: &str) -> (usize, &str) {
    let known = ["matched", "mismatched"];
    (
        known
            .iter()
            .position(|name| *name == split)
            .unwrap_or(known.len()),
        split,
    )
}

/// Whether a variant is one draw of several, `draw-1`, `draw-2` and so on, and no method of its own.
fn is_draw(variant: &str) -> bool {
    variant
        .strip_prefix("draw-")
        .is_some_and(|number| number.parse::<u32>().is_ok())
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
