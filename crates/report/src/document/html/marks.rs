//! What a panel of the page shows: levels, curves, single seeds and marks, each mark with its values.

use std::fmt::Write;

use super::ink::{colour, dashes, mark, tipped};
use super::plot::{LEFT, Plot, RIGHT, WIDTH};
use super::tip::tip;
use crate::figure::{Chart, ChartCurve, Entry, Look, Mark};

/// Between marks that would lie on top of each other.
const SIDESTEP: f64 = 7.0;
/// Half of a bar's end.
const END: f64 = 2.5;

/// The level of the model with all heads, within its interval.
pub(super) fn level_of(
    text: &mut String,
    plot: &Plot<'_>,
    chart: &Chart,
    (place, entry): (usize, &Entry),
    level: &Mark,
) {
    let (y, right) = (plot.y(level.y), WIDTH - RIGHT);
    text.push_str(&group(place, entry, ""));
    // Infallible, here and below: a String takes whatever is written to it.
    if let Some((low, high)) = level.interval {
        let (low, high) = (plot.y(low), plot.y(high));
        let _ = write!(
            text,
            "<rect x=\"{LEFT}\" width=\"{}\" y=\"{high:.1}\" height=\"{:.1}\" fill=\"{}\" opacity=\"0.1\"/>",
            right - LEFT,
            low - high,
            colour(entry.style)
        );
    }
    let _ = write!(
        text,
        "<line{} x1=\"{LEFT}\" x2=\"{right}\" y1=\"{y:.1}\" y2=\"{y:.1}\" stroke=\"{}\" stroke-width=\"2.5\" \
         stroke-dasharray=\"9 5\"/></g>",
        tipped(" level", &tip(chart, plot.panel, &entry.name, level)),
        colour(entry.style)
    );
}

/// The group of a curve, hidden until a reader asks for it if it is none of the main ones. What is in a `set` moves aside
/// from other curves that are shown.
fn group(place: usize, entry: &Entry, set: &str) -> String {
    let hidden = if entry.is_main { "" } else { "hidden" };
    format!(
        "<g data-curve=\"{place}\" class=\"{}\">",
        format!("{set} {hidden}").trim()
    )
}

/// A curve, or a piece of one.
pub(super) fn curve_of(text: &mut String, plot: &Plot<'_>, chart: &Chart, curve: &ChartCurve, entry: &Entry) {
    let colour = colour(entry.style);
    let at = |mark: &Mark| (plot.x(mark.x), plot.y(mark.y));
    let line: Vec<String> = curve
        .marks
        .iter()
        .map(|mark| {
            let (x, y) = at(mark);
            format!("{x:.1},{y:.1}")
        })
        .collect();
    let line = line.join(" ");
    text.push_str(&match curve.look {
        // What stands behind belongs to no entry of the legend.
        Look::Behind => "<g>".to_owned(),
        Look::Marks => group(curve.entry, entry, ""),
        Look::Run | Look::Joined | Look::Line | Look::Pale | Look::Seeds => group(curve.entry, entry, "set"),
    });
    let (opacity, width) = match curve.look {
        Look::Pale => (0.35, 1.5),
        Look::Line => (1.0, 1.2),
        _ => (1.0, 2.0),
    };
    match curve.look {
        Look::Marks => {}
        Look::Seeds => {
            for mark in &curve.marks {
                let (x, y) = at(mark);
                let _ = write!(
                    text,
                    "<circle cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"2.4\" fill=\"{colour}\" opacity=\"0.35\"/>"
                );
            }
        }
        Look::Behind => {
            // A round end shows a point between two gaps.
            let _ = write!(
                text,
                "<polyline class=\"behind\" points=\"{line} {}\" fill=\"none\" stroke-width=\"1.4\"/>",
                line.rsplit(' ').next().unwrap_or_default()
            );
        }
        Look::Run | Look::Joined | Look::Line | Look::Pale => {
            let _ = write!(
                text,
                "<polyline points=\"{line}\" fill=\"none\" opacity=\"{opacity}\" stroke-width=\"{width}\" stroke=\"{colour}\" \
                 stroke-dasharray=\"{}\"/>",
                dashes(entry.style.line)
            );
        }
    }
    for of in curve.marked() {
        let (x, y) = at(of);
        let x = x + plot.panel.steps_aside(curve, of) * SIDESTEP;
        bars(text, plot, of, (x, y), &colour);
        let tip = tip(chart, plot.panel, &entry.name, of);
        text.push_str(&mark(entry.style, (x, y), Some(&tip)));
    }
    text.push_str("</g>");
}

/// The interval upright, and across it the heads that single seeds kept where a number came out.
fn bars(text: &mut String, plot: &Plot<'_>, of: &Mark, (x, y): (f64, f64), colour: &str) {
    let style = format!("fill=\"none\" stroke=\"{colour}\" stroke-width=\"1.3\" opacity=\"0.6\"");
    if let Some((low, high)) = of.interval {
        // A bar that goes on beyond the plot has no end there.
        let end = |value: f64, y: f64| {
            if plot.panel.y.holds(value) {
                format!("M{:.1} {y:.1}H{:.1}", x - END, x + END)
            } else {
                String::new()
            }
        };
        let (bottom, top) = (plot.y(low), plot.y(high));
        let _ = write!(
            text,
            "<path d=\"M{x:.1} {bottom:.1}V{top:.1}{}{}\" {style}/>",
            end(low, bottom),
            end(high, top)
        );
    }
    let came_out = of.runs.filter(|runs| !runs.is_exact && runs.kept.0 < runs.kept.1);
    if let (Some(runs), Some(_)) = (came_out, plot.panel.x.n_heads()) {
        let [fewest, most] = [runs.kept.0, runs.kept.1].map(|k| plot.x(f64::from(k)));
        let _ = write!(
            text,
            "<path d=\"M{fewest:.1} {y:.1}H{most:.1}M{fewest:.1} {:.1}v{len}M{most:.1} {:.1}v{len}\" {style}/>",
            y - END,
            y - END,
            len = 2.0 * END
        );
    }
}
