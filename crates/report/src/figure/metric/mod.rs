//! The figure of a metric against the number of heads kept.

mod draw;
mod live;
mod plot;

use std::borrow::Cow;

use plotters::prelude::DrawingBackend;
use records::{Caption, PublishedRow};

use crate::curves::CurvePoint;
use crate::figure::axis::{HeadsAxis, ValueAxis};
use crate::figure::chart::{Chart, Runs};
use crate::figure::cut::{GAP_NOTE, cut_note};
use crate::figure::main_curves::main_curves;
use crate::figure::pen::{Drawn, Pen};
use crate::figure::raster::Picture;
use crate::figure::style::{DENSE, Line, Style, styles};
use crate::figure::{curve_name, curve_rank};
use crate::gaps::Gaps;
use crate::measure::Measure;
use crate::published::Published;
use crate::table::seed_count;

/// With more curves than this, intervals are bars beside one another: that many bands hide one another.
const FEW_CURVES: usize = 4;

/// What a figure shows, before it is drawn.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct MetricFigure {
    title: String,
    subtitle: String,
    measure: Measure,
    heads: HeadsAxis,
    values: ValueAxis,
    /// Name and style of each curve, in the legend's order; `dense` first.
    legend: Vec<(String, Style)>,
    /// Whether each curve of the legend is one of [`main_curves`].
    is_main: Vec<bool>,
    /// One for each split.
    panels: Vec<Panel>,
}

#[derive(Debug, Clone, PartialEq)]
struct Panel {
    split: String,
    dense: Option<Marked>,
    /// An index into the legend, and the points from few heads to many; a line that breaks is several of these.
    curves: Vec<(usize, Vec<Marked>)>,
    /// What others have published.
    published: Vec<Other>,
}

/// A number that others have published.
#[derive(Debug, Clone, PartialEq)]
struct Other {
    /// Heads kept.
    k: f64,
    value: f64,
    /// Who published it, and of which method.
    source: String,
}

/// A mean with its interval, in shown units.
#[derive(Debug, Clone, PartialEq)]
struct Marked {
    /// Heads kept, mean over seeds.
    k: f64,
    /// Fewest and most heads that a seed kept, where they differ.
    kept: Option<(f64, f64)>,
    mean: f64,
    interval: Option<(f64, f64)>,
    runs: Runs,
    /// Heads kept and value of each seed, where there are several.
    seeds: Vec<(f64, f64)>,
}

impl Panel {
    /// How many intervals go on beyond `values`.
    fn cut(&self, values: &ValueAxis) -> usize {
        let points = self.curves.iter().flat_map(|(_, points)| points);
        let is_cut = |(low, high): &(f64, f64)| !values.holds(*low) || !values.holds(*high);
        let intervals = points.chain(&self.dense).filter_map(|point| point.interval);
        intervals.filter(is_cut).count()
    }

    /// Whether some line is in pieces.
    fn has_gaps(&self) -> bool {
        // The pieces of a curve follow one another.
        self.curves.windows(2).any(|pair| pair[0].0 == pair[1].0)
    }
}

impl MetricFigure {
    /// The figure of `measure`, `points` as from [`crate::curves()`]; none where it has no points. Of many curves it has those of
    /// [`main_curves`].
    pub fn new(
        points: &[CurvePoint],
        gaps: &Gaps,
        published: &[Published],
        measure: Measure,
        caption: &Caption,
    ) -> Option<Self> {
        let of_metric = || points.iter().filter(|point| point.metric == measure.metric);
        let main = main_curves(of_metric().map(|point| (point.method.as_str(), point.variant.as_str())));
        Self::of_curves(points, gaps, published, (measure, caption), (&main, false))
    }

    /// The same with every curve, for a page on which they are switched on and off: intervals are bars beside one another.
    pub fn with_others(
        points: &[CurvePoint],
        gaps: &Gaps,
        published: &[Published],
        measure: Measure,
        caption: &Caption,
    ) -> Option<Self> {
        let of_metric = points.iter().filter(|point| point.metric == measure.metric);
        let mut all: Vec<(&str, &str)> = of_metric
            .map(|point| (point.method.as_str(), point.variant.as_str()))
            .collect();
        all.sort_unstable();
        all.dedup();
        Self::of_curves(points, gaps, published, (measure, caption), (&all, true))
    }

