//! agreement_of_methods.csv: how far the masks of two methods agree for the same seed and number of heads, against chance.

use std::collections::BTreeMap;

use records::HeadsRow;
use serde::Serialize;

use crate::ReportError;
use crate::chance::expected_overlap;
use crate::kept::{Group, Mask, groups, totals};
use crate::stability::{in_modules, overlap};

/// The columns of agreement_of_methods.csv, in order.
pub const BETWEEN_COLUMNS: [&str; 9] = [
    "k",
    "method",
    "variant",
    "other_method",
    "other_variant",
    "n_seeds",
    "mean_overlap",
    "chance_in_modules",
    "n_heads",
];

/// How far two methods agree on which heads to keep.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Between {
    /// Heads that both were asked for.
    pub k: u32,
    /// A pruning method.
    pub method: String,
    /// Its variant.
    pub variant: String,
    /// Another one.
    pub other_method: String,
    /// Its variant.
    pub other_variant: String,
    /// Seeds that both have.
    pub n_seeds: usize,
    /// Jaccard index of the masks of one seed, mean over seeds.
    pub mean_overlap: f64,
    /// What it would be in expectation if each mask were drawn uniformly among those that keep as many heads of each module.
    pub chance_in_modules: f64,
    /// Heads of the dense model.
    pub n_heads: u32,
}

/// Every pair of methods that have one mask a seed and a number of heads in common; dense and several draws of a seed are left out.
///
/// # Errors
/// As [`kept_by_module`](crate::kept_by_module).
pub fn between_methods(rows: &[HeadsRow]) -> Result<Vec<Between>, ReportError> {
    let groups = groups(rows)?;
    let single: Vec<(&Group<'_>, u32, BTreeMap<u64, &Mask<'_>>)> = groups
        .iter()
        .filter(|group| group.method != "dense")
        .filter_map(|group| Some((group, group.setting.k_target()?, by_seed(group)?)))
        .collect();
    let mut pairs = Vec::new();
    for (i, (a, k, masks)) in single.iter().enumerate() {
        for (b, _, others) in single.iter().skip(i + 1).filter(|(_, other, _)| other == k) {
            let common = masks
                .iter()
                .filter_map(|(seed, mask)| Some((*mask, *others.get(seed)?)));
            let (overlaps, chances): (Vec<f64>, Vec<f64>) = common
                .map(|(mask, other)| (overlap(mask, other), expected_overlap(&in_modules(mask, other))))
                .unzip();
            let (Some(overlap), Some(chance)) = (metrics::summarise(&overlaps), metrics::summarise(&chances))
            else {
                continue;
            };
            pairs.push(Between {
                k: *k,
                method: a.method.to_owned(),
                variant: a.variant.to_owned(),
                other_method: b.method.to_owned(),
                other_variant: b.variant.to_owned(),
                n_seeds: overlap.n,
                mean_overlap: overlap.mean,
                chance_in_modules: chance.mean,
                n_heads: masks
                    .values()
                    .find_map(|mask| totals(mask))
                    .map_or(0, |(_, _, n)| n),
            });
        }
    }
    pairs.sort_by_key(|pair| pair.k);
    Ok(pairs)
}

/// The mask of each seed; none where a seed has several.
fn by_seed<'a>(group: &'a Group<'a>) -> Option<BTreeMap<u64, &'a Mask<'a>>> {
    let mut masks = BTreeMap::new();
    for mask in &group.masks {
        let (seed, ..) = totals(mask)?;
        if masks.insert(seed, mask).is_some() {
            return None;
        }
    }
    Some(masks)
}
