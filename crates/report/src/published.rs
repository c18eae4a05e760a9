//! published.csv: what others have published beside what this sweep measured, and whether the two agree.

use records::{Caption, PublishedRow, ResultRow, published_rows};
use serde::{Serialize, Serializer};

use crate::ReportError;
use crate::curves::CurvePoint;
use crate::measure::MEASURES;
use crate::significance::MARGIN;

/// The numbers that this program knows of.
const KNOWN: &str = include_str!("../../../experiments/published.csv");

/// The columns of published.csv in a sweep's folder, in order.
pub const COMPARED_COLUMNS: [&str; 18] = [
    "task",
    "corpus",
    "model",
    "n_heads",
    "k",
    "method",
    "metric",
    "split",
    "value",
    "device",
    "label",
    "source",
    "how_checked",
    "note",
    "ours",
    "ours_variant",
    "verdict",
    "why",
];

/// What a published number is beside ours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Agreement {
    /// Ours is as far from it as the margin at most; of counts, as rounding.
    Reproduced,
    /// It is farther.
    NotReproduced,
    /// Ours was measured on something else, or not at all.
    NotComparable,
}

impl Agreement {
    /// In words.
    pub fn name(self) -> &'static str {
        match self {
            Self::Reproduced => "reproduced",
            Self::NotReproduced => "not reproduced",
            Self::NotComparable => "not comparable",
        }
    }
}

impl Serialize for Agreement {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

/// A published number, ours, and what follows.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Published {
    /// The published number.
    pub row: PublishedRow,
    /// Ours in the same unit, mean over seeds; none where there is none that can be compared.
    pub ours: Option<f64>,
    /// The variant of ours.
    pub ours_variant: String,
    /// Whether they agree.
    pub verdict: Agreement,
    /// Why.
    pub why: String,
}

impl Published {
    /// Whether it stands on the axes of a figure of this sweep: its model has as many heads, its corpus is that of the scale
    /// `paper`.
    pub(crate) fn fits(&self, points: &[CurvePoint]) -> bool {
        points
            .first()
            .is_some_and(|point| point.scale == PAPER && Some(point.n_heads) == self.row.n_heads)
            && self.row.k.is_some()
    }
}

const PAPER: &str = "paper";
/// Rounding of published shares, in points.
const ROUNDING: f64 = 0.005;

/// The published numbers of the task of a sweep beside its own.
///
/// # Errors
/// The file that the program brings is wrong, which its test excludes.
pub fn published(
    results: &[ResultRow],
    points: &[CurvePoint],
    caption: &Caption,
) -> Result<Vec<Published>, ReportError> {
    let Some(first) = results.first() else {
        return Ok(Vec::new());
    };
    // Earlier programs called the task by its corpus.
    let task = match first.task.as_str() {
        "mnli" => "nli",
        "iwslt" => "translation",
        task => task,
    };
    let known = published_rows("experiments/published.csv", KNOWN)?;
    let of_task = known.iter().filter(|row| row.task == task);
    let margin = caption.margin.unwrap_or(MARGIN);
    Ok(of_task
        .map(|row| compared(row.clone(), &known, (first, results), points, margin))
        .collect())
}

fn compared(
    row: PublishedRow,
    known: &[PublishedRow],
    (first, results): (&ResultRow, &[ResultRow]),
    points: &[CurvePoint],
    margin: f64,
) -> Published {
    let (ours, tolerance) = match row.metric.as_str() {
        "params" | "params_removed" => (of_counts(&row, known, results), ROUNDING),
        _ => (of_metric(&row, first, points), margin),
    };
    match ours {
        Ok((ours, variant)) => {
            let apart = (ours - row.value).abs();
            let verdict = if apart <= tolerance {
                Agreement::Reproduced
            } else {
                Agreement::NotReproduced
            };
            Published {
                ours: Some(ours),
                ours_variant: variant,
                verdict,
                why: format!("{apart:.2} apart, {tolerance} allowed"),
                row,
            }
        }
        Err(why) => Published {
            ours: None,
            ours_variant: String::new(),
            verdict: Agreement::NotComparable,
            why,
            row,
        },
    }
}

/// Our parameters, or the percentage of them that goes with the heads.
fn of_counts(
    row: &PublishedRow,
    known: &[PublishedRow],
    results: &[ResultRow],
) -> Result<(f64, String), String> {
    let of_model = |ours: &&ResultRow| Some(ours.n_heads) == row.n_heads;
    let at_k = |ours: &&ResultRow| row.k == Some(f64::from(ours.k_actual));
    let model = results
        .iter()
        .find(of_model)
        .ok_or_else(|| another_model(row, results.first()))?;
    let ours = results
        .iter()
        .filter(of_model)
        .find(at_k)
        .ok_or_else(|| "no run keeps as many heads".to_owned())?;
    // Parameters are counted: another vocabulary or classifier is another model.
    let expected = known
        .iter()
        .find(|other| other.metric == "params" && other.model == row.model);
    if expected.is_some_and(|expected| expected.value != model.params_before as f64) {
        return Err(format!("the model has {} parameters", model.params_before));
    }
    let (before, after) = (ours.params_before as f64, ours.params_after as f64);
    let value = match row.metric.as_str() {
        "params" => before,
        _ => 100.0 * (before - after) / before,
    };
    Ok((value, String::new()))
}

/// Our mean over seeds, of the variant that is nearest.
fn of_metric(row: &PublishedRow, first: &ResultRow, points: &[CurvePoint]) -> Result<(f64, String), String> {
    if first.scale != PAPER {
        return Err(format!("{} scale: another corpus, another model", first.scale));
    }
    let Some(measure) = MEASURES.iter().find(|measure| measure.metric == row.metric) else {
        return Err(format!("no run measures {}", row.metric));
    };
    if row.n_heads.is_none() || row.k.is_none() || row.split.is_empty() {
        return Err("the source does not say how many heads of which model, or on which split".to_owned());
    }
    if row.n_heads != Some(first.n_heads) {
        return Err(another_model(row, Some(first)));
    }
    let of_method = || {
        points.iter().filter(|point| {
            (&point.metric, &point.split, &point.method) == (&row.metric, &row.split, &row.method)
        })
    };
    if of_method().next().is_none() {
        return Err(format!("no run of {} on {}", row.method, row.split));
    }
    let at_k = of_method().filter(|point| row.k.is_some_and(|k| (point.k - k).abs() <= 0.5));
    let apart = |point: &CurvePoint| (point.mean * measure.factor - row.value).abs();
    let nearest = at_k.min_by(|a, b| apart(a).total_cmp(&apart(b)));
    nearest
        .map(|point| (point.mean * measure.factor, point.variant.clone()))
        .ok_or_else(|| "no run keeps as many heads".to_owned())
}

fn another_model(row: &PublishedRow, first: Option<&ResultRow>) -> String {
    let theirs = row
        .n_heads
        .map_or_else(|| "an unknown number of".to_owned(), |n| n.to_string());
    let ours = first.map_or(0, |row| row.n_heads);
    format!("their model has {theirs} heads, ours {ours}")
}
