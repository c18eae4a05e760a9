//! Lays the figure out and draws it: headings, one panel a split, the legend below.

use plotters::prelude::*;

use super::MetricFigure;
use super::plot::{DENSE_DASHES, DENSE_LINE, Plot, VALUE_LABELS, curve_line};
use crate::figure::heading::Heading;
use crate::figure::pen::{Anchor, Drawn, Pen};
use crate::figure::style::DENSE;
use crate::figure::theme::{INK, LABEL, LEGEND_ROW, MARGIN, PANEL_HEADING};

const PANEL_WIDTH: f64 = 900.0;
/// Right of a plot.
const PANEL_GAP: f64 = 28.0;
const NARROWEST: f64 = 1300.0;
const PLOT_HEIGHT: f64 = 620.0;
const STACKED_WIDTH: f64 = 1500.0;
const STACKED_HEIGHT: f64 = 760.0;
/// Below a plot: tick labels and the axis's name.
const HEADS_LABELS: f64 = 104.0;
/// The piece of curve beside a name in the legend, and the room around it.
const SAMPLE: f64 = 64.0;
const SAMPLE_GAP: f64 = 14.0;
const LEGEND_GAP: f64 = 40.0;

/// Where everything goes, in pixels of the SVG.
pub(super) struct Layout {
    /// Width and height of the whole figure.
    pub size: (u32, u32),
    /// Panels below one another, each as wide as the figure: many curves need the room.
    stacked: bool,
    panels: usize,
    heading: Heading,
    /// The width of each column of the legend.
    legend_columns: Vec<f64>,
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
        let names: Vec<f64> = figure.legend.iter().map(|(name, _)| LABEL.width(name)).collect();
        let columns_of = |rows: usize| {
            // Rows of about equal length rather than full ones and a rest.
            let columns = names.len().div_ceil(rows).max(1);
            let widest = |column| {
                names
                    .iter()
                    .skip(column)
                    .step_by(columns)
                    .copied()
                    .fold(0.0, f64::max)
            };
            (0..columns)
                .map(|column| widest(column) + SAMPLE + SAMPLE_GAP + LEGEND_GAP)
                .collect::<Vec<f64>>()
        };
        let fits = |columns: &Vec<f64>| columns.iter().sum::<f64>() - LEGEND_GAP <= inner;
        let legend_columns = (1..names.len())
            .map(columns_of)
            .find(fits)
            .unwrap_or_else(|| columns_of(names.len().max(1)));
        let legend_rows = names.len().div_ceil(legend_columns.len()) as f64;
        let mut layout = Self {
            size: (width as u32, 0),
            stacked,
            panels: figure.panels.len(),
            heading: Heading::new(&figure.title, &figure.subtitle, inner),
            legend_columns,
        };
        layout.size.1 = (layout.legend_top() + legend_rows * LEGEND_ROW + MARGIN).ceil() as u32;
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
            left,
            right,
            top,
            bottom,
        };
        plot.axes(pen, panel)?;
        plot.curves(pen, panel)?;
    }
    legend(pen, figure, layout)
}

fn legend<DB: DrawingBackend>(pen: &Pen<'_, DB>, figure: &MetricFigure, layout: &Layout) -> Drawn<DB> {
    let width = layout.legend_columns.iter().sum::<f64>() - LEGEND_GAP;
    let left = (f64::from(layout.size.0) - width) / 2.0;
    for (i, (name, style)) in figure.legend.iter().enumerate() {
        let (row, column) = (i / layout.legend_columns.len(), i % layout.legend_columns.len());
        let x = left + layout.legend_columns.iter().take(column).sum::<f64>();
        let y = layout.legend_top() + (row as f64 + 0.5) * LEGEND_ROW;
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
