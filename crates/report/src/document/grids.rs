//! The tables of the report, in words and numbers as they are shown.

use std::collections::{BTreeMap, BTreeSet};

use records::Caption;

use super::numbers::{count, heads, with_half};
use crate::curves::CurvePoint;
use crate::figure::{curve_name, curve_rank};
use crate::measure::{MEASURES, Measure};
use crate::published::{Agreement, Published};
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

pub(super) const NOTHING: &str = "–";

/// How many seeds the cells of a table have, beside those of the sweep.
pub(super) struct Seeds {
    least: usize,
    most: usize,
    of_sweep: usize,
}

impl Seeds {
    pub fn new(counts: impl Iterator<Item = usize> + Clone, of_sweep: usize) -> Self {
        Self {
            least: counts.clone().min().unwrap_or(0),
            most: counts.max().unwrap_or(0),
            of_sweep,
        }
    }

    /// For a caption: `10 seeds`, `4 of the sweep's 10 seeds`, `2 to 4 of the sweep's 10 seeds`.
    pub fn words(&self) -> String {
        let counted = seed_count([self.least, self.most].into_iter());
        if self.most < self.of_sweep {
            let counts = counted.trim_end_matches(" seeds").trim_end_matches(" seed");
            format!("{counts} of the sweep's {} seeds", self.of_sweep)
        } else {
            counted
        }
    }

    /// For a cell: ` (n=3)` where it lacks seeds and the caption does not say it of all cells.
    pub fn mark(&self, n: usize) -> String {
        if n < self.of_sweep && self.least < self.most {
            format!(" (n={n})")
        } else {
            String::new()
        }
    }
}

/// For each metric and split a row a method and a column a number of heads, of points whose every seed kept that number.
pub(super) fn by_heads(points: &[CurvePoint], of_sweep: usize, caption: &Caption) -> Vec<Grid> {
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
        let seeds = Seeds::new(exact.iter().map(|point| point.n), of_sweep);
        let cell = |of_method: &BTreeMap<u32, &CurvePoint>, k: &u32| {
            of_method
                .get(k)
                .map_or_else(|| NOTHING.to_owned(), |point| value(point, measure, &seeds))
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
                what_is_shown(&exact, &seeds)
            ),
            columns: std::iter::once("heads kept".to_owned()).chain(columns).collect(),
            words: 1,
            rows: rows.collect(),
        });
    }
    grids
}

/// For each metric and split a row a point where heads are what came out.
pub(super) fn came_out(points: &[CurvePoint], of_sweep: usize, caption: &Caption) -> Vec<Grid> {
    let mut grids = Vec::new();
    for (measure, split) in splits(points) {
        let mut others: Vec<&CurvePoint> = split.iter().copied().filter(|point| !point.is_exact()).collect();
        others.sort_by_key(|point| place(point));
        let Some(first) = others.first() else { continue };
        let seeds = Seeds::new(others.iter().map(|point| point.n), of_sweep);
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
                value(point, measure, &seeds),
            ]
        };
        let spread = if others.iter().any(|point| point.k_low < point.k_high) {
            " Heads kept: mean over seeds (fewest–most)."
        } else {
            ""
        };
        grids.push(Grid {
            caption: format!(
                "{}. {}{spread}",
                caption.heading(&format!(
                    "{} where the heads kept (of {}) are what came out, {}",
                    measure.label(),
                    first.n_heads,
                    first.split
                )),
                what_is_shown(&others, &seeds)
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

/// From here on a number is a count.
const LARGE: f64 = 1000.0;

/// What others have published, and ours.
pub(super) fn published(published: &[&Published]) -> Grid {
    let row = |other: &&Published| {
        let row = &other.row;
        vec![
            row.source.clone(),
            row.method.clone(),
            [row.metric.as_str(), row.split.as_str(), row.note.as_str()]
                .into_iter()
                .filter(|part| !part.is_empty())
                .collect::<Vec<&str>>()
                .join(", "),
            other.verdict.name().to_owned(),
            other.why.clone(),
            row.how_checked.clone(),
            row.k.map_or_else(|| NOTHING.to_owned(), heads),
            match row.value {
                large if large >= LARGE => count(large),
                value => value.to_string(),
            },
            match other.ours {
                Some(large) if large >= LARGE => count(large),
                Some(ours) => format!("{ours:.2}"),
                None => NOTHING.to_owned(),
            },
        ]
    };
    Grid {
        caption: "Numbers that others have published, and ours.".into(),
        columns: [
            "source",
            "method",
            "what",
            "verdict",
            "why",
            "how checked",
            "K",
            "published",
            "ours",
        ]
        .map(str::to_owned)
        .to_vec(),
        words: 6,
        rows: published.iter().map(row).collect(),
    }
}

/// How many published numbers cannot be compared, and the reasons; none where all can.
pub(super) fn not_comparable(published: &[Published]) -> Option<(String, Vec<String>)> {
    let mut reasons: BTreeMap<&str, usize> = BTreeMap::new();
    let is_it = |other: &&Published| other.verdict == Agreement::NotComparable;
    for other in published.iter().filter(is_it) {
        *reasons.entry(&other.why).or_default() += 1;
    }
    let count: usize = reasons.values().sum();
    let words = format!(
        "{count} of {} published numbers cannot be compared with ours; published.csv has them all, with their sources. Why:",
        published.len()
    );
    let reason = |(why, count): (&&str, &usize)| {
        let noun = if *count == 1 { "number" } else { "numbers" };
        format!("{why} ({count} {noun})")
    };
    (count > 0).then(|| (words, reasons.iter().map(reason).collect()))
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
            match point.setting.as_str() {
                "" => NOTHING.to_owned(),
                setting => setting.to_owned(),
            },
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

/// The mean with half its interval, and the number of seeds where that is to be said.
fn value(point: &CurvePoint, measure: &Measure, seeds: &Seeds) -> String {
    let interval = point.ci_low.zip(point.ci_high);
    let scaled = interval.map(|(low, high)| (low * measure.factor, high * measure.factor));
    format!(
        "{}{}",
        with_half(point.mean * measure.factor, scaled),
        seeds.mark(point.n)
    )
}

fn what_is_shown(points: &[&CurvePoint], seeds: &Seeds) -> String {
    let seeds = seeds.words();
    if points.iter().any(|point| point.ci_low.is_some()) {
        format!("Mean ± half the 95 % t-interval over {seeds}.")
    } else {
        format!("Mean of {seeds}, so no interval.")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seeds_that_are_lacking_are_told_of_once() {
        let told = |counts: &[usize], of_sweep: usize| {
            let seeds = Seeds::new(counts.iter().copied(), of_sweep);
            (seeds.words(), seeds.mark(counts[0]))
        };
        let of = |words: &str, mark: &str| (words.to_owned(), mark.to_owned());
        assert_eq!(told(&[10, 10], 10), of("10 seeds", ""));
        assert_eq!(told(&[3, 10], 10), of("3 to 10 seeds", " (n=3)"));
        assert_eq!(told(&[4, 4], 10), of("4 of the sweep's 10 seeds", ""));
        assert_eq!(told(&[4, 2], 10), of("2 to 4 of the sweep's 10 seeds", " (n=4)"));
        assert_eq!(told(&[1, 1], 10), of("1 of the sweep's 10 seeds", ""));
        assert_eq!(told(&[1, 1], 1), of("1 seed", ""));
    }
}
