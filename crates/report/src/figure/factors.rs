//! The figure penalty_factors: how many heads each penalty factor leaves.

use std::collections::BTreeSet;

use records::{Caption, LAMBDA};

use super::axis::ValueAxis;
use super::chart::{Chart, ChartCurve, ChartPanel, Entry, Look, Mark, Runs, Scale};
use super::style::{curve_name, curve_rank, styles};
use crate::curves::CurvePoint;

/// One panel of all methods that have factors; none where there is none. `points` as from [`crate::curves()`].
pub(crate) fn factors_chart(points: &[CurvePoint], caption: &Caption) -> Option<Chart> {
    let factor = |point: &CurvePoint| point.setting.strip_prefix(LAMBDA)?.parse::<f64>().ok();
    let with_factor = points.iter().filter(|point| factor(point).is_some());
    let first = with_factor.clone().next()?;
    // The heads are the same for every metric and split.
    let shown: Vec<&CurvePoint> = with_factor
        .filter(|point| (&point.metric, &point.split) == (&first.metric, &first.split))
        .collect();
    let names: BTreeSet<(usize, &str, &str)> = shown
        .iter()
        .map(|point| {
            let rank = curve_rank(&point.method, &point.variant);
            (rank, point.method.as_str(), point.variant.as_str())
        })
        .collect();
    let names: Vec<(&str, &str)> = names
        .into_iter()
        .map(|(_, method, variant)| (method, variant))
        .collect();
    let curve = |(entry, name): (usize, &(&str, &str))| {
        let own = shown
            .iter()
            .filter(|point| (point.method.as_str(), point.variant.as_str()) == *name);
        let mut marks: Vec<Mark> = own
            .filter_map(|point| {
                Some(Mark {
                    x: factor(point)?,
                    y: point.k,
                    interval: (point.k_low < point.k_high)
                        .then(|| (f64::from(point.k_low), f64::from(point.k_high))),
                    runs: Some(Runs::of(point)),
                })
            })
            .collect();
        marks.sort_by(|a, b| a.x.total_cmp(&b.x));
        ChartCurve {
            entry,
            look: Look::Joined,
            marks,
        }
    };
    let heads = f64::from(first.n_heads);
    let legend = names
        .iter()
        .zip(styles(&names))
        .map(|((method, variant), style)| Entry {
            name: curve_name(method, variant),
            style,
            is_listed: true,
            is_level: false,
            is_main: true,
        });
    Some(Chart {
        stem: "penalty_factors".into(),
        title: caption.heading("Attention heads kept by factor of the penalty"),
        subtitle: "Mean over seeds, bars from fewest to most".into(),
        legend: legend.collect(),
        columns: 1,
        bars: "fewest to most",
        sets_apart: false,
        panels: vec![ChartPanel {
            title: format!("Heads kept of {}", first.n_heads),
            x: Scale::log(
                "factor of the penalty",
                shown.iter().filter_map(|point| factor(point)),
            ),
            y: Scale::values(
                "heads kept",
                ValueAxis::covering([0.0, heads].into_iter(), f64::INFINITY),
            ),
            levels: Vec::new(),
            curves: names.iter().enumerate().rev().map(curve).collect(),
        }],
    })
}
