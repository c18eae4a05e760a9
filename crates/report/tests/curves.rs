//! The points of curves and curves.csv, by literal numbers.

mod common;

use std::fs;

use common::row;
use files::Hint;
use records::{ResultRow, write_results};
use report::{CURVE_COLUMNS, MEAN_OF_DRAWS, curves, write_report};

#[test]
fn a_curve_by_hand() {
    let rows = [(1, 0.80), (2, 0.82), (3, 0.84)]
        .map(|(seed, value)| row("dsp-joint", "", 3, seed, "matched", value));
    let points = curves(&rows, Some("demo-nli")).unwrap();
    let [point] = points.as_slice() else {
        panic!("{points:?}")
    };
    // s = 0.02; t(2) = 4.30265; half width 4.30265 * 0.02 / sqrt(3) = 0.0496828.
    let close = |value: Option<f64>, expected: f64| (value.unwrap() - expected).abs() < 5e-8;
    assert_eq!((point.k, point.n, point.corpus.as_str()), (3.0, 3, "demo-nli"));
    assert!(close(Some(point.mean), 0.82) && close(point.std, 0.02));
    assert!(close(point.ci_low, 0.770_317_2) && close(point.ci_high, 0.869_682_8));
}

#[test]
fn draws_are_averaged_within_a_seed_first() {
    // Seed 1: mean of 0.2, 0.4 and 0.6; seed 2: one draw only. Pooled, the mean would be 0.5 and n 4.
    let rows = [
        ("draw-1", 1, 0.2),
        ("draw-2", 1, 0.4),
        ("draw-10", 1, 0.6),
        ("draw-1", 2, 0.8),
    ]
    .map(|(draw, seed, value)| row("random", draw, 2, seed, "matched", value));
    let points = curves(&rows, None).unwrap();
    assert_eq!(points.len(), 1);
    assert_eq!((points[0].n, points[0].variant.as_str()), (2, MEAN_OF_DRAWS));
    assert!((points[0].mean - 0.6).abs() < 1e-12);
    // sqrt(2 * 0.2^2)
    assert!((points[0].std.unwrap() - 0.282_842_712_5).abs() < 1e-9);
}

#[test]
fn true_variants_stay_apart_and_points_stand_at_the_heads_kept() {
    let mut forced = row("michel", "batch-abs", 3, 1, "matched", 0.6);
    forced.k_actual = 4;
    let rows = [
        forced,
        row("michel", "signed", 3, 1, "matched", 0.4),
        row("michel", "drawn", 3, 1, "matched", 0.5),
        row("michel", "lambda=high", 3, 1, "matched", 0.5),
        row("michel", "lambda=-1", 3, 1, "matched", 0.5),
    ];
    let points = curves(&rows, None).unwrap();
    let found: Vec<_> = points
        .iter()
        .map(|point| (point.variant.as_str(), point.k, point.n, point.std))
        .collect();
    assert_eq!(
        found,
        [
            ("batch-abs", 4.0, 1, None),
            ("drawn", 3.0, 1, None),
            ("lambda=-1", 3.0, 1, None),
            ("lambda=high", 3.0, 1, None),
            ("signed", 3.0, 1, None)
        ]
    );
    assert!(points.iter().all(|point| point.setting.is_empty()));
}

#[test]
fn all_factors_make_one_curve_with_a_point_each() {
    // Each factor leaves other heads for each seed, as k_target = k_actual says.
    let rows: Vec<_> = [
        ("lambda=0.01", 1, 2, 0.60),
        ("lambda=0.0015", 1, 5, 0.80),
        ("lambda=0.0015", 2, 6, 0.82),
        ("lambda=0.0015", 3, 6, 0.84),
        ("lambda=0.0005", 1, 10, 0.90),
        ("lambda=0.00050", 2, 9, 0.88),
    ]
    .map(|(variant, seed, k, value)| row("voita", variant, k, seed, "matched", value))
    .to_vec();
    let points = curves(&rows, None).unwrap();
    let found: Vec<_> = points
        .iter()
        .map(|point| (point.setting.as_str(), point.n, point.k_low, point.k_high))
        .collect();
    assert_eq!(
        found,
        [
            ("lambda=0.01", 1, 2, 2),
            ("lambda=0.0015", 3, 5, 6),
            ("lambda=0.0005", 2, 9, 10)
        ]
    );
    assert!(
        points
            .iter()
            .all(|point| point.variant.is_empty() && !point.is_exact())
    );
    assert!((points[1].k - 17.0 / 3.0).abs() < 1e-12 && points[2].k == 9.5);
    // The interval is over seeds, as where the heads are given: see the curve by hand.
    assert!((points[1].mean - 0.82).abs() < 1e-12);
    assert!((points[1].ci_low.unwrap() - 0.770_317_2).abs() < 5e-8);
}

