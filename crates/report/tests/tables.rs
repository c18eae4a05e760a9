//! results.csv, curves.csv and the summary table, by literal numbers.

#![expect(clippy::unwrap_used, reason = "a test fails by a panic")]

mod common;

use std::fs;
use std::path::PathBuf;

use common::row;
use report::{
    COLUMNS, Caption, MEAN_OF_DRAWS, ResultRow, curves, read_results, summary_table, write_report,
    write_results,
};
use tempfile::TempDir;

fn folder_with(csv: &str) -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("results.csv");
    fs::write(&path, csv).unwrap();
    (folder, path)
}

const LINE: &str =
    "mnli,mnli,demo,michel,batch-abs,3,3,12,1,matched,accuracy,0.652,2000,,4f2a,paper,1,161000,125000,2000,1";

fn error_of(line: &str) -> String {
    let (_folder, path) = folder_with(&format!("{}\n{LINE}\n{line}\n", COLUMNS.join(",")));
    let text = read_results(&path).unwrap_err().to_string();
    text[text.find("results.csv").unwrap()..].to_owned()
}

#[test]
fn a_line_is_read_column_by_column() {
    let (_folder, path) = folder_with(&format!("{}\n{LINE}\n", COLUMNS.join(",")));
    let rows = read_results(&path).unwrap();
    let expected = ResultRow {
        k_target: 3,
        params_before: 161_000,
        params_after: 125_000,
        run_id: "4f2a".into(),
        ..row("michel", "batch-abs", 3, 1, "matched", 0.652)
    };
    assert_eq!(rows, [expected]);
}

#[test]
fn rows_survive_the_round_trip_sorted() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("results.csv");
    let mut odd = row("dsp-joint", "a, \"quoted\"\nvariant", 10, 2, "matched", 0.1 + 0.2);
    odd.signature = "nrefs:1|case:mixed|tok:13a".into();
    let rows = [
        row("random", "draw-1", 2, 1, "matched", 1.0 / 3.0),
        odd,
        row("dense", "", 12, 1, "matched", 1.0),
    ];
    write_results(&path, &rows).unwrap();
    let text = fs::read_to_string(&path).unwrap();
    assert_eq!(text.lines().next().unwrap(), COLUMNS.join(","));
    let read = read_results(&path).unwrap();
    assert_eq!(read, [rows[2].clone(), rows[1].clone(), rows[0].clone()]);
    write_results(&path, &read).unwrap();
    assert_eq!(fs::read_to_string(&path).unwrap(), text);
}

#[test]
fn heads_and_seeds_sort_as_numbers() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("results.csv");
    let rows = [(10, 1), (9, 10), (9, 2)].map(|(k, seed)| row("dsp-joint", "", k, seed, "matched", 0.5));
    write_results(&path, &rows).unwrap();
    let order: Vec<_> = read_results(&path)
        .unwrap()
        .iter()
        .map(|row| (row.k_target, row.seed))
        .collect();
    assert_eq!(order, [(9, 2), (9, 10), (10, 1)]);
}

#[test]
fn errors_name_file_line_and_column() {
    assert_eq!(
        error_of(&LINE.replace("0.652", "high")),
        "results.csv:3: value: invalid float literal"
    );
    assert_eq!(
        error_of(&LINE.replace(",3,3,", ",3,-3,")),
        "results.csv:3: k_actual: invalid digit found in string"
    );
    assert_eq!(
        error_of(&LINE.replace(",3,3,", ",3,13,")),
        "results.csv:3: 13 heads kept of 12"
    );
    assert_eq!(
        error_of(&LINE.replace("0.652", "NaN")),
        "results.csv:3: value is NaN, not a finite number"
    );
    assert_eq!(error_of("mnli,mnli"), "results.csv:3: 2 fields, expected 21");
    let version = LINE.strip_suffix('1').unwrap().to_owned() + "2";
    assert_eq!(
        error_of(&version),
        "results.csv:3: schema_version is 2, this program reads 1"
    );
}

#[test]
fn a_foreign_header_is_refused() {
    for (header, reason) in [
        (
            COLUMNS.join(",").replace("k_actual", "k"),
            "results.csv:1: column 7 is `k`, expected `k_actual`",
        ),
        (
            COLUMNS.join(",") + ",host",
            "results.csv:1: 22 columns, expected 21",
        ),
        (
            String::new(),
            "results.csv:1: column 1 is ``, expected `experiment`",
        ),
    ] {
        let (_folder, path) = folder_with(&format!("{header}\n"));
        let error = read_results(&path).unwrap_err();
        assert!(error.to_string().ends_with(reason), "{error}");
        assert!(error.hint().unwrap().contains("experiment,task,scale,method"));
    }
}

