//! Lays the figure of all subsets out and draws it: shades and lines, the marks of methods on top, the legend below.

use plotters::prelude::*;

use super::{Curve, MEDIAN, OracleFigure, SHADES};
use crate::figure::frame::{Frame, HEADS_LABELS, VALUE_LABELS};
use crate::figure::heading::Heading;
use crate::figure::legend::{Legend, SAMPLE, SAMPLE_GAP};
use crate::figure::pen::{Anchor, Drawn, Pen, Point};
use crate::figure::style::Style;
use crate::figure::theme::{INK, LABEL, LEGEND_ROW, MARGIN, PANEL_HEADING};

const WIDTH: f64 = 1500.0;
const PLOT_HEIGHT: f64 = 820.0;
/// Right of the plot.
const PLOT_GAP: f64 = 28.0;
/// Above the legend.
const LEGEND_TOP: f64 = 16.0;

/// The grey of the subsets, opaque so that shades do not add up, from the lightest on, and that of the median.
const GREYS: [RGBColor; 3] = [
    RGBColor(236, 236, 238),
    RGBColor(216, 216, 220),
    RGBColor(190, 190, 196),
];
const MEDIAN_GREY: RGBColor = RGBColor(135, 135, 142);
const LINE: f64 = 3.5;
/// Dash and gap of the line of the best subsets.
const DASHES: (f64, f64) = (10.0, 7.0);
/// Distance of the marks of neighbouring methods at one number of heads, at most, and the share of the room they take.
const SIDESTEP: f64 = 15.0;
const ROOM: f64 = 0.72;

/// Where everything goes, in pixels of the SVG.
pub(super) struct Layout {
    pub size: (u32, u32),
    heading: Heading,
    legend: Legend,
    top: f64,
}

impl Layout {
    pub fn new(figure: &OracleFigure) -> Self {
        let inner = WIDTH - 2.0 * MARGIN;
        let heading = Heading::new(&figure.title, &figure.subtitle, inner);
        let legend = Legend::new(figure.names(), inner);
        let top = MARGIN + heading.height() + PANEL_HEADING;
        let height = top + PLOT_HEIGHT + HEADS_LABELS + LEGEND_TOP + legend.height() + MARGIN;
        Self {
            size: (WIDTH as u32, height.ceil() as u32),
            heading,
            legend,
            top,
        }
    }
}

/// Draws `figure` as laid out.
pub(super) fn draw<DB: DrawingBackend>(
    pen: &Pen<'_, DB>,
    figure: &OracleFigure,
    layout: &Layout,
) -> Drawn<DB> {
    layout.heading.draw(pen)?;
    let frame = Frame {
        removed: false,
        heads: &figure.heads,
        values: &figure.values,
        left: MARGIN + VALUE_LABELS,
        right: WIDTH - MARGIN - PLOT_GAP,
        top: layout.top,
        bottom: layout.top + PLOT_HEIGHT,
    };
    // The shades hide the grid, which tells the values of what is above them.
    cloud(pen, figure, &frame)?;
    frame.draw(pen, &figure.split, &figure.value_name)?;
    let line: Vec<Point> = figure
        .cloud
        .iter()
        .map(|spread| (frame.x(spread.k), frame.y(spread.median)))
        .collect();
    pen.line(&line, MEDIAN_GREY, LINE)?;
    let best: Vec<Point> = placed(&figure.best, &frame, 0.0);
    pen.dashes(&best, DASHES, figure.best.style.colour, LINE)?;
    best.iter()
        .try_for_each(|&at| pen.marker(at, figure.best.style))?;
    for (i, curve) in figure.chosen.iter().enumerate().rev() {
        let aside = sidestep(i, figure.chosen.len(), &frame);
        placed(curve, &frame, aside)
            .iter()
            .try_for_each(|&at| pen.marker(at, curve.style))?;
    }
    legend(pen, figure, layout, frame.bottom + HEADS_LABELS + LEGEND_TOP)
}

/// How far to the right of its number of heads method `i` of `count` is marked.
fn sidestep(i: usize, count: usize, frame: &Frame<'_>) -> f64 {
    let gap = frame.heads.least_gap() * (frame.right - frame.left);
    // The outermost numbers stand as near to the edges as this.
    let edge = 2.0 * (frame.x(f64::from(frame.heads.first)) - frame.left);
    let step = SIDESTEP.min(ROOM * gap.min(edge) / count as f64);
    (i as f64 - (count - 1) as f64 / 2.0) * step
}

fn placed(curve: &Curve, frame: &Frame<'_>, aside: f64) -> Vec<Point> {
    let points = curve.points.iter();
    points
        .map(|&(k, value)| (frame.x(k) + aside, frame.y(value)))
        .collect()
}

/// The shades, the lightest first.
fn cloud<DB: DrawingBackend>(pen: &Pen<'_, DB>, figure: &OracleFigure, frame: &Frame<'_>) -> Drawn<DB> {
    for (i, grey) in GREYS.into_iter().enumerate() {
        let borders = figure
            .cloud
            .iter()
            .filter_map(|spread| Some((frame.x(spread.k), *spread.borders.get(i)?)));
        let borders: Vec<(f64, (f64, f64))> = borders.collect();
        let low = borders.iter().map(|(x, (low, _))| (*x, frame.y(*low)));
        let high = borders.iter().rev().map(|(x, (_, high))| (*x, frame.y(*high)));
        pen.area_of(&low.chain(high).collect::<Vec<Point>>(), grey)?;
    }
    Ok(())
}

fn legend<DB: DrawingBackend>(
    pen: &Pen<'_, DB>,
    figure: &OracleFigure,
    layout: &Layout,
    top: f64,
) -> Drawn<DB> {
    let curves = std::iter::once(&figure.best).chain(&figure.chosen);
    let styles: Vec<Style> = curves.map(|curve| curve.style).collect();
    let places = layout.legend.places(WIDTH, top);
    for ((i, name), (x, y)) in figure.names().enumerate().zip(places) {
        let line = [(x, y), (x + SAMPLE, y)];
        let middle = (x + SAMPLE / 2.0, y);
        if let Some(grey) = GREYS.get(i) {
            let half = 0.3 * LEGEND_ROW;
            let corners = [
                (x, y - half),
                (x + SAMPLE, y - half),
                (x + SAMPLE, y + half),
                (x, y + half),
            ];
            pen.area_of(&corners, *grey)?;
        } else if name == MEDIAN {
            pen.line(&line, MEDIAN_GREY, LINE)?;
        } else if let Some((style, of_best)) = i
            .checked_sub(SHADES.len() + 1)
            .and_then(|i| Some((*styles.get(i)?, i == 0)))
        {
            if of_best {
                pen.dashes(&line, DASHES, style.colour, LINE)?;
            }
            pen.marker(middle, style)?;
        }
        pen.text(name, (x + SAMPLE + SAMPLE_GAP, y), LABEL, INK, Anchor::Left)?;
    }
    Ok(())
}
