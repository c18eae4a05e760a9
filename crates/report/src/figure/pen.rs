//! Lines, shapes and text in layout units, on whichever backend, in the bundled font.

use plotters::coord::Shift;
use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};

use super::font::Font;
use super::style::{Shape, Style};

/// Where text stands from its point.
#[derive(Debug, Clone, Copy)]
pub(super) enum Anchor {
    Left,
    Centre,
    Right,
    /// Centred and turned to read upwards.
    Upwards,
}

pub(super) type Point = (f64, f64);

/// Draws on `area`, `unit` pixels to a layout unit.
pub(crate) struct Pen<'a, DB: DrawingBackend> {
    pub area: &'a DrawingArea<DB, Shift>,
    pub unit: f64,
}

pub(crate) type Drawn<DB> = Result<(), DrawingAreaErrorKind<<DB as DrawingBackend>::ErrorType>>;

impl<DB: DrawingBackend> Pen<'_, DB> {
    fn pixel(&self, (x, y): Point) -> (i32, i32) {
        ((x * self.unit).round() as i32, (y * self.unit).round() as i32)
    }

    fn pixels(&self, points: &[Point]) -> Vec<(i32, i32)> {
        points.iter().map(|&point| self.pixel(point)).collect()
    }

    fn stroke(&self, colour: impl Color, width: f64) -> ShapeStyle {
        colour.stroke_width((width * self.unit).round().max(1.0) as u32)
    }

    pub(super) fn line(&self, points: &[Point], colour: impl Color, width: f64) -> Drawn<DB> {
        self.area
            .draw(&PathElement::new(self.pixels(points), self.stroke(colour, width)))
    }

    /// A broken line: `pattern` is the length of a dash and of the gap after it.
    pub(super) fn dashes(
        &self,
        points: &[Point],
        pattern: (f64, f64),
        colour: impl Color,
        width: f64,
    ) -> Drawn<DB> {
        dashes(points, pattern)
            .iter()
            .try_for_each(|dash| self.line(dash, colour.to_rgba(), width))
    }

    pub(super) fn area_of(&self, points: &[Point], colour: impl Color) -> Drawn<DB> {
        self.area
            .draw(&Polygon::new(self.pixels(points), colour.filled()))
    }

    pub(super) fn text(
        &self,
        text: &str,
        at: Point,
        font: Font,
        colour: RGBColor,
        anchor: Anchor,
    ) -> Drawn<DB> {
        let horizontal = match anchor {
            Anchor::Left => HPos::Left,
            Anchor::Centre | Anchor::Upwards => HPos::Center,
            Anchor::Right => HPos::Right,
        };
        // Backends centre on the small letters; capitals and digits reach higher.
        let drop = 0.09 * font.size;
        let (at, transform) = match anchor {
            Anchor::Upwards => ((at.0 + drop, at.1), FontTransform::Rotate270),
            _ => ((at.0, at.1 + drop), FontTransform::None),
        };
        let style = TextStyle::from(font.describe(self.unit).transform(transform))
            .color(&colour)
            .pos(Pos::new(horizontal, VPos::Center));
        self.area.draw(&Text::new(text, self.pixel(at), style))
    }

    /// A small filled circle.
    pub(super) fn dot(&self, at: Point, colour: impl Color) -> Drawn<DB> {
        let radius = (4.5 * self.unit).round() as i32;
        self.area
            .draw(&Circle::new(self.pixel(at), radius, colour.filled()))
    }

    pub(super) fn marker(&self, (x, y): Point, style: Style) -> Drawn<DB> {
        let size = 8.0;
        let colour = style.colour;
        let outline: &[Point] = match style.shape {
            Shape::Circle => {
                let radius = |r: f64| (r * self.unit).round() as i32;
                self.area
                    .draw(&Circle::new(self.pixel((x, y)), radius(size), colour.filled()))?;
                if style.hollow {
                    self.area.draw(&Circle::new(
                        self.pixel((x, y)),
                        radius(size - 3.0),
                        WHITE.filled(),
                    ))?;
                }
                return Ok(());
            }
            Shape::Cross => {
                let arm = size * 0.85;
                self.line(&[(x - arm, y - arm), (x + arm, y + arm)], colour, 3.5)?;
                return self.line(&[(x - arm, y + arm), (x + arm, y - arm)], colour, 3.5);
            }
            Shape::Bare => return Ok(()),
            Shape::Square => &[(-0.9, -0.9), (0.9, -0.9), (0.9, 0.9), (-0.9, 0.9)],
            Shape::TriangleUp => &[(0.0, -1.2), (1.15, 0.85), (-1.15, 0.85)],
            Shape::TriangleDown => &[(0.0, 1.2), (1.15, -0.85), (-1.15, -0.85)],
            Shape::Diamond => &[(0.0, -1.3), (1.3, 0.0), (0.0, 1.3), (-1.3, 0.0)],
        };
        let scaled = |factor: f64| -> Vec<Point> {
            outline
                .iter()
                .map(|(dx, dy)| (x + dx * size * factor, y + dy * size * factor))
                .collect()
        };
        self.area_of(&scaled(1.0), colour)?;
        if style.hollow {
            self.area_of(&scaled(0.55), WHITE)
        } else {
            Ok(())
        }
    }
}

/// The pieces of a line that are drawn; a dash goes round a corner.
fn dashes(points: &[Point], (dash, gap): (f64, f64)) -> Vec<Vec<Point>> {
    let mut pieces: Vec<Vec<Point>> = Vec::new();
    let mut inside = false;
    let mut left = 0.0;
    for (&from, &to) in points.iter().zip(points.iter().skip(1)) {
        let length = (to.0 - from.0).hypot(to.1 - from.1);
        let at = |walked: f64| {
            let share = walked / length;
            (from.0 + share * (to.0 - from.0), from.1 + share * (to.1 - from.1))
        };
        let mut walked = 0.0;
        while walked < length {
            if left <= 0.0 {
                inside = !inside;
                left = if inside { dash } else { gap };
                if inside {
                    pieces.push(vec![at(walked)]);
                }
            }
            let step = left.min(length - walked);
            walked += step;
            left -= step;
            if let (true, Some(piece)) = (inside, pieces.last_mut()) {
                piece.push(at(walked));
            }
        }
    }
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dash_goes_round_a_corner() {
        let corner = [(0.0, 0.0), (10.0, 0.0), (10.0, 10.0)];
        assert_eq!(
            dashes(&corner, (6.0, 2.0)),
            [
                vec![(0.0, 0.0), (6.0, 0.0)],
                vec![(8.0, 0.0), (10.0, 0.0), (10.0, 4.0)],
                vec![(10.0, 6.0), (10.0, 10.0)],
            ]
        );
        assert!(dashes(&[(1.0, 1.0), (1.0, 1.0)], (6.0, 2.0)).is_empty());
    }
}
