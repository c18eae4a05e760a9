//! The rectangle of a plot of values against heads kept: where a point stands in it, and the axes around it.

use plotters::prelude::*;

use super::axis::{HeadsAxis, ValueAxis};
use super::font::Font;
use super::pen::{Anchor, Drawn, Pen};
use super::theme::{AXIS, GRID, INK, LABEL, PANEL_TITLE, SOFT_INK, TICK};

/// Left of a plot: the axis's name and its tick labels.
pub(super) const VALUE_LABELS: f64 = 132.0;
/// Below a plot: tick labels and the axis's name.
pub(super) const HEADS_LABELS: f64 = 104.0;

/// Shares of heads removed.
const SHARE: Font = Font::regular(20.0);

/// A rectangle between two axes, in pixels of the SVG.
#[derive(Debug, Clone, Copy)]
pub(super) struct Frame<'a> {
    /// Whether the upper edge tells the share of heads removed.
    pub removed: bool,
    pub heads: &'a HeadsAxis,
    pub values: &'a ValueAxis,
    pub left: f64,
    pub right: f64,
    pub top: f64,
    pub bottom: f64,
}

impl Frame<'_> {
    pub fn x(&self, k: f64) -> f64 {
        self.left + self.heads.position(k) * (self.right - self.left)
    }

    pub fn y(&self, value: f64) -> f64 {
        self.bottom - self.values.position(value) * (self.bottom - self.top)
    }

    /// The axes with their ticks and names, and above them the name of the plot.
    pub fn draw<DB: DrawingBackend>(&self, pen: &Pen<'_, DB>, title: &str, value_name: &str) -> Drawn<DB> {
        let Self {
            removed,
            heads,
            values,
            left,
            right,
            top,
            bottom,
        } = *self;
        let middle = (left + right) / 2.0;
        let title_height = if removed { 1.75 } else { 0.95 };
        pen.text(
            title,
            (left, top - title_height * PANEL_TITLE.size),
            PANEL_TITLE,
            INK,
            Anchor::Left,
        )?;

        for &tick in &values.ticks {
            let y = self.y(tick);
            pen.line(&[(left, y), (right, y)], GRID, 1.5)?;
            let label = format!("{tick:.*}", values.decimals);
            pen.text(&label, (left - 14.0, y), TICK, INK, Anchor::Right)?;
        }
        let mark = |k: u32, length: f64| {
            let x = self.x(f64::from(k));
            pen.line(&[(x, bottom), (x, bottom + length)], AXIS, 2.0)
        };
        heads.ticks.iter().try_for_each(|&k| mark(k, 7.0))?;
        let width = |k: u32| TICK.width(&k.to_string()) + 8.0;
        for k in heads.labels(right - left, width) {
            mark(k, 12.0)?;
            let at = (self.x(f64::from(k)), bottom + 32.0);
            pen.text(&k.to_string(), at, TICK, INK, Anchor::Centre)?;
        }
        pen.line(&[(left, top), (left, bottom), (right, bottom)], AXIS, 2.0)?;
        if removed {
            self.shares(pen)?;
        }

        let scale = match (heads.logarithmic, heads.first) {
            (false, _) => "",
            (true, 0) => ", log scale from 1 on",
            (true, _) => ", log scale",
        };
        let name = format!("attention heads kept (of {}{scale})", heads.n_heads);
        pen.text(&name, (middle, bottom + 78.0), LABEL, INK, Anchor::Centre)?;
        let at = (left - VALUE_LABELS + 22.0, (top + bottom) / 2.0);
        pen.text(value_name, at, LABEL, INK, Anchor::Upwards)
    }

    /// Above the plot: the share of heads that is removed, at the numbers kept that have room for it.
    fn shares<DB: DrawingBackend>(&self, pen: &Pen<'_, DB>) -> Drawn<DB> {
        let share = |k: u32| self.heads.removed(k);
        let y = self.top - 0.75 * SHARE.size;
        let at = (self.right, self.top - 2.0 * SHARE.size);
        pen.text("share of heads removed", at, SHARE, SOFT_INK, Anchor::Right)?;
        let width = |k: u32| SHARE.width(&share(k)) + 8.0;
        for k in self.heads.labels(self.right - self.left, width) {
            let x = self.x(f64::from(k));
            pen.line(&[(x, self.top), (x, self.top + 7.0)], AXIS, 2.0)?;
            pen.text(&share(k), (x, y), SHARE, SOFT_INK, Anchor::Centre)?;
        }
        Ok(())
    }
}
