//! The figure efficiency: what a model is worth, its parameters, multiply-adds and time against the heads kept, and its worth
//! against its time.

use std::collections::BTreeSet;

use records::{Caption, LatencyKind};

use super::axis::{HeadsAxis, ValueAxis};
use super::chart::{Chart, ChartCurve, ChartPanel, Entry, Look, Mark, Scale};
use super::main_curves::main_curves;
use super::style::{DENSE, curve_name, styles};
use crate::efficiency::{Efficiency, Time};
use crate::gaps::Gaps;
use crate::measure::{MEASURES, Measure};
use crate::table::seed_count;

/// The axis of times ends here at most, as a multiple of the largest median.
const MOST_OF_MEDIAN: f64 = 2.0;

/// What was timed where: device, threads, batch and length.
type Condition<'a> = (&'a str, u32, u32, u32);

/// The figure of the first metric and split of `rows`, as from [`efficiency`](crate::efficiency()); none where there is none.
pub(crate) fn efficiency_chart(rows: &[Efficiency], gaps: &Gaps, caption: &Caption) -> Option<Chart> {
    let (measure, first) = MEASURES
        .iter()
        .find_map(|measure| Some((measure, rows.iter().find(|row| row.metric == measure.metric)?)))?;
    let mut shown: Vec<&Efficiency> = rows
        .iter()
        .filter(|row| (&row.metric, &row.split) == (&first.metric, &first.split))
        .collect();
    let names = main_curves(
        shown
            .iter()
            .map(|row| (row.method.as_str(), row.variant.as_str())),
    );
    shown.retain(|row| names.contains(&(&row.method, &row.variant)));
    let plot = Panels {
        rows: &shown,
        names: &names,
        gaps,
        heads: heads_axis(&shown)?,
    };
    let conditions: BTreeSet<Condition<'_>> = shown.iter().filter_map(|row| condition(row)).collect();
    let mut panels = vec![plot.quality(measure)];
    panels.extend(plot.cost("Parameters", |row| Some(row.params)));
    panels.extend(plot.cost("Multiply-adds", |row| row.macs));
    let columns = panels.len();
    if let Some(condition) = conditions.first() {
        panels.extend(plot.time(*condition));
        panels.extend(plot.quality_against_time(*condition, measure));
    }
    let legend = names
        .iter()
        .zip(styles(&names))
        .map(|((method, variant), style)| Entry {
            name: curve_name(method, variant),
            style,
            is_listed: true,
            is_level: *method == DENSE,
            is_main: true,
        });
    let chart = Chart {
        stem: "efficiency".into(),
        title: caption.heading(&format!(
            "{} and cost of attention heads, {}",
            measure.name, first.split
        )),
        subtitle: subtitle(&shown, &conditions),
        legend: legend.collect(),
        columns,
        bars: "interval of the median",
        sets_apart: true,
        panels,
    };
    Some(chart.with_notes())
}

fn heads_axis(rows: &[&Efficiency]) -> Option<HeadsAxis> {
    let n_heads = rows.first()?.n_heads;
    let pruned = || rows.iter().filter(|row| row.method != DENSE);
    let asked = pruned().filter(|row| row.setting.is_empty() && row.k.fract() == 0.0);
    let least = pruned().map(|row| row.k as u32).min().unwrap_or(n_heads);
    Some(HeadsAxis::new(n_heads, asked.map(|row| row.k as u32), least))
}

fn condition(row: &Efficiency) -> Option<Condition<'_>> {
    let time = row.time.as_ref()?;
    Some((&time.device, time.threads, time.batch, time.length))
}

/// What all panels are made of.
struct Panels<'a> {
    rows: &'a [&'a Efficiency],
    names: &'a [(&'a str, &'a str)],
    gaps: &'a Gaps,
    heads: HeadsAxis,
}

