//! published.csv: which numbers of others are reproduced, and which cannot be compared and why.

#![expect(clippy::unwrap_used, reason = "a test fails by a panic")]

mod common;

use std::fs;

use common::row;
use records::{Caption, PUBLISHED_COLUMNS, ResultRow, published_rows, write_results};
use report::{Agreement, COMPARED_COLUMNS, Published, curves, published, write_report};

/// A row of BERT-base with its 109,484,547 parameters, of which a head has 196,800.
fn bert(method: &str, k: u32, value: f64) -> ResultRow {
    ResultRow {
        task: "nli".into(),
        scale: "paper".into(),
        n_heads: 144,
        params_before: 109_484_547,
        params_after: 109_484_547 - 196_800 * u64::from(144 - k),
        ..row(method, "", k, 1, "matched", value)
    }
}

fn beside(rows: &[ResultRow], margin: Option<f64>) -> Vec<Published> {
    let points = curves(rows, None).unwrap();
    let caption = Caption {
        margin,
        ..Caption::default()
    };
    published(rows, &points, &caption).unwrap()
}

fn of<'a>(rows: &'a [Published], method: &str, metric: &str, k: f64) -> &'a Published {
    let is_it = |row: &&Published| {
        row.row.method == method
            && row.row.metric == metric
            && row.row.k == Some(k)
            && row.row.split != "mismatched"
    };
    rows.iter().find(is_it).unwrap()
}

#[test]
fn every_number_has_a_source_and_the_columns_are_those_of_the_contract() {
    let text = fs::read_to_string("../../experiments/published.csv").unwrap();
    let rows = published_rows("published.csv", &text).unwrap();
    assert!(
        rows.len() > 25
            && rows
                .iter()
                .all(|row| ["nli", "translation"].contains(&row.task.as_str()))
    );
    assert_eq!(COMPARED_COLUMNS[..PUBLISHED_COLUMNS.len()], PUBLISHED_COLUMNS);
}

#[test]
fn what_is_near_is_reproduced_and_what_is_far_is_not() {
    let rows = [
        bert("dense", 144, 0.845),
        bert("michel", 72, 0.75),
        bert("random", 72, 0.67),
        bert("random", 12, 0.4),
    ];
    let found = beside(&rows, None);
    let verdict = |method, metric, k| of(&found, method, metric, k).verdict;
    assert_eq!(verdict("dense", "accuracy", 144.0), Agreement::Reproduced);
    assert_eq!(verdict("michel", "accuracy", 72.0), Agreement::NotReproduced);
    assert_eq!(verdict("random", "accuracy", 72.0), Agreement::Reproduced);
    assert_eq!(verdict("random", "accuracy", 100.8), Agreement::NotComparable);
    // 72 and 132 heads of 196,800 parameters.
    assert_eq!(verdict("any", "params_removed", 72.0), Agreement::Reproduced);
    assert_eq!(verdict("any", "params_removed", 12.0), Agreement::Reproduced);
    assert_eq!(
        of(&found, "any", "params_removed", 24.0).why,
        "no run keeps as many heads"
    );
    assert_eq!(verdict("dense", "params", 144.0), Agreement::Reproduced);
    let generous = beside(&rows, Some(5.0));
    assert_eq!(
        of(&generous, "michel", "accuracy", 72.0).verdict,
        Agreement::Reproduced
    );
    // No number of a metric that is not measured, nor of another task.
    assert!(
        found
            .iter()
            .filter(|row| row.row.method == "cofi")
            .all(|row| !row.why.is_empty() && row.ours.is_none())
    );
    assert!(found.iter().all(|row| row.row.task == "nli"));
}

#[test]
fn a_demo_is_compared_with_nothing_and_says_why() {
    let rows = [row("dense", "", 12, 1, "matched", 0.845)];
    let found = beside(&rows, None);
    assert!(!found.is_empty() && found.iter().all(|row| row.verdict == Agreement::NotComparable));
    assert!(of(&found, "dense", "accuracy", 144.0).why.contains("demo scale"));
    assert!(
        of(&found, "any", "params_removed", 72.0)
            .why
            .contains("144 heads, ours 12")
    );
    assert_eq!(beside(&[], None), []);
}

