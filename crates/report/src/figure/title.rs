//! The name above a panel, as small or in as many lines as the panel's width asks for.

use plotters::prelude::DrawingBackend;

use super::font::Font;
use super::pen::{Anchor, Drawn, Pen};
use super::theme::{INK, PANEL_TITLE};

/// A name smaller than this share of its usual size is broken into two lines instead.
const SMALLEST: f64 = 0.75;
/// From one line to the next, in ems.
const LEADING: f64 = 1.2;

/// The name of a panel in lines of one size.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct PanelTitle {
    lines: Vec<String>,
    font: Font,
}

impl PanelTitle {
    /// `text` within `width`.
    pub fn new(text: &str, width: f64) -> Self {
        let one = vec![text.to_owned()];
        let share = share_of(&one, width);
        if share >= SMALLEST {
            return Self::sized(one, share);
        }
        let two = halves(text);
        let share = share_of(&two, width);
        // Two lines have room above a plot up to this size.
        Self::sized(two, share.min(SMALLEST))
    }

    fn sized(lines: Vec<String>, share: f64) -> Self {
        Self {
            lines,
            font: PANEL_TITLE.scaled(share),
        }
    }

    /// From `left` on, above the upper edge `top` of the plot.
    pub fn draw<DB: DrawingBackend>(&self, pen: &Pen<'_, DB>, (left, top): (f64, f64)) -> Drawn<DB> {
        // Two lines stand lower: the ticks of a plot above are near.
        let last = match self.lines.len() {
            1 => top - 0.95 * PANEL_TITLE.size,
            _ => top - 0.9 * self.font.size,
        };
        for (above, line) in self.lines.iter().rev().enumerate() {
            let y = last - above as f64 * LEADING * self.font.size;
            pen.text(line, (left, y), self.font, INK, Anchor::Left)?;
        }
        Ok(())
    }
}

/// The share of its usual size at which the widest of `lines` fits in `width`, 1 at most.
fn share_of(lines: &[String], width: f64) -> f64 {
    let widths = lines.iter().map(|line| PANEL_TITLE.width(line));
    let widest = widths.fold(0.0, f64::max);
    if widest > width { width / widest } else { 1.0 }
}

/// Broken at the space that leaves the narrower pair of lines; one line where there is no space.
fn halves(text: &str) -> Vec<String> {
    let pairs = text
        .match_indices(' ')
        .map(|(at, space)| vec![text[..at].to_owned(), text[at + space.len()..].to_owned()]);
    let widest = |lines: &Vec<String>| -> f64 {
        let widths = lines.iter().map(|line| PANEL_TITLE.width(line));
        widths.fold(0.0, f64::max)
    };
    pairs
        .min_by(|a, b| widest(a).total_cmp(&widest(b)))
        .unwrap_or_else(|| vec![text.to_owned()])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_title_shrinks_then_breaks_and_never_leaves_its_width() {
        let name = "michel-finetuned (token-abs)";
        let full = PANEL_TITLE.width(name);
        let as_usual = PanelTitle::new(name, full + 1.0);
        assert_eq!((as_usual.lines.len(), as_usual.font), (1, PANEL_TITLE));
        let smaller = PanelTitle::new(name, 0.8 * full);
        assert!(smaller.lines.len() == 1 && smaller.font.size < PANEL_TITLE.size);
        let broken = PanelTitle::new(name, 0.5 * full);
        assert_eq!(broken.lines, ["michel-finetuned", "(token-abs)"]);
        for share in [1.0, 0.9, 0.76, 0.74, 0.5, 0.3, 0.1] {
            let title = PanelTitle::new(name, share * full);
            for line in &title.lines {
                assert!(title.font.width(line) <= share * full + 0.1, "{title:?}");
            }
        }
        assert_eq!(PanelTitle::new("unbroken-name", 60.0).lines, ["unbroken-name"]);
    }
}
