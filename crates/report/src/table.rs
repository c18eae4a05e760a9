//! Markdown tables of means and intervals, for the end of a command and for a README.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

use records::{Caption, ResultRow};

use crate::ReportError;
use crate::curves::{CurvePoint, curves};
use crate::figure::{curve_name, curve_rank};
use crate::measure::{MEASURES, Measure};
use crate::setting::MEAN_OF_DRAWS;

/// Characters to a line, where the columns of heads allow it: a wider table breaks in a terminal.
const WIDEST: usize = 110;

/// Markdown tables of mean ± half the 95 % interval over seeds, for each metric of [`MEASURES`] and split (matched
/// first).
///
/// Points whose every seed kept the number of heads asked for are in a table with a column for each number, in several
/// tables of some columns where one would be too wide. The other points (a penalty factor was set, or the number was
/// not met) follow in a table of their own, with the heads that came out.
///
/// # Errors
/// The rows cannot share a table, see [`curves`].
pub fn summary_table(rows: &[ResultRow], caption: &Caption) -> Result<String, ReportError> {
    let points = curves(rows, caption.corpus.as_deref())?;
    let mut tables = Vec::new();
    for measure in MEASURES {
        let of_metric: Vec<&CurvePoint> = points
            .iter()
            .filter(|point| point.metric == measure.metric)
            .collect();
        for split in of_metric.chunk_by(|a, b| a.split == b.split) {
            let (exact, others): (Vec<&CurvePoint>, Vec<&CurvePoint>) =
                split.iter().partition(|point| point.is_exact());
            tables.extend(table_of_heads(&exact, measure, caption));
            tables.extend(table_of_settings(&others, measure, caption));
        }
    }
    Ok(tables.join("\n"))
}

/// A row a method, a column a number of heads; none without points.
fn table_of_heads(points: &[&CurvePoint], measure: Measure, caption: &Caption) -> Option<String> {
    let first = points.first()?;
    let heads: Vec<u32> = points
        .iter()
        .map(|point| point.k_low)
        .collect::<BTreeSet<_>>()
        .into_iter()
        .collect();
    let methods: BTreeSet<_> = points.iter().map(|point| place(point)).collect();
    let cells: BTreeMap<_, String> = points
        .iter()
        .map(|point| ((place(point), point.k_low), value(point, measure.factor)))
        .collect();
    let subject = format!(
        "{} by attention heads kept (of {}), {}",
        measure.label(),
        first.n_heads,
        first.split
    );
    let draws = if points.iter().any(|point| point.variant == MEAN_OF_DRAWS) {
        " Random subsets: mean over the draws of each seed."
    } else {
        ""
    };
    let mut text = format!(
        "**{}.** {}{draws}\n",
        caption.heading(&subject),
        what_is_shown(points)
    );
    for heads in blocks(&heads, &cells) {
        let mut rows = vec![
            std::iter::once("heads kept".to_owned())
                .chain(heads.iter().map(u32::to_string))
                .collect::<Vec<String>>(),
        ];
        for &method in &methods {
            let found: Vec<Option<&String>> = heads.iter().map(|&k| cells.get(&(method, k))).collect();
            // A method without a number in this part of a divided table has no line there.
            if found.iter().any(Option::is_some) {
                let shown = found
                    .into_iter()
                    .map(|cell| cell.map_or_else(|| "–".to_owned(), String::clone));
                rows.push(
                    std::iter::once(curve_name(method.1, method.2))
                        .chain(shown)
                        .collect(),
                );
            }
        }
        text.push('\n');
        write_rows(&mut text, &rows, 1);
    }
    Some(text)
}

/// Where a curve stands in a table, with its method and variant.
type Place<'a> = (usize, &'a str, &'a str);

fn place(point: &CurvePoint) -> Place<'_> {
    (
        curve_rank(&point.method, &point.variant),
        &point.method,
        &point.variant,
    )
}