#[test]
fn points_are_in_the_order_of_heads_then_of_factors() {
    let rows = [
        ("lambda=0.1", 3),
        ("lambda=0.02", 3),
        ("lambda=1", 2),
        ("lambda=10", 7),
    ]
    .map(|(variant, k)| row("voita", variant, k, 1, "matched", 0.5));
    let points = curves(&rows, None).unwrap();
    let order: Vec<_> = points
        .iter()
        .map(|point| (point.k, point.setting.as_str()))
        .collect();
    assert_eq!(
        order,
        [
            (2.0, "lambda=1"),
            (3.0, "lambda=0.02"),
            (3.0, "lambda=0.1"),
            (7.0, "lambda=10")
        ]
    );
}

#[test]
fn heads_asked_for_make_one_point_whatever_was_kept() {
    let rows = [(6, 5, 1), (6, 6, 2), (6, 6, 3), (3, 3, 1)].map(|(k_target, k_actual, seed)| ResultRow {
        k_actual,
        ..row("voita", "", k_target, seed, "matched", 0.5)
    });
    let points = curves(&rows, None).unwrap();
    let [exact, near] = points.as_slice() else {
        panic!("{points:?}")
    };
    assert!(exact.is_exact() && exact.k == 3.0 && exact.k_target == Some(3));
    assert!(!near.is_exact() && (near.k - 17.0 / 3.0).abs() < 1e-12);
    assert_eq!(
        (near.k_low, near.k_high, near.n, near.k_target),
        (5, 6, 3, Some(6))
    );
    assert!(points.iter().all(|point| point.setting.is_empty()));
    // Every seed kept the same number, and another than was asked for.
    let [missed] = <[_; 1]>::try_from(curves(&rows[1..3], None).unwrap()).unwrap();
    assert!(missed.is_exact());
    let off = ResultRow {
        k_actual: 5,
        ..rows[1].clone()
    };
    assert!(!curves(&[off], None).unwrap()[0].is_exact());
}

#[test]
fn curves_csv_keeps_its_contract() {
    let folder = tempfile::tempdir().unwrap();
    let mut rows = vec![
        row("dense", "", 12, 1, "mismatched", 0.75),
        row("dense", "", 12, 1, "matched", 0.875),
        row("voita", "lambda=0.0015", 5, 1, "matched", 0.5),
        row("voita", "lambda=0.0015", 6, 2, "matched", 0.5),
        row("voita", "lambda=0.0015", 6, 3, "matched", 0.5),
    ];
    rows.push(ResultRow {
        metric: "accuracy_soft_gates".into(),
        signature: "evaluation gate".into(),
        ..row("voita", "lambda=0.00001", 6, 1, "matched", 0.25)
    });
    write_results(&folder.path().join("results.csv"), &rows).unwrap();
    write_report(folder.path()).unwrap();
    let text = fs::read_to_string(folder.path().join("curves.csv")).unwrap();
    assert_eq!(
        text,
        "method,k,n,mean,std,ci_low,ci_high,metric,split,variant,n_heads,experiment,task,scale,corpus,signature,\
         setting,k_low,k_high,cost_examples\n\
         dense,12,1,0.875,,,,accuracy,matched,,12,mnli,mnli,demo,,,,12,12,\n\
         voita,5.6667,3,0.5,0.0,0.5,0.5,accuracy,matched,,12,mnli,mnli,demo,,,lambda=0.0015,5,6,\n\
         dense,12,1,0.75,,,,accuracy,mismatched,,12,mnli,mnli,demo,,,,12,12,\n\
         voita,6,1,0.25,,,,accuracy_soft_gates,matched,,12,mnli,mnli,demo,,evaluation gate,lambda=0.00001,6,6,\n"
    );
    assert_eq!(text.lines().next().unwrap(), CURVE_COLUMNS.join(","));
}

#[test]
fn mixtures_are_refused() {
    let mut other = row("dense", "", 12, 2, "matched", 0.9);
    other.scale = "paper".into();
    let rows = [row("dense", "", 12, 1, "matched", 0.9), other.clone()];
    let error = curves(&rows, None).unwrap_err();
    assert_eq!(
        error.to_string(),
        "results with different scale in one report: `demo` and `paper`"
    );
    assert!(error.hint().is_some());
    (other.scale, other.signature) = ("demo".into(), "tok:13a".into());
    let error = curves(&[rows[0].clone(), other.clone()], None).unwrap_err();
    assert!(error.to_string().contains("different signature"), "{error}");
    // Nor may methods differ, nor factors of one curve.
    other.method = "voita".into();
    other.variant = "lambda=0.1".into();
    assert!(curves(&[rows[0].clone(), other.clone()], None).is_err());
    // Two metrics each have their own signature.
    other.metric = "bleu".into();
    assert!(curves(&[rows[0].clone(), other], None).is_ok());
}
