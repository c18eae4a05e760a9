//! Lays the figure out and draws it: headings, one panel a split, the legend below.

use plotters::prelude::*;

use super::MetricFigure;
use super::plot::Plot;
use crate::figure::frame::{Frame, HEADS_LABELS, VALUE_LABELS};
use crate::figure::heading::Heading;
use crate::figure::legend::{Legend, SAMPLE, SAMPLE_GAP};
use crate::figure::pen::{Anchor, Drawn, Pen};
use crate::figure::strokes::{DENSE_DASHES, DENSE_LINE, curve_line};
use crate::figure::style::DENSE;
use crate::figure::theme::{INK, LABEL, MARGIN, PANEL_HEADING};

const PANEL_WIDTH: f64 = 900.0;
/// Right of a plot.
const PANEL_GAP: f64 = 28.0;
const NARROWEST: f64 = 1300.0;
const PLOT_HEIGHT: f64 = 620.0;
const STACKED_WIDTH: f64 = 1500.0;
const STACKED_HEIGHT: f64 = 760.0;

/// Where everything goes, in pixels of the SVG.
pub(super) struct Layout {
    /// Width and height of the whole figure.
    pub size: (u32, u32),
    /// Panels below one another, each as wide as the figure: many curves need the room.
    stacked: bool,
    panels: usize,
    heading: Heading,
    legend: Legend,
}

impl Layout {
    pub fn new(figure: &MetricFigure) -> Self {
        let stacked = figure.has_many_curves();
        let width = if stacked {
            STACKED_WIDTH
        } else {
            (2.0 * MARGIN + PANEL_WIDTH * figure.panels.len() as f64).max(NARROWEST)
        };
        let inner = width - 2.0 * MARGIN;
        let mut layout = Self {
            size: (width as u32, 0),
            stacked,
            panels: figure.panels.len(),
            heading: Heading::new(&figure.title, &figure.subtitle, inner),
            legend: Legend::new(figure.legend.iter().map(|(name, _)| name.as_str()), inner),
        };
        layout.size.1 = (layout.legend_top() + layout.legend.height() + MARGIN).ceil() as u32;
        layout
    }

    /// Left, right, top and bottom of the curves of panel `i`.
    fn plot(&self, i: usize) -> (f64, f64, f64, f64) {
        let (columns, height) = if self.stacked {
            (1, STACKED_HEIGHT)
        } else {
            (self.panels.max(1), PLOT_HEIGHT)
        };
        let (row, column) = ((i / columns) as f64, (i % columns) as f64);
        let share = (f64::from(self.size.0) - 2.0 * MARGIN) / columns as f64;
        let left = MARGIN + share * column;
        let top =
            MARGIN + self.heading.height() + PANEL_HEADING + row * (height + HEADS_LABELS + PANEL_HEADING);
        (left + VALUE_LABELS, left + share - PANEL_GAP, top, top + height)
    }

    fn legend_top(&self) -> f64 {
        self.plot(self.panels.saturating_sub(1)).3 + HEADS_LABELS + 16.0
    }
}

/// Draws `figure` as laid out.
pub(super) fn draw<DB: DrawingBackend>(
    pen: &Pen<'_, DB>,
    figure: &MetricFigure,
    layout: &Layout,
) -> Drawn<DB> {
    layout.heading.draw(pen)?;
    for (i, panel) in figure.panels.iter().enumerate() {
        let (left, right, top, bottom) = layout.plot(i);
        let plot = Plot {
            figure,
            frame: Frame {
                removed: true,
                heads: &figure.heads,
                values: &figure.values,
                left,
                right,
                top,
                bottom,
            },
        };
        plot.axes(pen, panel)?;
        plot.curves(pen, panel)?;
    }
    legend(pen, figure, layout)
}

fn legend<DB: DrawingBackend>(pen: &Pen<'_, DB>, figure: &MetricFigure, layout: &Layout) -> Drawn<DB> {
    let places = layout
        .legend
        .places(f64::from(layout.size.0), layout.legend_top());
    for ((name, style), (x, y)) in figure.legend.iter().zip(places) {
        if name == DENSE {
            pen.dashes(&[(x, y), (x + SAMPLE, y)], DENSE_DASHES, BLACK, DENSE_LINE)?;
        } else {
            curve_line(pen, &[(x, y), (x + SAMPLE, y)], *style)?;
            pen.marker((x + SAMPLE / 2.0, y), *style)?;
        }
        pen.text(name, (x + SAMPLE + SAMPLE_GAP, y), LABEL, INK, Anchor::Left)?;
    }
    Ok(())
}
