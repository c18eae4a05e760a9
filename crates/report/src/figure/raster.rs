//! One drawing as PNG and as SVG, the same bytes each time.

use plotters::prelude::*;

use super::HeadsFigure;
use super::canvas::Canvas;
use super::draw::{Layout, draw};
use crate::ReportError;

/// Pixels drawn for each pixel kept, in each direction: the library's own edges are rough.
const OVERSAMPLING: u32 = 2;

/// The figure as a PNG of twice the usual resolution.
///
/// # Errors
/// The drawing or the encoder fails.
pub fn render_png(figure: &HeadsFigure) -> Result<Vec<u8>, ReportError> {
    let layout = Layout::new(figure);
    let (width, height) = layout.size;
    let drawn = (width * OVERSAMPLING, height * OVERSAMPLING);
    let mut pixels = vec![255; (drawn.0 * drawn.1 * 3) as usize];
    {
        let area = Canvas::new(&mut pixels, drawn).into_drawing_area();
        draw(&area, figure, &layout, f64::from(OVERSAMPLING)).map_err(failed(figure, "png"))?;
        area.present().map_err(failed(figure, "png"))?;
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
pub fn render_svg(figure: &HeadsFigure) -> Result<String, ReportError> {
    let layout = Layout::new(figure);
    let mut text = String::new();
    {
        let area = SVGBackend::with_string(&mut text, layout.size).into_drawing_area();
        draw(&area, figure, &layout, 1.0).map_err(failed(figure, "svg"))?;
        area.present().map_err(failed(figure, "svg"))?;
    }
    Ok(text)
}

fn failed<E: std::fmt::Display>(figure: &HeadsFigure, extension: &str) -> impl FnOnce(E) -> ReportError {
    let figure = format!("{}.{extension}", figure.measure.file_stem);
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
