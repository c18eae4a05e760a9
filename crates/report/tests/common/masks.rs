//! Masks of sweeps that never ran.

#![allow(clippy::unwrap_used, reason = "a test fails by a panic")]

use std::collections::BTreeSet;

use heads::{HeadGrid, HeadMask, HeadRow, RowKind};
use records::{HeadsRow, ResultRow};

use super::{row, wobble};

/// `layers` of each kind of attention, `heads` heads in each.
pub fn translator(layers: usize, heads: usize) -> HeadGrid {
    let kinds = [
        RowKind::EncoderSelf,
        RowKind::EncoderDecoder,
        RowKind::DecoderSelf,
    ];
    let rows = kinds
        .into_iter()
        .flat_map(|kind| (0..layers).map(move |layer| HeadRow { kind, layer, heads }))
        .collect();
    HeadGrid::new(rows).unwrap()
}

/// The modules of one mask, which keeps `k` heads as `wanted` orders them.
pub fn mask(
    grid: &HeadGrid,
    (method, variant): (&str, &str),
    k: usize,
    seed: u64,
    wanted: impl Fn(HeadRow, usize) -> f64,
) -> Vec<HeadsRow> {
    let importances: Vec<f64> = grid
        .rows()
        .iter()
        .flat_map(|row| (0..row.heads).map(|head| wanted(*row, head)))
        .collect();
    let mask = HeadMask::top_k(&importances, k).unwrap();
    let modules = grid.rows().iter().zip(grid.cut(mask.flags()));
    modules
        .map(|(row, flags)| HeadsRow {
            method: method.into(),
            variant: variant.into(),
            k_target: k as u32,
            k_actual: k as u32,
            n_heads: grid.total() as u32,
            seed,
            run_id: format!("{method}-{variant}-{k}-{seed}"),
            kind: row.kind,
            layer: row.layer as u32,
            heads: row.heads as u32,
            kept: flags.iter().filter(|&&kept| kept).count() as u32,
            mask: flags.iter().map(|&kept| if kept { '1' } else { '0' }).collect(),
        })
        .collect()
}

/// Masks of `methods` at each number of heads of `ks` for seeds 1 to 3: every method has a liking of its own for kinds
/// and layers, the more so the earlier it is in the list; `random` has none and draws twice; `voita` has a factor for
/// each number of heads and does not quite meet it.
pub fn sweep(grid: &HeadGrid, methods: &[(&str, &str)], ks: &[usize]) -> Vec<HeadsRow> {
    let mut rows = Vec::new();
    for (m, &(method, variant)) in methods.iter().enumerate() {
        let liking = if method == "random" {
            0.0
        } else {
            2.0 / (1.0 + m as f64)
        };
        for (i, &k) in ks.iter().enumerate() {
            for seed in 1..=3 {
                let draws: u64 = if method == "random" { 2 } else { 1 };
                for draw in 1..=draws {
                    let (variant, k) = match method {
                        "random" => (format!("draw-{draw}"), k),
                        "voita" => {
                            let missed = (seed as usize + i) % 2;
                            (
                                format!("lambda={}", 0.5 / (k * k) as f64),
                                (k + missed).min(grid.total() - 1),
                            )
                        }
                        _ => (variant.to_owned(), k),
                    };
                    let wanted = |row: HeadRow, head: usize| {
                        let place = row.kind as u64 * 100 + row.layer as u64;
                        let module = wobble(m as u64, place, 7) + 0.06 * row.layer as f64;
                        let own = wobble(place, head as u64, seed * 10 + draw);
                        liking * module + own
                    };
                    rows.extend(mask(grid, (method, &variant), k, seed, wanted));
                }
            }
        }
    }
    rows
}

/// A row of results for each mask.
pub fn results_of(modules: &[HeadsRow]) -> Vec<ResultRow> {
    let runs: BTreeSet<_> = modules
        .iter()
        .map(|module| {
            (
                (&module.method, &module.variant, module.k_actual, module.seed),
                (&module.run_id, module.n_heads),
            )
        })
        .collect();
    runs.into_iter()
        .map(|((method, variant, k, seed), (run_id, n_heads))| ResultRow {
            run_id: run_id.clone(),
            n_heads,
            ..row(
                method,
                variant,
                k,
                seed,
                "test",
                0.9 * f64::from(k) / f64::from(n_heads),
            )
        })
        .collect()
}

/// The methods of a sweep with masks.
pub const SIX: [(&str, &str); 6] = [
    ("dsp-joint", ""),
    ("dsp-pipelined", ""),
    ("ste-joint", ""),
    ("voita", ""),
    ("michel", "batch-abs"),
    ("random", ""),
];
