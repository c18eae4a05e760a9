//! Colour, marker, name and place of each curve: the same in every figure, and told apart without colour vision.

use plotters::style::RGBColor;

/// The shape at each measured point.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shape {
    Circle,
    Square,
    TriangleUp,
    TriangleDown,
    Diamond,
    Cross,
}

/// How one curve is drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Style {
    pub colour: RGBColor,
    pub shape: Shape,
    /// Whether the marker is an outline only.
    pub hollow: bool,
}

const fn style(colour: RGBColor, shape: Shape, hollow: bool) -> Style {
    Style {
        colour,
        shape,
        hollow,
    }
}

// Okabe and Ito (2008), "Color universal design"; without its yellow, which is lost on white.
const BLACK: RGBColor = RGBColor(0, 0, 0);
const ORANGE: RGBColor = RGBColor(230, 159, 0);
const SKY_BLUE: RGBColor = RGBColor(86, 180, 233);
const GREEN: RGBColor = RGBColor(0, 158, 115);
const BLUE: RGBColor = RGBColor(0, 114, 178);
const VERMILION: RGBColor = RGBColor(213, 94, 0);
const PURPLE: RGBColor = RGBColor(204, 121, 167);
const GREY: RGBColor = RGBColor(120, 120, 120);

/// The name of the method that prunes nothing.
pub(super) const DENSE: &str = "dense";

/// Known curves in the order of the legend. One colour a family; hollow where a pipelined method only picks heads.
const KNOWN: [(&str, &str, Style); 11] = [
    (DENSE, "", style(BLACK, Shape::Circle, false)),
    ("dsp-joint", "", style(BLUE, Shape::Circle, false)),
    ("dsp-pipelined", "", style(SKY_BLUE, Shape::Circle, true)),
    ("ste-joint", "", style(GREEN, Shape::TriangleUp, false)),
    ("ste-pipelined", "", style(GREEN, Shape::TriangleUp, true)),
    ("voita", "", style(ORANGE, Shape::Diamond, false)),
    ("voita-pipelined", "", style(ORANGE, Shape::Diamond, true)),
    ("michel", "batch-abs", style(VERMILION, Shape::Square, false)),
    ("michel", "example-abs", style(VERMILION, Shape::Square, true)),
    ("michel", "signed", style(PURPLE, Shape::TriangleDown, false)),
    ("random", "", style(GREY, Shape::Cross, false)),
];

/// For curves this crate has no style for, in turn.
const OTHERS: [Style; 4] = [
    style(PURPLE, Shape::Diamond, true),
    style(BLACK, Shape::TriangleDown, true),
    style(PURPLE, Shape::Square, false),
    style(BLACK, Shape::Square, true),
];

/// The curve's place in a legend or table; unknown methods come last.
pub(crate) fn curve_rank(method: &str, variant: &str) -> usize {
    let exact = KNOWN
        .iter()
        .position(|known| (known.0, known.1) == (method, variant));
    exact
        .or_else(|| KNOWN.iter().position(|known| known.0 == method))
        .unwrap_or(KNOWN.len())
}

/// The curve's name: its method, and its variant where it has one.
pub(crate) fn curve_name(method: &str, variant: &str) -> String {
    if variant.is_empty() {
        method.to_owned()
    } else {
        format!("{method} ({variant})")
    }
}

/// The styles of the curves of one figure, given in the order of its legend.
pub(super) fn styles(curves: &[(&str, &str)]) -> Vec<Style> {
    let mut others = OTHERS.iter().cycle();
    let mut taken = Vec::new();
    for (method, variant) in curves {
        let known = KNOWN.get(curve_rank(method, variant)).map(|known| known.2);
        let style = known
            .filter(|style| !taken.contains(style))
            .or_else(|| others.next().copied());
        taken.extend(style);
    }
    taken
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_known_curve_looks_different() {
        for (i, (_, _, style)) in KNOWN.iter().enumerate() {
            assert!(KNOWN.iter().skip(i + 1).all(|other| other.2 != *style));
            assert!(!OTHERS.contains(style));
        }
    }

    #[test]
    fn unknown_methods_and_variants_get_a_style_of_their_own() {
        let styles = styles(&[("michel", "batch-abs"), ("michel", "new"), ("new", "")]);
        assert_eq!(styles.len(), 3);
        assert!(styles[0] != styles[1] && styles[1] != styles[2] && styles[0] != styles[2]);
    }
}
