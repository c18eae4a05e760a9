//! The figure training_dynamics: importances, temperature, open heads and updates on the tested heads, over a training.

use plotters::style::RGBColor;
use records::Caption;

use super::axis::ValueAxis;
use super::chart::{Chart, ChartCurve, ChartPanel, Entry, Look, Mark, Scale};
use super::style::{Line, Shape, Style, VERMILION, curve_name, styles};
use crate::dynamics::{Dynamics, Piece};

const GREY: RGBColor = RGBColor(170, 170, 170);

/// The panels of `runs`, as from [`dynamics`](crate::dynamics::dynamics); none where there is no run.
pub(crate) fn dynamics_chart(runs: &[Dynamics], caption: &Caption) -> Option<Chart> {
    let first = runs.first()?;
    let names: Vec<(&str, &str)> = runs
        .iter()
        .map(|run| (run.method.as_str(), run.variant.as_str()))
        .collect();
    let mut legend: Vec<Entry> = names
        .iter()
        .zip(styles(&names))
        .map(|((method, variant), style)| entry(curve_name(method, variant), style))
        .collect();
    let importances = importances(runs, &mut legend);
    let panels = [
        importances,
        over_updates(runs, "Temperature", |piece| piece.tau, Height::Log),
        over_updates(
            runs,
            "Heads above one half",
            |piece| Some(piece.open),
            Height::From(0.0),
        ),
        over_updates(
            runs,
            "Updates on the tested heads",
            |piece| piece.tested,
            Height::Share,
        ),
    ];
    Some(Chart {
        stem: "training_dynamics".into(),
        title: caption.heading(&format!(
            "Trainings of gates with {} of {} heads, seed {}",
            first.k,
            first.kept.len().max(first.importances.len()),
            first.seed
        )),
        subtitle:
            "One run of each method; means over pieces of a hundredth of the training, some of them marked"
                .into(),
        legend,
        columns: 2,
        bars: "",
        sets_apart: false,
        panels: panels.into_iter().flatten().collect(),
    })
}

/// How the axis of values lies.
enum Height {
    From(f64),
    Share,
    Log,
}

fn entry(name: String, style: Style) -> Entry {
    Entry {
        name,
        style,
        is_listed: true,
        is_level: false,
        is_main: true,
    }
}

/// The importances of the first run that has some: those of heads that are kept over those that are not.
fn importances(runs: &[Dynamics], legend: &mut Vec<Entry>) -> Option<ChartPanel> {
    // A training that has just begun has a log without lines.
    let run = runs
        .iter()
        .find(|run| run.importances.iter().any(|of_head| !of_head.is_empty()))?;
    // No run of a method has this colour: the heads of one are not to be taken for another's curve.
    let line = |colour| Style {
        colour,
        shape: Shape::Bare,
        hollow: false,
        line: Line::Solid,
    };
    let place = legend.len();
    legend.push(entry(format!("{}: heads kept", run.method), line(VERMILION)));
    legend.push(entry("heads removed".to_owned(), line(GREY)));
    let is_kept = |head: usize| run.kept.get(head).copied().unwrap_or_default();
    let curve = |head: usize, entry: usize| ChartCurve {
        entry,
        look: Look::Line,
        marks: run
            .importances
            .get(head)
            .into_iter()
            .flatten()
            .map(|&(x, y)| Mark::at(x, y))
            .collect(),
    };
    let heads = 0..run.importances.len();
    let removed = heads
        .clone()
        .filter(|head| !is_kept(*head))
        .map(|head| curve(head, place + 1));
    let kept = heads.filter(|head| is_kept(*head)).map(|head| curve(head, place));
    let curves: Vec<ChartCurve> = removed.chain(kept).collect();
    let values = run.importances.iter().flatten();
    Some(ChartPanel {
        title: format!("Importances of {}", run.method),
        x: Scale::covering("update", values.clone().map(|(update, _)| *update)),
        y: Scale::values("importance", ValueAxis::of_all(values.map(|(_, value)| *value))),
        levels: Vec::new(),
        curves,
    })
}

fn over_updates(
    runs: &[Dynamics],
    name: &str,
    value: fn(&Piece) -> Option<f64>,
    height: Height,
) -> Option<ChartPanel> {
    let curve = |(entry, run): (usize, &Dynamics)| {
        let marks: Vec<Mark> = run
            .pieces
            .iter()
            .filter_map(|piece| Some(Mark::at(piece.update, value(piece)?)))
            .filter(|mark| mark.y.is_finite())
            .collect();
        (!marks.is_empty()).then_some(ChartCurve {
            entry,
            look: Look::Run,
            marks,
        })
    };
    let curves: Vec<ChartCurve> = runs.iter().enumerate().rev().filter_map(curve).collect();
    if curves.is_empty() {
        return None;
    }
    let marks = || curves.iter().flat_map(|curve| &curve.marks);
    let values = || marks().map(|mark| mark.y);
    Some(ChartPanel {
        title: name.to_owned(),
        x: Scale::covering("update", marks().map(|mark| mark.x)),
        y: match height {
            Height::Log => Scale::log("temperature", values()),
            Height::From(least) => Scale::covering("heads", values().chain([least])),
            Height::Share => Scale::values("share", ValueAxis::covering([0.0, 1.0].into_iter(), 1.0)),
        },
        levels: Vec::new(),
        curves,
    })
}
