//! Panels of curves over any two axes: what they show, before they are drawn.

mod aside;
mod draw;
mod scale;

use std::borrow::Cow;
use std::collections::BTreeSet;

use plotters::prelude::DrawingBackend;

use self::aside::{Spot, steps_aside};
pub(crate) use self::scale::Scale;
use super::cut::{GAP_NOTE, cut_note};
use super::pen::{Drawn, Pen};
use super::raster::Picture;
use super::style::Style;
use crate::curves::CurvePoint;

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
    /// What an interval of a mark is.
    pub bars: &'static str,
    /// Whether a page draws curves beside one another at each number of heads.
    pub sets_apart: bool,
}

/// What the intervals of means over seeds are.
pub(crate) const T_INTERVAL: &str = "95 % interval";

/// An entry of the legend.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Entry {
    pub name: String,
    pub style: Style,
    /// Whether the legend lists it; what a panel's title names it need not.
    pub is_listed: bool,
    /// Whether it is a level across the panels, as the model with all heads is.
    pub is_level: bool,
    /// Whether a page shows it before a reader asks for it.
    pub is_main: bool,
}

/// One plot.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct ChartPanel {
    pub title: String,
    pub x: Scale,
    pub y: Scale,
    /// Levels across the plot: place in the legend, and the mark of the model with all heads.
    pub levels: Vec<(usize, Mark)>,
    /// From below to the top.
    pub curves: Vec<ChartCurve>,
}

/// Marks of one entry of the legend. A line that breaks is several of these in one panel.
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
    /// Pale points alone: single seeds.
    Seeds,
}

/// A point, and how sure it is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Mark {
    pub x: f64,
    pub y: f64,
    pub interval: Option<(f64, f64)>,
    /// The runs that it is the mean of, where it is one of a curve.
    pub runs: Option<Runs>,
}

/// What a mean is of.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Runs {
    pub seeds: usize,
    /// Fewest and most heads that a seed kept.
    pub kept: (u32, u32),
    /// Whether every seed kept the number that was asked for.
    pub is_exact: bool,
}

impl Runs {
    pub fn of(point: &CurvePoint) -> Self {
        Self {
            seeds: point.n,
            kept: (point.k_low, point.k_high),
            is_exact: point.is_exact(),
        }
    }
}

impl Mark {
    /// A point of which nothing else is known.
    pub fn at(x: f64, y: f64) -> Self {
        Self {
            x,
            y,
            interval: None,
            runs: None,
        }
    }

    /// The mean of a point against the heads that it keeps, in units of which `factor` make one of its own.
    pub fn of(point: &CurvePoint, factor: f64) -> Self {
        let interval = point.ci_low.zip(point.ci_high);
        Self {
            x: point.k,
            y: point.mean * factor,
            interval: interval.map(|(low, high)| (low * factor, high * factor)),
            runs: Some(Runs::of(point)),
        }
    }
}

/// Marks of one run, at most about.
const FEW_MARKS: usize = 8;

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
            Look::Line | Look::Pale | Look::Behind | Look::Seeds => (self.marks.len(), 1),
        };
        self.marks.iter().skip(first).step_by(step)
    }
}

impl ChartPanel {
    /// Whether some line is in pieces.
    fn has_gaps(&self) -> bool {
        let lines: Vec<usize> = self
            .curves
            .iter()
            .filter(|curve| curve.look == Look::Joined)
            .map(|curve| curve.entry)
            .collect();
        let distinct: BTreeSet<usize> = lines.iter().copied().collect();
        distinct.len() < lines.len()
    }

    /// How many steps to the right of its place a mark is drawn: those of curves without lines that would lie on one another are
    /// set apart, at one place in the order of the legend.
    pub fn steps_aside(&self, curve: &ChartCurve, mark: &Mark) -> f64 {
        if curve.look != Look::Marks {
            return 0.0;
        }
        let mut curves: Vec<&ChartCurve> = self
            .curves
            .iter()
            .filter(|curve| curve.look == Look::Marks)
            .collect();
        curves.sort_by_key(|curve| curve.entry);
        let all = curves
            .iter()
            .flat_map(|curve| curve.marks.iter().map(|mark| (curve.entry, mark)));
        let all: Vec<(usize, &Mark)> = all.collect();
        let spot = |(_, mark): &(usize, &Mark)| {
            let height = |value| self.y.position(value);
            let interval = mark.interval.map(|(low, high)| (height(low), height(high)));
            Spot::new((self.x.position(mark.x), height(mark.y)), interval)
        };
        let spots: Vec<Spot> = all.iter().map(spot).collect();
        let place = all.iter().position(|of| *of == (curve.entry, mark));
        place
            .and_then(|place| steps_aside(&spots).get(place).copied())
            .unwrap_or(0.0)
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
    /// The subtitle also says how many intervals are cut at the edge of their plot, and whether lines have gaps.
    pub fn with_notes(mut self) -> Self {
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
        if self.panels.iter().any(ChartPanel::has_gaps) {
            self.subtitle.push_str(GAP_NOTE);
        }
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
