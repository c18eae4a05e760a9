//! What a panel of the page shows: levels, curves, single seeds and marks, each mark with its values.

use std::fmt::Write;

use super::escaped;
use super::plot::{LEFT, Plot, RIGHT, WIDTH};
use crate::document::numbers::{count, points};
use crate::figure::{Chart, ChartCurve, Entry, Line, Look, Mark, Scale, Shape, Style};

/// Between marks that would lie on top of each other.
const SIDESTEP: f64 = 7.0;
/// Between curves that are set apart, at most; and the share of the least distance of two numbers of heads that all of them take.
const APART: (f64, f64) = (4.0, 0.8);
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
    let _ = write!(text, "{}", group(place, entry));
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
        "<line class=\"mark level\" x1=\"{LEFT}\" x2=\"{right}\" y1=\"{y:.1}\" y2=\"{y:.1}\" stroke=\"{}\" stroke-width=\"2.5\" \
         stroke-dasharray=\"9 5\" data-tip=\"{}\"/></g>",
        colour(entry.style),
        escaped(&tip(chart, plot, &entry.name, level))
    );
}

/// The group of a curve, hidden until a reader asks for it if it is none of the main ones.
fn group(place: usize, entry: &Entry) -> String {
    let hidden = if entry.is_main { "" } else { " class=\"hidden\"" };
    format!("<g data-curve=\"{place}\"{hidden}>")
}

