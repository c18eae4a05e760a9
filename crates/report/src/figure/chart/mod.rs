//! Panels of curves over any two axes: what they show, before they are drawn.

mod draw;
mod scale;

use std::borrow::Cow;

use plotters::prelude::DrawingBackend;

pub(crate) use self::scale::Scale;
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
