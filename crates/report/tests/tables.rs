//! results.csv and the summary table, by literal numbers.

#![expect(clippy::unwrap_used, reason = "a test fails by a panic")]

mod common;

use std::fs;
use std::path::PathBuf;

use common::row;
use files::Hint;
use records::{Caption, RESULT_COLUMNS, ResultRow, read_results, write_results};
use report::{curves, summary_table, write_report};
use tempfile::TempDir;

fn folder_with(csv: &str) -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("results.csv");
    fs::write(&path, csv).unwrap();
    (folder, path)
}

const LINE: &str = "mnli,mnli,demo,michel,batch-abs,3,3,12,1,matched,accuracy,0.652,2000,,4f2a,paper,1,161000,125000,2000,7000,9000,8000,3";

fn error_of(line: &str) -> String {
    let (_folder, path) = folder_with(&format!("{}\n{LINE}\n{line}\n", RESULT_COLUMNS.join(",")));
    let text = read_results(&path).unwrap_err().to_string();
    text[text.find("results.csv").unwrap()..].to_owned()
}

#[test]
fn a_line_is_read_column_by_column() {
    let (_folder, path) = folder_with(&format!("{}\n{LINE}\n", RESULT_COLUMNS.join(",")));
    let rows = read_results(&path).unwrap();
    let expected = ResultRow {
        k_target: 3,
        params_before: 161_000,
        params_after: 125_000,
        run_id: "4f2a".into(),
        cost_examples: Some(7000),
        macs_before: Some(9000),
        macs_after: Some(8000),
        ..row("michel", "batch-abs", 3, 1, "matched", 0.652)
    };
    assert_eq!(rows, [expected]);
}

#[test]
fn files_of_earlier_versions_are_read_and_one_with_columns_of_two_is_not() {
    for (lacking, line, cost) in [
        (
            &["macs_before", "macs_after"][..],
            LINE.replace(",9000,8000,3", ",2"),
            Some(7000),
        ),
        (
            &["cost_examples", "macs_before", "macs_after"],
            LINE.replace(",7000,9000,8000,3", ",1"),
            None,
        ),
    ] {
        let columns = RESULT_COLUMNS.into_iter();
        let header: Vec<&str> = columns.filter(|column| !lacking.contains(column)).collect();
        let header = header.join(",");
        let (_folder, path) = folder_with(&format!("{header}\n{line}\n"));
        let rows = read_results(&path).unwrap();
        assert_eq!((rows[0].cost_examples, rows[0].macs_before), (cost, None));
        let (_folder, path) = folder_with(&format!("{header}\n{line}\n{LINE}\n"));
        let error = read_results(&path).unwrap_err().to_string();
        assert!(error.contains("results.csv:3: 24 fields"), "{error}");
        // What is read of an earlier version is written as the newest.
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("results.csv");
        write_results(&path, &rows).unwrap();
        assert_eq!(read_results(&path).unwrap(), rows);
    }
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
    assert_eq!(text.lines().next().unwrap(), RESULT_COLUMNS.join(","));
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
    assert_eq!(
        error_of(&LINE.replace(",9000,8000,", ",9000,,")),
        "results.csv:3: of macs_before and macs_after one is missing"
    );
    assert_eq!(
        error_of(&LINE.replace(",9000,8000,", ",9000,9001,")),
        "results.csv:3: macs_after is larger than macs_before"
    );
    assert_eq!(error_of("mnli,mnli"), "results.csv:3: 2 fields, expected 24");
    let version = LINE.strip_suffix('3').unwrap().to_owned() + "4";
    assert_eq!(
        error_of(&version),
        "results.csv:3: schema_version is 4, this program reads 3"
    );
}

