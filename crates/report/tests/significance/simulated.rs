//! Simulated sweeps: how often a family of comparisons says anything false.

use super::*;

const SWEEPS: u64 = 1000;
const SEEDS: u64 = 10;
const KS: [u32; 3] = [1, 3, 6];
const BASELINES: [&str; 3] = ["ste-joint", "simple-joint", "random-joint"];

/// About normal, fixed by its arguments: a sum of twelve uniform numbers has the variance of three times four.
fn normal(sweep: u64, method: u64, seed: u64, k: u32) -> f64 {
    let sum: f64 = (0..12)
        .map(|i| common::wobble(sweep * 16 + i, method * 4096 + seed * 64 + u64::from(k), 0x5eed))
        .sum();
    sum / 2.0
}

/// A sweep of ten seeds in which joint subset pruning is `apart` points above all others, with noise of the seed and of the run.
fn sweep(number: u64, apart: f64) -> Vec<ResultRow> {
    let mut rows = Vec::new();
    for (m, method) in std::iter::once("dsp-joint").chain(BASELINES).enumerate() {
        for k in KS {
            for seed in 1..=SEEDS {
                let above = if m == 0 { apart } else { 0.0 };
                let noise = normal(number, 99, seed, 0) + normal(number, m as u64, seed, k);
                rows.push(row(
                    method,
                    "",
                    k,
                    seed,
                    "matched",
                    (70.0 + above + noise) / 100.0,
                ));
            }
        }
    }
    rows
}

/// In how many sweeps a comparison of the figure has one of these verdicts.
fn with_any(apart: f64, wrong: &[Verdict]) -> u64 {
    let is_wrong = |number: &u64| {
        let compared = compared(&sweep(*number, apart), Some(1.0));
        let of_figure = compared.iter().filter(|row| row.family.ends_with(OTHERS));
        let verdicts: Vec<Verdict> = of_figure.filter_map(|row| row.verdict).collect();
        assert_eq!(verdicts.len(), KS.len() * BASELINES.len());
        verdicts.iter().any(|verdict| wrong.contains(verdict))
    };
    (0..SWEEPS).filter(is_wrong).count() as u64
}

#[test]
fn where_nothing_differs_few_sweeps_call_anything_better_or_worse() {
    let wrong = with_any(0.0, &[Verdict::Better, Verdict::Worse]);
    assert!(wrong * 100 <= SWEEPS * 6, "{wrong} of {SWEEPS}");
}

#[test]
fn at_the_margin_few_sweeps_call_anything_not_worse() {
    let wrong = with_any(-1.0, &[Verdict::Better, Verdict::NotWorse]);
    assert!(wrong * 100 <= SWEEPS * 6, "{wrong} of {SWEEPS}");
}

#[test]
fn what_differs_by_far_is_found_in_most_sweeps() {
    let found = with_any(3.0, &[Verdict::Better]);
    assert!(found * 100 >= SWEEPS * 90, "{found} of {SWEEPS}");
}
