//! The values of each method and setting by seed: what tests pair, where curves have a mean.

use std::collections::BTreeMap;

use records::ResultRow;

use crate::curves::split_order;
use crate::forced::nearest;
use crate::measure::{MEASURES, Measure};
use crate::setting::Setting;

/// What one method and setting is worth on one split, seed by seed.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Cell<'a> {
    pub measure: &'static Measure,
    pub split: &'a str,
    pub method: &'a str,
    pub variant: &'a str,
    pub setting: Setting,
    /// Heads of the dense model.
    pub n_heads: u32,
    /// By seed.
    pub seeds: BTreeMap<u64, Worth<'a>>,
}

/// What one seed is worth.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Worth<'a> {
    /// In points: percent of accuracy, or BLEU; mean of several draws.
    pub points: f64,
    /// The rows that it is the mean of.
    pub rows: Vec<&'a ResultRow>,
}

impl Cell<'_> {
    /// The number of heads asked for, if every seed kept it.
    pub fn exact_k(&self) -> Option<u32> {
        let k = self.setting.k_target()?;
        let mut rows = self.seeds.values().flat_map(|worth| &worth.rows);
        rows.all(|row| row.k_actual == k).then_some(k)
    }

    /// The values of the seeds that both have, this one's and the other's.
    pub fn paired(&self, other: &Self) -> Vec<(u64, f64, f64)> {
        let both = self.seeds.iter().filter_map(|(seed, worth)| {
            let theirs = other.seeds.get(seed)?;
            Some((*seed, worth.points, theirs.points))
        });
        both.collect()
    }

    /// Mean over seeds.
    pub fn mean(&self) -> Option<f64> {
        let values: Vec<f64> = self.seeds.values().map(|worth| worth.points).collect();
        Some(metrics::summarise(&values)?.mean)
    }
}

/// The rows from which cells are made: those of forced numbers of heads cut down to one training each.
pub(crate) fn rows_of_cells(rows: &[ResultRow]) -> Vec<ResultRow> {
    nearest(rows)
}

/// The cells of `rows`, as from [`rows_of_cells`], of the metrics that have a figure: by metric, split, method, variant and
/// setting.
pub(crate) fn cells(rows: &[ResultRow]) -> Vec<Cell<'_>> {
    let mut cells: BTreeMap<_, Cell<'_>> = BTreeMap::new();
    for row in rows {
        let Some((place, measure)) = MEASURES
            .iter()
            .enumerate()
            .find(|(_, measure)| measure.metric == row.metric)
        else {
            continue;
        };
        let (variant, setting) = Setting::of(&row.variant, row.k_target);
        let key = (place, split_order(&row.split), &row.method, variant, setting);
        let cell = cells.entry(key).or_insert_with(|| Cell {
            measure,
            split: &row.split,
            method: &row.method,
            variant,
            setting,
            n_heads: row.n_heads,
            seeds: BTreeMap::new(),
        });
        let worth = cell.seeds.entry(row.seed).or_insert(Worth {
            points: 0.0,
            rows: Vec::new(),
        });
        worth.rows.push(row);
    }
    for cell in cells.values_mut() {
        let factor = cell.measure.factor;
        for worth in cell.seeds.values_mut() {
            let values: Vec<f64> = worth.rows.iter().map(|row| row.value * factor).collect();
            worth.points = metrics::summarise(&values).map_or(f64::NAN, |summary| summary.mean);
        }
    }
    cells.into_values().collect()
}
