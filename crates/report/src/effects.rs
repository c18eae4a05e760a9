//! effect_sizes.csv: how much of the gap between random subsets and the dense model a method closes, and the area under its
//! curve over the logarithm of the heads kept.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::cells::Cell;

/// The columns of effect_sizes.csv, in order.
pub const EFFECT_COLUMNS: [&str; 12] = [
    "metric", "split", "method", "variant", "effect", "k", "n", "mean", "std", "ci_low", "ci_high", "ks",
];

/// Points of a gap below which no share of it is taken: what is smaller is rounding, or noise of a few examples, and a share of it
/// can be any number.
pub(crate) const LEAST_GAP: f64 = 0.1;

const DENSE: &str = "dense";
const RANDOM: &str = "random";

/// One effect size of one method.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Effect {
    /// The metric.
    pub metric: String,
    /// The evaluated examples.
    pub split: String,
    /// The pruning method.
    pub method: String,
    /// The variant, [`MEAN_OF_DRAWS`](crate::MEAN_OF_DRAWS), or nothing.
    pub variant: String,
    /// `gap closed`, a share: (method - random) / (dense - random) of each seed whose gap is at least a tenth of a point, of which
    /// the mean. Or `area over log k`, in points: the mean height of the curve over ln K, by the trapezoidal rule.
    pub effect: &'static str,
    /// Heads kept; none for an area.
    pub k: Option<u32>,
    /// Number of seeds that are used.
    pub n: usize,
    /// Mean over seeds.
    pub mean: f64,
    /// Sample standard deviation over seeds; none for a single seed.
    pub std: Option<f64>,
    /// Lower end of the 95 % t interval.
    pub ci_low: Option<f64>,
    /// Upper end.
    pub ci_high: Option<f64>,
    /// The numbers of heads of an area: only areas over the same ones can be compared.
    pub ks: String,
}

/// The effect sizes of all methods at numbers of heads that every seed kept.
pub(crate) fn effects(cells: &[Cell<'_>]) -> Vec<Effect> {
    let mut effects = Vec::new();
    let of_split = |a: &Cell<'_>, b: &Cell<'_>| (a.measure.metric, a.split) == (b.measure.metric, b.split);
    for split in cells.chunk_by(of_split) {
        let dense = split.iter().find(|cell| cell.method == DENSE);
        let pruned: Vec<&Cell<'_>> = split.iter().filter(|cell| cell.method != DENSE).collect();
        let of_curve = |a: &&Cell<'_>, b: &&Cell<'_>| (a.method, a.variant) == (b.method, b.variant);
        for curve in pruned.chunk_by(of_curve) {
            let exact: Vec<(u32, &Cell<'_>)> = curve
                .iter()
                .filter_map(|cell| Some((cell.exact_k()?, *cell)))
                .collect();
            for &(k, cell) in &exact {
                let random = pruned
                    .iter()
                    .find(|other| other.method == RANDOM && other.exact_k() == Some(k));
                let values = dense.zip(random).map(|(dense, random)| gaps(cell, dense, random));
                effects.extend(effect(
                    cell,
                    "gap closed",
                    Some(k),
                    &values.unwrap_or_default(),
                    String::new(),
                ));
            }
            if let [(_, first), _, ..] = exact.as_slice() {
                let ks: Vec<String> = exact.iter().map(|(k, _)| k.to_string()).collect();
                effects.extend(effect(
                    first,
                    "area over log k",
                    None,
                    &areas(&exact),
                    ks.join(";"),
                ));
            }
        }
    }
    effects
}

fn effect(
    cell: &Cell<'_>,
    effect: &'static str,
    k: Option<u32>,
    values: &[f64],
    ks: String,
) -> Option<Effect> {
    let summary = metrics::summarise(values)?;
    Some(Effect {
        metric: cell.measure.metric.to_owned(),
        split: cell.split.to_owned(),
        method: cell.method.to_owned(),
        variant: cell.variant.to_owned(),
        effect,
        k,
        n: summary.n,
        mean: summary.mean,
        std: summary.std,
        ci_low: summary.ci.map(|(low, _)| low),
        ci_high: summary.ci.map(|(_, high)| high),
        ks,
    })
}

/// The share that each seed closes of its own gap, where the gap is at least [`LEAST_GAP`]; other seeds are left out.
fn gaps(cell: &Cell<'_>, dense: &Cell<'_>, random: &Cell<'_>) -> Vec<f64> {
    let of_seed = |(seed, worth): (&u64, &crate::cells::Worth<'_>)| {
        let (dense, random) = (dense.seeds.get(seed)?.points, random.seeds.get(seed)?.points);
        let gap = dense - random;
        (gap >= LEAST_GAP).then(|| (worth.points - random) / gap)
    };
    cell.seeds.iter().filter_map(of_seed).collect()
}

/// The mean height over ln K of each seed that has every number of heads.
fn areas(curve: &[(u32, &Cell<'_>)]) -> Vec<f64> {
    let mut seeds: BTreeMap<u64, Vec<(f64, f64)>> = BTreeMap::new();
    for (k, cell) in curve.iter().filter(|(k, _)| *k > 0) {
        for (seed, worth) in &cell.seeds {
            seeds
                .entry(*seed)
                .or_default()
                .push((f64::from(*k).ln(), worth.points));
        }
    }
    let area = |mut points: Vec<(f64, f64)>| {
        points.sort_by(|a, b| a.0.total_cmp(&b.0));
        let (first, last) = (points.first()?.0, points.last()?.0);
        let pieces = points.windows(2).map(|pair| match pair {
            [a, b] => (b.0 - a.0) * (a.1 + b.1) / 2.0,
            _ => 0.0,
        });
        let area: f64 = pieces.sum();
        (last > first).then(|| area / (last - first))
    };
    let whole = seeds.into_values().filter(|points| points.len() == curve.len());
    whole.filter_map(area).collect()
}
