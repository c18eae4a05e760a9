//! A chart as SVG in the page: each curve a group that the legend switches, each mark with its values.

use std::fmt::Write;

use super::{Chart, escaped};
use crate::document::numbers::count;
use crate::figure::{ChartCurve, ChartPanel, Entry, Line, Look, Mark, Scale, Shape, Style};

const WIDTH: f64 = 480.0;
const LEFT: f64 = 66.0;
const RIGHT: f64 = 12.0;
const TOP: f64 = 26.0;
const BOTTOM: f64 = 52.0;
/// Between marks that would lie on top of each other.
const SIDESTEP: f64 = 7.0;
/// The width of a letter of the tick labels, about.
const LETTER: f64 = 7.5;

/// The figure with its panels, its legend and what is below it.
pub(super) fn figure(chart: &Chart, name: &str, below: &str) -> String {
    let wide = if chart.columns < 3 { " wide" } else { "" };
    let panels: String = chart.panels.iter().map(|panel| panel_of(chart, panel)).collect();
    let listed = chart
        .legend
        .iter()
        .enumerate()
        .filter(|(_, entry)| entry.is_listed);
    let legend: String = listed.map(|(place, entry)| switch(place, entry)).collect();
    format!(
        "<figure class=\"live\"><figcaption>{}</figcaption><p>{}</p>\n<div class=\"panels{wide}\">\n{panels}</div>\n\
         <div class=\"legend\">{legend}</div>{below}</figure>\n",
        escaped(name),
        escaped(&chart.subtitle)
    )
}

/// The entry of a legend: a button that is pressed while its curve is shown.
fn switch(place: usize, entry: &Entry) -> String {
    let mut sample = String::new();
    let width = if entry.is_level { 2.5 } else { 2.0 };
    let dashes = if entry.is_level {
        "9 5"
    } else {
        dashes(entry.style.line)
    };
    // Infallible: a String takes whatever is written to it.
    let _ = write!(
        sample,
        "<line x1=\"0\" y1=\"8\" x2=\"38\" y2=\"8\" stroke=\"{}\" stroke-width=\"{width}\" stroke-dasharray=\"{dashes}\"/>",
        colour(entry.style)
    );
    if !entry.is_level {
        sample.push_str(&mark(entry.style, (19.0, 8.0), None));
    }
    format!(
        "<button type=\"button\" aria-pressed=\"true\" data-entry=\"{place}\"><svg viewBox=\"0 0 38 16\" \
         aria-hidden=\"true\">{sample}</svg>{}</button>",
        escaped(&entry.name)
    )
}

/// Where a panel's numbers stand.
struct Plot<'a> {
    panel: &'a ChartPanel,
    height: f64,
}

impl Plot<'_> {
    fn x(&self, value: f64) -> f64 {
        LEFT + self.panel.x.position(value) * (WIDTH - LEFT - RIGHT)
    }

    fn y(&self, value: f64) -> f64 {
        let bottom = self.height - BOTTOM;
        bottom - self.panel.y.position(value) * (bottom - TOP)
    }
}

fn panel_of(chart: &Chart, panel: &ChartPanel) -> String {
    let height = if chart.columns < 3 { 340.0 } else { 320.0 };
    let plot = Plot { panel, height };
    let mut text = format!(
        "<svg viewBox=\"0 0 {WIDTH} {height}\" role=\"img\" tabindex=\"0\" aria-label=\"{}: {} by {}; arrow keys go through the \
         values\">",
        escaped(&panel.title),
        escaped(&panel.y.name),
        escaped(&panel.x.name)
    );
    axes(&mut text, &plot);
    for &(entry, value) in &panel.levels {
        if let Some(of) = chart.legend.get(entry) {
            let y = plot.y(value);
            let _ = write!(
                text,
                "<g data-curve=\"{entry}\"><line class=\"mark\" x1=\"{LEFT}\" x2=\"{}\" y1=\"{y:.1}\" y2=\"{y:.1}\" stroke=\"{}\" \
                 stroke-width=\"2.5\" stroke-dasharray=\"9 5\" data-tip=\"{}\"/></g>",
                WIDTH - RIGHT,
                colour(of.style),
                escaped(&format!("{}: {} {}", of.name, panel.y.name, shown(value)))
            );
        }
    }
    for curve in &panel.curves {
        if let Some(entry) = chart.legend.get(curve.entry) {
            curve_of(&mut text, &plot, curve, entry);
        }
    }
    text.push_str("</svg>\n");
    text
}

