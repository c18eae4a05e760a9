//! The lines above a figure: its title, and below it what the marks mean.

use plotters::prelude::*;

use super::pen::{Anchor, Drawn, Pen};
use super::theme::{INK, LEADING, MARGIN, SOFT_INK, SUBTITLE, TITLE};

/// A title and a subtitle, broken into lines.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Heading {
    title: Vec<String>,
    subtitle: Vec<String>,
}

impl Heading {
    /// In lines of `width` at most.
    pub fn new(title: &str, subtitle: &str, width: f64) -> Self {
        Self {
            title: TITLE.wrap(title, width),
            subtitle: SUBTITLE.wrap(subtitle, width),
        }
    }

    pub fn height(&self) -> f64 {
        (self.title.len() as f64 * TITLE.size + self.subtitle.len() as f64 * SUBTITLE.size) * LEADING
    }

    /// At the top left of the figure, within its margin.
    pub fn draw<DB: DrawingBackend>(&self, pen: &Pen<'_, DB>) -> Drawn<DB> {
        let mut y = MARGIN;
        for (lines, font, colour) in [(&self.title, TITLE, INK), (&self.subtitle, SUBTITLE, SOFT_INK)] {
            for line in lines {
                pen.text(line, (MARGIN, y + font.size / 2.0), font, colour, Anchor::Left)?;
                y += font.size * LEADING;
            }
        }
        Ok(())
    }
}
