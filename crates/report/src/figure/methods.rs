//! A panel for each method that the main figure leaves out, with the curves of the main figure in grey behind it.

use records::Caption;

use super::axis::{HeadsAxis, ValueAxis};
use super::chart::{Chart, ChartCurve, ChartPanel, Entry, Look, Mark, Scale, T_INTERVAL};
use super::main_curves::main_curves;
use super::style::{DENSE, curve_name, curve_rank, styles};
use crate::curves::CurvePoint;
use crate::gaps::Gaps;
use crate::measure::Measure;
use crate::table::seed_count;

/// The panels on the first split of `measure`; none where the main figure has all curves. `points` as from
/// [`crate::curves()`].
pub(crate) fn methods_chart(
    points: &[CurvePoint],
    gaps: &Gaps,
    measure: &Measure,
    caption: &Caption,
) -> Option<Chart> {
    let of_metric = || points.iter().filter(|point| point.metric == measure.metric);
    let split = &of_metric().next()?.split;
    let shown: Vec<&CurvePoint> = of_metric().filter(|point| point.split == *split).collect();
    let main = main_curves(of_metric().map(|point| (point.method.as_str(), point.variant.as_str())));
    let is_main = |point: &CurvePoint| main.contains(&(point.method.as_str(), point.variant.as_str()));
    let mut others: Vec<(&str, &str)> = shown
        .iter()
        .filter(|point| !is_main(point))
        .map(|point| (point.method.as_str(), point.variant.as_str()))
        .collect();
    others.sort_by_key(|&(method, variant)| (curve_rank(method, variant), method, variant));
    others.dedup();
    let first = shown.first().filter(|_| !others.is_empty())?;

    let pruned = || shown.iter().filter(|point| point.method != DENSE);
    let least = pruned().map(|point| point.k_low).min()?;
    let asked = pruned().filter(|point| point.is_exact()).map(|point| point.k_low);
    let heads = HeadsAxis::new(first.n_heads, asked, least);
    let values = ValueAxis::new(shown.iter().copied(), measure.factor, measure.maximum);
    let legend = [(DENSE, "")].into_iter().chain(others.iter().copied());
    let legend: Vec<(&str, &str)> = legend.collect();
    let curves = |entry: usize, look: Look, of: (&str, &str)| -> Vec<ChartCurve> {
        let own = shown
            .iter()
            .filter(|point| (point.method.as_str(), point.variant.as_str()) == of);
        let marks: Vec<Mark> = own.map(|point| Mark::of(point, measure.factor)).collect();
        let pieces = gaps.pieces(of, &marks, |mark| mark.x).into_iter();
        pieces.map(|marks| ChartCurve { entry, look, marks }).collect()
    };
    let behind: Vec<ChartCurve> = main
        .iter()
        .filter(|(method, _)| *method != DENSE)
        .flat_map(|curve| curves(0, Look::Behind, *curve))
        .collect();
    let dense = shown.iter().find(|point| point.method == DENSE);
    let panel = |(entry, other): (usize, &(&str, &str))| {
        let own = curves(entry, Look::Joined, *other);
        ChartPanel {
            title: curve_name(other.0, other.1),
            x: Scale::heads(heads.clone()),
            y: Scale::score(measure.label(), values.clone(), measure.maximum),
            levels: dense
                .map(|dense| (0, Mark::of(dense, measure.factor)))
                .into_iter()
                .collect(),
            curves: behind.iter().cloned().chain(own).collect(),
        }
    };
    let panels = legend.iter().enumerate().skip(1).map(panel).collect();
    let seeds = seed_count(pruned().map(|point| point.n));
    let entries = legend
        .iter()
        .zip(styles(&legend))
        .map(|((method, variant), style)| Entry {
            name: curve_name(method, variant),
            style,
            is_listed: *method == DENSE && dense.is_some(),
            is_level: *method == DENSE,
            is_main: true,
        });
    let chart = Chart {
        stem: format!("{}_methods", measure.file_stem),
        title: caption.heading(&format!(
            "{} against attention heads kept, {split}: further methods",
            measure.name
        )),
        subtitle: format!(
            "Mean over {seeds}, bars: 95 % Student t-intervals over seeds; grey: the curves of the main figure"
        ),
        legend: entries.collect(),
        columns: 3,
        bars: T_INTERVAL,
        sets_apart: false,
        panels,
    };
    Some(chart.with_notes())
}