    fn of_curves(
        points: &[CurvePoint],
        gaps: &Gaps,
        published: &[Published],
        (measure, caption): (Measure, &Caption),
        (curves, is_of_page): (&[(&str, &str)], bool),
    ) -> Option<Self> {
        let of_metric = || points.iter().filter(|point| point.metric == measure.metric);
        let main = main_curves(of_metric().map(|point| (point.method.as_str(), point.variant.as_str())));
        let is_shown = |point: &&CurvePoint| curves.contains(&(&point.method, &point.variant));
        let fitting: Vec<&PublishedRow> = published
            .iter()
            .filter(|other| other.fits(points) && other.row.metric == measure.metric)
            .map(|other| &other.row)
            .collect();
        let points: Vec<&CurvePoint> = of_metric().filter(is_shown).collect();
        let points = points.as_slice();
        let n_heads = points.first()?.n_heads;

        let mut names: Vec<(&str, &str)> = points
            .iter()
            .map(|point| (point.method.as_str(), point.variant.as_str()))
            .collect();
        names.sort_by_key(|&(method, variant)| (curve_rank(method, variant), method, variant));
        names.dedup();

        let panels = points
            .chunk_by(|a, b| a.split == b.split)
            .map(|split| panel(split, (&names, gaps), measure.factor, &fitting));
        let pruned = || points.iter().filter(|point| point.method != DENSE);
        let asked = pruned().filter(|point| point.is_exact()).map(|point| point.k_low);
        let least = pruned().map(|point| point.k_low).min().unwrap_or(n_heads);
        let legend: Vec<(String, Style)> = names
            .iter()
            .map(|(method, variant)| curve_name(method, variant))
            .zip(styles(&names))
            .collect();
        let values = ValueAxis::with_seeds(points.iter().copied(), measure.factor, measure.maximum);
        let panels: Vec<Panel> = panels.collect();
        let mut notes = cut_note(panels.iter().map(|panel| panel.cut(&values)).sum());
        if panels.iter().any(Panel::has_gaps) {
            notes.push_str(GAP_NOTE);
        }
        let shown = panels.iter().flat_map(|panel| &panel.published);
        let (drawn, beyond): (Vec<&Other>, Vec<&Other>) = shown.partition(|other| values.holds(other.value));
        let others = (drawn.len(), beyond.len());
        Some(Self {
            title: caption.heading(&format!("{} against attention heads kept", measure.name)),
            subtitle: subtitle(points, &legend, others, &notes, is_of_page),
            measure,
            heads: HeadsAxis::new(n_heads, asked, least),
            values,
            legend,
            is_main: names.iter().map(|name| main.contains(name)).collect(),
            panels,
        })
    }

    /// The same as panels of a chart, for a page.
    pub fn chart(&self) -> Chart {
        live::chart(self)
    }

    /// What others have published and the axis of values does not reach, with the reason first; none where all is drawn.
    pub fn beyond(&self) -> Option<String> {
        let of_panel = |panel: &Panel| -> Vec<String> {
            let beyond = panel
                .published
                .iter()
                .filter(|other| !self.values.holds(other.value));
            beyond
                .map(|Other { k, value, source }| format!("{source}, {}, K={k}: {value}", panel.split))
                .collect()
        };
        let beyond: Vec<String> = self.panels.iter().flat_map(of_panel).collect();
        let (stem, ValueAxis { low, high, .. }) = (self.measure.file_stem, &self.values);
        (!beyond.is_empty()).then(|| {
            format!(
                "not drawn in {stem}, whose axis goes from {low:.1} to {high:.1}: {}",
                beyond.join("; ")
            )
        })
    }

    fn has_many_curves(&self) -> bool {
        pruned(&self.legend).count() > FEW_CURVES
    }
}

impl Picture for MetricFigure {
    fn file_stem(&self) -> Cow<'static, str> {
        self.measure.file_stem.into()
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

fn panel(
    points: &[&CurvePoint],
    (names, gaps): (&[(&str, &str)], &Gaps),
    factor: f64,
    published: &[&PublishedRow],
) -> Panel {
    let marked = |point: &&CurvePoint| Marked {
        k: point.k,
        kept: (point.k_low < point.k_high).then(|| (f64::from(point.k_low), f64::from(point.k_high))),
        mean: point.mean * factor,
        interval: point
            .ci_low
            .zip(point.ci_high)
            .map(|(low, high)| (low * factor, high * factor)),
        runs: Runs::of(point),
        seeds: match point.seeds.as_slice() {
            [_] => Vec::new(),
            seeds => seeds.iter().map(|(k, value)| (*k, value * factor)).collect(),
        },
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
        .flat_map(|(i, name)| {
            let pieces = gaps.pieces(*name, &of(name), |point| point.k).into_iter();
            pieces.map(move |piece| (i, piece))
        });
    Panel {
        split: points
            .first()
            .map_or_else(String::new, |point| point.split.clone()),
        dense: points.iter().find(|point| point.method == DENSE).map(marked),
        curves: curves.collect(),
        published: published
            .iter()
            .filter(|other| points.first().is_some_and(|point| point.split == other.split))
            .filter_map(|other| {
                Some(Other {
                    k: other.k?,
                    value: other.value,
                    source: format!("{}: {}", other.label, other.method),
                })
            })
            .collect(),
    }
}

/// What the marks mean, as far as the figure has them.
fn subtitle(
    points: &[&CurvePoint],
    legend: &[(String, Style)],
    (drawn, beyond): (usize, usize),
    notes: &str,
    is_of_page: bool,
) -> String {
    let has = |line| pruned(legend).any(|(_, style)| style.line == line);
    let seeds = seed_count(points.iter().map(|point| point.n));
    let most_on_one_another = if is_of_page { 1 } else { FEW_CURVES };
    let is_apart = pruned(legend).count() > most_on_one_another;
    let apart = if is_apart {
        ", curves set slightly apart"
    } else {
        ""
    };
    let mut text = if points.iter().all(|point| point.ci_low.is_none()) {
        format!("{seeds}, so no interval{apart}")
    } else {
        let marks = if is_apart || is_of_page {
            "bars"
        } else {
            "shaded bands and bars"
        };
        format!("Mean over {seeds}{apart}; {marks}: 95 % Student t-intervals over seeds")
    };
    text.push_str(notes);
    if points.iter().any(|point| point.n > 1) {
        text.push_str("; pale points: single seeds");
    }
    if points.iter().any(|point| point.k_low < point.k_high) {
        text.push_str("; horizontal bars: fewest to most heads kept");
    }
    if drawn > 0 {
        text.push_str("; hollow squares: published by others, see published.csv");
    }
    text.push_str(&match beyond {
        0 => String::new(),
        1 => "; 1 published number lies beyond the axis and is not drawn".to_owned(),
        _ => format!("; {beyond} published numbers lie beyond the axis and are not drawn"),
    });
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
