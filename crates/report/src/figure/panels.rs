//! Lays out figures with one panel a method, whose columns are numbers of heads kept.

use plotters::prelude::*;

use super::columns::MethodColumns;
use super::font::Font;
use super::heading::Heading;
use super::pen::{Anchor, Drawn, Pen};
use super::theme::{INK, LABEL, MARGIN, PANEL_HEADING, TICK};
use super::title::PanelTitle;

/// The width a figure has where its panels do not need more.
const WIDTH: f64 = 1500.0;
/// Between panels beside one another.
const GAP: f64 = 40.0;
/// Panels beside one another, at most.
const MOST_COLUMNS: usize = 3;
/// With more panels than this, two stand beside one another even if their numbers no longer fit.
const FEW_PANELS: usize = 3;
/// The width of a column in which a number can be read, that of the narrowest column, and that of the widest.
const READABLE: f64 = 54.0;
const NARROWEST: f64 = 26.0;
const WIDEST: f64 = 104.0;
/// From a plot to the number of heads below it.
const TICK_GAP: f64 = 14.0;
/// Below the last row of panels: the name of the axis.
const AXIS_NAME: f64 = 62.0;

/// Between the names of panels beside one another.
const TITLE_GAP: f64 = 20.0;
/// Numbers of heads where they are turned.
const TURNED: Font = Font::regular(21.0);

/// Where the panels stand, in pixels of the SVG.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Panels {
    pub heading: Heading,
    /// Width of the whole figure.
    pub width: f64,
    /// Width of one number of heads.
    pub slot: f64,
    /// Panels.
    count: usize,
    /// Panels beside one another.
    columns: usize,
    /// Left edge of the first plot.
    left: f64,
    /// Numbers of heads in the panel that has the most.
    slots: usize,
    /// Height of a plot.
    height: f64,
    /// Below a plot: its numbers of heads.
    ticks: f64,
    turned: bool,
}

/// The rectangle of one plot.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Plot {
    pub left: f64,
    pub top: f64,
    pub bottom: f64,
}

impl Panels {
    /// For plots of `height`, with `labels` of room left of the first in each row and `slots` numbers of heads at most,
    /// the widest of them as wide as `ticks` say.
    pub fn new<'a>(
        (title, subtitle): (&str, &str),
        count: usize,
        slots: usize,
        labels: f64,
        height: f64,
        ticks: impl Iterator<Item = &'a str> + Clone,
    ) -> Self {
        let slots = slots.max(1);
        let slot_of = |columns: usize| {
            let share = (WIDTH - 2.0 * MARGIN - labels + GAP) / columns as f64 - GAP;
            (share / slots as f64).floor().clamp(NARROWEST, WIDEST)
        };
        let readable = (1..=MOST_COLUMNS.min(count))
            .rev()
            .find(|&columns| slot_of(columns) >= READABLE)
            .unwrap_or(1);
        let columns = match readable {
            1 if count > FEW_PANELS && slot_of(2) > NARROWEST => 2,
            _ => readable,
        };
        let slot = slot_of(columns);
        let inside = columns as f64 * (slot * slots as f64 + GAP) - GAP + labels;
        let width = (inside + 2.0 * MARGIN).max(WIDTH);
        let turned = ticks.clone().any(|tick| TICK.width(tick) > slot - 4.0);
        let ticks = if turned {
            ticks.map(|tick| TURNED.width(tick)).fold(0.0, f64::max) + TICK_GAP
        } else {
            TICK_GAP + TICK.size
        };
        Self {
            heading: Heading::new(title, subtitle, width - 2.0 * MARGIN),
            width,
            slot,
            count,
            columns,
            left: ((width - inside) / 2.0 + labels).floor(),
            slots,
            height,
            ticks,
            turned,
        }
    }

    /// The plot of panel `i`.
    pub fn plot(&self, i: usize) -> Plot {
        let (row, column) = ((i / self.columns) as f64, (i % self.columns) as f64);
        let left = self.left + column * (self.slot * self.slots as f64 + GAP);
        let step = PANEL_HEADING + self.height + self.ticks;
        let top = (MARGIN + self.heading.height() + PANEL_HEADING + row * step).floor();
        Plot {
            left,
            top,
            bottom: top + self.height,
        }
    }

    /// What the name of panel `i` may take: up to its neighbour, and for the last in a row up to the margin.
    fn title_width(&self, i: usize) -> f64 {
        let is_last = (i + 1).is_multiple_of(self.columns);
        if is_last {
            self.width - MARGIN - self.plot(i).left
        } else {
            self.slot * self.slots as f64 + GAP - TITLE_GAP
        }
    }

    /// The plots that have nothing left of them, where a vertical axis has its labels.
    pub fn first_of_rows(&self) -> impl Iterator<Item = Plot> {
        (0..self.count).step_by(self.columns).map(|i| self.plot(i))
    }

    /// From the left edge of the first plot to the right edge of the last in its row.
    pub fn span(&self) -> (f64, f64) {
        let width = self.columns as f64 * (self.slot * self.slots as f64 + GAP) - GAP;
        (self.left, self.left + width)
    }

    /// The lower end of all panels and of what belongs to them.
    pub fn bottom(&self) -> f64 {
        self.plot(self.count.saturating_sub(1)).bottom + self.ticks + AXIS_NAME
    }

    /// Left edge of column `j` of a plot.
    pub fn x(&self, plot: Plot, j: usize) -> f64 {
        plot.left + self.slot * j as f64
    }

    /// The heading, the name of each method, the numbers of heads under each panel and the name of their axis.
    pub fn draw<DB: DrawingBackend>(
        &self,
        pen: &Pen<'_, DB>,
        methods: &[MethodColumns],
        axis_name: &str,
    ) -> Drawn<DB> {
        self.heading.draw(pen)?;
        for (i, method) in methods.iter().enumerate() {
            let plot = self.plot(i);
            PanelTitle::new(&method.name, self.title_width(i)).draw(pen, (plot.left, plot.top))?;
            for (j, column) in method.columns.iter().enumerate() {
                self.tick(pen, plot, j, &column.label)?;
            }
        }
        let (left, right) = self.span();
        let at = ((left + right) / 2.0, self.bottom() - 0.45 * AXIS_NAME);
        pen.text(axis_name, at, LABEL, INK, Anchor::Centre)
    }

    /// The number of heads under column `j`.
    pub fn tick<DB: DrawingBackend>(
        &self,
        pen: &Pen<'_, DB>,
        plot: Plot,
        j: usize,
        label: &str,
    ) -> Drawn<DB> {
        let x = self.x(plot, j) + self.slot / 2.0;
        if self.turned {
            let y = plot.bottom + TICK_GAP + TURNED.set(label).1 / 2.0;
            pen.text(label, (x, y), TURNED, INK, Anchor::Upwards)
        } else {
            let y = plot.bottom + TICK_GAP + TICK.size / 2.0;
            pen.text(label, (x, y), TICK, INK, Anchor::Centre)
        }
    }
}
