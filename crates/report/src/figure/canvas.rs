//! plotters' bitmap with text from the bundled font, set to fractions of a pixel.

use std::cell::RefCell;

use ab_glyph::Font as _;
use plotters::prelude::*;
use plotters_backend::text_anchor::{HPos, VPos};
use plotters_backend::{BackendColor, BackendCoord, BackendTextStyle, DrawingErrorKind};

use super::font::Font;
use super::missing::Missing;

/// An RGB bitmap.
pub(super) struct Canvas<'a> {
    bitmap: BitMapBackend<'a>,
    /// Characters of its text that the font lacks.
    missing: &'a RefCell<Missing>,
}

type ErrorOf<'a> = <BitMapBackend<'a> as DrawingBackend>::ErrorType;
type Drawn<'a> = Result<(), DrawingErrorKind<ErrorOf<'a>>>;

impl<'a> Canvas<'a> {
    /// On `pixels`, three bytes each, `size` wide and high.
    pub fn new(pixels: &'a mut [u8], size: (u32, u32), missing: &'a RefCell<Missing>) -> Self {
        Self {
            bitmap: BitMapBackend::with_buffer(pixels, size),
            missing,
        }
    }
}

impl<'a> DrawingBackend for Canvas<'a> {
    type ErrorType = ErrorOf<'a>;

    fn get_size(&self) -> (u32, u32) {
        self.bitmap.get_size()
    }

    fn ensure_prepared(&mut self) -> Drawn<'a> {
        self.bitmap.ensure_prepared()
    }

    fn present(&mut self) -> Drawn<'a> {
        self.bitmap.present()
    }

    fn draw_pixel(&mut self, point: BackendCoord, colour: BackendColor) -> Drawn<'a> {
        self.bitmap.draw_pixel(point, colour)
    }

    fn draw_text<S: BackendTextStyle>(&mut self, text: &str, style: &S, (x, y): BackendCoord) -> Drawn<'a> {
        let font = Font::of_style(style.size(), &style.style());
        self.missing.borrow_mut().look(font, text);
        let (glyphs, width) = font.set(text);
        let left = match style.anchor().h_pos {
            HPos::Left => 0.0,
            HPos::Center => -width / 2.0,
            HPos::Right => -width,
        };
        // As the SVG backend places it; the x-height of Open Sans is 0.535 em.
        let baseline = font.size
            * match style.anchor().v_pos {
                VPos::Top => 0.76,
                VPos::Center => 0.5 * 0.535,
                VPos::Bottom => -0.5 * 0.535,
            };
        let (transform, colour) = (style.transform(), style.color());
        for mut glyph in glyphs {
            glyph.position.x += left as f32;
            glyph.position.y += baseline as f32;
            let Some(outline) = font.face().outline_glyph(glyph) else {
                continue;
            };
            let corner = outline.px_bounds().min;
            let mut result = Ok(());
            outline.draw(|dx, dy, coverage| {
                let (dx, dy) = transform.transform(corner.x as i32 + dx as i32, corner.y as i32 + dy as i32);
                let alpha = colour.alpha * f64::from(coverage.clamp(0.0, 1.0));
                if result.is_ok() && alpha > 0.0 {
                    result = self
                        .bitmap
                        .draw_pixel((x + dx, y + dy), BackendColor { alpha, ..colour });
                }
            });
            result?;
        }
        Ok(())
    }
}
