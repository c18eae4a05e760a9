//! The figure quality_vs_cost: what a method is worth against the examples that passed the model until it had its heads.

use std::collections::BTreeSet;

use records::Caption;

use super::axis::ValueAxis;
use super::chart::{Chart, ChartCurve, ChartPanel, Entry, Look, Mark, Scale, T_INTERVAL};
use super::main_curves::main_curves;
use super::style::{DENSE, curve_name, styles};
use crate::curves::CurvePoint;
use crate::measure::MEASURES;
use crate::table::seed_count;

/// Numbers of heads that have a panel, at most.
const MOST_PANELS: usize = 6;

/// A panel for each number of heads of the first metric and split; none where no cost is known. `points` as from
/// [`crate::curves()`].
pub(crate) fn cost_chart(points: &[CurvePoint], caption: &Caption) -> Option<Chart> {
    let (measure, first) = MEASURES.iter().find_map(|measure| {
        Some((
            measure,
            points.iter().find(|point| point.metric == measure.metric)?,
        ))
    })?;
    let of_split: Vec<&CurvePoint> = points
        .iter()
        .filter(|point| (&point.metric, &point.split) == (&first.metric, &first.split))
        .collect();
    let has_cost =
        |point: &&CurvePoint| point.cost_examples.is_some() && (point.method == DENSE || point.is_exact());
    let main = main_curves(
        of_split
            .iter()
            .copied()
            .filter(has_cost)
            .map(|point| (point.method.as_str(), point.variant.as_str())),
    );
    let shown: Vec<&CurvePoint> = of_split
        .into_iter()
        .filter(has_cost)
        .filter(|point| main.contains(&(&point.method, &point.variant)))
        .collect();
    let dense = shown.iter().find(|point| point.method == DENSE);
    let exact = || {
        shown
            .iter()
            .filter(|point| point.method != DENSE && point.is_exact() && point.k_low < point.n_heads)
    };
    let ks: BTreeSet<u32> = exact().map(|point| point.k_low).collect();
    let ks = spread(&ks.into_iter().collect::<Vec<u32>>());
    let costs = || shown.iter().filter_map(|point| point.cost_examples);
    let mark = |point: &CurvePoint| {
        Some(Mark {
            x: point.cost_examples?,
            ..Mark::of(point, measure.factor)
        })
    };
    let values = ValueAxis::new(shown.iter().copied(), measure.factor, measure.maximum);
    let panel = |k: &u32| {
        let curve = |(entry, name): (usize, &(&str, &str))| {
            let own = exact().filter(|point| {
                point.k_low == *k && (point.method.as_str(), point.variant.as_str()) == *name
            });
            ChartCurve {
                entry,
                look: Look::Marks,
                marks: own.filter_map(|point| mark(point)).collect(),
            }
        };
        ChartPanel {
            title: format!("{k} {} kept", if *k == 1 { "head" } else { "heads" }),
            x: Scale::log("examples", costs()),
            y: Scale::score(measure.label(), values.clone(), measure.maximum),
            levels: dense
                .map(|dense| (0, Mark::of(dense, measure.factor)))
                .into_iter()
                .collect(),
            curves: main.iter().enumerate().rev().map(curve).collect(),
        }
    };
    let panels: Vec<ChartPanel> = ks.iter().map(panel).collect();
    if panels.is_empty() {
        return None;
    }
    let legend = main
        .iter()
        .zip(styles(&main))
        .map(|((method, variant), style)| Entry {
            name: curve_name(method, variant),
            style,
            is_listed: true,
            is_level: *method == DENSE,
            is_main: true,
        });
    let apart = if panels.iter().any(ChartPanel::is_set_apart) {
        ", marks that would overlap set slightly apart"
    } else {
        ""
    };
    let chart = Chart {
        stem: "quality_vs_cost".into(),
        title: caption.heading(&format!(
            "{} against the cost of pruning, {}",
            measure.name, first.split
        )),
        subtitle: format!(
            "Cost: examples that passed the model in a run and in all that it starts from, searches included. Mean over \
             {}{apart}, bars: 95 % Student t-intervals over seeds",
            seed_count(exact().map(|point| point.n))
        ),
        legend: legend.collect(),
        columns: 3,
        bars: T_INTERVAL,
        sets_apart: false,
        panels,
    };
    Some(chart.with_notes())
}

/// As many of `ks` as have a panel, from the first to the last at even distances.
fn spread(ks: &[u32]) -> Vec<u32> {
    let last = ks.len().saturating_sub(1);
    let count = ks.len().min(MOST_PANELS);
    let place = |i: usize| i * last / count.saturating_sub(1).max(1);
    (0..count).filter_map(|i| ks.get(place(i)).copied()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn panels_reach_from_the_first_number_to_the_last() {
        assert_eq!(spread(&[1, 3, 6]), [1, 3, 6]);
        let many: Vec<u32> = (1..=21).collect();
        assert_eq!(spread(&many), [1, 5, 9, 13, 17, 21]);
        assert_eq!((spread(&[4]), spread(&[])), (vec![4], vec![]));
    }
}
