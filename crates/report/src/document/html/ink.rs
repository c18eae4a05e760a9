//! The colours, dashes and shapes of curves in the page.

use super::escaped;
use crate::figure::{Line, Shape, Style};

/// What the mark of a curve says, and that it answers to the pointer and to keys.
pub(super) fn tipped(class: &str, tip: &str) -> String {
    format!(" class=\"mark{class}\" data-tip=\"{}\"", escaped(tip))
}

/// A colour that page.css gives another value on dark ground.
pub(super) fn colour(style: Style) -> String {
    match (style.colour.0, style.colour.1, style.colour.2) {
        // These are inks, which the page has its own of.
        (0, 0, 0) => "currentColor".to_owned(),
        (85, 85, 85) => "var(--soft)".to_owned(),
        (red, green, blue) => {
            let hex = format!("{red:02x}{green:02x}{blue:02x}");
            format!("var(--c{hex},#{hex})")
        }
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
    let tip = tip.map_or_else(String::new, |tip| tipped("", tip));
    format!(
        "<path d=\"{path}\" transform=\"translate({x:.1} {y:.1})\" fill=\"{fill}\" stroke=\"{colour}\" stroke-width=\"1.8\"{tip}/>"
    )
}
