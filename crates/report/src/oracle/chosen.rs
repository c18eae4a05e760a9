//! oracle_methods.csv: the masks of methods that leave the dense model as it is, held against all subsets of as many heads.

use std::collections::BTreeSet;

use records::{HeadsRow, ResultRow};
use serde::Serialize;

use super::{Column, Oracle, number};
use crate::ReportError;
use crate::kept::{Group, Mask, groups, totals};
use crate::setting::Setting;

/// The columns of oracle_methods.csv, in order.
pub const CHOSEN_COLUMNS: [&str; 10] = [
    "method",
    "variant",
    "k",
    "seed",
    "split",
    "metric",
    "value",
    "best",
    "regret",
    "percentile",
];

/// What the mask of a run is worth among all subsets of as many heads, by one metric on one split.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Chosen {
    /// The pruning method.
    pub method: String,
    /// What sets the mask apart within its method, as in heads.csv.
    pub variant: String,
    /// Heads kept.
    pub k: u32,
    /// The seed.
    pub seed: u64,
    /// The evaluated examples.
    pub split: String,
    /// `loss`, or `accuracy` in 0..=1.
    pub metric: String,
    /// The metric under the mask, from oracle.csv.
    pub value: f64,
    /// The metric under the subset of as many heads that has the least loss on the tuning split.
    pub best: f64,
    /// By how much the mask is worse than that subset: never below 0 for the loss on the tuning split.
    pub regret: f64,
    /// Share of the subsets of this seed and as many heads that are strictly worse, plus half of those that are equal, the
    /// mask itself among them: in 0..=1, 1/2 where there is no other.
    pub percentile: f64,
    /// The curve that the mask is a point of.
    #[serde(skip)]
    pub(crate) curve: String,
    /// What was set to get it.
    #[serde(skip)]
    pub(crate) setting: Setting,
}

impl Oracle {
    /// The masks of all runs that trained no weights (their `train_updates` in results.csv is 0), of seeds that have an
    /// oracle: in the order of [`kept_by_module`](crate::kept_by_module), then by heads, seed, split (tuning first, then
    /// matched) and metric.
    ///
    /// # Errors
    /// The masks cannot share a report, or are of another number of heads.
    pub fn chosen(&self, heads: &[HeadsRow], results: &[ResultRow]) -> Result<Vec<Chosen>, ReportError> {
        let trained: BTreeSet<&str> = results
            .iter()
            .filter(|row| row.train_updates > 0)
            .map(|row| row.run_id.as_str())
            .collect();
        let mut rows = Vec::new();
        for group in groups(heads)? {
            for mask in &group.masks {
                let is_trained = |row: &&HeadsRow| trained.contains(row.run_id.as_str());
                if !mask.values().any(is_trained) {
                    rows.extend(self.of_mask(&group, mask)?);
                }
            }
        }
        Ok(rows)
    }

    /// One row a column; none where the seed has no oracle.
    fn of_mask(&self, group: &Group<'_>, mask: &Mask<'_>) -> Result<Vec<Chosen>, ReportError> {
        let (Some((seed, k, n_heads)), Some(first)) = (totals(mask), mask.values().next()) else {
            return Ok(Vec::new());
        };
        self.check_heads(n_heads)?;
        let Some(of_seed) = self.seed(seed) else {
            return Ok(Vec::new());
        };
        let digits: String = mask.values().map(|row| row.mask.as_str()).collect();
        let subset = number(&digits).ok_or_else(|| self.wrong(format!("it has no subset `{digits}`")))?;
        let of_size: Vec<usize> = self.of_size(k as usize).collect();
        let best = of_seed.best[k as usize];
        let columns = self.columns.iter().zip(&of_seed.values);
        let of_column = |(column, values): (&Column, &Vec<f64>)| {
            let worth = |subset: usize| column.worth(values[subset]);
            let own = worth(subset);
            let worse = of_size.iter().filter(|&&other| worth(other) < own).count();
            let equal = of_size.iter().filter(|&&other| worth(other) == own).count();
            Chosen {
                method: group.method.to_owned(),
                variant: first.variant.clone(),
                k,
                seed,
                split: column.split.clone(),
                metric: column.metric.clone(),
                value: values[subset],
                best: values[best],
                // Of equal numbers 0, not -0.
                regret: worth(best) - own + 0.0,
                percentile: (worse as f64 + equal as f64 / 2.0) / of_size.len() as f64,
                curve: group.variant.to_owned(),
                setting: group.setting,
            }
        };
        Ok(columns.map(of_column).collect())
    }
}