fn axes(text: &mut String, plot: &Plot<'_>) {
    let Plot { panel, height } = plot;
    let bottom = height - BOTTOM;
    let _ = write!(
        text,
        "<text class=\"name\" x=\"{LEFT}\" y=\"14\">{}</text>",
        escaped(&panel.title)
    );
    for (value, label) in panel.y.ticks(bottom - TOP, |_| 18.0) {
        let y = plot.y(value);
        let _ = write!(
            text,
            "<line class=\"grid\" x1=\"{LEFT}\" x2=\"{}\" y1=\"{y:.1}\" y2=\"{y:.1}\"/>",
            WIDTH - RIGHT
        );
        if let Some(label) = label {
            let _ = write!(
                text,
                "<text x=\"{}\" y=\"{:.1}\" text-anchor=\"end\">{}</text>",
                LEFT - 7.0,
                y + 4.0,
                escaped(&label)
            );
        }
    }
    let room = |label: &str| LETTER * label.chars().count() as f64 + 8.0;
    for (value, label) in panel.x.ticks(WIDTH - LEFT - RIGHT, room) {
        let x = plot.x(value);
        let _ = write!(
            text,
            "<line class=\"axis\" x1=\"{x:.1}\" x2=\"{x:.1}\" y1=\"{bottom}\" y2=\"{}\"/>",
            bottom + 5.0
        );
        if let Some(label) = label {
            let _ = write!(
                text,
                "<text x=\"{x:.1}\" y=\"{}\" text-anchor=\"middle\">{}</text>",
                bottom + 19.0,
                escaped(&label)
            );
        }
    }
    let middle = f64::midpoint(LEFT, WIDTH - RIGHT);
    let upright = f64::midpoint(TOP, bottom);
    let _ = write!(
        text,
        "<path class=\"axis\" d=\"M{LEFT} {TOP}V{bottom}H{}\"/>\
         <text x=\"{middle}\" y=\"{}\" text-anchor=\"middle\">{}</text>\
         <text transform=\"translate(14 {upright}) rotate(-90)\" text-anchor=\"middle\">{}</text>",
        WIDTH - RIGHT,
        height - 12.0,
        escaped(&panel.x.name),
        escaped(&panel.y.name)
    );
}

fn curve_of(text: &mut String, plot: &Plot<'_>, curve: &ChartCurve, entry: &Entry) {
    let line: Vec<String> = curve
        .marks
        .iter()
        .map(|mark| format!("{:.1},{:.1}", plot.x(mark.x), plot.y(mark.y)))
        .collect();
    let line = line.join(" ");
    let colour = colour(entry.style);
    // What stands behind belongs to no entry of the legend.
    let group = if curve.look == Look::Behind {
        "<g>".to_owned()
    } else {
        format!("<g data-curve=\"{}\">", curve.entry)
    };
    text.push_str(&group);
    let (class, opacity, width) = match curve.look {
        Look::Behind => (" class=\"behind\"", 1.0, 1.2),
        Look::Pale => ("", 0.35, 1.5),
        Look::Line => ("", 1.0, 1.2),
        Look::Run | Look::Joined | Look::Marks => ("", 1.0, 2.0),
    };
    if curve.look != Look::Marks {
        let stroke = if curve.look == Look::Behind {
            String::new()
        } else {
            format!(
                " stroke=\"{colour}\" stroke-dasharray=\"{}\"",
                dashes(entry.style.line)
            )
        };
        let _ = write!(
            text,
            "<polyline{class} points=\"{line}\" fill=\"none\" opacity=\"{opacity}\" stroke-width=\"{width}\"{stroke}/>"
        );
    }
    for of in curve.marked() {
        let aside = plot.panel.steps_aside(curve, of) * SIDESTEP;
        let (x, y) = (plot.x(of.x) + aside, plot.y(of.y));
        if let Some((low, high)) = of.interval {
            let _ = write!(
                text,
                "<line x1=\"{x:.1}\" x2=\"{x:.1}\" y1=\"{:.1}\" y2=\"{:.1}\" stroke=\"{colour}\" opacity=\"0.6\"/>",
                plot.y(low),
                plot.y(high)
            );
        }
        let tip = tip(&entry.name, &plot.panel.x, &plot.panel.y, of);
        text.push_str(&mark(entry.style, (x, y), Some(&tip)));
    }
    text.push_str("</g>");
}

/// What a mark says of itself.
fn tip(name: &str, x: &Scale, y: &Scale, mark: &Mark) -> String {
    let interval = mark.interval.map_or_else(String::new, |(low, high)| {
        format!(" ({} to {})", shown(low), shown(high))
    });
    format!(
        "{name}: {} {}; {} {}{interval}",
        x.name,
        shown(mark.x),
        y.name,
        shown(mark.y)
    )
}

/// A number with as many digits as a reader can use.
fn shown(value: f64) -> String {
    match value.abs() {
        large if large >= 10_000.0 => count(value),
        small if small > 0.0 && small < 0.1 => format!("{value:.2e}"),
        _ if value.fract() == 0.0 => format!("{value}"),
        _ => format!("{value:.1}"),
    }
}

fn colour(style: Style) -> String {
    match (style.colour.0, style.colour.1, style.colour.2) {
        // Black would be lost on a dark page.
        (0, 0, 0) => "currentColor".to_owned(),
        (red, green, blue) => format!("#{red:02x}{green:02x}{blue:02x}"),
    }
}

fn dashes(line: Line) -> &'static str {
    match line {
        Line::Solid => "none",
        Line::Dashed => "5 4",
        Line::LongDashes => "11 3",
        Line::Dotted => "2 3",
    }
}

/// The shape of a style at a point.
fn mark(style: Style, (x, y): (f64, f64), tip: Option<&str>) -> String {
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