#[test]
fn a_missing_file_says_what_to_do() {
    let folder = tempfile::tempdir().unwrap();
    let error = write_report(folder.path()).unwrap_err();
    assert!(error.to_string().starts_with("cannot read "), "{error}");
    assert!(error.hint().unwrap().contains("headcount sweep run"));
}

#[test]
fn impossible_rows_are_not_written() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("results.csv");
    let error = write_results(&path, &[row("dense", "", 12, 1, "matched", f64::INFINITY)]).unwrap_err();
    assert_eq!(
        error.to_string(),
        "run `dense--12-1`: value is inf, not a finite number"
    );
    assert!(!path.exists());
    assert!(curves(&[row("dense", "", 12, 1, "matched", f64::NAN)], None).is_err());
}

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
    assert_eq!((point.k, point.n, point.corpus.as_str()), (3, 3, "demo-nli"));
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
    ];
    let points = curves(&rows, None).unwrap();
    let found: Vec<_> = points
        .iter()
        .map(|point| (point.variant.as_str(), point.k, point.n, point.std))
        .collect();
    assert_eq!(
        found,
        [
            ("batch-abs", 4, 1, None),
            ("drawn", 3, 1, None),
            ("signed", 3, 1, None)
        ]
    );
}

#[test]
fn curves_csv_keeps_its_contract() {
    let folder = tempfile::tempdir().unwrap();
    let rows = [
        row("dense", "", 12, 1, "mismatched", 0.75),
        row("dense", "", 12, 1, "matched", 0.875),
    ];
    write_results(&folder.path().join("results.csv"), &rows).unwrap();
    write_report(folder.path()).unwrap();
    let text = fs::read_to_string(folder.path().join("curves.csv")).unwrap();
    assert_eq!(
        text,
        "method,k,n,mean,std,ci_low,ci_high,metric,split,variant,n_heads,experiment,task,scale,corpus,signature\n\
         dense,12,1,0.875,,,,accuracy,matched,,12,mnli,mnli,demo,,\n\
         dense,12,1,0.75,,,,accuracy,mismatched,,12,mnli,mnli,demo,,\n"
    );
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
    // Two metrics each have their own signature.
    other.metric = "bleu".into();
    assert!(curves(&[rows[0].clone(), other], None).is_ok());
}

#[test]
fn the_summary_is_a_markdown_table_a_split() {
    let mut rows = vec![row("dense", "", 12, 1, "mismatched", 0.75)];
    for (seed, value) in [(1, 0.80), (2, 0.82), (3, 0.84)] {
        rows.push(row("dsp-joint", "", 3, seed, "matched", value));
        rows.push(row("dense", "", 12, seed, "matched", 0.9));
    }
    let caption = Caption {
        title: "mnli".into(),
        scale: "demo".into(),
        corpus: Some("demo-nli".into()),
    };
    let expected = "\
**Accuracy (%) by attention heads kept (of 12), matched — mnli, demo scale, corpus: demo-nli.** Mean ± half the 95 % t-interval over 3 seeds.

| heads kept | 3          | 12         |
|------------|-----------:|-----------:|
| dense      | –          | 90.0 ± 0.0 |
| dsp-joint  | 82.0 ± 5.0 | –          |

**Accuracy (%) by attention heads kept (of 12), mismatched — mnli, demo scale, corpus: demo-nli.** Mean of 1 seed, so no interval.

| heads kept | 12   |
|------------|-----:|
| dense      | 75.0 |
";
    assert_eq!(summary_table(&rows, &caption).unwrap(), expected);
    assert_eq!(summary_table(&[], &caption).unwrap(), "");
}

#[test]
fn many_numbers_of_heads_become_rows() {
    let caption = Caption {
        title: "mnli".into(),
        scale: "paper".into(),
        corpus: None,
    };
    let table = summary_table(&common::paper(), &caption).unwrap();
    let widest = table
        .lines()
        .filter(|line| line.starts_with('|'))
        .map(|line| line.matches('|').count())
        .max();
    // Heads, dense, nine pruned curves, random: twelve columns.
    assert_eq!(widest, Some(13));
    assert!(table.lines().any(|line| line.starts_with("| 132 ")));
}
