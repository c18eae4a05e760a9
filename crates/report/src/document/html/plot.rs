//! Where the numbers of a panel stand on the page.

use crate::figure::{Chart, ChartPanel};

pub(super) const WIDTH: f64 = 480.0;
pub(super) const LEFT: f64 = 66.0;
pub(super) const RIGHT: f64 = 14.0;
const BOTTOM: f64 = 52.0;
/// Between the ends of an axis of heads and its plot, for the curves that are set apart there.
const INSET: f64 = 18.0;
/// The width of a letter of the tick labels, about, on a phone.
const LETTER: f64 = 9.5;

/// Where a panel's numbers stand.
pub(super) struct Plot<'a> {
    pub panel: &'a ChartPanel,
    pub top: f64,
    pub height: f64,
    inset: f64,
    /// Shares of heads removed: the number kept that each belongs to, and its label.
    pub removed: Vec<(f64, String)>,
}

impl<'a> Plot<'a> {
    pub fn new(chart: &Chart, panel: &'a ChartPanel) -> Self {
        let mut plot = Self {
            panel,
            top: 28.0,
            height: if chart.columns < 3 { 350.0 } else { 320.0 },
            inset: if chart.sets_apart { INSET } else { 0.0 },
            removed: Vec::new(),
        };
        plot.removed = panel.x.removed(plot.length(), room);
        if !plot.removed.is_empty() {
            plot.top = 50.0;
        }
        plot
    }

    pub fn x(&self, value: f64) -> f64 {
        LEFT + self.inset + self.panel.x.position(value) * self.length()
    }

    /// The length of the axis below.
    pub fn length(&self) -> f64 {
        WIDTH - LEFT - RIGHT - 2.0 * self.inset
    }

    pub fn y(&self, value: f64) -> f64 {
        self.bottom() - self.panel.y.position(value) * (self.bottom() - self.top)
    }

    /// The distance of the nearest numbers of heads, where curves are set apart between them.
    pub fn gap(&self, chart: &Chart) -> Option<f64> {
        let gap = self.panel.x.least_gap().filter(|_| chart.sets_apart)?;
        Some(gap * self.length())
    }

    pub fn bottom(&self) -> f64 {
        self.height - BOTTOM
    }
}

/// What a label of a tick needs beside others.
pub(super) fn room(label: &str) -> f64 {
    LETTER * label.chars().count() as f64 + 10.0
}
