//! Colour, marker, name and place of each curve: the same in every figure, and told apart without colour vision.

use plotters::style::RGBColor;
use records::FORCED;

use super::theme::SOFT_INK;
use crate::setting::MEAN_OF_DRAWS;

/// The shape at each measured point.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Shape {
    Circle,
    Square,
    TriangleUp,
    TriangleDown,
    Diamond,
    Cross,
    /// None: a line without marks.
    Bare,
}

/// The line between the points: when the heads were chosen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Line {
    /// While the weights were trained from their start.
    Solid,
    /// On the trained dense model, whose weights stay as they are.
    Dashed,
    /// On the trained dense model, whose weights are trained further.
    LongDashes,
    /// This crate does not know.
    Dotted,
}

/// How one curve is drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Style {
    pub colour: RGBColor,
    pub shape: Shape,
    /// Whether the marker is an outline only.
    pub hollow: bool,
    pub line: Line,
}

impl Style {
    /// What tells two curves apart where no line joins the points.
    #[cfg(test)]
    fn marker(&self) -> (RGBColor, Shape, bool) {
        (self.colour, self.shape, self.hollow)
    }
}

const fn joint(colour: RGBColor, shape: Shape) -> Style {
    Style {
        colour,
        shape,
        hollow: false,
        line: Line::Solid,
    }
}

const fn after(colour: RGBColor, shape: Shape, hollow: bool) -> Style {
    Style {
        colour,
        shape,
        hollow,
        line: Line::Dashed,
    }
}

const fn further(colour: RGBColor, shape: Shape, hollow: bool) -> Style {
    Style {
        colour,
        shape,
        hollow,
        line: Line::LongDashes,
    }
}

const fn spare(colour: RGBColor, shape: Shape, hollow: bool) -> Style {
    Style {
        colour,
        shape,
        hollow,
        line: Line::Dotted,
    }
}

// Okabe and Ito (2008), "Color universal design"; without its yellow, which is lost on white.
const BLACK: RGBColor = RGBColor(0, 0, 0);
pub(super) const ORANGE: RGBColor = RGBColor(230, 159, 0);
pub(super) const SKY_BLUE: RGBColor = RGBColor(86, 180, 233);
const GREEN: RGBColor = RGBColor(0, 158, 115);
pub(super) const BLUE: RGBColor = RGBColor(0, 114, 178);
pub(super) const VERMILION: RGBColor = RGBColor(213, 94, 0);
const PURPLE: RGBColor = RGBColor(204, 121, 167);
const GREY: RGBColor = RGBColor(120, 120, 120);

/// The name of the method that prunes nothing.
pub(crate) const DENSE: &str = "dense";

/// Known curves in the order of the legend. One colour a family; hollow where a pipelined method only picks heads.
const KNOWN: [(&str, &str, Style); 34] = [
    (DENSE, "", joint(BLACK, Shape::Circle)),
    ("dsp-joint", "", joint(BLUE, Shape::Circle)),
    ("dsp-pipelined", "", after(SKY_BLUE, Shape::Circle, true)),
    ("dsp-finetuned", "", further(SKY_BLUE, Shape::Circle, false)),
    ("ste-joint", "", joint(GREEN, Shape::TriangleUp)),
    ("ste-pipelined", "", after(GREEN, Shape::TriangleUp, true)),
    ("simple-joint", "", joint(PURPLE, Shape::Circle)),
    ("simple-pipelined", "", after(PURPLE, Shape::Circle, true)),
    ("voita", "", joint(ORANGE, Shape::Diamond)),
    ("voita", FORCED, joint(ORANGE, Shape::Square)),
    ("voita-pipelined", "", after(ORANGE, Shape::Diamond, true)),
    ("voita-pipelined", FORCED, after(ORANGE, Shape::Square, true)),
    ("voita-finetuned", "", further(ORANGE, Shape::TriangleUp, false)),
    (
        "voita-finetuned",
        FORCED,
        further(ORANGE, Shape::TriangleUp, true),
    ),
    ("michel", "batch-abs", after(VERMILION, Shape::Square, false)),
    ("michel", "example-abs", after(VERMILION, Shape::Square, true)),
    ("michel", "token-abs", after(VERMILION, Shape::Circle, true)),
    ("michel", "signed", after(VERMILION, Shape::TriangleDown, true)),
    (
        "michel-finetuned",
        "batch-abs",
        further(VERMILION, Shape::TriangleUp, false),
    ),
    (
        "michel-finetuned",
        "example-abs",
        further(VERMILION, Shape::Circle, false),
    ),
    (
        "michel-finetuned",
        "token-abs",
        further(VERMILION, Shape::Diamond, false),
    ),
    (
        "michel-finetuned",
        "signed",
        further(VERMILION, Shape::TriangleDown, false),
    ),
    ("fisher", "per-example", after(PURPLE, Shape::TriangleDown, true)),
    ("fisher", "per-batch", after(PURPLE, Shape::Diamond, true)),
    (
        "fisher-finetuned",
        "per-example",
        further(PURPLE, Shape::TriangleDown, false),
    ),
    (
        "fisher-finetuned",
        "per-batch",
        further(PURPLE, Shape::Square, false),
    ),
    ("shapley", "", after(BLACK, Shape::Diamond, true)),
    ("attention", "entropy", after(GREEN, Shape::Circle, true)),
    ("attention", "confidence", after(GREEN, Shape::Square, true)),
    ("oracle", "", after(BLACK, Shape::TriangleUp, true)),
    ("scores", "", after(BLACK, Shape::Square, true)),
    ("random", "", after(GREY, Shape::Cross, false)),
    ("random-finetuned", "", further(GREY, Shape::Circle, true)),
    ("random-joint", "", joint(GREY, Shape::Circle)),
];

