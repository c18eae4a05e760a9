//! Oracles of models that never were: every subset of heads with a loss and an accuracy that are made up.

#![allow(clippy::unwrap_used, reason = "a test fails by a panic")]

use std::path::Path;

use heads::HeadGrid;
use records::{HeadsRow, ResultRow, ScoreRow, SeededSubset, TUNING};

use super::masks::{mask, results_of};
use super::{row, wobble};

/// A line for each subset of `n` heads, whose value is that of its number: bit i is head i.
pub fn subsets(
    seed: u64,
    n: usize,
    (split, metric): (&str, &str),
    value: impl Fn(usize) -> f64,
) -> Vec<SeededSubset> {
    let line = |subset: usize| SeededSubset {
        seed,
        mask: (0..n)
            .map(|head| if subset >> head & 1 == 1 { '1' } else { '0' })
            .collect(),
        k: subset.count_ones() as usize,
        split: split.to_owned(),
        metric: metric.to_owned(),
        value: value(subset),
    };
    (0..1 << n).map(line).collect()
}

/// The score of each head in one run.
pub fn scores(method: &str, variant: &str, k: Option<u32>, seed: u64, values: &[f64]) -> Vec<ScoreRow> {
    let of_head = |(head, &score): (u32, &f64)| ScoreRow {
        method: method.to_owned(),
        variant: variant.to_owned(),
        k,
        seed,
        run_id: format!("{method}-order-{variant}-{seed}"),
        head,
        score,
    };
    (0..).zip(values).map(of_head).collect()
}

/// Everything that a sweep with an oracle leaves for its report.
#[derive(Default)]
pub struct Folder {
    pub results: Vec<ResultRow>,
    pub heads: Vec<HeadsRow>,
    pub subsets: Vec<SeededSubset>,
    pub scores: Vec<ScoreRow>,
}

impl Folder {
    /// Adds a run that kept the heads of the digits; `updates` of the weights.
    pub fn choose(&mut self, grid: &HeadGrid, method: (&str, &str), seed: u64, digits: &str, updates: u64) {
        let k = digits.matches('1').count();
        let modules = mask(grid, method, k, seed, |row, head| {
            let place = grid.rows().iter().position(|other| *other == row).unwrap();
            f64::from(digits.as_bytes()[grid.range(place).start + head])
        });
        self.results
            .extend(results_of(&modules).into_iter().map(|row| ResultRow {
                split: "matched".to_owned(),
                train_updates: updates,
                ..row
            }));
        self.heads.extend(modules);
    }

    pub fn write(&self, folder: &Path) {
        let caption = "corpus = \"embedded demo-nli, not MNLI\"\n";
        std::fs::write(folder.join("report.toml"), caption).unwrap();
        records::write_results(&folder.join("results.csv"), &self.results).unwrap();
        records::write_heads(&folder.join("heads.csv"), &self.heads).unwrap();
        records::write_seeded_subsets(&folder.join(records::ORACLE_FILE), &self.subsets).unwrap();
        if !self.scores.is_empty() {
            records::write_scores(&folder.join(records::SCORES_FILE), &self.scores).unwrap();
        }
    }
}

/// The numbers of heads of [`demo`].
const KS: [usize; 5] = [1, 2, 3, 6, 9];

/// An oracle of three layers of four heads with three seeds, and methods that know the heads more or less well.
pub fn demo() -> Folder {
    let grid = HeadGrid::encoder(3, 4).unwrap();
    let mut folder = Folder::default();
    for seed in 1..=3 {
        // Some heads matter much, most little; two of a layer can replace each other.
        let weight = |head: usize| {
            let drawn = 0.5 + 0.5 * wobble(head as u64, 5, 11) + 0.25 * wobble(head as u64, seed, 3);
            2.2 * drawn.clamp(0.02, 1.0).powi(3)
        };
        let worth = |subset: usize, split: u64| {
            let kept = |head: usize| subset >> head & 1 == 1;
            let sum: f64 = (0..12).filter(|&head| kept(head)).map(weight).sum();
            let shared: f64 = (0..6)
                .filter(|&pair| kept(2 * pair) && kept(2 * pair + 1))
                .map(|pair| 0.6 * weight(2 * pair).min(weight(2 * pair + 1)))
                .sum();
            let noise = 0.02 * wobble(subset as u64, seed, split);
            (1.0 - (-0.62 * (sum - shared)).exp() + noise).clamp(0.0, 1.0)
        };
        for (number, split) in [TUNING, "matched", "mismatched"].into_iter().enumerate() {
            let worth = |subset: usize| worth(subset, number as u64);
            folder
                .subsets
                .extend(subsets(seed, 12, (split, "loss"), |subset| {
                    1.1 - 0.75 * worth(subset)
                }));
            folder
                .subsets
                .extend(subsets(seed, 12, (split, "accuracy"), |subset| {
                    (2000.0 * (0.335 + 0.5 * worth(subset))).round() / 2000.0
                }));
        }
        let methods = [
            ("dsp-pipelined", "", 0.1),
            ("ste-pipelined", "", 0.25),
            ("michel", "batch-abs", 0.5),
            ("michel", "signed", 0.8),
            ("fisher", "per-example", 0.4),
            ("shapley", "", 0.05),
        ];
        for (m, (method, variant, error)) in methods.into_iter().enumerate() {
            let score = |head: usize| weight(head) + error * wobble(head as u64, m as u64 + 20, seed);
            let values: Vec<f64> = (0..12).map(score).collect();
            folder.scores.extend(scores(method, variant, None, seed, &values));
            for k in KS {
                let chosen = heads::HeadMask::top_k(&values, k).unwrap();
                folder.choose(&grid, (method, variant), seed, &chosen.digits(), 0);
            }
        }
        let joint = "111111000000";
        folder.choose(&grid, ("dsp-joint", ""), seed, joint, 2000);
        folder.results.push(row("dense", "", 12, seed, "matched", 0.83));
        folder.results.extend(KS.map(|k| ResultRow {
            train_updates: 0,
            ..row("oracle", "", k as u32, seed, "matched", 0.8)
        }));
    }
    folder
}
