//! What was tested: a grid for each question, which can be taken in at a glance, and every comparison in one table.

use std::collections::{BTreeMap, BTreeSet};

use super::grids::{Grid, NOTHING, Seeds};
use super::numbers::{difference, difference_with_half, probability};
use crate::figure::{curve_name, curve_rank};
use crate::measure::{MEASURES, Measure};
use crate::significance::{Comparison, Verdict};

/// With more comparisons than this, those of the method whose claims are tested are shown in the one table.
const MOST_COMPARISONS: usize = 400;
const OURS: &str = "dsp-joint";

/// What stands beside a difference for its verdict.
fn sign(verdict: Option<Verdict>) -> &'static str {
    match verdict {
        Some(Verdict::Better) => " ▲",
        Some(Verdict::NotWorse) => " ≥",
        Some(Verdict::Worse) => " ▼",
        Some(Verdict::Undecided | Verdict::TooFewSeeds) | None => "",
    }
}

/// What the signs of the grids mean, if there are any.
pub(super) fn signs(compared: &[Comparison]) -> Option<String> {
    let tested = compared
        .iter()
        .any(|row| row.verdict.is_some_and(|verdict| verdict != Verdict::TooFewSeeds));
    let meaning = "In the tables below ▲ is better, ≥ not worse by the margin, ▼ worse, and no sign undecided. Signs are adjusted \
                   for the number of comparisons, intervals are not: one that leaves 0 out may have no sign.";
    tested.then(|| meaning.to_owned())
}

/// The main metric that is compared, and whether there are others.
pub(super) fn main_metric(compared: &[Comparison]) -> Option<(Measure, bool)> {
    let has = |metric: &str| {
        compared
            .iter()
            .any(|row| row.verdict.is_some() && row.metric == metric)
    };
    let mut there = MEASURES.iter().filter(|measure| has(measure.metric));
    let main = there.next()?;
    Some((*main, there.next().is_some()))
}

/// For each question, on each split, the comparisons by seeds of the main metric: a row a pair of methods, a column a number of
/// heads. `seeds` is what the sweep has of them.
pub(super) fn questions(compared: &[Comparison], seeds: usize) -> Vec<Grid> {
    let metric = main_metric(compared).map(|(main, _)| main.metric);
    let shown: Vec<&Comparison> = compared
        .iter()
        .filter(|row| row.verdict.is_some() && Some(row.metric.as_str()) == metric)
        .collect();
    // The families follow one another, and of each the splits are told apart.
    let families = shown.chunk_by(|a, b| a.family == b.family);
    let mut grids = Vec::new();
    for family in families {
        let mut splits: Vec<&str> = Vec::new();
        for row in family {
            if !splits.contains(&row.split.as_str()) {
                splits.push(&row.split);
            }
        }
        for split in splits {
            let rows: Vec<&Comparison> = family.iter().copied().filter(|row| row.split == split).collect();
            grids.extend(question(&rows, seeds));
        }
    }
    grids
}

/// The grid of one question on one split.
fn question(rows: &[&Comparison], of_sweep: usize) -> Option<Grid> {
    let first = rows.first()?;
    let measure = MEASURES.iter().find(|measure| measure.metric == first.metric)?;
    let ks: BTreeSet<u32> = rows.iter().map(|row| row.k).collect();
    let mut pairs: BTreeMap<_, BTreeMap<u32, &Comparison>> = BTreeMap::new();
    for row in rows {
        let place = |method, variant| (curve_rank(method, variant), method, variant);
        let pair = (
            place(row.system.as_str(), row.system_variant.as_str()),
            place(row.baseline.as_str(), row.baseline_variant.as_str()),
        );
        pairs.entry(pair).or_default().insert(row.k, row);
    }
    let systems: BTreeSet<_> = pairs.keys().map(|(system, _)| *system).collect();
    let baselines: BTreeSet<_> = pairs.keys().map(|(_, baseline)| *baseline).collect();
    // What all rows share is in the caption.
    let (has_system, has_baseline) = (systems.len() > 1, baselines.len() > 1 || systems.len() == 1);
    let name = |(_, method, variant): (usize, &str, &str)| curve_name(method, variant);
    let seeds = Seeds::new(rows.iter().map(|row| row.n), of_sweep);
    let cell = |row: &Comparison| {
        let shown = difference_with_half(row.estimate, row.ci_low.zip(row.ci_high));
        format!("{shown}{}{}", sign(row.verdict), seeds.mark(row.n))
    };
    let line = |((system, baseline), of_pair): (&(_, _), &BTreeMap<u32, &Comparison>)| {
        let names = [
            has_system.then(|| name(*system)),
            has_baseline.then(|| name(*baseline)),
        ];
        let cells = ks
            .iter()
            .map(|k| of_pair.get(k).map_or_else(|| NOTHING.to_owned(), |row| cell(row)));
        names.into_iter().flatten().chain(cells).collect()
    };
    let columns = [has_system.then_some("method"), has_baseline.then_some("against")];
    let columns: Vec<String> = columns.into_iter().flatten().map(str::to_owned).collect();
    let words = columns.len();
    let difference = match (has_system, has_baseline) {
        (true, true) => "method minus the one that it is against".to_owned(),
        (true, false) => format!("method minus {}", name(*baselines.first()?)),
        (false, _) => format!("{} minus the method of the row", name(*systems.first()?)),
    };
    let has_intervals = rows.iter().any(|row| row.ci_low.is_some());
    let interval = if has_intervals {
        " ± half the 95 % interval"
    } else {
        ""
    };
    let (_, asked) = first.family.split_once(": ")?;
    Some(Grid {
        caption: format!(
            "{asked}: {}, {}. In points, {difference}{interval}, over {}.",
            measure.label(),
            first.split,
            seeds.words()
        ),
        words,
        columns: columns
            .into_iter()
            .chain(ks.iter().map(|k| format!("K={k}")))
            .collect(),
        rows: pairs.iter().map(line).collect(),
    })
}

/// Every comparison by seeds.
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
            row.verdict.map_or("", |verdict| verdict.name()).to_owned(),
            row.k.to_string(),
            row.n.to_string(),
            difference(row.estimate, row.ci_low.zip(row.ci_high)),
            p(row.p_adjusted),
            p(row.p_noninferior_adjusted),
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
            "verdict",
            "K",
            "seeds",
            "difference",
            "p, adjusted",
            "p of worse by the margin, adjusted",
        ]
        .map(str::to_owned)
        .to_vec(),
        words: 5,
        rows: shown.into_iter().map(row).collect(),
    }
}