impl Panels<'_> {
    fn quality(&self, measure: &Measure) -> ChartPanel {
        let values = self
            .rows
            .iter()
            .filter_map(|row| Some(row.mean? * measure.factor));
        ChartPanel {
            title: measure.name.to_owned(),
            x: Scale::heads(self.heads.clone()),
            y: Scale::score(
                measure.label(),
                ValueAxis::covering(values, measure.maximum),
                measure.maximum,
            ),
            levels: self.levels(|row| Some(row.mean? * measure.factor)),
            curves: self.curves(Look::Joined, |row| {
                Some(Mark::at(row.k, row.mean? * measure.factor))
            }),
        }
    }

    /// A cost against the heads kept; `None` where no row has it.
    fn cost(&self, name: &str, value: fn(&Efficiency) -> Option<f64>) -> Option<ChartPanel> {
        let values: Vec<f64> = self.rows.iter().filter_map(|row| value(row)).collect();
        if values.is_empty() {
            return None;
        }
        Some(ChartPanel {
            title: name.to_owned(),
            x: Scale::heads(self.heads.clone()),
            // From 0: a share of the whole is what is to be seen.
            y: Scale::covering(name, values.into_iter().chain([0.0])),
            levels: self.levels(value),
            curves: self.curves(Look::Joined, |row| Some(Mark::at(row.k, value(row)?))),
        })
    }

    fn time(&self, of: Condition<'_>) -> Option<ChartPanel> {
        let timed = |row: &Efficiency, kind: LatencyKind| time(row, of, kind).map(|time| timed(row.k, time));
        let removed = self.curves(Look::Joined, |row| timed(row, LatencyKind::Removed));
        let mut curves = self.curves(Look::Pale, |row| timed(row, LatencyKind::Masked));
        curves.extend(removed);
        let dense = self.levels(|row| Some(time(row, of, LatencyKind::Dense)?.ms));
        if curves.is_empty() {
            return None;
        }
        let marks = || curves.iter().flat_map(|curve| &curve.marks);
        let medians = marks()
            .map(|mark| mark.y)
            .chain(dense.iter().map(|(_, mark)| mark.y));
        let most = medians.fold(0.0, f64::max);
        // Of the pale marks no interval is drawn.
        let drawn = curves.iter().filter(|curve| curve.look == Look::Joined);
        let intervals = drawn
            .flat_map(|curve| &curve.marks)
            .filter_map(|mark| mark.interval);
        let high = intervals.map(|(_, high)| high).fold(most, f64::max);
        // One disturbed run must not flatten the panel: its bar is cut at the edge.
        let values = [0.0, high.min(MOST_OF_MEDIAN * most)].into_iter();
        Some(ChartPanel {
            title: "Time of a batch".to_owned(),
            x: Scale::heads(self.heads.clone()),
            y: Scale::covering("ms for a batch", values),
            levels: dense,
            curves,
        })
    }

    fn quality_against_time(&self, of: Condition<'_>, measure: &Measure) -> Option<ChartPanel> {
        let at = |row: &Efficiency, kind: LatencyKind| {
            Some(Mark::at(time(row, of, kind)?.ms, row.mean? * measure.factor))
        };
        let mut curves = self.curves(Look::Joined, |row| at(row, LatencyKind::Removed));
        if curves.is_empty() {
            return None;
        }
        curves.extend(self.all_curves(Look::Marks, |row| at(row, LatencyKind::Dense)));
        let marks = || curves.iter().flat_map(|curve| &curve.marks);
        Some(ChartPanel {
            title: format!("{} against time", measure.name),
            x: Scale::covering("ms for a batch", marks().map(|mark| mark.x)),
            y: Scale::score(
                measure.label(),
                ValueAxis::covering(marks().map(|mark| mark.y), measure.maximum),
                measure.maximum,
            ),
            levels: Vec::new(),
            curves,
        })
    }

    /// The value of the model with all heads.
    fn levels(&self, value: impl Fn(&Efficiency) -> Option<f64>) -> Vec<(usize, Mark)> {
        let dense = self.names.iter().position(|(method, _)| *method == DENSE);
        let mut rows = self.rows.iter().filter(|row| row.method == DENSE);
        let level = dense.zip(rows.find_map(|row| Some(Mark::at(row.k, value(row)?))));
        level.into_iter().collect()
    }

    /// The curves of all methods but dense; the legend's first on top.
    fn curves(&self, look: Look, at: impl Fn(&Efficiency) -> Option<Mark>) -> Vec<ChartCurve> {
        let mut curves = self.all_curves(look, at);
        curves.retain(|curve| {
            self.names
                .get(curve.entry)
                .is_some_and(|(method, _)| *method != DENSE)
        });
        curves
    }

    fn all_curves(&self, look: Look, at: impl Fn(&Efficiency) -> Option<Mark>) -> Vec<ChartCurve> {
        let of = |(entry, name): (usize, &(&str, &str))| {
            let rows = self
                .rows
                .iter()
                .filter(|row| (row.method.as_str(), row.variant.as_str()) == *name);
            let mut marks: Vec<(f64, Mark)> = rows.filter_map(|row| Some((row.k, at(row)?))).collect();
            // A model that was timed in several ways has a row for each.
            marks.dedup();
            let pieces = self.gaps.pieces(*name, &marks, |(k, _)| *k).into_iter();
            pieces.map(move |piece| ChartCurve {
                entry,
                look,
                marks: piece.into_iter().map(|(_, mark)| mark).collect(),
            })
        };
        self.names.iter().enumerate().rev().flat_map(of).collect()
    }
}

fn timed(k: f64, time: &Time) -> Mark {
    Mark {
        x: k,
        y: time.ms,
        interval: Some((time.ms_low, time.ms_high)),
        runs: None,
    }
}

/// The time of a row, if it is that of this kind in this condition.
fn time<'a>(row: &'a Efficiency, of: Condition<'_>, kind: LatencyKind) -> Option<&'a Time> {
    let time = row.time.as_ref()?;
    (condition(row) == Some(of) && time.kind == kind).then_some(time)
}

fn subtitle(rows: &[&Efficiency], conditions: &BTreeSet<Condition<'_>>) -> String {
    let seeds = seed_count(rows.iter().map(|row| row.n));
    let mut text = format!("Mean over {seeds}");
    let Some(&(device, threads, batch, length)) = conditions.first() else {
        text.push_str("; no times: headcount bench latency measures them");
        return text;
    };
    let has = |kind| {
        rows.iter()
            .any(|row| row.time.as_ref().is_some_and(|time| time.kind == kind))
    };
    let noun = if threads == 1 { "thread" } else { "threads" };
    text.push_str(&format!(
        "; times on {device}, {threads} {noun}, batches of {batch} × {length} tokens"
    ));
    if conditions.len() > 1 {
        text.push_str(&format!(
            " (one of {} such settings, all in efficiency.csv)",
            conditions.len()
        ));
    }
    if has(LatencyKind::Removed) {
        text.push_str(", of models without the pruned heads, bars: intervals of the median");
    }
    if has(LatencyKind::Masked) {
        text.push_str("; pale: pruned heads computed and masked");
    }
    text
}
