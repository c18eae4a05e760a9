//! The tables of the report, in words and numbers as they are shown.

use std::collections::{BTreeMap, BTreeSet};

use records::Caption;

use super::numbers::{count, difference, heads, probability, with_half};
use crate::curves::CurvePoint;
use crate::figure::{curve_name, curve_rank};
use crate::measure::{MEASURES, Measure};
use crate::published::Published;
use crate::significance::Comparison;
use crate::table::seed_count;

/// A table: its caption, its columns and its cells.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Grid {
    pub caption: String,
    pub columns: Vec<String>,
    /// How many columns from the left hold words.
    pub words: usize,
    pub rows: Vec<Vec<String>>,
}

const NOTHING: &str = "–";

/// For each metric and split a row a method and a column a number of heads, of points whose every seed kept that number.
pub(super) fn by_heads(points: &[CurvePoint], caption: &Caption) -> Vec<Grid> {
    let mut grids = Vec::new();
    for (measure, split) in splits(points) {
        let exact: Vec<&CurvePoint> = split.iter().copied().filter(|point| point.is_exact()).collect();
        let Some(first) = exact.first() else { continue };
        let ks: BTreeSet<u32> = exact.iter().map(|point| point.k_low).collect();
        let mut methods: BTreeMap<_, BTreeMap<u32, &CurvePoint>> = BTreeMap::new();
        for point in &exact {
            methods
                .entry(place(point))
                .or_default()
                .insert(point.k_low, point);
        }
        let most = most_seeds(&exact);
        let cell = |of_method: &BTreeMap<u32, &CurvePoint>, k: &u32| {
            of_method
                .get(k)
                .map_or_else(|| NOTHING.to_owned(), |point| value(point, measure, most))
        };
        let rows = methods.iter().map(|((_, method, variant), of_method)| {
            let cells = ks.iter().map(|k| cell(of_method, k));
            std::iter::once(curve_name(method, variant))
                .chain(cells)
                .collect()
        });
        let columns = ks.iter().map(u32::to_string);
        grids.push(Grid {
            caption: format!(
                "{}. {}",
                caption.heading(&format!(
                    "{} by attention heads kept (of {}), {}",
                    measure.label(),
                    first.n_heads,
                    first.split
                )),
                what_is_shown(&exact)
            ),
            columns: std::iter::once("heads kept".to_owned()).chain(columns).collect(),
            words: 1,
            rows: rows.collect(),
        });
    }
    grids
}

/// For each metric and split a row a point where heads are what came out.
pub(super) fn came_out(points: &[CurvePoint], caption: &Caption) -> Vec<Grid> {
    let mut grids = Vec::new();
    for (measure, split) in splits(points) {
        let mut others: Vec<&CurvePoint> = split.iter().copied().filter(|point| !point.is_exact()).collect();
        others.sort_by_key(|point| place(point));
        let Some(first) = others.first() else { continue };
        let most = most_seeds(&others);
        let row = |point: &&CurvePoint| {
            let kept = if point.k_low == point.k_high {
                point.k_low.to_string()
            } else {
                format!("{} ({}–{})", heads(point.k), point.k_low, point.k_high)
            };
            vec![
                curve_name(&point.method, &point.variant),
                point
                    .k_target
                    .map_or_else(|| point.setting.clone(), |k| format!("K={k}")),
                kept,
                value(point, measure, most),
            ]
        };
        grids.push(Grid {
            caption: format!(
                "{}. {} Heads kept: mean over seeds (fewest–most).",
                caption.heading(&format!(
                    "{} where the heads kept (of {}) are what came out, {}",
                    measure.label(),
                    first.n_heads,
                    first.split
                )),
                what_is_shown(&others)
            ),
            columns: ["method", "setting", "heads kept", &measure.label()]
                .map(str::to_owned)
                .to_vec(),
            words: 2,
            rows: others.iter().map(row).collect(),
        });
    }
    grids
}

/// With more comparisons than this, those of the method whose claims are tested are shown.
const MOST_COMPARISONS: usize = 400;
const OURS: &str = "dsp-joint";

