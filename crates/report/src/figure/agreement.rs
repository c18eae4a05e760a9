//! The figure mask_agreement: how far seeds agree on which heads to keep, against chance.

use plotters::style::RGBColor;
use records::Caption;

use super::axis::{HeadsAxis, ValueAxis};
use super::chart::{Chart, ChartCurve, ChartPanel, Entry, Look, Mark, Scale};
use super::style::{BLUE, DENSE, Line, ORANGE, Shape, Style, curve_name, curve_rank};
use crate::gaps::Gaps;
use crate::stability::Stability;

const GREY: RGBColor = RGBColor(130, 130, 130);

/// A panel a method; none where no method has two seeds. `rows` as from [`crate::stability()`].
pub(crate) fn agreement_chart(rows: &[Stability], gaps: &Gaps, caption: &Caption) -> Option<Chart> {
    let is_shown = |row: &&Stability| row.method != DENSE && row.mean_overlap.is_some();
    let mut shown: Vec<&Stability> = rows.iter().filter(is_shown).collect();
    // Stable, so that the numbers of heads keep their order.
    shown.sort_by_key(|row| (curve_rank(&row.method, &row.variant), &row.method, &row.variant));
    let n_heads = shown.first()?.n_heads;
    let heads = HeadsAxis::new(
        n_heads,
        shown
            .iter()
            .filter(|row| row.setting.is_empty() && row.k_low == row.k_high)
            .map(|row| row.k_low),
        shown.iter().map(|row| row.k_low).min()?,
    );
    let panel = |method: &[&Stability]| {
        let first = method.first()?;
        let curve = |entry, value: fn(&Stability) -> Option<f64>, range: bool| {
            let mark = |row: &&Stability| {
                Some(Mark {
                    x: row.k,
                    y: value(row)?,
                    interval: row.min_overlap.zip(row.max_overlap).filter(|_| range),
                    runs: None,
                })
            };
            let marks: Vec<Mark> = method.iter().filter_map(mark).collect();
            let pieces = gaps.pieces((&first.method, &first.variant), &marks, |mark| mark.x);
            pieces.into_iter().map(move |marks| ChartCurve {
                entry,
                look: Look::Joined,
                marks,
            })
        };
        let chance = curve(2, |row| row.chance_overlap, false);
        let in_modules = curve(1, |row| row.chance_in_modules, false);
        let seeds = curve(0, |row| row.mean_overlap, true);
        Some(ChartPanel {
            title: curve_name(&first.method, &first.variant),
            x: Scale::heads(heads.clone()),
            y: Scale::values("overlap", ValueAxis::covering([0.0, 1.0].into_iter(), 1.0)),
            levels: Vec::new(),
            curves: chance.chain(in_modules).chain(seeds).collect(),
        })
    };
    let panels: Vec<ChartPanel> = shown
        .chunk_by(|a, b| (&a.method, &a.variant) == (&b.method, &b.variant))
        .filter_map(panel)
        .collect();
    let entry = |name: &str, colour, shape, line| Entry {
        name: name.to_owned(),
        style: Style {
            colour,
            shape,
            hollow: shape != Shape::Circle,
            line,
        },
        is_listed: true,
        is_level: false,
        is_main: true,
    };
    let chart = Chart {
        stem: "mask_agreement".into(),
        title: caption.heading("Agreement of seeds on the attention heads kept"),
        subtitle: "Overlap of the masks of two seeds: heads that both keep as a share of those that either keeps; mean over \
                   pairs, bars from least to most. By chance, given how many heads each module keeps, and given their number \
                   alone"
            .into(),
        legend: vec![
            entry("masks of two seeds", BLUE, Shape::Circle, Line::Solid),
            entry("chance within modules", ORANGE, Shape::Diamond, Line::Dashed),
            entry("chance", GREY, Shape::Square, Line::Dotted),
        ],
        columns: 3,
        bars: "least to most",
        sets_apart: false,
        panels,
    };
    Some(chart.with_notes())
}
