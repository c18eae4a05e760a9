//! Panels of curves over any two axes: what they show, before they are drawn.

mod draw;
mod scale;

use std::borrow::Cow;

use plotters::prelude::DrawingBackend;

pub(crate) use self::scale::Scale;
use super::cut::cut_note;
use super::pen::{Drawn, Pen};
use super::raster::Picture;
use super::style::Style;

/// A figure of panels under one title, with one legend.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Chart {
    /// File name, without extension.
    pub stem: String,
    pub title: String,
    /// What the marks mean.
    pub subtitle: String,
    /// What the curves of all panels are called, and how they are drawn.
    pub legend: Vec<Entry>,
    pub panels: Vec<ChartPanel>,
    /// Panels beside one another, at most.
    pub columns: usize,
}

/// An entry of the legend.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Entry {
    pub name: String,
    pub style: Style,
    /// Whether the legend lists it; what a panel's title names it need not.
    pub is_listed: bool,
    /// Whether it is a level across the panels, as the model with all heads is.
    pub is_level: bool,
}

/// One plot.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct ChartPanel {
    pub title: String,
    pub x: Scale,
    pub y: Scale,
    /// Levels across the plot: place in the legend, and value.
    pub levels: Vec<(usize, f64)>,
    /// From below to the top.
    pub curves: Vec<ChartCurve>,
}

/// Marks of one entry of the legend.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct ChartCurve {
    /// Its place in the legend.
    pub entry: usize,
    pub look: Look,
    pub marks: Vec<Mark>,
}

/// What a curve is in its panel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Look {
    /// A line through its marks.
    Joined,
    /// A thin line without marks.
    Line,
    /// A line of many points, of which a few have a mark.
    Run,
    /// Marks alone.
    Marks,
    /// A pale line with pale marks, for what is beside the point.
    Pale,
    /// A grey line, for what a panel is compared with.
    Behind,
}

/// A point, and how sure it is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Mark {
    pub x: f64,
    pub y: f64,
    pub interval: Option<(f64, f64)>,
}

/// Marks of one run, at most about.
const FEW_MARKS: usize = 8;
/// Marks nearer to one another than this, as a share of the axis, are set apart.
const SAME_PLACE: f64 = 0.012;
/// From the first of the marks at one place to the last.
const MOST_STEPS: f64 = 3.6;

impl ChartCurve {
    /// The points that have a mark of the curve's style, and their interval.
    pub fn marked(&self) -> impl Iterator<Item = &Mark> {
        let (first, step) = match self.look {
            Look::Joined | Look::Marks => (0, 1),
            Look::Run => {
                let step = (self.marks.len() / FEW_MARKS).max(1);
                // Runs that lie on each other have their marks at different places.
                (self.entry * 5 % step, step)
            }
            Look::Line | Look::Pale | Look::Behind => (self.marks.len(), 1),
        };
        self.marks.iter().skip(first).step_by(step)
    }
}

impl ChartPanel {
    /// How many steps to the right of its place a mark is drawn: those of curves without lines that stand at one place are set
    /// apart in the order of the legend.
    pub fn steps_aside(&self, curve: &ChartCurve, mark: &Mark) -> f64 {
        if curve.look != Look::Marks {
            return 0.0;
        }
        let at = self.x.position(mark.x);
        let is_there = |other: &&ChartCurve| {
            let mut marks = other.marks.iter();
            other.look == Look::Marks && marks.any(|mark| (self.x.position(mark.x) - at).abs() < SAME_PLACE)
        };
        let there = || self.curves.iter().filter(is_there);
        let before = there().filter(|other| other.entry < curve.entry).count();
        // Many stand closer, or the outer ones would leave the plot.
        let last = there().count() as f64 - 1.0;
        let narrowed = (MOST_STEPS / last.max(1.0)).min(1.0);
        (before as f64 - last / 2.0) * narrowed
    }

    /// Whether some mark is set apart from others at its place.
    pub fn is_set_apart(&self) -> bool {
        let is_aside = |curve: &ChartCurve| {
            curve
                .marks
                .iter()
                .any(|mark| self.steps_aside(curve, mark) != 0.0)
        };
        self.curves.iter().any(is_aside)
    }
}

impl Chart {
    /// The subtitle also says how many intervals are cut at the edge of their plot.
    pub fn with_cuts(mut self) -> Self {
        let is_cut = |panel: &ChartPanel, mark: &Mark| {
            mark.interval
                .is_some_and(|(low, high)| !panel.y.holds(low) || !panel.y.holds(high))
        };
        let of_panel = |panel: &ChartPanel| {
            let drawn = panel.curves.iter().flat_map(ChartCurve::marked);
            drawn.filter(|mark| is_cut(panel, mark)).count()
        };
        let count = self.panels.iter().map(of_panel).sum();
        self.subtitle.push_str(&cut_note(count));
        self
    }
}

impl Picture for Chart {
    fn file_stem(&self) -> Cow<'static, str> {
        self.stem.clone().into()
    }

    fn size(&self) -> (u32, u32) {
        draw::Layout::new(self).size
    }

    fn draw<DB: DrawingBackend>(&self, pen: &Pen<'_, DB>) -> Drawn<DB> {
        draw::draw(pen, self, &draw::Layout::new(self))
    }
}
