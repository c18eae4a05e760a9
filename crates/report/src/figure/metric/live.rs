//! The figure of a metric as panels of a chart, for a page.

use super::{Marked, MetricFigure, Other, Panel};
use crate::figure::chart::{Chart, ChartCurve, ChartPanel, Entry, Look, Mark, Scale, T_INTERVAL};
use crate::figure::style::{DENSE, PUBLISHED};

/// The figure's curves, with dense as a level and what others have published as entries of their own.
pub(super) fn chart(figure: &MetricFigure) -> Chart {
    let mut legend: Vec<Entry> = figure
        .legend
        .iter()
        .zip(&figure.is_main)
        .map(|((name, style), is_main)| Entry {
            name: name.clone(),
            style: *style,
            is_listed: true,
            is_level: name == DENSE,
            is_main: *is_main,
        })
        .collect();
    let panels = figure.panels.iter().map(|of| panel(figure, of, &mut legend));
    let panels = panels.collect();
    Chart {
        stem: figure.measure.file_stem.to_owned(),
        title: figure.title.clone(),
        subtitle: figure.subtitle.clone(),
        legend,
        panels,
        columns: 2,
        bars: T_INTERVAL,
        sets_apart: true,
    }
}

fn panel(figure: &MetricFigure, panel: &Panel, legend: &mut Vec<Entry>) -> ChartPanel {
    let dense = figure.legend.iter().position(|(name, _)| name == DENSE);
    let mut curves = Vec::new();
    // The legend's first on top.
    for (entry, points) in panel.curves.iter().rev() {
        let of = |look, marks| ChartCurve {
            entry: *entry,
            look,
            marks,
        };
        let seeds = points.iter().flat_map(|point| &point.seeds);
        // Beyond the axis a seed would stand at a wrong place.
        let held = seeds.filter(|(_, value)| figure.values.holds(*value));
        let seeds: Vec<Mark> = held.map(|&(k, value)| Mark::at(k, value)).collect();
        if !seeds.is_empty() {
            curves.push(of(Look::Seeds, seeds));
        }
        curves.push(of(Look::Joined, points.iter().map(mark).collect()));
    }
    for Other { k, value, source } in &panel.published {
        if figure.values.holds(*value) {
            curves.push(ChartCurve {
                entry: published(source, legend),
                look: Look::Marks,
                marks: vec![Mark::at(*k, *value)],
            });
        }
    }
    ChartPanel {
        title: panel.split.clone(),
        x: Scale::heads(figure.heads.clone()).with_removed(),
        y: Scale::score(
            figure.measure.label(),
            figure.values.clone(),
            figure.measure.maximum,
        ),
        levels: dense
            .zip(panel.dense.as_ref())
            .map(|(place, dense)| (place, mark(dense)))
            .into_iter()
            .collect(),
        curves,
    }
}

/// The place in the legend of what one source has published of one method.
fn published(source: &str, legend: &mut Vec<Entry>) -> usize {
    let name = format!("published, {source}");
    if let Some(place) = legend.iter().position(|entry| entry.name == name) {
        return place;
    }
    legend.push(Entry {
        name,
        style: PUBLISHED,
        is_listed: true,
        is_level: false,
        is_main: true,
    });
    legend.len() - 1
}

fn mark(point: &Marked) -> Mark {
    Mark {
        x: point.k,
        y: point.mean,
        interval: point.interval,
        runs: Some(point.runs),
    }
}
