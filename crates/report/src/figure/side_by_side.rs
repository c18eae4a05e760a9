//! The figure side_by_side: the curves of two sweeps in two panels with one axis of values.

use super::axis::{HeadsAxis, ValueAxis};
use super::chart::{Chart, ChartCurve, ChartPanel, Entry, Look, Mark, Scale, T_INTERVAL};
use super::main_curves::main_curves;
use super::style::{DENSE, curve_name, styles};
use crate::curves::CurvePoint;
use crate::gaps::Gaps;
use crate::measure::MEASURES;

/// The curves of the first metric and split that both sweeps have; none where they have none in common. `names` say which is
/// which.
pub(crate) fn side_by_side_chart(sweeps: [(&[CurvePoint], &Gaps); 2], names: &[String; 2]) -> Option<Chart> {
    let [(first, _), (second, _)] = sweeps;
    let has = |points: &[CurvePoint], metric: &str, split: &str| {
        points
            .iter()
            .any(|point| point.metric == metric && point.split == split)
    };
    let (measure, split) = MEASURES.iter().find_map(|measure| {
        let of_metric = first.iter().filter(|point| point.metric == measure.metric);
        let mut common = of_metric.filter(|point| has(second, measure.metric, &point.split));
        Some((measure, common.next()?.split.as_str()))
    })?;
    let shown = sweeps.map(|(points, gaps)| -> (Vec<&CurvePoint>, &Gaps) {
        let of_split = points.iter();
        let of_split = of_split.filter(|point| point.metric == measure.metric && point.split == split);
        (of_split.collect(), gaps)
    });
    let all = || shown.iter().flat_map(|(points, _)| points.iter().copied());
    let curves = main_curves(all().map(|point| (point.method.as_str(), point.variant.as_str())));
    let values = ValueAxis::new(all(), measure.factor, measure.maximum);
    let panel = |points: &[&CurvePoint], gaps: &Gaps, title: &str| {
        let n_heads = points.first()?.n_heads;
        let pruned = || points.iter().filter(|point| point.method != DENSE);
        let asked = pruned().filter(|point| point.is_exact()).map(|point| point.k_low);
        let least = pruned().map(|point| point.k_low).min().unwrap_or(n_heads);
        let curve = |(entry, name): (usize, &(&str, &str))| {
            let own = points
                .iter()
                .filter(|point| (point.method.as_str(), point.variant.as_str()) == *name);
            let marks: Vec<Mark> = own.map(|point| Mark::of(point, measure.factor)).collect();
            let pieces = gaps.pieces(*name, &marks, |mark| mark.x).into_iter();
            pieces.map(move |marks| ChartCurve {
                entry,
                look: Look::Joined,
                marks,
            })
        };
        let pruned_curves = curves.iter().enumerate().filter(|(_, name)| name.0 != DENSE);
        let dense = points.iter().find(|point| point.method == DENSE);
        let place = curves.iter().position(|(method, _)| *method == DENSE);
        Some(ChartPanel {
            title: title.to_owned(),
            x: Scale::heads(HeadsAxis::new(n_heads, asked, least)),
            y: Scale::values(measure.label(), values.clone()),
            levels: place
                .zip(dense.map(|dense| Mark::of(dense, measure.factor)))
                .into_iter()
                .collect(),
            curves: pruned_curves.rev().flat_map(curve).collect(),
        })
    };
    let panels = shown.iter().zip(["A", "B"]);
    let legend = curves
        .iter()
        .zip(styles(&curves))
        .map(|((method, variant), style)| Entry {
            name: curve_name(method, variant),
            style,
            is_listed: true,
            is_level: *method == DENSE,
            is_main: true,
        });
    let chart = Chart {
        stem: "side_by_side".into(),
        title: format!("{} of two sweeps, {split}", measure.name),
        subtitle: format!(
            "{}. {}. Bars: 95 % Student t-intervals over seeds",
            names[0], names[1]
        ),
        legend: legend.collect(),
        columns: 2,
        bars: T_INTERVAL,
        sets_apart: false,
        panels: panels
            .filter_map(|((points, gaps), title)| panel(points, gaps, title))
            .collect(),
    };
    Some(chart.with_notes())
}