/// The curves of the first figure of a comparison of many: what the paper compares, each at its fairest, and the controls.
const FIRST: [(&str, &str); 15] = [
    (DENSE, ""),
    ("dsp-joint", ""),
    ("dsp-pipelined", ""),
    ("ste-joint", ""),
    ("simple-joint", ""),
    ("voita", FORCED),
    ("michel", "example-abs"),
    ("michel", "token-abs"),
    ("michel-finetuned", "example-abs"),
    ("michel-finetuned", "token-abs"),
    ("shapley", ""),
    ("oracle", ""),
    ("random", MEAN_OF_DRAWS),
    ("random-finetuned", ""),
    ("random-joint", ""),
];

/// What others have published.
pub(super) const PUBLISHED: Style = Style {
    colour: SOFT_INK,
    shape: Shape::Square,
    hollow: true,
    line: Line::Dotted,
};

/// Whether the first figure of a comparison of many has this curve.
pub(super) fn is_of_first(method: &str, variant: &str) -> bool {
    FIRST.contains(&(method, variant))
}

/// Whether a curve is the control of another: heads drawn at random, and weights treated as the other treats them.
pub(crate) fn is_control_of(control: (&str, &str), method: (&str, &str)) -> bool {
    const CONTROLS: &str = "random";
    let line = line_of(method.0, method.1);
    control.0.starts_with(CONTROLS)
        && !method.0.starts_with(CONTROLS)
        && line != Line::Dotted
        && line_of(control.0, control.1) == line
}

/// The line of a curve: when its heads were chosen.
fn line_of(method: &str, variant: &str) -> Line {
    KNOWN
        .get(curve_rank(method, variant))
        .map_or(Line::Dotted, |known| known.2.line)
}

/// For curves this crate has no style for, in turn.
const OTHERS: [Style; 4] = [
    spare(PURPLE, Shape::Diamond, false),
    spare(BLACK, Shape::TriangleDown, true),
    spare(GREEN, Shape::Square, false),
    spare(BLACK, Shape::Square, false),
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
            let others = KNOWN.iter().skip(i + 1).map(|known| &known.2).chain(&OTHERS);
            assert!(others.map(Style::marker).all(|other| other != style.marker()));
        }
    }

    #[test]
    fn only_what_is_trained_from_the_start_has_a_solid_line() {
        let solid: Vec<&str> = KNOWN
            .iter()
            .filter(|known| known.2.line == Line::Solid)
            .map(|known| known.0)
            .collect();
        let joint = [
            "dsp-joint",
            "ste-joint",
            "simple-joint",
            "voita",
            "voita",
            "random-joint",
        ];
        assert_eq!(solid[0], DENSE);
        assert_eq!(solid[1..], joint);
    }

    #[test]
    fn unknown_methods_and_variants_get_a_style_of_their_own() {
        let styles = styles(&[("michel", "batch-abs"), ("michel", "new"), ("new", "")]);
        assert_eq!(styles.len(), 3);
        assert!(styles[0] != styles[1] && styles[1] != styles[2] && styles[0] != styles[2]);
    }
}
