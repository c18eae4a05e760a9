//! Draws one panel: its axes, the intervals, and the curves on top.

use plotters::prelude::*;

use super::{Marked, MetricFigure, Other, Panel, pruned};
use crate::figure::font::Font;
use crate::figure::frame::Frame;
use crate::figure::pen::{Anchor, Drawn, Pen, Point};
use crate::figure::strokes::{DENSE_DASHES, DENSE_LINE, curve_line};
use crate::figure::style::{PUBLISHED, Style};
use crate::figure::theme::SOFT_INK;

const SOURCE: Font = Font::regular(18.0);
/// Opacity of a band.
const BAND: f64 = 0.14;
/// Opacity and width of the bars of many curves.
const MANY_BARS: (f64, f64) = (0.55, 2.0);
/// The same of the bars from fewest to most heads.
const HEADS_BAR: (f64, f64) = (0.75, 2.0);
/// Opacity of the point of a single seed.
const SINGLE_SEED: f64 = 0.35;
/// Distance of neighbouring curves at one number of heads, at most.
const SIDESTEP: f64 = 4.5;

/// One panel's rectangle of curves.
pub(super) struct Plot<'a> {
    pub figure: &'a MetricFigure,
    pub frame: Frame<'a>,
}

impl Plot<'_> {
    fn x(&self, k: f64) -> f64 {
        self.frame.x(k)
    }

    fn y(&self, value: f64) -> f64 {
        self.frame.y(value)
    }

    /// How far to the right of its number of heads a curve is drawn, so that intervals at one number stand side by side.
    fn sidestep(&self, curve: usize) -> f64 {
        if !self.figure.has_many_curves() {
            return 0.0;
        }
        let curves = pruned(&self.figure.legend).count();
        let gap = self.figure.heads.least_gap() * (self.frame.right - self.frame.left);
        let step = SIDESTEP.min(0.7 * gap / curves as f64);
        // Dense has a place in the legend, and none here.
        let first = self.figure.legend.len() - curves;
        (curve as f64 - first as f64 - (curves - 1) as f64 / 2.0) * step
    }

    pub fn axes<DB: DrawingBackend>(&self, pen: &Pen<'_, DB>, panel: &Panel) -> Drawn<DB> {
        self.frame.draw(pen, &panel.split, &self.figure.measure.label())
    }

    pub fn curves<DB: DrawingBackend>(&self, pen: &Pen<'_, DB>, panel: &Panel) -> Drawn<DB> {
        // Under everything else, and the legend's first curve on top of the others.
        let styled =
            || {
                panel.curves.iter().rev().filter_map(|(i, points)| {
                    Some((self.figure.legend.get(*i)?.1, self.sidestep(*i), points))
                })
            };
        if let Some(Marked {
            interval: Some((low, high)),
            ..
        }) = &panel.dense
        {
            let (high, low) = (self.y(*high), self.y(*low));
            let Frame { left, right, .. } = self.frame;
            let corners = [(left, high), (right, high), (right, low), (left, low)];
            pen.area_of(&corners, BLACK.mix(0.07))?;
        }
        for (style, aside, points) in styled() {
            if self.figure.has_many_curves() {
                let (opacity, width) = MANY_BARS;
                for point in points {
                    self.bar(pen, point, aside, (style.colour.mix(opacity), width))?;
                }
            } else {
                // A band ends where a point has no interval.
                for run in points.chunk_by(|a, b| a.interval.is_some() == b.interval.is_some()) {
                    match run {
                        [point] => self.bar(pen, point, aside, (style.colour.to_rgba(), 2.5))?,
                        _ => self.band(pen, run, style)?,
                    }
                }
            }
        }
        for (style, aside, points) in styled() {
            let faint = style.colour.mix(SINGLE_SEED);
            for (k, value) in points.iter().flat_map(|point| &point.seeds) {
                if self.figure.values.holds(*value) {
                    pen.dot((self.x(*k) + aside, self.y(*value)), faint)?;
                }
            }
        }
        if let Some(dense) = &panel.dense {
            let y = self.y(dense.mean);
            pen.dashes(
                &[(self.frame.left, y), (self.frame.right, y)],
                DENSE_DASHES,
                BLACK,
                DENSE_LINE,
            )?;
        }
        for (style, aside, points) in styled() {
            for point in points {
                if let Some((fewest, most)) = point.kept {
                    let y = self.y(point.mean);
                    let ends = [(self.x(fewest) + aside, y), (self.x(most) + aside, y)];
                    let (colour, width) = (style.colour.mix(HEADS_BAR.0), HEADS_BAR.1);
                    pen.line(&ends, colour, width)?;
                    for (x, y) in ends {
                        pen.line(&[(x, y - 5.0), (x, y + 5.0)], colour, width)?;
                    }
                }
            }
            let line: Vec<Point> = points
                .iter()
                .map(|point| (self.x(point.k) + aside, self.y(point.mean)))
                .collect();
            curve_line(pen, &line, style)?;
            line.iter().try_for_each(|&at| pen.marker(at, style))?;
        }
        self.published(pen, panel)
    }

    /// What others have published, with its source beside it where there is room.
    fn published<DB: DrawingBackend>(&self, pen: &Pen<'_, DB>, panel: &Panel) -> Drawn<DB> {
        let mut labelled: Vec<(f64, f64, f64)> = Vec::new();
        for Other { k, value, source } in &panel.published {
            // Beyond the axis it would stand at a wrong place.
            if !self.figure.values.holds(*value) {
                continue;
            }
            let (x, y) = (self.x(*k), self.y(*value));
            pen.marker((x, y), PUBLISHED)?;
            let width = SOURCE.width(source);
            let is_free = |(left, right, height): &(f64, f64, f64)| {
                (y - height).abs() > 1.2 * SOURCE.size || x - width > *right || x < *left
            };
            if labelled.iter().all(is_free) {
                pen.text(source, (x - 14.0, y), SOURCE, SOFT_INK, Anchor::Right)?;
                labelled.push((x - 14.0 - width, x, y));
            }
        }
        Ok(())
    }

    /// The interval of one point.
    fn bar<DB: DrawingBackend>(
        &self,
        pen: &Pen<'_, DB>,
        point: &Marked,
        aside: f64,
        (colour, width): (RGBAColor, f64),
    ) -> Drawn<DB> {
        let Some((low, high)) = point.interval else {
            return Ok(());
        };
        let x = self.x(point.k) + aside;
        let cap = 2.8 * width;
        // An interval that goes on beyond the axis has no end there.
        for end in [low, high]
            .into_iter()
            .filter(|&end| self.figure.values.holds(end))
        {
            let y = self.y(end);
            pen.line(&[(x - cap, y), (x + cap, y)], colour, width)?;
        }
        pen.line(&[(x, self.y(low)), (x, self.y(high))], colour, width)
    }

    /// The intervals of neighbouring points.
    fn band<DB: DrawingBackend>(&self, pen: &Pen<'_, DB>, run: &[Marked], style: Style) -> Drawn<DB> {
        let edge = |end: fn((f64, f64)) -> f64| {
            run.iter()
                .filter_map(move |point| Some((self.x(point.k), self.y(end(point.interval?)))))
        };
        let outline: Vec<Point> = edge(|ci| ci.0)
            .chain(edge(|ci| ci.1).collect::<Vec<Point>>().into_iter().rev())
            .collect();
        if outline.is_empty() {
            return Ok(());
        }
        pen.area_of(&outline, style.colour.mix(BAND))
    }
}