/// The numbers of heads in as few parts, of about equal length, as keep a table within [`WIDEST`].
fn blocks<'a>(
    heads: &'a [u32],
    cells: &BTreeMap<(Place<'_>, u32), String>,
) -> impl Iterator<Item = &'a [u32]> {
    let widest = |texts: &mut dyn Iterator<Item = usize>| texts.max().unwrap_or(0);
    let name = widest(
        &mut cells
            .keys()
            .map(|((_, method, variant), _)| curve_name(method, variant).chars().count()),
    );
    let cell = widest(&mut cells.values().map(|cell| cell.chars().count()));
    // Each column has two blanks and a bar beside it, and the first a bar before it.
    let fitting = (WIDEST.saturating_sub(name + 4) / (cell + 3)).max(1);
    let parts = heads.len().div_ceil(fitting).max(1);
    heads.chunks(heads.len().div_ceil(parts).max(1))
}

/// A row a point, with the heads that came out of its setting; none without points.
fn table_of_settings(points: &[&CurvePoint], measure: Measure, caption: &Caption) -> Option<String> {
    let first = points.first()?;
    let mut sorted = points.to_vec();
    sorted.sort_by_key(|point| place(point));
    let subject = format!(
        "{} where the attention heads kept (of {}) are what came out, {}",
        measure.label(),
        first.n_heads,
        first.split
    );
    let mut rows = vec![
        ["method", "setting", "heads kept", &measure.label()]
            .map(str::to_owned)
            .to_vec(),
    ];
    rows.extend(sorted.iter().map(|point| {
        vec![
            curve_name(&point.method, &point.variant),
            point
                .k_target
                .map_or_else(|| point.setting.clone(), |k| format!("K={k}")),
            heads_kept(point),
            value(point, measure.factor),
        ]
    }));
    let spread = if points.iter().any(|point| point.k_low < point.k_high) {
        " Heads kept: mean over seeds (fewest–most)."
    } else {
        ""
    };
    let mut text = format!(
        "**{}.** {}{spread}\n\n",
        caption.heading(&subject),
        what_is_shown(points)
    );
    write_rows(&mut text, &rows, 2);
    Some(text)
}

/// `6`, or `5.7 (5–6)` where seeds differ.
fn heads_kept(point: &CurvePoint) -> String {
    if point.k_low == point.k_high {
        point.k_low.to_string()
    } else {
        format!("{:.1} ({}–{})", point.k, point.k_low, point.k_high)
    }
}

/// A Markdown table under its first row; the first `names` columns to the left, numbers to the right.
fn write_rows(text: &mut String, rows: &[Vec<String>], names: usize) {
    let mut widths: Vec<usize> = Vec::new();
    for row in rows {
        widths.resize(widths.len().max(row.len()), 3);
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = cell.chars().count().max(*width);
        }
    }
    // Infallible: a String takes whatever is written to it.
    for (i, row) in rows.iter().enumerate() {
        for (cell, &width) in row.iter().zip(&widths) {
            let _ = write!(text, "| {cell:width$} ");
        }
        text.push_str("|\n");
        if i == 0 {
            for (column, &width) in widths.iter().enumerate() {
                let end = if column < names { '-' } else { ':' };
                let _ = write!(text, "|{}{end}", "-".repeat(width + 1));
            }
            text.push_str("|\n");
        }
    }
}

/// What the cells are.
fn what_is_shown(points: &[&CurvePoint]) -> String {
    let seeds = seed_count(points.iter().map(|point| point.n));
    if points.iter().any(|point| point.ci_low.is_some()) {
        format!("Mean ± half the 95 % t-interval over {seeds}.")
    } else {
        format!("Mean of {seeds}, so no interval.")
    }
}

/// `3 seeds`, `1 to 3 seeds`, `1 seed`.
pub(crate) fn seed_count(counts: impl Iterator<Item = usize> + Clone) -> String {
    let (least, most) = (counts.clone().min().unwrap_or(0), counts.max().unwrap_or(0));
    let noun = if most == 1 { "seed" } else { "seeds" };
    if least == most {
        format!("{most} {noun}")
    } else {
        format!("{least} to {most} {noun}")
    }
}

fn value(point: &CurvePoint, factor: f64) -> String {
    let mean = point.mean * factor;
    match (point.ci_low, point.ci_high) {
        (Some(low), Some(high)) => format!("{mean:.1} ± {:.1}", (high - low) / 2.0 * factor),
        _ => format!("{mean:.1}"),
    }
}
