//! A chart as SVG in the page: its panels with their axes, and the legend whose entries switch its curves.

use std::fmt::Write;

use super::escaped;
use super::ink::{colour, dashes, mark};
use super::marks::{curve_of, level_of};
use super::plot::{LEFT, Plot, RIGHT, WIDTH, room};
use crate::figure::{Chart, ChartPanel, Entry};

/// The length of a tick.
const TICK: f64 = 5.0;
/// Legends of more curves than this have buttons that switch many.
const FEW_CURVES: usize = 3;

/// The figure with its panels, its legend and what is below it.
pub(super) fn figure(chart: &Chart, name: &str, below: &str) -> String {
    let wide = if chart.columns < 3 { " wide" } else { "" };
    let panels: String = chart.panels.iter().map(|panel| panel_of(chart, panel)).collect();
    let listed = || {
        chart
            .legend
            .iter()
            .enumerate()
            .filter(|(_, entry)| entry.is_listed)
    };
    let group = |name: &str, is_main: bool| {
        let own = listed().filter(|(_, entry)| entry.is_main == is_main);
        let switches: String = own.map(|(place, entry)| switch(place, entry)).collect();
        if switches.is_empty() {
            return switches;
        }
        let title = if is_main {
            String::new()
        } else {
            format!("<span>{name}:</span>")
        };
        format!(
            "<div class=\"legend\" role=\"toolbar\" aria-label=\"{name}, arrow keys go through them\">{title}{switches}</div>\n"
        )
    };
    let legend = group("curves", true) + &group("other methods", false);
    let many = if listed().count() > FEW_CURVES {
        presets(listed().any(|(_, entry)| !entry.is_main))
    } else {
        String::new()
    };
    format!(
        "<figure class=\"live\"><figcaption>{}</figcaption><p>{}</p>\n<div class=\"panels{wide}\">\n{panels}</div>\n\
         {many}{legend}{below}</figure>\n",
        escaped(name),
        escaped(&chart.subtitle)
    )
}

/// Buttons that switch all curves, none, or those that the printed figure has.
fn presets(has_others: bool) -> String {
    let main = if has_others {
        "<button type=\"button\" data-preset=\"main\">main curves</button>"
    } else {
        ""
    };
    format!(
        "<div class=\"bar presets\" role=\"group\" aria-label=\"Many curves at once\">{main}\
         <button type=\"button\" data-preset=\"all\">all curves</button>\
         <button type=\"button\" data-preset=\"none\">none</button></div>\n"
    )
}

/// The entry of a legend: a button that is pressed while its curve is shown.
fn switch(place: usize, entry: &Entry) -> String {
    let mut sample = String::new();
    let (width, dashes) = if entry.is_level {
        (2.5, "9 5")
    } else {
        (2.0, dashes(entry.style.line))
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
    let main = if entry.is_main { " data-main" } else { "" };
    format!(
        "<button type=\"button\" aria-pressed=\"{}\" data-entry=\"{place}\"{main}><svg viewBox=\"0 0 38 16\" \
         aria-hidden=\"true\">{sample}</svg>{}</button>",
        entry.is_main,
        escaped(&entry.name)
    )
}

fn panel_of(chart: &Chart, panel: &ChartPanel) -> String {
    let plot = Plot::new(chart, panel);
    let gap = plot
        .gap(chart)
        .map_or_else(String::new, |gap| format!(" data-gap=\"{gap:.1}\""));
    let mut text = format!(
        "<svg viewBox=\"0 0 {WIDTH} {}\"{gap} role=\"application\" tabindex=\"0\" aria-label=\"{}: {} by {}; left and right go along a \
         curve, up and down to another\">",
        plot.height,
        escaped(&panel.title),
        escaped(&panel.y.name),
        escaped(&panel.x.name)
    );
    axes(&mut text, &plot);
    for (place, level) in &panel.levels {
        if let Some(entry) = chart.legend.get(*place) {
            level_of(&mut text, &plot, chart, (*place, entry), level);
        }
    }
    for curve in &panel.curves {
        if let Some(entry) = chart.legend.get(curve.entry) {
            curve_of(&mut text, &plot, chart, curve, entry);
        }
    }
    text.push_str("</svg>\n");
    text
}

fn axes(text: &mut String, plot: &Plot<'_>) {
    let panel = plot.panel;
    let (top, bottom) = (plot.top, plot.bottom());
    let _ = write!(
        text,
        "<text class=\"name\" x=\"{LEFT}\" y=\"14\">{}</text>",
        escaped(&panel.title)
    );
    for (value, label) in panel.y.ticks(bottom - top, |_| 20.0) {
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
    for (value, label) in panel.x.ticks(plot.length(), room) {
        let x = plot.x(value);
        let _ = write!(
            text,
            "<line class=\"axis\" x1=\"{x:.1}\" x2=\"{x:.1}\" y1=\"{bottom}\" y2=\"{}\"/>",
            bottom + TICK
        );
        if let Some(label) = label {
            let _ = write!(
                text,
                "<text x=\"{x:.1}\" y=\"{}\" text-anchor=\"middle\">{}</text>",
                bottom + 20.0,
                escaped(&label)
            );
        }
    }
    if !plot.removed.is_empty() {
        let _ = write!(
            text,
            "<text class=\"soft\" x=\"{}\" y=\"14\" text-anchor=\"end\">share of heads removed</text>",
            WIDTH - RIGHT
        );
    }
    for (k, share) in &plot.removed {
        let x = plot.x(*k);
        let _ = write!(
            text,
            "<line class=\"axis\" x1=\"{x:.1}\" x2=\"{x:.1}\" y1=\"{top}\" y2=\"{}\"/>\
             <text class=\"soft\" x=\"{x:.1}\" y=\"{}\" text-anchor=\"middle\">{}</text>",
            top - TICK,
            top - 10.0,
            escaped(share)
        );
    }
    let middle = f64::midpoint(LEFT, WIDTH - RIGHT);
    let upright = f64::midpoint(top, bottom);
    let _ = write!(
        text,
        "<path class=\"axis\" d=\"M{LEFT} {top}V{bottom}H{}\"/>\
         <text x=\"{middle}\" y=\"{}\" text-anchor=\"middle\">{}</text>\
         <text transform=\"translate(16 {upright}) rotate(-90)\" text-anchor=\"middle\">{}</text>",
        WIDTH - RIGHT,
        plot.height - 8.0,
        escaped(&panel.x.name),
        escaped(&panel.y.name)
    );
}