#[test]
fn a_foreign_header_is_refused() {
    for (header, reason) in [
        (
            RESULT_COLUMNS.join(",").replace("k_actual", "k"),
            "results.csv:1: column 7 is `k`, expected `k_actual`",
        ),
        (
            RESULT_COLUMNS.join(",") + ",host",
            "results.csv:1: 25 columns, expected 24",
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
        margin: None,
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
fn many_numbers_of_heads_are_divided_into_tables_that_a_terminal_holds() {
    let caption = Caption {
        title: "mnli".into(),
        scale: "paper".into(),
        corpus: None,
        margin: None,
    };
    let text = summary_table(&common::paper(), &caption).unwrap();
    let lines: Vec<&str> = text.lines().filter(|line| line.starts_with('|')).collect();
    assert!(lines.iter().all(|line| line.chars().count() <= 110));
    // 23 numbers in four parts of each of two splits, every number once and in order.
    let heads: Vec<u32> = lines
        .iter()
        .filter_map(|line| line.strip_prefix("| heads kept "))
        .flat_map(|line| line.split('|').filter_map(|cell| cell.trim().parse().ok()))
        .collect();
    let grid: Vec<u32> = (1..12).chain((12..=144).step_by(12)).collect();
    assert_eq!(heads, grid.repeat(2));
    let count = |name: &str| {
        lines
            .iter()
            .filter(|line| line.starts_with(&format!("| {name} ")))
            .count()
    };
    assert_eq!(
        (count("heads kept"), count("dsp-joint"), count("fisher")),
        (8, 8, 8)
    );
    // Dense has a number in the last part only, and five factors of voita have a line of their own.
    assert_eq!(
        (count("dense"), count("voita"), count("voita-pipelined")),
        (2, 10, 10)
    );
}

#[test]
fn heads_that_came_out_are_a_table_of_their_own() {
    let mut rows = vec![row("dense", "", 12, 1, "matched", 0.9)];
    for (seed, searched, forced, swept) in [(1, 5, 3, 9), (2, 6, 3, 9), (3, 6, 3, 9)] {
        for (k_target, k_actual, variant) in [
            (6, searched, ""),
            (3, forced, ""),
            (swept, swept, "lambda=0.0015"),
        ] {
            rows.push(ResultRow {
                k_actual,
                ..row("voita", variant, k_target, seed, "matched", 0.8)
            });
        }
    }
    let caption = Caption {
        title: "mnli".into(),
        scale: "demo".into(),
        corpus: Some("demo-nli".into()),
        margin: None,
    };
    let expected = "\
**Accuracy (%) by attention heads kept (of 12), matched — mnli, demo scale, corpus: demo-nli.** Mean ± half the 95 % t-interval over 1 to 3 seeds.

| heads kept | 3          | 12   |
|------------|-----------:|-----:|
| dense      | –          | 90.0 |
| voita      | 80.0 ± 0.0 | –    |

**Accuracy (%) where the attention heads kept (of 12) are what came out, matched — mnli, demo scale, corpus: demo-nli.** Mean ± half the 95 % t-interval over 3 seeds. Heads kept: mean over seeds (fewest–most).

| method | setting       | heads kept | Accuracy (%) |
|--------|---------------|-----------:|-------------:|
| voita  | K=6           | 5.7 (5–6)  | 80.0 ± 0.0   |
| voita  | lambda=0.0015 | 9          | 80.0 ± 0.0   |
";
    assert_eq!(summary_table(&rows, &caption).unwrap(), expected);
}

#[test]
fn two_kinds_of_bleu_have_a_table_each() {
    let rows: Vec<_> = [("bleu", 31.25), ("sacrebleu", 30.16)]
        .into_iter()
        .map(|(metric, value)| ResultRow {
            metric: metric.into(),
            n_heads: 72,
            ..row("dsp-joint", "", 36, 1, "test", value)
        })
        .collect();
    let caption = Caption {
        title: "iwslt".into(),
        scale: "paper".into(),
        corpus: None,
        margin: None,
    };
    let expected = "\
**BLEU by attention heads kept (of 72), test — iwslt, paper scale.** Mean of 1 seed, so no interval.

| heads kept | 36   |
|------------|-----:|
| dsp-joint  | 31.2 |

**sacreBLEU (13a) by attention heads kept (of 72), test — iwslt, paper scale.** Mean of 1 seed, so no interval.

| heads kept | 36   |
|------------|-----:|
| dsp-joint  | 30.2 |
";
    assert_eq!(summary_table(&rows, &caption).unwrap(), expected);
}

#[test]
fn the_summary_has_the_metrics_of_the_figures_only() {
    let soft = ResultRow {
        metric: "accuracy_soft_gates".into(),
        ..row("voita", "lambda=0.1", 3, 1, "matched", 0.5)
    };
    assert_eq!(summary_table(&[soft], &Caption::default()).unwrap(), "");
}
