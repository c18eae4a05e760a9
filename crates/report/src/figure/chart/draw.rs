//! Lays the panels of a chart out in rows and draws them, with the legend below.

use plotters::prelude::*;

use super::{Chart, ChartCurve, ChartPanel, Entry, Look, Mark};
use crate::figure::heading::Heading;
use crate::figure::legend::{Legend, SAMPLE, SAMPLE_GAP};
use crate::figure::pen::{Anchor, Drawn, Pen, Point};
use crate::figure::strokes::{DENSE_DASHES, DENSE_LINE, curve_line};
use crate::figure::style::{Shape, Style};
use crate::figure::theme::{AXIS, GRID, INK, LABEL, MARGIN, PANEL_HEADING, TICK};
use crate::figure::title::PanelTitle;

const WIDTH: f64 = 1500.0;
/// Of a plot, by how many stand in a row.
const HEIGHTS: [f64; 3] = [620.0, 460.0, 360.0];
/// Left of a plot: the axis's name and its tick labels.
const LEFT: f64 = 128.0;
/// Right of a plot.
const RIGHT: f64 = 24.0;
/// Below a plot: tick labels and the axis's name.
const BELOW: f64 = 104.0;
const LEGEND_GAP: f64 = 16.0;
/// Between the labels of two ticks beside one another.
const TICK_GAP: f64 = 14.0;
/// What a panel is compared with.
const BEHIND: RGBColor = RGBColor(200, 200, 200);
/// Between marks that would lie on one another: what the largest takes.
const SIDESTEP: f64 = 17.0;
/// Opacity of what is beside the point.
const PALE: f64 = 0.3;

/// Where everything goes, in pixels of the SVG.
pub(super) struct Layout {
    /// Width and height of the whole figure.
    pub size: (u32, u32),
    columns: usize,
    height: f64,
    heading: Heading,
    legend: Legend,
    legend_top: f64,
}

/// A panel's plot.
struct Plot<'a> {
    panel: &'a ChartPanel,
    left: f64,
    right: f64,
    top: f64,
    bottom: f64,
}

impl Layout {
    pub fn new(chart: &Chart) -> Self {
        let inner = WIDTH - 2.0 * MARGIN;
        let columns = chart.columns.min(chart.panels.len()).clamp(1, HEIGHTS.len());
        let height = HEIGHTS.get(columns - 1).copied().unwrap_or(HEIGHTS[0]);
        let heading = Heading::new(&chart.title, &chart.subtitle, inner);
        let legend = Legend::new(listed(chart).map(|entry| entry.name.as_str()), inner);
        let rows = chart.panels.len().div_ceil(columns) as f64;
        let legend_top = MARGIN + heading.height() + rows * (PANEL_HEADING + height + BELOW) + LEGEND_GAP;
        Self {
            size: (
                WIDTH as u32,
                (legend_top + legend.height() + MARGIN).ceil() as u32,
            ),
            columns,
            height,
            heading,
            legend,
            legend_top,
        }
    }

    fn plot<'a>(&self, i: usize, panel: &'a ChartPanel) -> Plot<'a> {
        let (row, column) = ((i / self.columns) as f64, (i % self.columns) as f64);
        let share = (WIDTH - 2.0 * MARGIN) / self.columns as f64;
        let left = MARGIN + share * column;
        let step = PANEL_HEADING + self.height + BELOW;
        let top = MARGIN + self.heading.height() + PANEL_HEADING + row * step;
        Plot {
            panel,
            left: left + LEFT,
            right: left + share - RIGHT,
            top,
            bottom: top + self.height,
        }
    }
}

fn listed(chart: &Chart) -> impl Iterator<Item = &Entry> {
    chart.legend.iter().filter(|entry| entry.is_listed)
}

/// Draws `chart` as laid out.
pub(super) fn draw<DB: DrawingBackend>(pen: &Pen<'_, DB>, chart: &Chart, layout: &Layout) -> Drawn<DB> {
    layout.heading.draw(pen)?;
    for (i, panel) in chart.panels.iter().enumerate() {
        let plot = layout.plot(i, panel);
        plot.axes(pen)?;
        plot.curves(pen, chart)?;
    }
    let places = layout.legend.places(WIDTH, layout.legend_top);
    for (entry, (x, y)) in listed(chart).zip(places) {
        let line = [(x, y), (x + SAMPLE, y)];
        if entry.is_level {
            pen.dashes(&line, DENSE_DASHES, entry.style.colour, DENSE_LINE)?;
        } else {
            curve_line(pen, &line, entry.style)?;
            pen.marker((x + SAMPLE / 2.0, y), entry.style)?;
        }
        pen.text(
            &entry.name,
            (x + SAMPLE + SAMPLE_GAP, y),
            LABEL,
            INK,
            Anchor::Left,
        )?;
    }
    Ok(())
}

