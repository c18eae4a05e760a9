//! Where the entries of a legend stand below a figure: in rows of about equal length.

use super::theme::{LABEL, LEGEND_ROW};

/// The piece of curve beside a name, and the room around it.
pub(super) const SAMPLE: f64 = 64.0;
pub(super) const SAMPLE_GAP: f64 = 14.0;
const GAP: f64 = 40.0;

/// The columns and rows of a legend.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Legend {
    entries: usize,
    /// The width of each column.
    columns: Vec<f64>,
}

impl Legend {
    /// For entries of these names, on a width of `inner`.
    pub fn new<'a>(names: impl Iterator<Item = &'a str>, inner: f64) -> Self {
        let names: Vec<f64> = names.map(|name| LABEL.width(name)).collect();
        let columns_of = |rows: usize| {
            // Rows of about equal length rather than full ones and a rest.
            let columns = names.len().div_ceil(rows).max(1);
            let widest = |column| {
                names
                    .iter()
                    .skip(column)
                    .step_by(columns)
                    .copied()
                    .fold(0.0, f64::max)
            };
            (0..columns)
                .map(|column| widest(column) + SAMPLE + SAMPLE_GAP + GAP)
                .collect::<Vec<f64>>()
        };
        let fits = |columns: &Vec<f64>| columns.iter().sum::<f64>() - GAP <= inner;
        let columns = (1..names.len())
            .map(columns_of)
            .find(fits)
            .unwrap_or_else(|| columns_of(names.len().max(1)));
        Self {
            entries: names.len(),
            columns,
        }
    }

    pub fn height(&self) -> f64 {
        self.entries.div_ceil(self.columns.len()) as f64 * LEGEND_ROW
    }

    /// Left end and middle height of the sample of each entry, on a figure of `width` from `top` on.
    pub fn places(&self, width: f64, top: f64) -> impl Iterator<Item = (f64, f64)> {
        let left = (width - self.columns.iter().sum::<f64>() + GAP) / 2.0;
        (0..self.entries).map(move |i| {
            let (row, column) = (i / self.columns.len(), i % self.columns.len());
            let x = left + self.columns.iter().take(column).sum::<f64>();
            (x, top + (row as f64 + 0.5) * LEGEND_ROW)
        })
    }
}
