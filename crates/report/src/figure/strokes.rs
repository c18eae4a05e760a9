//! The lines of curves: their widths, and the dashes that say when heads were chosen.

use plotters::prelude::*;

use super::pen::{Drawn, Pen, Point};
use super::style::{Line, Style};

/// Width of a curve.
const CURVE: f64 = 3.5;
/// Width of the line of dense.
pub const DENSE_LINE: f64 = 3.0;

/// Dash and gap of each kind of broken line.
pub const DENSE_DASHES: (f64, f64) = (26.0, 12.0);
const DASHES: (f64, f64) = (10.0, 7.0);
const LONG_DASHES: (f64, f64) = (22.0, 5.0);
const DOTS: (f64, f64) = (3.5, 6.0);

/// The line of a curve, in a plot and in the legend.
pub fn curve_line<DB: DrawingBackend>(pen: &Pen<'_, DB>, line: &[Point], style: Style) -> Drawn<DB> {
    match style.line {
        _ if line.len() < 2 => Ok(()),
        Line::Solid => pen.line(line, style.colour, CURVE),
        Line::Dashed => pen.dashes(line, DASHES, style.colour, CURVE),
        Line::LongDashes => pen.dashes(line, LONG_DASHES, style.colour, CURVE),
        Line::Dotted => pen.dashes(line, DOTS, style.colour, CURVE),
    }
}
