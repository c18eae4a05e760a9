//! The figure of a metric against the number of heads kept.

mod draw;
mod plot;

use std::borrow::Cow;
use std::collections::BTreeSet;

use plotters::prelude::DrawingBackend;
use records::Caption;

use crate::curves::CurvePoint;
use crate::figure::axis::{HeadsAxis, ValueAxis};
use crate::figure::pen::{Drawn, Pen};
use crate::figure::raster::Picture;
use crate::figure::style::{DENSE, Line, Style, is_of_first, line_of, styles};
use crate::figure::{curve_name, curve_rank};
use crate::measure::Measure;
use crate::table::seed_count;

/// With more curves than this, intervals are bars beside one another: that many bands hide one another.
const FEW_CURVES: usize = 4;

/// With more curves than this, one figure shows some and others show all, by when heads were chosen.
const MOST_CURVES: usize = 14;

/// What a figure shows, before it is drawn.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct MetricFigure {
    part: Part,
    title: String,
    subtitle: String,
    measure: Measure,
    heads: HeadsAxis,
    values: ValueAxis,
    /// Name and style of each curve, in the legend's order; `dense` first.
    legend: Vec<(String, Style)>,
    /// One for each split.
    panels: Vec<Panel>,
}

#[derive(Debug, Clone, PartialEq)]
struct Panel {
    split: String,
    dense: Option<Marked>,
    /// An index into the legend, and the points from few heads to many.
    curves: Vec<(usize, Vec<Marked>)>,
}

/// A mean with its interval, in shown units.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Marked {
    /// Heads kept, mean over seeds.
    k: f64,
    /// Fewest and most heads that a seed kept, where they differ.
    kept: Option<(f64, f64)>,
    mean: f64,
    interval: Option<(f64, f64)>,
}

/// The curves that a figure has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    /// All there are, or the first of many.
    First,
    /// Those of one kind of line, dense beside them.
    Kind(Line),
}

impl Part {
    /// In the order of their files.
    const ALL: [Self; 5] = [
        Self::First,
        Self::Kind(Line::Solid),
        Self::Kind(Line::Dashed),
        Self::Kind(Line::LongDashes),
        Self::Kind(Line::Dotted),
    ];

    /// What its file is called behind the measure.
    fn suffix(self) -> &'static str {
        match self {
            Self::First => "",
            Self::Kind(Line::Solid) => "_joint",
            Self::Kind(Line::Dashed) => "_frozen",
            Self::Kind(Line::LongDashes) => "_finetuned",
            Self::Kind(Line::Dotted) => "_others",
        }
    }

    /// What its title says behind the measure.
    fn words(self) -> &'static str {
        match self {
            Self::First => "",
            Self::Kind(Line::Solid) => ", weights trained from their start",
            Self::Kind(Line::Dashed) => ", dense model frozen",
            Self::Kind(Line::LongDashes) => ", dense model trained further",
            Self::Kind(Line::Dotted) => ", other methods",
        }
    }

    fn has(self, point: &CurvePoint) -> bool {
        let (method, variant) = (point.method.as_str(), point.variant.as_str());
        method == DENSE
            || match self {
                Self::First => is_of_first(method, variant),
                Self::Kind(line) => line_of(method, variant) == line,
            }
    }
}

impl MetricFigure {
    /// The figures of `measure`, `points` as from [`crate::curves()`]: one of all curves or, where those are too many to be
    /// told apart, one of the first and one for each way of choosing heads.
    pub fn all(points: &[CurvePoint], measure: Measure, caption: &Caption) -> Vec<Self> {
        let of_metric = points.iter().filter(|point| point.metric == measure.metric);
        let points: Vec<&CurvePoint> = of_metric.collect();
        let curves: BTreeSet<(&str, &str)> = points
            .iter()
            .filter(|point| point.method != DENSE)
            .map(|point| (point.method.as_str(), point.variant.as_str()))
            .collect();
        if curves.len() <= MOST_CURVES {
            return Self::new(&points, Part::First, measure, caption)
                .into_iter()
                .collect();
        }
        let figure = |part: Part| {
            let own: Vec<&CurvePoint> = points.iter().copied().filter(|point| part.has(point)).collect();
            let has_curves = own.iter().any(|point| point.method != DENSE);
            has_curves
                .then(|| Self::new(&own, part, measure, caption))
                .flatten()
        };
        Part::ALL.into_iter().filter_map(figure).collect()
    }