/// The comparisons by seeds.
pub(super) fn comparisons(compared: &[Comparison]) -> Grid {
    let mut shown: Vec<&Comparison> = compared.iter().filter(|row| row.verdict.is_some()).collect();
    if shown.len() > MOST_COMPARISONS {
        shown.retain(|row| row.system == OURS);
    }
    let p = |p: Option<f64>| p.map_or_else(|| NOTHING.to_owned(), probability);
    let row = |row: &Comparison| {
        vec![
            curve_name(&row.system, &row.system_variant),
            curve_name(&row.baseline, &row.baseline_variant),
            row.family
                .split_once(": ")
                .map_or("", |(_, question)| question)
                .to_owned(),
            format!("{}, {}", row.metric, row.split),
            row.k.to_string(),
            row.n.to_string(),
            difference(row.estimate, row.ci_low.zip(row.ci_high)),
            p(row.p_adjusted),
            p(row.p_noninferior_adjusted),
            row.verdict.map_or("", |verdict| verdict.name()).to_owned(),
        ]
    };
    Grid {
        caption: "Differences in points, system minus baseline, with their 95 % intervals over seeds; significance.csv has more."
            .into(),
        columns: [
            "system",
            "baseline",
            "question",
            "metric",
            "K",
            "seeds",
            "difference",
            "p, adjusted",
            "p of worse by the margin, adjusted",
            "verdict",
        ]
        .map(str::to_owned)
        .to_vec(),
        words: 4,
        rows: shown.into_iter().map(row).collect(),
    }
}

/// What others have published.
pub(super) fn published(published: &[Published]) -> Grid {
    let row = |other: &Published| {
        let row = &other.row;
        let number = |value: f64| format!("{value}");
        vec![
            row.source.clone(),
            row.method.clone(),
            [row.metric.as_str(), row.split.as_str(), row.note.as_str()]
                .into_iter()
                .filter(|part| !part.is_empty())
                .collect::<Vec<&str>>()
                .join(", "),
            row.k.map_or_else(|| NOTHING.to_owned(), heads),
            number(row.value),
            other
                .ours
                .map_or_else(|| NOTHING.to_owned(), |ours| format!("{ours:.2}")),
            other.verdict.name().to_owned(),
            other.why.clone(),
            row.how_checked.clone(),
        ]
    };
    Grid {
        caption: "Numbers that others have published, and ours.".into(),
        columns: [
            "source",
            "method",
            "what",
            "K",
            "published",
            "ours",
            "verdict",
            "why",
            "how checked",
        ]
        .map(str::to_owned)
        .to_vec(),
        words: 3,
        rows: published.iter().map(row).collect(),
    }
}

/// What each point cost: parameters, multiply-adds and examples.
pub(super) fn costs(points: &[CurvePoint], caption: &Caption) -> Grid {
    let split: Vec<&CurvePoint> = splits(points).next().map_or_else(Vec::new, |(_, split)| split);
    let mut sorted = split;
    sorted.sort_by_key(|point| place(point));
    let optional = |value: Option<f64>| value.map_or_else(|| NOTHING.to_owned(), count);
    let row = |point: &&CurvePoint| {
        vec![
            curve_name(&point.method, &point.variant),
            point.setting.clone(),
            heads(point.k),
            count(point.params),
            optional(point.macs),
            optional(point.cost_examples),
            point.n.to_string(),
        ]
    };
    Grid {
        caption: caption.heading("What pruned models cost, means over seeds"),
        columns: [
            "method",
            "setting",
            "heads kept",
            "parameters",
            "multiply-adds of an example",
            "examples until it had its heads",
            "seeds",
        ]
        .map(str::to_owned)
        .to_vec(),
        words: 2,
        rows: sorted.iter().map(row).collect(),
    }
}

/// The points of each metric and split that have a table, in order.
fn splits(points: &[CurvePoint]) -> impl Iterator<Item = (&'static Measure, Vec<&CurvePoint>)> {
    MEASURES.iter().flat_map(move |measure| {
        let of_metric: Vec<&CurvePoint> = points
            .iter()
            .filter(|point| point.metric == measure.metric)
            .collect();
        let split = of_metric.chunk_by(|a, b| a.split == b.split);
        let split: Vec<(&Measure, Vec<&CurvePoint>)> = split.map(|split| (measure, split.to_vec())).collect();
        split
    })
}

fn place(point: &CurvePoint) -> (usize, &str, &str) {
    (
        curve_rank(&point.method, &point.variant),
        &point.method,
        &point.variant,
    )
}

fn most_seeds(points: &[&CurvePoint]) -> usize {
    points.iter().map(|point| point.n).max().unwrap_or(0)
}

/// The mean with half its interval, and the number of seeds where it is less than that of the table.
fn value(point: &CurvePoint, measure: &Measure, most: usize) -> String {
    let interval = point.ci_low.zip(point.ci_high);
    let scaled = interval.map(|(low, high)| (low * measure.factor, high * measure.factor));
    let text = with_half(point.mean * measure.factor, scaled);
    if point.n < most {
        format!("{text} (n={})", point.n)
    } else {
        text
    }
}

fn what_is_shown(points: &[&CurvePoint]) -> String {
    let seeds = seed_count(points.iter().map(|point| point.n));
    if points.iter().any(|point| point.ci_low.is_some()) {
        format!("Mean ± half the 95 % t-interval over {seeds}.")
    } else {
        format!("Mean of {seeds}, so no interval.")
    }
}
