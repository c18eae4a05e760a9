//! heads_stability.csv: how far seeds agree on which heads to keep.

use std::collections::BTreeMap;

use records::HeadsRow;
use serde::Serialize;

use crate::ReportError;
use crate::curves::short;
use crate::kept::{Group, Mask, groups, totals};

/// The columns of heads_stability.csv, in order.
pub const STABILITY_COLUMNS: [&str; 13] = [
    "method",
    "variant",
    "k",
    "n_seeds",
    "n_pairs",
    "mean_overlap",
    "min_overlap",
    "max_overlap",
    "chance_overlap",
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
    let mut pairs: Vec<(f64, f64)> = Vec::new();
    let (mut least, mut most) = (f64::INFINITY, f64::NEG_INFINITY);
    for (i, first) in seeds.values().enumerate() {
        for second in seeds.values().skip(i + 1) {
            let mut both = Vec::new();
            for (a, k_a) in first {
                for (b, k_b) in second {
                    let overlap = overlap(a, b);
                    (least, most) = (least.min(overlap), most.max(overlap));
                    both.push((overlap, chance_overlap(n_heads, *k_a, *k_b)));
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
        mean_overlap: mean.map(|(overlap, _)| overlap),
        min_overlap: mean.map(|_| least),
        max_overlap: mean.map(|_| most),
        chance_overlap: mean.map(|(_, chance)| chance),
        n_heads,
        setting: group.setting.label(),
        k_low,
        k_high,
    })
}

fn means(pairs: &[(f64, f64)]) -> Option<(f64, f64)> {
    let mean = |get: fn(&(f64, f64)) -> f64| {
        metrics::summarise(&pairs.iter().map(get).collect::<Vec<f64>>()).map(|summary| summary.mean)
    };
    Some((mean(|pair| pair.0)?, mean(|pair| pair.1)?))
}

/// The Jaccard index of two masks of one grid.
fn overlap(a: &Mask<'_>, b: &Mask<'_>) -> f64 {
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

/// The expected Jaccard index of `a` and `b` heads drawn independently and uniformly of `n`: the number that both have
/// is hypergeometric.
fn chance_overlap(n: u32, a: u32, b: u32) -> f64 {
    if a + b == 0 {
        return 1.0;
    }
    let [n, a, b] = [n, a, b].map(f64::from);
    let (mut common, most) = ((a + b - n).max(0.0), a.min(b));
    // Each probability from the one before it, up to a factor that is divided out at the end.
    let (mut weight, mut sum, mut weighted) = (1.0, 0.0, 0.0);
    while common <= most {
        sum += weight;
        weighted += weight * common / (a + b - common);
        weight *= (a - common) * (b - common) / ((common + 1.0) * (n - a - b + common + 1.0));
        common += 1.0;
        // Hundreds of heads would leave the range of binary64.
        if sum > 1e200 {
            (weight, weighted, sum) = (weight / sum, weighted / sum, 1.0);
        }
    }
    weighted / sum
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chance_is_the_mean_over_all_pairs_of_subsets() {
        // Of four heads, two and two: none in common 1/6, one 4/6 (a third of the union), both 1/6.
        assert!((chance_overlap(4, 2, 2) - 7.0 / 18.0).abs() < 1e-12);
        // One and one of twelve are the same head by 1/12.
        assert!((chance_overlap(12, 1, 1) - 1.0 / 12.0).abs() < 1e-12);
        // One of three is in two of three by 2/3, and then half of them.
        assert!((chance_overlap(3, 1, 2) - 1.0 / 3.0).abs() < 1e-12);
        assert_eq!(
            [
                chance_overlap(5, 5, 5),
                chance_overlap(5, 0, 3),
                chance_overlap(5, 0, 0)
            ],
            [1.0, 0.0, 1.0]
        );
    }

    #[test]
    fn thousands_of_heads_have_a_chance() {
        // Half of n twice: nearly n/4 in common of 3n/4.
        let chance = chance_overlap(4000, 2000, 2000);
        assert!((chance - 1.0 / 3.0).abs() < 1e-3, "{chance}");
    }
}
