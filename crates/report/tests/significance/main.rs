//! significance.csv: verdicts on made-up sweeps, by seeds and by single answers.

#![expect(clippy::unwrap_used, reason = "a test fails by a panic")]

mod answers;
#[path = "../common/mod.rs"]
mod common;
mod simulated;

use std::fs;
use std::path::Path;

use common::row;
use records::{Caption, ResultRow};
use report::{COMPARISON_COLUMNS, Comparison, Verdict, comparisons, exact_control, write_report};

/// The comparisons of rows without answers.
fn compared(rows: &[ResultRow], margin: Option<f64>) -> Vec<Comparison> {
    let caption = Caption {
        margin,
        ..Caption::default()
    };
    comparisons(rows, &[], Path::new("nowhere"), &caption).0
}

/// Values of each seed around `mean` points, with the same noise for all methods of a seed and a little of their own.
fn seeds(method: &str, variant: &str, k: u32, count: u64, mean: f64) -> Vec<ResultRow> {
    let value = |seed: u64| {
        let shared = common::wobble(seed, 1, 1);
        let own = common::wobble(seed, method.bytes().map(u64::from).sum(), u64::from(k));
        (mean + shared + 0.2 * own) / 100.0
    };
    let of_seed = |seed| row(method, variant, k, seed, "matched", value(seed));
    (1..=count).map(of_seed).collect()
}

fn find<'a>(rows: &'a [Comparison], question: &str, baseline: &str) -> &'a Comparison {
    let mut found = rows.iter().filter(|row| {
        row.family.ends_with(question) && row.baseline == baseline && row.system == "dsp-joint"
    });
    let row = found.next().unwrap();
    assert!(found.next().is_none());
    row
}

const OTHERS: &str = "dsp-joint against the others of the figure";
const CHANCE: &str = "choice of heads against chance";
const DENSE: &str = "pruned against dense";

#[test]
fn each_verdict_is_reached() {
    let rows = [
        seeds("dense", "", 12, 8, 82.0),
        seeds("dsp-joint", "", 3, 8, 80.0),
        seeds("ste-joint", "", 3, 8, 80.1),
        seeds("michel", "token-abs", 3, 8, 70.0),
        seeds("random-joint", "", 3, 8, 77.0),
        seeds("random", "draw-1", 3, 8, 60.0),
    ]
    .concat();
    let compared = compared(&rows, None);
    let verdict = |question, baseline| find(&compared, question, baseline).verdict.unwrap();
    assert_eq!(verdict(OTHERS, "michel"), Verdict::Better);
    assert_eq!(verdict(OTHERS, "ste-joint"), Verdict::NotWorse);
    // A joint method is held against the joint control alone.
    assert_eq!(verdict(CHANCE, "random-joint"), Verdict::Better);
    assert_eq!(verdict(DENSE, "dense"), Verdict::Worse);
    let dense = find(&compared, DENSE, "dense");
    assert!((dense.estimate + 2.0).abs() < 0.3 && dense.n == 8 && dense.unit == "seed");
    assert!((dense.gap_closed.unwrap() - 20.0 / 22.0).abs() < 0.02);
    let adjusted = find(&compared, OTHERS, "michel");
    // Of four comparisons in the family.
    assert!(adjusted.p_adjusted.unwrap() >= adjusted.p.unwrap());
    // No method is compared with dense in the family of the figure, and dense with none.
    assert!(compared.iter().all(|row| row.system != "dense"));
}

#[test]
fn the_margin_is_the_declared_one() {
    let rows = [
        seeds("dense", "", 12, 8, 82.0),
        seeds("dsp-joint", "", 3, 8, 80.0),
    ]
    .concat();
    let verdict = |margin| compared(&rows, margin)[0].verdict.unwrap();
    assert_eq!(verdict(Some(1.0)), Verdict::Worse);
    assert_eq!(verdict(Some(3.0)), Verdict::NotWorse);
    assert_eq!(compared(&rows, Some(3.0))[0].margin, 3.0);
}

#[test]
fn too_few_seeds_are_said_and_not_tested() {
    for (count, interval) in [(1, false), (3, true), (5, true)] {
        let rows = [
            seeds("dense", "", 12, count, 82.0),
            seeds("dsp-joint", "", 3, count, 60.0),
        ]
        .concat();
        let compared = compared(&rows, None);
        let [row] = compared.as_slice() else {
            panic!("{compared:?}")
        };
        assert_eq!(row.verdict, Some(Verdict::TooFewSeeds));
        assert!(row.p.is_none() && row.p_adjusted.is_none() && row.low.is_none() && !row.note.is_empty());
        assert_eq!(row.ci_low.is_some(), interval);
    }
}

