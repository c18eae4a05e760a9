//! Made-up rows with the shape of real ones, and a folder to report on.

#![allow(dead_code, reason = "each test file uses its own part")]

pub mod masks;
pub mod oracle;

use records::ResultRow;

/// One row of a demo sweep over 12 heads.
pub fn row(method: &str, variant: &str, k: u32, seed: u64, split: &str, value: f64) -> ResultRow {
    ResultRow {
        experiment: "mnli".into(),
        task: "mnli".into(),
        scale: "demo".into(),
        method: method.into(),
        variant: variant.into(),
        k_target: k,
        k_actual: k,
        n_heads: 12,
        seed,
        split: split.into(),
        metric: "accuracy".into(),
        value,
        n_examples: 2000,
        signature: String::new(),
        run_id: format!("{method}-{variant}-{k}-{seed}"),
        recipe: "paper".into(),
        recipe_version: "1".into(),
        params_before: 160_000,
        params_after: 160_000 - 4_000 * u64::from(12 - k.min(12)),
        train_updates: 2000,
        cost_examples: None,
        macs_before: None,
        macs_after: None,
        schema_version: records::ROW_SCHEMA_VERSION,
    }
}

/// A number in -1..1 that is fixed by its arguments.
pub fn wobble(a: u64, b: u64, c: u64) -> f64 {
    // The finaliser of SplitMix64.
    let mut mixed = (a << 40) ^ (b << 20) ^ c;
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    mixed = (mixed ^ (mixed >> 31)) >> 40;
    mixed as f64 / f64::from(1u32 << 23) - 1.0
}

/// Curves that rise from about `floor` to `ceiling`, `draws` a seed where that is not zero.
fn curve(
    rows: &mut Vec<ResultRow>,
    name: (&str, &str),
    grid: &[u32],
    n_heads: u32,
    shape: (f64, f64, f64),
    draws: u64,
) {
    let (floor, ceiling, spread) = shape;
    for (s, (split, drop)) in [("matched", 0.0), ("mismatched", 0.11)].into_iter().enumerate() {
        for &k in grid {
            for seed in 1..=3 {
                for draw in 1..=draws.max(1) {
                    let share = (f64::from(k) / f64::from(n_heads)).powf(0.4);
                    let noise = spread
                        * (1.0 - 0.7 * share)
                        * wobble(u64::from(k) + 31 * draw + 977 * seed, s as u64, rows.len() as u64);
                    let value = floor + (ceiling - floor) * share - drop + noise;
                    let variant = if draws > 0 {
                        format!("draw-{draw}")
                    } else {
                        name.1.to_owned()
                    };
                    let mut row = row(name.0, &variant, k, seed, split, value);
                    (row.n_heads, row.run_id) = (n_heads, format!("{}-{k}-{seed}-{draw}", name.0));
                    rows.push(row);
                }
            }
        }
    }
}

/// A finished demo sweep: dense, joint DSP and random subsets at 1, 2, 3, 6, 9 of 12 heads, three seeds.
pub fn demo() -> Vec<ResultRow> {
    let mut rows = Vec::new();
    let grid = [1, 2, 3, 6, 9];
    curve(&mut rows, ("dense", ""), &[12], 12, (0.9, 0.9, 0.02), 0);
    curve(&mut rows, ("dsp-joint", ""), &grid, 12, (0.68, 0.905, 0.02), 0);
    curve(&mut rows, ("random", ""), &grid, 12, (0.2, 0.9, 0.08), 5);
    rows
}

/// Rows of penalty factors, each with the heads that came out for each of three seeds.
fn swept(
    rows: &mut Vec<ResultRow>,
    method: &str,
    factors: &[(f64, [u32; 3])],
    n_heads: u32,
    (floor, ceiling, spread): (f64, f64, f64),
) {
    for (lambda, kept) in factors {
        for (seed, k) in (1..=3).zip(*kept) {
            let mut of_run = Vec::new();
            curve(
                &mut of_run,
                (method, ""),
                &[k],
                n_heads,
                (floor, ceiling, spread),
                0,
            );
            of_run.retain(|row| row.seed == seed);
            for mut row in of_run {
                (row.variant, row.run_id) = (
                    format!("lambda={lambda}"),
                    format!("{method}-lambda{lambda}-{seed}"),
                );
                rows.push(ResultRow {
                    metric: "accuracy_soft_gates".into(),
                    signature: "evaluation gate without beta".into(),
                    value: row.value - 0.5 * spread,
                    ..row.clone()
                });
                rows.push(row);
            }
        }
    }
}

/// Every method with given numbers of heads: dense and ten curves over `grid`, three seeds.
fn exact(rows: &mut Vec<ResultRow>, grid: &[u32], n_heads: u32, ceiling: f64, spread: f64) {
    let dense = (ceiling, ceiling, 0.5 * spread);
    curve(rows, ("dense", ""), &[n_heads], n_heads, dense, 0);
    let methods = [
        (("dsp-joint", ""), 0.66),
        (("dsp-pipelined", ""), 0.55),
        (("ste-joint", ""), 0.60),
        (("ste-pipelined", ""), 0.50),
        (("michel", "batch-abs"), 0.35),
        (("michel", "example-abs"), 0.38),
        (("michel", "signed"), 0.25),
        (("fisher", ""), 0.33),
    ];
    for (name, floor) in methods {
        curve(rows, name, grid, n_heads, (floor, ceiling, spread), 0);
    }
    curve(
        rows,
        ("random", ""),
        grid,
        n_heads,
        (0.22, ceiling, 2.5 * spread),
        5,
    );
}

/// A finished demo sweep of all methods: dense and eleven curves over 12 heads, those of voita at five and four factors.
pub fn demo_of_all() -> Vec<ResultRow> {
    let mut rows = Vec::new();
    exact(&mut rows, &[1, 2, 3, 6, 9], 12, 0.9, 0.02);
    let factors = [
        (0.0001, [12, 11, 12]),
        (0.001, [9, 8, 10]),
        (0.003, [6, 6, 5]),
        (0.01, [3, 3, 3]),
        (0.03, [1, 2, 1]),
    ];
    swept(&mut rows, "voita", &factors, 12, (0.52, 0.9, 0.02));
    let factors = [
        (0.01, [10, 10, 8]),
        (0.03, [7, 4, 5]),
        (0.1, [2, 3, 2]),
        (0.3, [0, 1, 0]),
    ];
    swept(&mut rows, "voita-pipelined", &factors, 12, (0.45, 0.89, 0.02));
    rows
}

/// Every method over the paper's grid of 144 heads, three seeds, those of voita at five factors.
pub fn paper() -> Vec<ResultRow> {
    let mut rows = Vec::new();
    let grid: Vec<u32> = (1..12).chain((12..144).step_by(12)).collect();
    exact(&mut rows, &grid, 144, 0.845, 0.012);
    let factors = [
        (0.0005, [120, 118, 126]),
        (0.0015, [84, 77, 90]),
        (0.005, [40, 44, 38]),
        (0.015, [14, 15, 11]),
        (0.05, [3, 2, 3]),
    ];
    swept(&mut rows, "voita", &factors, 144, (0.52, 0.845, 0.012));
    swept(&mut rows, "voita-pipelined", &factors, 144, (0.45, 0.845, 0.012));
    for row in &mut rows {
        row.scale = "paper".into();
    }
    rows
}
