//! heads_stability.csv: how far seeds agree on which heads to keep.

use std::collections::BTreeMap;

use records::HeadsRow;
use serde::Serialize;

use crate::ReportError;
use crate::chance::{Drawn, expected_overlap};
use crate::curves::short;
use crate::kept::{Group, Mask, groups, totals};

/// The columns of heads_stability.csv, in order.
pub const STABILITY_COLUMNS: [&str; 14] = [
    "method",
    "variant",
    "k",
    "n_seeds",
    "n_pairs",
    "mean_overlap",
    "min_overlap",
    "max_overlap",
    "chance_overlap",
    "chance_in_modules",
    "n_heads",
    "setting",
    "k_low",
    "k_high",
];

/// How far the runs of one setting agree between seeds on which heads to keep.
///
/// The overlap of two masks is their Jaccard index: the heads that both keep as a share of those that either keeps, 1
/// for two that keep no head.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Stability {
    /// The pruning method.
    pub method: String,
    /// The variant, [`MEAN_OF_DRAWS`](crate::MEAN_OF_DRAWS), or nothing.
    pub variant: String,
    /// Number of heads kept: mean over seeds, in the file to four decimals.
    #[serde(serialize_with = "short")]
    pub k: f64,
    /// Number of seeds.
    pub n_seeds: usize,
    /// Number of pairs of different seeds.
    pub n_pairs: usize,
    /// Overlap in 0..=1, mean over pairs of seeds; over several draws of each, first the mean of a pair's. None for a
    /// single seed.
    pub mean_overlap: Option<f64>,
    /// Least overlap of two masks of different seeds.
    pub min_overlap: Option<f64>,
    /// Greatest overlap of two masks of different seeds.
    pub max_overlap: Option<f64>,
    /// What `mean_overlap` would be in expectation if each mask were drawn uniformly among those of as many heads.
    pub chance_overlap: Option<f64>,
    /// The same if each mask were drawn uniformly among those that keep as many heads of each attention module. Heads of a
    /// module that is trained from its start can change places, so that seeds agree beyond this only where something tells
    /// the heads of a module apart. For two masks that keep a_m and b_m of the H_m heads of module m, the number in common
    /// is a sum of independent hypergeometric numbers, in the mean the sum of a_m b_m / H_m.
    pub chance_in_modules: Option<f64>,
    /// Number of heads of the dense model.
    pub n_heads: u32,
    /// What was set in place of a number of heads; empty where heads were asked for.
    pub setting: String,
    /// Fewest heads that a mask kept.
    pub k_low: u32,
    /// Most heads that a mask kept.
    pub k_high: u32,
}

/// How far seeds agree, for each group of [`kept_by_module`](crate::kept_by_module), in the same order.
///
/// # Errors
/// As [`kept_by_module`](crate::kept_by_module).
pub fn stability(rows: &[HeadsRow]) -> Result<Vec<Stability>, ReportError> {
    Ok(groups(rows)?.iter().filter_map(stability_of).collect())
}

fn stability_of(group: &Group<'_>) -> Option<Stability> {
    let mut seeds: BTreeMap<u64, Vec<(&Mask<'_>, u32)>> = BTreeMap::new();
    let mut n_heads = 0;
    for mask in &group.masks {
        let (seed, kept, of) = totals(mask)?;
        seeds.entry(seed).or_default().push((mask, kept));
        n_heads = of;
    }
    let mut pairs: Vec<Agreement> = Vec::new();
    let (mut least, mut most) = (f64::INFINITY, f64::NEG_INFINITY);
    for (i, first) in seeds.values().enumerate() {
        for second in seeds.values().skip(i + 1) {
            let mut both = Vec::new();
            for (a, k_a) in first {
                for (b, k_b) in second {
                    let overlap = overlap(a, b);
                    (least, most) = (least.min(overlap), most.max(overlap));
                    let chance = expected_overlap(&[(n_heads, *k_a, *k_b)]);
                    both.push([overlap, chance, expected_overlap(&in_modules(a, b))]);
                }
            }
            pairs.extend(means(&both));
        }
    }
    let (k, k_low, k_high) = group.k()?;
    let mean = means(&pairs);
    Some(Stability {
        method: group.method.into(),
        variant: group.variant.into(),
        k,
        n_seeds: seeds.len(),
        n_pairs: pairs.len(),
        mean_overlap: mean.map(|[overlap, ..]| overlap),
        min_overlap: mean.map(|_| least),
        max_overlap: mean.map(|_| most),
        chance_overlap: mean.map(|[_, chance, _]| chance),
        chance_in_modules: mean.map(|[.., chance]| chance),
        n_heads,
        setting: group.setting.label(),
        k_low,
        k_high,
    })
}

/// The overlap of two masks, by chance, and by chance within modules.
type Agreement = [f64; 3];

fn means(pairs: &[Agreement]) -> Option<Agreement> {
    let mean = |i: usize| {
        let values: Vec<f64> = pairs.iter().filter_map(|pair| pair.get(i).copied()).collect();
        metrics::summarise(&values).map(|summary| summary.mean)
    };
    Some([mean(0)?, mean(1)?, mean(2)?])
}

/// The heads of each module, and how many of them each of two masks of one grid keeps.
pub(crate) fn in_modules(a: &Mask<'_>, b: &Mask<'_>) -> Vec<Drawn> {
    let modules = a.values().zip(b.values());
    modules
        .map(|(first, second)| (first.heads, first.kept, second.kept))
        .collect()
}

/// The Jaccard index of two masks of one grid.
pub(crate) fn overlap(a: &Mask<'_>, b: &Mask<'_>) -> f64 {
    let (mut both, mut either) = (0u32, 0u32);
    for (first, second) in a.values().zip(b.values()) {
        for digits in first.mask.bytes().zip(second.mask.bytes()) {
            both += u32::from(digits == (b'1', b'1'));
            either += u32::from(digits != (b'0', b'0'));
        }
    }
    if either == 0 {
        1.0
    } else {
        f64::from(both) / f64::from(either)
    }
}