fn found_in(text: &str, part: &str) -> usize {
    text.matches(part).count()
}

#[test]
fn numbers_of_the_same_model_stand_hollow_in_the_figure() {
    let folder = tempfile::tempdir().unwrap();
    let svg = |rows: &[ResultRow]| {
        write_results(&folder.path().join("results.csv"), rows).unwrap();
        write_report(folder.path()).unwrap();
        fs::read_to_string(folder.path().join("accuracy_vs_heads.svg")).unwrap()
    };
    let real = svg(&[bert("dense", 144, 0.845), bert("michel", 72, 0.65)]);
    assert!(real.contains("hollow squares: published by others") && real.contains("\nHIES: michel\n"));
    let text = fs::read_to_string(folder.path().join("published.csv")).unwrap();
    assert_eq!(text.lines().next().unwrap(), COMPARED_COLUMNS.join(","));
    assert!(text.contains("not reproduced") && text.contains("not comparable"));
    // What cannot be compared is counted in the text and listed in the page.
    let read = |name: &str| fs::read_to_string(folder.path().join(name)).unwrap();
    let (markdown, page) = (read("REPORT.md"), read("report.html"));
    let count = found_in(&text, "not comparable");
    assert!(markdown.contains(&format!(
        "{count} of 27 published numbers cannot be compared with ours"
    )));
    assert!(
        markdown.contains("- no run measures speedup (2 numbers)\n"),
        "{markdown}"
    );
    assert_eq!(found_in(&page, "<td class=\"word\">not comparable</td>"), count);
    assert_eq!(found_in(&markdown, "| not comparable |"), 0);
    assert!(
        markdown.contains("| not reproduced |")
            && markdown.contains("| 109\u{202f}484\u{202f}547 | 109\u{202f}484\u{202f}547 |")
    );
    let demo = svg(&[
        row("dense", "", 12, 1, "matched", 0.9),
        row("michel", "", 3, 1, "matched", 0.7),
    ]);
    assert!(!demo.contains("published") && !demo.contains("HIES"));
}

#[test]
fn numbers_beyond_the_axis_are_named_and_not_drawn() {
    let folder = tempfile::tempdir().unwrap();
    let squares = |rows: &[ResultRow]| {
        write_results(&folder.path().join("results.csv"), rows).unwrap();
        write_report(folder.path()).unwrap();
        let read = |name: &str| fs::read_to_string(folder.path().join(name)).unwrap();
        let text: Vec<String> = read("accuracy_vs_heads.svg")
            .lines()
            .filter(|line| !line.starts_with('<'))
            .map(str::to_owned)
            .collect();
        (text.join(" "), read("REPORT.md"), read("report.html"))
    };
    // Of numbers from 67 to 85 % an axis about 67 % holds one.
    let rows = [bert("michel", 72, 0.67), bert("michel", 12, 0.665)];
    let (svg, markdown, page) = squares(&rows);
    assert!(
        svg.contains("8 published numbers lie beyond the axis and are not drawn"),
        "{svg}"
    );
    assert!(svg.contains("hollow squares: published by others"));
    for text in [&markdown, &page] {
        let line = text.split("not drawn in accuracy").nth(1).unwrap();
        let line = line.split(['\n', '<']).next().unwrap();
        assert!(
            line.contains("HIES: michel, matched, K=72: 78.67") && line.contains("whose axis goes from 65."),
            "{line}"
        );
        assert!(
            !line.contains("67.32") && line.matches("K=").count() == 8,
            "{line}"
        );
    }
    let all = [bert("dense", 144, 0.86), bert("michel", 72, 0.6)];
    let (svg, markdown, _) = squares(&all);
    assert!(
        !svg.contains("beyond the axis") && !markdown.contains("not drawn in"),
        "{svg}"
    );
}
