//! Fonts, inks and distances that all figures share, in pixels of the SVG.

use plotters::style::RGBColor;

use super::font::Font;

pub(super) const TITLE: Font = Font::semibold(32.0);
pub(super) const SUBTITLE: Font = Font::regular(26.0);
pub(super) const PANEL_TITLE: Font = Font::semibold(28.0);
pub(super) const LABEL: Font = Font::regular(26.0);
pub(super) const TICK: Font = Font::regular(24.0);

pub(super) const INK: RGBColor = RGBColor(30, 30, 30);
pub(super) const SOFT_INK: RGBColor = RGBColor(85, 85, 85);
pub(super) const GRID: RGBColor = RGBColor(225, 225, 225);
pub(super) const AXIS: RGBColor = RGBColor(110, 110, 110);

/// Around the whole figure.
pub(super) const MARGIN: f64 = 36.0;
/// From one line of text to the next, in ems.
pub(super) const LEADING: f64 = 1.6;
/// Above a plot: its name.
pub(super) const PANEL_HEADING: f64 = 2.3 * PANEL_TITLE.size;
pub(super) const LEGEND_ROW: f64 = 46.0;