impl Plot<'_> {
    fn at(&self, x: f64, y: f64) -> Point {
        (
            self.left + self.panel.x.position(x) * (self.right - self.left),
            self.bottom - self.panel.y.position(y) * (self.bottom - self.top),
        )
    }

    fn axes<DB: DrawingBackend>(&self, pen: &Pen<'_, DB>) -> Drawn<DB> {
        let Self {
            panel,
            left,
            right,
            top,
            bottom,
        } = *self;
        PanelTitle::new(&panel.title, right - left + RIGHT).draw(pen, (left, top))?;
        for (value, label) in panel.y.ticks(bottom - top, |_| 1.3 * TICK.size) {
            let (_, y) = self.at(0.0, value);
            pen.line(&[(left, y), (right, y)], GRID, 1.5)?;
            if let Some(label) = label {
                pen.text(&label, (left - 14.0, y), TICK, INK, Anchor::Right)?;
            }
        }
        for (value, label) in panel.x.ticks(right - left, |label| TICK.width(label) + TICK_GAP) {
            let (x, _) = self.at(value, 0.0);
            let length = if label.is_some() { 12.0 } else { 7.0 };
            pen.line(&[(x, bottom), (x, bottom + length)], AXIS, 2.0)?;
            if let Some(label) = label {
                pen.text(&label, (x, bottom + 32.0), TICK, INK, Anchor::Centre)?;
            }
        }
        pen.line(&[(left, top), (left, bottom), (right, bottom)], AXIS, 2.0)?;
        let middle = ((left + right) / 2.0, bottom + 78.0);
        pen.text(&panel.x.name, middle, LABEL, INK, Anchor::Centre)?;
        let at = (left - LEFT + 22.0, (top + bottom) / 2.0);
        pen.text(&panel.y.name, at, LABEL, INK, Anchor::Upwards)
    }

    fn curves<DB: DrawingBackend>(&self, pen: &Pen<'_, DB>, chart: &Chart) -> Drawn<DB> {
        for &(entry, level) in &self.panel.levels {
            if let Some(entry) = chart.legend.get(entry) {
                let (_, y) = self.at(0.0, level.y);
                let line = [(self.left, y), (self.right, y)];
                pen.dashes(&line, DENSE_DASHES, entry.style.colour, DENSE_LINE)?;
            }
        }
        for curve in &self.panel.curves {
            if let Some(entry) = chart.legend.get(curve.entry) {
                self.curve(pen, curve, entry.style)?;
            }
        }
        Ok(())
    }

    fn curve<DB: DrawingBackend>(&self, pen: &Pen<'_, DB>, curve: &ChartCurve, style: Style) -> Drawn<DB> {
        let points: Vec<Point> = curve.marks.iter().map(|mark| self.at(mark.x, mark.y)).collect();
        match curve.look {
            Look::Pale => {
                let colour = style.colour.mix(PALE);
                pen.line(&points, colour, 2.5)?;
                points.iter().try_for_each(|&at| pen.dot(at, colour))
            }
            Look::Line => pen.line(&points, style.colour, 2.0),
            Look::Seeds => {
                let colour = style.colour.mix(PALE);
                points.iter().try_for_each(|&at| pen.dot(at, colour))
            }
            Look::Behind => match points.as_slice() {
                // A point between two gaps would not be seen.
                [alone] => pen.dot(*alone, BEHIND),
                _ => pen.line(&points, BEHIND, 2.0),
            },
            Look::Joined | Look::Marks | Look::Run => {
                let place = |mark: &Mark| {
                    let (x, y) = self.at(mark.x, mark.y);
                    (x + self.panel.steps_aside(curve, mark) * SIDESTEP, y)
                };
                for mark in curve.marked() {
                    self.interval(pen, mark, place(mark).0, style)?;
                }
                if curve.look != Look::Marks {
                    curve_line(pen, &points, style)?;
                }
                curve.marked().try_for_each(|mark| pen.marker(place(mark), style))
            }
        }
    }

    fn interval<DB: DrawingBackend>(
        &self,
        pen: &Pen<'_, DB>,
        mark: &Mark,
        x: f64,
        style: Style,
    ) -> Drawn<DB> {
        let Some((low, high)) = mark.interval else {
            return Ok(());
        };
        let cap = if style.shape == Shape::Cross { 9.0 } else { 7.0 };
        let colour = style.colour.mix(0.6);
        for end in [low, high] {
            // One that goes on beyond the axis has no end there.
            if self.panel.y.holds(end) {
                let (_, y) = self.at(mark.x, end);
                pen.line(&[(x - cap, y), (x + cap, y)], colour, 2.0)?;
            }
        }
        let ends = [(x, self.at(mark.x, low).1), (x, self.at(mark.x, high).1)];
        pen.line(&ends, colour, 2.0)
    }
}