pub(super) fn curve_of(text: &mut String, plot: &Plot<'_>, chart: &Chart, curve: &ChartCurve, entry: &Entry) {
    let aside = aside(plot, chart, curve.entry);
    let at = |mark: &Mark| (plot.x(mark.x) + aside, plot.y(mark.y));
    let colour = colour(entry.style);
    // What stands behind belongs to no entry of the legend.
    text.push_str(&if curve.look == Look::Behind {
        "<g>".to_owned()
    } else {
        group(curve.entry, entry)
    });
    let line: Vec<String> = curve
        .marks
        .iter()
        .map(|mark| {
            let (x, y) = at(mark);
            format!("{x:.1},{y:.1}")
        })
        .collect();
    let line = line.join(" ");
    let (class, opacity, width) = match curve.look {
        Look::Behind => (" class=\"behind\"", 1.0, 1.2),
        Look::Pale => ("", 0.35, 1.5),
        Look::Line => ("", 1.0, 1.2),
        Look::Run | Look::Joined | Look::Marks | Look::Seeds => ("", 1.0, 2.0),
    };
    match curve.look {
        Look::Marks => {}
        Look::Seeds => {
            for mark in &curve.marks {
                let (x, y) = at(mark);
                let _ = write!(
                    text,
                    "<circle cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"2.6\" fill=\"{colour}\" opacity=\"0.35\"/>"
                );
            }
        }
        Look::Behind => {
            let _ = write!(
                text,
                "<polyline{class} points=\"{line}\" fill=\"none\" stroke-width=\"{width}\"/>"
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
        bars(text, plot, of, (x, y), aside, &colour);
        text.push_str(&mark(
            entry.style,
            (x, y),
            Some(&tip(chart, plot, &entry.name, of)),
        ));
    }
    text.push_str("</g>");
}

/// How far to the right of its place a curve is drawn, where curves are set apart: those that are shown at first among
/// themselves, and the others.
fn aside(plot: &Plot<'_>, chart: &Chart, place: usize) -> f64 {
    let Some((gap, own)) = plot.panel.x.least_gap().zip(chart.legend.get(place)) else {
        return 0.0;
    };
    if !chart.sets_apart {
        return 0.0;
    }
    let beside = |entry: &Entry| !entry.is_level && entry.is_main == own.is_main;
    let all = chart.legend.iter().filter(|entry| beside(entry)).count();
    let before = chart
        .legend
        .iter()
        .take(place)
        .filter(|entry| beside(entry))
        .count();
    let (most, share) = APART;
    let step = most.min(share * gap * (WIDTH - LEFT - RIGHT) / all.max(1) as f64);
    (before as f64 - (all as f64 - 1.0) / 2.0) * step
}

/// The interval upright, and across it the heads that single seeds kept where a number came out.
fn bars(text: &mut String, plot: &Plot<'_>, of: &Mark, (x, y): (f64, f64), aside: f64, colour: &str) {
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
        let [fewest, most] = [runs.kept.0, runs.kept.1].map(|k| plot.x(f64::from(k)) + aside);
        let _ = write!(
            text,
            "<path d=\"M{fewest:.1} {y:.1}H{most:.1}M{fewest:.1} {:.1}v{len}M{most:.1} {:.1}v{len}\" {style}/>",
            y - END,
            y - END,
            len = 2.0 * END
        );
    }
}

/// What a mark says of itself, in lines.
fn tip(chart: &Chart, plot: &Plot<'_>, name: &str, mark: &Mark) -> String {
    let (x, y) = (&plot.panel.x, &plot.panel.y);
    let mut text = format!("{name}\n{}: {}", x.name, at(x, mark));
    let _ = write!(text, "\n{}: {}", y.name, number(y, mark.y));
    if let Some((low, high)) = mark.interval {
        let _ = write!(
            text,
            "\n{}: {} to {}",
            chart.bars,
            number(y, low),
            number(y, high)
        );
        let cut = y.bounds.and_then(|(least, most)| {
            let beyond = [(low < least, least), (high > most, most)];
            beyond
                .into_iter()
                .find_map(|(is_beyond, bound)| is_beyond.then_some(bound))
        });
        if let Some(bound) = cut {
            let _ = write!(text, ", drawn to {bound}");
        }
    }
    if let Some(runs) = mark.runs {
        let noun = if runs.seeds == 1 { "seed" } else { "seeds" };
        let _ = write!(text, "\n{} {noun}", runs.seeds);
    }
    text
}

/// Where a mark stands on the axis below: of heads, also what single seeds kept and what is removed.
fn at(x: &Scale, mark: &Mark) -> String {
    let Some(n_heads) = x.n_heads() else {
        return number(x, mark.x);
    };
    let removed = format!("{:.0} % removed", 100.0 * (1.0 - mark.x / f64::from(n_heads)));
    match mark.runs {
        Some(runs) if !runs.is_exact && runs.kept.0 < runs.kept.1 => format!(
            "{} ({} to {}), {removed}",
            points(mark.x),
            runs.kept.0,
            runs.kept.1
        ),
        _ => format!("{}, {removed}", number(x, mark.x)),
    }
}

/// A number with as many digits as a reader can use; scores as tables have them.
fn number(scale: &Scale, value: f64) -> String {
    if scale.bounds.is_some() {
        return points(value);
    }
    match value.abs() {
        large if large >= 10_000.0 => count(value),
        small if small > 0.0 && small < 0.001 => format!("{value:.2e}"),
        small if small > 0.0 && small < 0.1 => format!("{value:.4}"),
        _ if value.fract() == 0.0 => format!("{value}"),
        small if small < 10.0 => format!("{value:.2}"),
        _ => format!("{value:.1}"),
    }
}

pub(super) fn colour(style: Style) -> String {
    match (style.colour.0, style.colour.1, style.colour.2) {
        // These would be lost on a dark page.
        (0, 0, 0) => "currentColor".to_owned(),
        (85, 85, 85) => "var(--soft)".to_owned(),
        (red, green, blue) => format!("#{red:02x}{green:02x}{blue:02x}"),
    }
}

pub(super) fn dashes(line: Line) -> &'static str {
    match line {
        Line::Solid => "none",
        Line::Dashed => "5 4",
        Line::LongDashes => "11 3",
        Line::Dotted => "2 3",
    }
}

/// The shape of a style at a point.
pub(super) fn mark(style: Style, (x, y): (f64, f64), tip: Option<&str>) -> String {
    let path = match style.shape {
        Shape::Circle => "M-4.5 0a4.5 4.5 0 1 0 9 0a4.5 4.5 0 1 0 -9 0z",
        Shape::Square => "M-4 -4H4V4H-4z",
        Shape::TriangleUp => "M0 -5.4L5 3.8H-5z",
        Shape::TriangleDown => "M0 5.4L5 -3.8H-5z",
        Shape::Diamond => "M0 -5.8L5.8 0L0 5.8L-5.8 0z",
        Shape::Cross => "M-4 -4L4 4M-4 4L4 -4",
        Shape::Bare => return String::new(),
    };
    let colour = colour(style);
    let fill = match (style.hollow, style.shape) {
        (_, Shape::Cross) => "none".to_owned(),
        (true, _) => "var(--paper)".to_owned(),
        (false, _) => colour.clone(),
    };
    let tip = tip.map_or_else(String::new, |tip| {
        format!(" class=\"mark\" data-tip=\"{}\"", escaped(tip))
    });
    format!(
        "<path d=\"{path}\" transform=\"translate({x:.1} {y:.1})\" fill=\"{fill}\" stroke=\"{colour}\" stroke-width=\"1.8\"{tip}/>"
    )
}
