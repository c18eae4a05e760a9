//! One drawing as PNG and as SVG, the same bytes each time.

use std::borrow::Cow;
use std::cell::RefCell;

use plotters::coord::Shift;
use plotters::prelude::*;

use super::canvas::Canvas;
use super::missing::Missing;
use super::pen::{Drawn, Pen};
use crate::ReportError;

/// Pixels drawn for each pixel kept, in each direction: the library's own edges are rough.
const OVERSAMPLING: u32 = 2;

/// A figure that is laid out and can be drawn on any backend.
pub(crate) trait Picture {
    /// File name, without extension.
    fn file_stem(&self) -> Cow<'static, str>;

    /// Width and height in pixels of the SVG.
    fn size(&self) -> (u32, u32);

    /// Draws it on white.
    fn draw<DB: DrawingBackend>(&self, pen: &Pen<'_, DB>) -> Drawn<DB>;
}

/// The figure as a PNG of as many pixels as the SVG has. What the font lacks is added to `missing`.
///
/// # Errors
/// The drawing or the encoder fails.
pub(crate) fn render_png(figure: &impl Picture, missing: &RefCell<Missing>) -> Result<Vec<u8>, ReportError> {
    let (width, height) = figure.size();
    let drawn = (width * OVERSAMPLING, height * OVERSAMPLING);
    let mut pixels = vec![255; (drawn.0 * drawn.1 * 3) as usize];
    {
        let area = Canvas::new(&mut pixels, drawn, missing).into_drawing_area();
        draw(figure, &area, f64::from(OVERSAMPLING)).map_err(failed(figure, "png"))?;
    }
    encode(
        &average(&pixels, width as usize, OVERSAMPLING as usize),
        width,
        height,
    )
    .map_err(failed(figure, "png"))
}

/// The figure as SVG.
///
/// # Errors
/// The drawing fails.
pub(crate) fn render_svg(figure: &impl Picture) -> Result<String, ReportError> {
    let mut text = String::new();
    {
        let area = SVGBackend::with_string(&mut text, figure.size()).into_drawing_area();
        draw(figure, &area, 1.0).map_err(failed(figure, "svg"))?;
    }
    Ok(text)
}

/// Draws all of `figure`, `unit` pixels to a pixel of the SVG.
fn draw<DB: DrawingBackend>(figure: &impl Picture, area: &DrawingArea<DB, Shift>, unit: f64) -> Drawn<DB> {
    area.fill(&WHITE)?;
    figure.draw(&Pen { area, unit })?;
    area.present()
}

fn failed<E: std::fmt::Display>(figure: &impl Picture, extension: &str) -> impl FnOnce(E) -> ReportError {
    let figure = format!("{}.{extension}", figure.file_stem());
    move |error| ReportError::Draw {
        figure,
        reason: error.to_string(),
    }
}

/// The mean of each block of `factor` by `factor` RGB pixels, `width` blocks to a row.
fn average(pixels: &[u8], width: usize, factor: usize) -> Vec<u8> {
    let row_bytes = width * factor * 3;
    let count = (factor * factor) as u32;
    let mut averaged = Vec::with_capacity(pixels.len() / (factor * factor));
    for rows in pixels.chunks_exact(row_bytes * factor) {
        let mut sums = vec![0u32; width * 3];
        for row in rows.chunks_exact(row_bytes) {
            for (sum, block) in sums.chunks_exact_mut(3).zip(row.chunks_exact(factor * 3)) {
                for pixel in block.chunks_exact(3) {
                    sum.iter_mut()
                        .zip(pixel)
                        .for_each(|(sum, &channel)| *sum += u32::from(channel));
                }
            }
        }
        averaged.extend(sums.iter().map(|sum| ((sum + count / 2) / count) as u8));
    }
    averaged
}

fn encode(pixels: &[u8], width: u32, height: u32) -> Result<Vec<u8>, png::EncodingError> {
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, width, height);
    encoder.set_color(png::ColorType::Rgb);
    encoder.set_depth(png::BitDepth::Eight);
    let mut writer = encoder.write_header()?;
    writer.write_image_data(pixels)?;
    writer.finish()?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_become_their_mean() {
        // Two rows of two blocks' first halves: 0, 0, 255, 255 over 0, 255, 255, 255, in each channel.
        let row = |values: [u8; 4]| {
            values
                .into_iter()
                .flat_map(|value| [value; 3])
                .collect::<Vec<u8>>()
        };
        let pixels = [row([0, 0, 255, 255]), row([0, 255, 255, 255])].concat();
        assert_eq!(average(&pixels, 2, 2), [64, 64, 64, 255, 255, 255]);
    }
}
