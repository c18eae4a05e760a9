//! heads_by_layer.csv: for each method and setting, how many heads of each attention module are kept.

use std::collections::BTreeMap;

use heads::RowKind;
use records::{HeadsRow, MaskKey, check_modules, kind_name};
use serde::Serialize;

use crate::ReportError;
use crate::curves::{over_seeds, short};
use crate::setting::Setting;

/// The columns of heads_by_layer.csv, in order.
pub const LAYER_COLUMNS: [&str; 14] = [
    "method",
    "variant",
    "k",
    "kind",
    "layer",
    "heads",
    "n_seeds",
    "mean_kept",
    "min_kept",
    "max_kept",
    "n_heads",
    "setting",
    "k_low",
    "k_high",
];

/// The heads that the runs of one setting kept in one attention module.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct KeptInModule {
    /// The pruning method.
    pub method: String,
    /// The variant, [`MEAN_OF_DRAWS`](crate::MEAN_OF_DRAWS), or nothing.
    pub variant: String,
    /// Number of heads kept in all modules together: mean over seeds, in the file to four decimals.
    #[serde(serialize_with = "short")]
    pub k: f64,
    /// Kind of attention.
    #[serde(serialize_with = "kind_name::serialize")]
    pub kind: RowKind,
    /// Layer within its kind, from 0.
    pub layer: u32,
    /// Number of heads of the module.
    pub heads: u32,
    /// Number of seeds.
    pub n_seeds: usize,
    /// Number of the module's heads that are kept: mean over seeds.
    pub mean_kept: f64,
    /// Fewest of them that any mask kept.
    pub min_kept: u32,
    /// Most of them that any mask kept.
    pub max_kept: u32,
    /// Number of heads of the dense model.
    pub n_heads: u32,
    /// What was set in place of a number of heads, as `lambda=0.0015`; empty where heads were asked for.
    pub setting: String,
    /// Fewest heads that a mask kept in all modules together.
    pub k_low: u32,
    /// Most heads that a mask kept.
    pub k_high: u32,
}

/// An attention module: its kind, and its layer within the kind.
pub(crate) type Place = (RowKind, u32);

/// One mask: its modules in the order of the model's grid.
pub(crate) type Mask<'a> = BTreeMap<Place, &'a HeadsRow>;

/// The masks of one method, variant and setting.
pub(crate) struct Group<'a> {
    pub method: &'a str,
    pub variant: &'a str,
    pub setting: Setting,
    pub masks: Vec<Mask<'a>>,
}

/// Seed, heads kept and heads there are of a mask.
pub(crate) fn totals(mask: &Mask<'_>) -> Option<(u64, u32, u32)> {
    let row = mask.values().next()?;
    Some((row.seed, row.k_actual, row.n_heads))
}

impl Group<'_> {
    /// Heads kept: mean over seeds, fewest and most of any mask.
    pub fn k(&self) -> Option<(f64, u32, u32)> {
        let kept = || self.masks.iter().filter_map(totals);
        let mean = over_seeds(kept().map(|(seed, k, _)| (seed, f64::from(k))))?.mean;
        Some((
            mean,
            kept().map(|(_, k, _)| k).min()?,
            kept().map(|(_, k, _)| k).max()?,
        ))
    }

    fn modules(&self) -> Vec<KeptInModule> {
        let places = self.masks.first().map(Mask::keys).into_iter().flatten();
        places.filter_map(|&place| self.module(place)).collect()
    }

    fn module(&self, place: Place) -> Option<KeptInModule> {
        let rows = || self.masks.iter().filter_map(|mask| mask.get(&place).copied());
        let first = rows().next()?;
        let (k, k_low, k_high) = self.k()?;
        let summary = over_seeds(rows().map(|row| (row.seed, f64::from(row.kept))))?;
        Some(KeptInModule {
            method: self.method.into(),
            variant: self.variant.into(),
            k,
            kind: first.kind,
            layer: first.layer,
            heads: first.heads,
            n_seeds: summary.n,
            mean_kept: summary.mean,
            min_kept: rows().map(|row| row.kept).min()?,
            max_kept: rows().map(|row| row.kept).max()?,
            n_heads: first.n_heads,
            setting: self.setting.label(),
            k_low,
            k_high,
        })
    }
}

/// The heads kept in each module, sorted by method, variant, k and the order of the model's grid: the kind, then the
/// layer.
///
/// Masks are grouped as the runs of [`curves`](crate::curves) are: those of a variant `lambda=X` by their factor,
/// others by the number of heads asked for. Several draws of one seed are averaged first: a seed counts once.
///
/// # Errors
/// A row is impossible, the rows of a mask are not the whole mask, or two masks are of different models.
pub fn kept_by_module(rows: &[HeadsRow]) -> Result<Vec<KeptInModule>, ReportError> {
    Ok(groups(rows)?.iter().flat_map(Group::modules).collect())
}

/// The masks of each curve and setting, in the order of [`kept_by_module`].
pub(crate) fn groups(rows: &[HeadsRow]) -> Result<Vec<Group<'_>>, ReportError> {
    check_modules(rows)?;
    let mut masks: BTreeMap<MaskKey<'_>, Mask<'_>> = BTreeMap::new();
    for row in rows {
        let mask = masks.entry(row.mask_key()).or_default();
        mask.insert((row.kind, row.layer), row);
    }
    check_grids(&masks)?;

    let mut groups: BTreeMap<(&str, &str, Setting), Vec<Mask<'_>>> = BTreeMap::new();
    for ((method, variant, k_target, ..), mask) in masks {
        let (variant, setting) = Setting::of(variant, k_target);
        groups.entry((method, variant, setting)).or_default().push(mask);
    }
    let mut groups: Vec<Group<'_>> = groups
        .into_iter()
        .map(|((method, variant, setting), masks)| Group {
            method,
            variant,
            setting,
            masks,
        })
        .collect();
    for curve in groups.chunk_by_mut(|a, b| (a.method, a.variant) == (b.method, b.variant)) {
        let k = |group: &Group<'_>| group.k().map_or(0.0, |(mean, ..)| mean);
        curve.sort_by(|a, b| k(a).total_cmp(&k(b)));
    }
    Ok(groups)
}

/// Refuses masks of different models.
fn check_grids(masks: &BTreeMap<MaskKey<'_>, Mask<'_>>) -> Result<(), ReportError> {
    let grid = |mask: &Mask<'_>| {
        let module = |row: &&HeadsRow| format!("{} {} of {} heads", row.kind, row.layer, row.heads);
        mask.values().map(module).collect::<Vec<String>>().join(", ")
    };
    let mut grids = masks.values().map(grid);
    let first = grids.next().unwrap_or_default();
    match grids.find(|other| *other != first) {
        None => Ok(()),
        Some(second) => Err(ReportError::Mixed {
            column: "attention modules",
            first,
            second,
        }),
    }
}