    /// The figure of these points, or `None` where there are none.
    fn new(points: &[&CurvePoint], part: Part, measure: Measure, caption: &Caption) -> Option<Self> {
        let n_heads = points.first()?.n_heads;

        let mut names: Vec<(&str, &str)> = points
            .iter()
            .map(|point| (point.method.as_str(), point.variant.as_str()))
            .collect();
        names.sort_by_key(|&(method, variant)| (curve_rank(method, variant), method, variant));
        names.dedup();

        let panels = points
            .chunk_by(|a, b| a.split == b.split)
            .map(|split| panel(split, &names, measure.factor));
        let pruned = || points.iter().filter(|point| point.method != DENSE);
        let asked = pruned().filter(|point| point.is_exact()).map(|point| point.k_low);
        let least = pruned().map(|point| point.k_low).min().unwrap_or(n_heads);
        let legend: Vec<(String, Style)> = names
            .iter()
            .map(|(method, variant)| curve_name(method, variant))
            .zip(styles(&names))
            .collect();
        Some(Self {
            part,
            title: caption.heading(&format!(
                "{} against attention heads kept{}",
                measure.name,
                part.words()
            )),
            subtitle: subtitle(points, &legend),
            measure,
            heads: HeadsAxis::new(n_heads, asked, least),
            values: ValueAxis::new(points.iter().copied(), measure.factor, measure.maximum),
            legend,
            panels: panels.collect(),
        })
    }

    fn has_many_curves(&self) -> bool {
        pruned(&self.legend).count() > FEW_CURVES
    }
}

impl Picture for MetricFigure {
    fn file_stem(&self) -> Cow<'static, str> {
        format!("{}{}", self.measure.file_stem, self.part.suffix()).into()
    }

    fn size(&self) -> (u32, u32) {
        draw::Layout::new(self).size
    }

    fn draw<DB: DrawingBackend>(&self, pen: &Pen<'_, DB>) -> Drawn<DB> {
        draw::draw(pen, self, &draw::Layout::new(self))
    }
}

/// The legend's curves of points, which dense is not.
fn pruned(legend: &[(String, Style)]) -> impl Iterator<Item = &(String, Style)> {
    legend.iter().filter(|(name, _)| name != DENSE)
}

fn panel(points: &[&CurvePoint], names: &[(&str, &str)], factor: f64) -> Panel {
    let marked = |point: &&CurvePoint| Marked {
        k: point.k,
        kept: (point.k_low < point.k_high).then(|| (f64::from(point.k_low), f64::from(point.k_high))),
        mean: point.mean * factor,
        interval: point
            .ci_low
            .zip(point.ci_high)
            .map(|(low, high)| (low * factor, high * factor)),
    };
    let of = |&(method, variant): &(&str, &str)| -> Vec<Marked> {
        points
            .iter()
            .filter(|point| (point.method.as_str(), point.variant.as_str()) == (method, variant))
            .map(marked)
            .collect()
    };
    let curves = names
        .iter()
        .enumerate()
        .filter(|(_, name)| name.0 != DENSE)
        .map(|(i, name)| (i, of(name)));
    Panel {
        split: points
            .first()
            .map_or_else(String::new, |point| point.split.clone()),
        dense: points.iter().find(|point| point.method == DENSE).map(marked),
        curves: curves.filter(|(_, points)| !points.is_empty()).collect(),
    }
}

/// What the marks mean, as far as the figure has them.
fn subtitle(points: &[&CurvePoint], legend: &[(String, Style)]) -> String {
    let has = |line| pruned(legend).any(|(_, style)| style.line == line);
    let seeds = seed_count(points.iter().map(|point| point.n));
    let many = pruned(legend).count() > FEW_CURVES;
    let apart = if many { ", curves set slightly apart" } else { "" };
    let mut text = if points.iter().all(|point| point.ci_low.is_none()) {
        format!("{seeds}, so no interval{apart}")
    } else {
        let marks = if many { "bars" } else { "shaded bands and bars" };
        format!("Mean over {seeds}{apart}; {marks}: 95 % Student t-intervals over seeds")
    };
    if points.iter().any(|point| point.k_low < point.k_high) {
        text.push_str("; horizontal bars: fewest to most heads kept");
    }
    let lines = [
        (
            Line::Solid,
            "solid",
            "heads chosen while the weights are trained from their start",
        ),
        (Line::Dashed, "dashed", "on the trained dense model, frozen"),
        (Line::LongDashes, "long-dashed", "its weights trained further"),
    ];
    let meanings: Vec<String> = lines
        .into_iter()
        .filter(|(line, ..)| has(*line))
        .map(|(_, name, meaning)| format!("{name}: {meaning}"))
        .collect();
    if meanings.len() > 1 {
        text.push_str(". Lines, ");
        text.push_str(&meanings.join("; "));
    }
    text
}
