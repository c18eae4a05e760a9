//! A small Markdown table of means and intervals, for the end of a command and for a README.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

use crate::curves::{CurvePoint, MEAN_OF_DRAWS, curves};
use crate::figure::{curve_name, curve_rank};
use crate::{Caption, MEASURES, Measure, ReportError, ResultRow};

/// More columns of heads than this, and methods become the columns.
const WIDEST: usize = 8;

/// Markdown tables of mean ± half the 95 % interval over seeds, one for each metric and split (matched first).
///
/// # Errors
/// The rows cannot share a table, see [`curves`].
pub fn summary_table(rows: &[ResultRow], caption: &Caption) -> Result<String, ReportError> {
    let points = curves(rows, caption.corpus.as_deref())?;
    let mut text = String::new();
    for measure in MEASURES {
        let of_metric: Vec<&CurvePoint> = points
            .iter()
            .filter(|point| point.metric == measure.metric)
            .collect();
        for split in of_metric.chunk_by(|a, b| a.split == b.split) {
            if !text.is_empty() {
                text.push('\n');
            }
            write_table(&mut text, split, measure, caption);
        }
    }
    Ok(text)
}

fn write_table(text: &mut String, points: &[&CurvePoint], measure: Measure, caption: &Caption) {
    let heads: BTreeSet<u32> = points.iter().map(|point| point.k).collect();
    let methods: BTreeSet<_> = points
        .iter()
        .map(|point| {
            (
                curve_rank(&point.method, &point.variant),
                &point.method,
                &point.variant,
            )
        })
        .collect();
    let cells: BTreeMap<_, String> = points
        .iter()
        .map(|point| {
            (
                (&point.method, &point.variant, point.k),
                cell(point, measure.factor),
            )
        })
        .collect();
    let cell_of = |method: &String, variant: &String, k: u32| {
        cells
            .get(&(method, variant, k))
            .cloned()
            .unwrap_or_else(|| "–".into())
    };
    let Some(first) = points.first() else { return };
    let subject = format!(
        "{} by attention heads kept (of {}), {}",
        measure.label(),
        first.n_heads,
        first.split
    );

    let mut table: Vec<Vec<String>> = vec![
        std::iter::once("heads kept".to_owned())
            .chain(heads.iter().map(u32::to_string))
            .collect(),
    ];
    for (_, method, variant) in methods {
        let cells = heads.iter().map(|&k| cell_of(method, variant, k));
        table.push(
            std::iter::once(curve_name(method, variant))
                .chain(cells)
                .collect(),
        );
    }
    if heads.len() > WIDEST {
        table = transpose(&table);
    }
    // Infallible: a String takes whatever is written to it.
    let _ = writeln!(text, "{}\n", sentence(&caption.heading(&subject), points));
    let widths: Vec<usize> = transpose(&table)
        .iter()
        .map(|column| {
            column
                .iter()
                .map(|cell| cell.chars().count())
                .max()
                .unwrap_or(0)
                .max(3)
        })
        .collect();
    for (i, row) in table.iter().enumerate() {
        for (cell, &width) in row.iter().zip(&widths) {
            let _ = write!(text, "| {cell:width$} ");
        }
        text.push_str("|\n");
        if i == 0 {
            for (column, &width) in widths.iter().enumerate() {
                // Names to the left, numbers to the right.
                let _ = write!(
                    text,
                    "|{}{}",
                    "-".repeat(width + 1),
                    if column == 0 { '-' } else { ':' }
                );
            }
            text.push_str("|\n");
        }
    }
}

/// The heading in bold, and what its cells are.
fn sentence(heading: &str, points: &[&CurvePoint]) -> String {
    let seeds = seed_count(points.iter().map(|point| point.n));
    let cells = if points.iter().any(|point| point.ci_low.is_some()) {
        format!("Mean ± half the 95 % t-interval over {seeds}.")
    } else {
        format!("Mean of {seeds}, so no interval.")
    };
    let draws = if points.iter().any(|point| point.variant == MEAN_OF_DRAWS) {
        " Random subsets: mean over the draws of each seed."
    } else {
        ""
    };
    format!("**{heading}.** {cells}{draws}")
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

fn cell(point: &CurvePoint, factor: f64) -> String {
    let mean = point.mean * factor;
    match (point.ci_low, point.ci_high) {
        (Some(low), Some(high)) => format!("{mean:.1} ± {:.1}", (high - low) / 2.0 * factor),
        _ => format!("{mean:.1}"),
    }
}

fn transpose(table: &[Vec<String>]) -> Vec<Vec<String>> {
    let columns = table.first().map_or(0, Vec::len);
    (0..columns)
        .map(|column| table.iter().filter_map(|row| row.get(column).cloned()).collect())
        .collect()
}
