//! The figure of all subsets of heads: their spread for each number of heads, and where the choices of methods stand in it.

mod draw;

use std::borrow::Cow;

use plotters::prelude::DrawingBackend;
use records::Caption;

use super::axis::{HeadsAxis, ValueAxis};
use super::pen::{Drawn, Pen};
use super::raster::Picture;
use super::style::{DENSE, Style, curve_name, curve_rank, styles};
use crate::curves::{CurvePoint, over_seeds};
use crate::measure::MEASURES;
use crate::oracle::{Chosen, Column, Oracle};
use crate::table::seed_count;

/// The method whose curve the best subsets are, as it is called in results.csv.
const ORACLE: &str = "oracle";
const ACCURACY: &str = "accuracy";

/// What the legend says of the shades, from the lightest on, and of the line in them.
const SHADES: [&str; 3] = ["all subsets", "5 to 95 % of them", "25 to 75 %"];
const MEDIAN: &str = "their median";

/// Shares of the subsets below the borders of the shades, from outside in; the median is between the last two.
const BORDERS: [(f64, f64); 3] = [(0.0, 1.0), (0.05, 0.95), (0.25, 0.75)];

/// What the figure shows, before it is drawn.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct OracleFigure {
    title: String,
    subtitle: String,
    split: String,
    /// The name of the vertical axis.
    value_name: String,
    heads: HeadsAxis,
    values: ValueAxis,
    /// The spread of all subsets, for each number of heads.
    cloud: Vec<Spread>,
    /// The best subsets: their name in the legend, their style, and heads and value, mean over seeds.
    best: Curve,
    /// The choices of methods, in the order of the legend.
    chosen: Vec<Curve>,
}

/// The values of all subsets of `k` heads of all seeds.
#[derive(Debug, Clone, PartialEq)]
struct Spread {
    k: f64,
    /// Lower and upper border of each shade.
    borders: [(f64, f64); 3],
    median: f64,
}

#[derive(Debug, Clone, PartialEq)]
struct Curve {
    name: String,
    style: Style,
    points: Vec<(f64, f64)>,
}

impl OracleFigure {
    /// On the first split that results are reported on: in accuracy, or in the loss where the oracle has no accuracy there.
    /// `None` where it has neither. Curves have the style that they have among `points`, as from [`crate::curves()`].
    pub fn new(oracle: &Oracle, chosen: &[Chosen], points: &[CurvePoint], caption: &Caption) -> Option<Self> {
        let reported = || {
            oracle
                .columns
                .iter()
                .enumerate()
                .filter(|(_, column)| !column.is_tuning())
        };
        let (place, column) = reported()
            .find(|(_, column)| column.metric == ACCURACY)
            .or_else(|| reported().next())?;
        let measure = MEASURES.iter().find(|measure| measure.metric == column.metric);
        let factor = measure.map_or(1.0, |measure| measure.factor);
        let name = measure.map_or_else(|| capitalised(&column.metric), |measure| measure.name.to_owned());

        let is_shown = |row: &&Chosen| {
            row.method != DENSE && (&row.split, &row.metric) == (&column.split, &column.metric)
        };
        let shown: Vec<&Chosen> = chosen.iter().filter(is_shown).collect();
        let styles = Styles::of(points, &shown);
        let chosen: Vec<Curve> = styles.curves(&shown, factor);
        let keeps_none = shown.iter().any(|row| row.k == 0);
        let fewest = usize::from(!keeps_none);
        let cloud: Vec<Spread> = (fewest..=oracle.n)
            .filter_map(|k| spread(oracle, place, k, factor))
            .collect();
        let best = Curve {
            name: format!("{ORACLE}: least tuning loss"),
            style: styles.of_curve(ORACLE, "")?,
            points: (fewest..=oracle.n)
                .filter_map(|k| Some((k as f64, mean_of_best(oracle, place, k)? * factor)))
                .collect(),
        };
        let n_heads = u32::try_from(oracle.n).ok()?;
        let extremes = cloud.iter().flat_map(|spread| {
            let (low, high) = spread.borders[0];
            [low, high]
        });
        Some(Self {
            title: caption.heading(&format!("{name} of every subset of attention heads")),
            subtitle: subtitle(oracle, &chosen, column),
            split: column.split.clone(),
            value_name: measure.map_or(name, |measure| measure.label()),
            heads: HeadsAxis::new(n_heads, 1..=n_heads, u32::from(!keeps_none)),
            values: ValueAxis::covering(extremes, measure.map_or(f64::INFINITY, |measure| measure.maximum)),
            cloud,
            best,
            chosen,
        })
    }

    /// The names of the legend's entries.
    fn names(&self) -> impl Iterator<Item = &str> {
        let curves = std::iter::once(&self.best).chain(&self.chosen);
        let cloud = SHADES.into_iter().chain([MEDIAN]);
        cloud.chain(curves.map(|curve| curve.name.as_str()))
    }
}

impl Picture for OracleFigure {
    fn file_stem(&self) -> Cow<'static, str> {
        ORACLE.into()
    }

    fn size(&self) -> (u32, u32) {
        draw::Layout::new(self).size
    }

    fn draw<DB: DrawingBackend>(&self, pen: &Pen<'_, DB>) -> Drawn<DB> {
        draw::draw(pen, self, &draw::Layout::new(self))
    }
}

/// The curves of the figures of metrics, by method and variant, with the styles that they have there.
struct Styles<'a>(Vec<((&'a str, &'a str), Style)>);