#[test]
fn what_has_no_seed_or_no_number_of_heads_in_common_is_not_compared() {
    let mut other = seeds("ste-joint", "", 6, 3, 80.0);
    other.extend(seeds("voita", "lambda=0.1", 3, 3, 80.0));
    let mut later = seeds("michel", "token-abs", 3, 3, 80.0);
    later.iter_mut().for_each(|row| row.seed += 10);
    let rows = [seeds("dsp-joint", "", 3, 3, 80.0), other, later].concat();
    assert_eq!(compared(&rows, None), []);
    assert_eq!(compared(&[], None), []);
}

#[test]
fn a_run_that_misses_its_number_of_heads_is_in_the_exact_interval() {
    let mut rows = seeds("voita", "", 3, 4, 80.0);
    rows[1].k_actual = 5;
    rows.extend(seeds("dsp-joint", "", 3, 4, 80.0));
    // A second split is of the same runs.
    let again: Vec<ResultRow> = rows
        .iter()
        .map(|row| ResultRow {
            split: "mismatched".into(),
            ..row.clone()
        })
        .collect();
    rows.extend(again);
    let exact = exact_control(&rows);
    let [dsp, voita] = exact.as_slice() else {
        panic!("{exact:?}")
    };
    assert_eq!(
        (dsp.n_runs, dsp.n_exact, dsp.share, dsp.ci_high),
        (4, Some(4), Some(1.0), Some(1.0))
    );
    assert!((dsp.ci_low.unwrap() - 0.025_f64.powf(0.25)).abs() < 1e-9);
    assert_eq!((voita.n_exact, voita.mean_kept), (Some(3), 3.5));
    assert!(voita.ci_low.unwrap() > 0.19 && voita.ci_high.unwrap() < 1.0);
}

#[test]
fn effect_sizes_are_shares_and_mean_heights() {
    let folder = tempfile::tempdir().unwrap();
    let at = |method: &str, k, seed, value| row(method, "", k, seed, "matched", value);
    let rows = [
        at("dense", 12, 1, 0.9),
        at("random", 1, 1, 0.3),
        at("random", 4, 1, 0.5),
        at("dsp-joint", 1, 1, 0.6),
        at("dsp-joint", 4, 1, 0.8),
    ];
    records::write_results(&folder.path().join("results.csv"), &rows).unwrap();
    write_report(folder.path()).unwrap();
    let text = fs::read_to_string(folder.path().join("effect_sizes.csv")).unwrap();
    let value = |start: &str| -> f64 {
        let line = text.lines().find(|line| line.starts_with(start)).unwrap();
        line.split(',').nth(7).unwrap().parse().unwrap()
    };
    assert!((value("accuracy,matched,dsp-joint,,gap closed,1,1") - 0.5).abs() < 1e-9);
    assert!((value("accuracy,matched,dsp-joint,,gap closed,4,1") - 0.75).abs() < 1e-9);
    assert!((value("accuracy,matched,dsp-joint,,area over log k,,1") - 70.0).abs() < 1e-9);
    assert!(text.contains("area over log k,,1,70") && text.contains(",1;4\n"));
    let header = fs::read_to_string(folder.path().join("significance.csv")).unwrap();
    assert_eq!(header.lines().next().unwrap(), COMPARISON_COLUMNS.join(","));
}

#[test]
fn a_gap_of_rounding_is_no_gap() {
    let folder = tempfile::tempdir().unwrap();
    let of = |random: [f64; 2], k: u32| {
        (1..).zip(random).flat_map(move |(seed, random)| {
            let value = |method, variant, value| row(method, variant, k, seed, "matched", value);
            [value("dsp-joint", "", 0.75), value("random", "draw-1", random)]
        })
    };
    let dense = (1..=2).map(|seed| row("dense", "", 12, seed, "matched", 0.8));
    // With 3 heads both gaps are rounding or less than a tenth of a point, with 6 heads that of the first seed is.
    let rows: Vec<ResultRow> = dense
        .chain(of([0.8 - 1e-16, 0.7995], 3))
        .chain(of([0.8 - 1e-16, 0.7], 6))
        .collect();
    records::write_results(&folder.path().join("results.csv"), &rows).unwrap();
    write_report(folder.path()).unwrap();
    let text = fs::read_to_string(folder.path().join("effect_sizes.csv")).unwrap();
    let gaps: Vec<&str> = text
        .lines()
        .filter(|line| line.contains("dsp-joint,,gap closed"))
        .collect();
    let [line] = gaps.as_slice() else { panic!("{text}") };
    assert!(line.contains("gap closed,6,1,0.5"), "{line}");
}
