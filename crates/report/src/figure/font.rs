//! The bundled font: how wide text is, and where its letters stand.

use std::sync::LazyLock;

use ab_glyph::{Font as _, FontRef, Glyph, PxScale, ScaleFont, point};
use plotters::style::{FontDesc, FontFamily, FontStyle};

/// Open Sans under the Apache License 2.0, see `assets/README.md`.
static REGULAR: LazyLock<FontRef<'static>> =
    LazyLock::new(|| parse(include_bytes!("../../assets/OpenSans-Regular.ttf")));
static SEMIBOLD: LazyLock<FontRef<'static>> =
    LazyLock::new(|| parse(include_bytes!("../../assets/OpenSans-Semibold.ttf")));

#[expect(
    clippy::expect_used,
    reason = "the bytes are part of the program, and every figure's test parses them"
)]
fn parse(bytes: &'static [u8]) -> FontRef<'static> {
    FontRef::try_from_slice(bytes).expect("the bundled font is a font")
}

/// plotters writes 1/1.24 of its font size as the SVG's.
const PLOTTERS_SIZE: f64 = 1.24;

/// A size and weight of text.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Font {
    /// The em, in layout units.
    pub size: f64,
    bold: bool,
}

impl Font {
    pub const fn regular(size: f64) -> Self {
        Self { size, bold: false }
    }

    pub const fn semibold(size: f64) -> Self {
        Self { size, bold: true }
    }

    /// This font in another size.
    pub fn scaled(self, share: f64) -> Self {
        Self {
            size: self.size * share,
            ..self
        }
    }

    /// The font that plotters' style names.
    pub fn of_style(size: f64, style: &FontStyle) -> Self {
        Self {
            size: size / PLOTTERS_SIZE,
            bold: matches!(style, FontStyle::Bold),
        }
    }

    /// This font for plotters, at `unit` pixels to a layout unit.
    pub fn describe(self, unit: f64) -> FontDesc<'static> {
        let weight = if self.bold {
            FontStyle::Bold
        } else {
            FontStyle::Normal
        };
        // The generic family: a reader of the SVG sees a font of the same kind, whatever is installed.
        FontDesc::new(FontFamily::SansSerif, self.size * unit * PLOTTERS_SIZE, weight)
    }

    pub fn face(self) -> &'static FontRef<'static> {
        if self.bold { &SEMIBOLD } else { &REGULAR }
    }

    /// Whether the font has a shape for a character.
    pub fn has(self, character: char) -> bool {
        self.face().glyph_id(character).0 != 0
    }

    fn scale(self) -> PxScale {
        let face = self.face();
        PxScale::from(self.size as f32 * face.height_unscaled() / face.units_per_em().unwrap_or(2048.0))
    }

    /// The letters of `text` on a baseline from (0, 0), and their width together.
    pub fn set(self, text: &str) -> (Vec<Glyph>, f64) {
        let face = self.face().as_scaled(self.scale());
        let (mut x, mut before) = (0.0, None);
        let mut glyphs = Vec::new();
        for letter in text.chars() {
            let id = face.glyph_id(letter);
            x += before.map_or(0.0, |before| face.kern(before, id));
            glyphs.push(id.with_scale_and_position(self.scale(), point(x, 0.0)));
            x += face.h_advance(id);
            before = Some(id);
        }
        (glyphs, f64::from(x))
    }

    /// The width of `text`, with a margin: an SVG may be shown in a wider font.
    pub fn width(self, text: &str) -> f64 {
        self.set(text).1 * 1.18
    }

    /// `text` in lines no wider than `width`, broken at spaces.
    pub fn wrap(self, text: &str, width: f64) -> Vec<String> {
        let mut lines: Vec<String> = Vec::new();
        for word in text.split_whitespace() {
            match lines.last_mut() {
                Some(line) if self.width(&format!("{line} {word}")) <= width => {
                    line.push(' ');
                    line.push_str(word);
                }
                _ => lines.push(word.to_owned()),
            }
        }
        lines
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_weights_have_every_letter_a_title_needs() {
        for font in [Font::regular(20.0), Font::semibold(20.0)] {
            let face = font.face();
            for letter in ('!'..='~').chain("—–±×≥äöüßéαλτ…’".chars()) {
                assert_ne!(face.glyph_id(letter).0, 0, "{letter}");
            }
        }
    }

    #[test]
    fn long_lines_break_at_spaces_and_lose_nothing() {
        let font = Font::regular(26.0);
        let text = "Mean over three seeds of a corpus with a name that goes on and on";
        let lines = font.wrap(text, 300.0);
        assert!(lines.len() > 1 && lines.iter().all(|line| font.width(line) <= 300.0));
        assert_eq!(lines.join(" "), text);
    }
}