impl<'a> Styles<'a> {
    fn of(points: &'a [CurvePoint], shown: &[&'a Chosen]) -> Self {
        let is_drawn = |point: &&CurvePoint| MEASURES.iter().any(|measure| measure.metric == point.metric);
        let drawn = points.iter().filter(is_drawn);
        let mut names: Vec<(&str, &str)> = drawn
            .map(|point| (point.method.as_str(), point.variant.as_str()))
            .chain(shown.iter().map(|row| (row.method.as_str(), row.curve.as_str())))
            .chain([(ORACLE, "")])
            .collect();
        names.sort_by_key(|&(method, variant)| (curve_rank(method, variant), method, variant));
        names.dedup();
        let styles = styles(&names);
        Self(names.into_iter().zip(styles).collect())
    }

    fn of_curve(&self, method: &str, variant: &str) -> Option<Style> {
        let found = self.0.iter().find(|(name, _)| *name == (method, variant));
        found.map(|(_, style)| *style)
    }

    /// The choices by curve, each setting a point: mean heads and mean value over seeds.
    fn curves(&self, shown: &[&Chosen], factor: f64) -> Vec<Curve> {
        let of_curve = |((method, variant), style): &((&str, &str), Style)| {
            let mut of_curve: Vec<&Chosen> = shown.to_vec();
            of_curve.retain(|row| (row.method.as_str(), row.curve.as_str()) == (*method, *variant));
            let points = of_curve.chunk_by(|a, b| a.setting == b.setting);
            let point = |rows: &[&Chosen]| {
                let mean = |get: fn(&Chosen) -> f64| over_seeds(rows.iter().map(|row| (row.seed, get(row))));
                Some((
                    mean(|row| f64::from(row.k))?.mean,
                    mean(|row| row.value)?.mean * factor,
                ))
            };
            Curve {
                name: curve_name(method, variant),
                style: *style,
                points: points.filter_map(point).collect(),
            }
        };
        let curves = self.0.iter().map(of_curve);
        curves.filter(|curve| !curve.points.is_empty()).collect()
    }
}

fn spread(oracle: &Oracle, column: usize, k: usize, factor: f64) -> Option<Spread> {
    let subsets: Vec<usize> = oracle.of_size(k).collect();
    let mut values: Vec<f64> = Vec::new();
    for of_seed in &oracle.seeds {
        let of_column = of_seed.values.get(column)?;
        values.extend(subsets.iter().filter_map(|&subset| of_column.get(subset)));
    }
    values.iter_mut().for_each(|value| *value *= factor);
    values.sort_by(f64::total_cmp);
    Some(Spread {
        k: k as f64,
        borders: BORDERS.map(|(low, high)| (quantile(&values, low), quantile(&values, high))),
        median: quantile(&values, 0.5),
    })
}

/// The value below which a share of `sorted` lies, linear between neighbours (type 7 of Hyndman and Fan 1996); NaN of none.
fn quantile(sorted: &[f64], share: f64) -> f64 {
    let at = share * sorted.len().saturating_sub(1) as f64;
    let value = |place: f64| sorted.get(place as usize).copied().unwrap_or(f64::NAN);
    let (low, high) = (value(at.floor()), value(at.ceil()));
    low + (at - at.floor()) * (high - low)
}

/// Value of the subset of least loss on the tuning split, mean over seeds.
fn mean_of_best(oracle: &Oracle, column: usize, k: usize) -> Option<f64> {
    let of_seeds = oracle.seeds.iter().filter_map(|of_seed| {
        let subset = *of_seed.best.get(k)?;
        Some((of_seed.seed, *of_seed.values.get(column)?.get(subset)?))
    });
    Some(over_seeds(of_seeds)?.mean)
}

fn capitalised(word: &str) -> String {
    let mut letters = word.chars();
    let first = letters.next().map(|letter| letter.to_uppercase().to_string());
    first.unwrap_or_default() + letters.as_str()
}

/// What the shades, lines and marks mean.
fn subtitle(oracle: &Oracle, chosen: &[Curve], column: &Column) -> String {
    let seeds = seed_count(std::iter::once(oracle.seeds.len()));
    let better = if column.worth(1.0) > 0.0 {
        ""
    } else {
        " (lower is better)"
    };
    let mut text = format!(
        "The dense model of {seeds} under all subsets of its heads{better}: shades from lowest to highest, seeds pooled. \
         Dashed: the subset of least loss on the tuning split, mean over seeds"
    );
    if !chosen.is_empty() {
        let apart = if chosen.len() > 1 {
            ", set slightly apart"
        } else {
            ""
        };
        text.push_str(&format!(
            "; other marks: the masks of methods that leave its weights as they are, mean over seeds{apart}"
        ));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_lie_between_neighbours() {
        let sorted = [1.0, 2.0, 4.0, 8.0, 16.0];
        let of = |share| quantile(&sorted, share);
        assert_eq!([0.0, 0.25, 0.5, 1.0].map(of), [1.0, 2.0, 4.0, 16.0]);
        // A tenth is two fifths of the way from the first to the second.
        assert!((of(0.1) - 1.4).abs() < 1e-12 && (of(0.95) - 14.4).abs() < 1e-12);
        assert_eq!(quantile(&[3.0], 0.95), 3.0);
        assert!(quantile(&[], 0.5).is_nan());
    }
}
