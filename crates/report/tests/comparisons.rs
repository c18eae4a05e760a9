//! Comparisons in REPORT.md and report.html: the numbers and verdicts of significance.csv, and how many seeds they are of.

#![expect(clippy::unwrap_used, reason = "a test fails by a panic")]

mod common;

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use common::{row, wobble};
use records::{ResultRow, write_results};
use report::write_report;

/// Reports on `rows` in `folder`; REPORT.md and report.html.
fn report(rows: &[ResultRow], folder: &Path) -> (String, String) {
    write_results(&folder.join("results.csv"), rows).unwrap();
    write_report(folder).unwrap();
    let read = |name: &str| fs::read_to_string(folder.join(name)).unwrap();
    (read("REPORT.md"), read("report.html"))
}

/// Ten seeds of methods that are better, worse and as good, on two splits.
fn sweep() -> Vec<ResultRow> {
    let mut rows = Vec::new();
    let worth = [
        ("dense", "", 12, 0.9),
        ("dsp-joint", "", 3, 0.8),
        ("dsp-joint", "", 6, 0.85),
        ("ste-joint", "", 3, 0.805),
        ("ste-joint", "", 6, 0.9),
        ("michel", "signed", 3, 0.4),
        ("michel", "signed", 6, 0.8495),
        ("random-joint", "", 3, 0.7),
        ("random", "draw-1", 3, 0.3),
    ];
    for seed in 1..=10 {
        for (i, (method, variant, k, value)) in worth.into_iter().enumerate() {
            for (split, spread) in [("matched", 0.002), ("mismatched", 0.05)] {
                let noise = spread * wobble(seed, k.into(), i as u64 * 7 + 1);
                rows.push(row(method, variant, k, seed, split, value + noise));
            }
        }
    }
    rows
}

/// The rows of significance.csv that are of seeds, by column.
fn comparisons(folder: &Path) -> Vec<BTreeMap<String, String>> {
    let text = fs::read_to_string(folder.join("significance.csv")).unwrap();
    let mut lines = text.lines().map(|line| line.split(',').map(str::to_owned));
    let columns: Vec<String> = lines.next().unwrap().collect();
    lines
        .map(|fields| columns.iter().cloned().zip(fields).collect::<BTreeMap<_, _>>())
        .filter(|row| row["unit"] == "seed")
        .collect()
}

fn name(row: &BTreeMap<String, String>, of: &str) -> String {
    match row[&format!("{of}_variant")].as_str() {
        "" => row[of].clone(),
        variant => format!("{} ({variant})", row[of]),
    }
}

/// The tables of a text whose caption begins with a question and names a split, each row in its cells.
fn grid(text: &str, question: &str, split: &str) -> Vec<Vec<String>> {
    let is_page = text.starts_with("<!DOCTYPE");
    let caption = format!("{question}: Accuracy (%), {split}. ");
    let table = text.split(&caption).nth(1).unwrap();
    let table = table
        .split(if is_page { "</table>" } else { "\n\n**" })
        .next()
        .unwrap();
    let cells = |line: &str| -> Vec<String> {
        if is_page {
            let cells = line.split("</t").map(|cell| cell.replace("</button>", ""));
            cells
                .map(|cell| cell.rsplit('>').next().unwrap().to_owned())
                .collect()
        } else {
            line.trim_matches('|')
                .split('|')
                .map(|cell| cell.trim().to_owned())
                .collect()
        }
    };
    let is_row = |line: &&str| line.contains(if is_page { "<tr>" } else { "| " });
    table.lines().filter(is_row).map(cells).collect()
}

/// A difference with half its interval and the sign of its verdict, as a grid shows them.
fn shown(row: &BTreeMap<String, String>) -> String {
    let number = |column: &str| row[column].parse::<f64>().unwrap();
    let signed = format!("{:+.1}", number("estimate"));
    let signed = if ["+0.0", "-0.0"].contains(&signed.as_str()) {
        "0.0"
    } else {
        &signed
    };
    let half = (number("ci_high") - number("ci_low")) / 2.0;
    let sign = match row["verdict"].as_str() {
        "better" => " ▲",
        "not worse by the margin" => " ≥",
        "worse" => " ▼",
        _ => "",
    };
    format!("{signed} ± {half:.1}{sign}")
}

#[test]
fn every_comparison_has_its_cell_and_the_page_all_of_them() {
    let folder = tempfile::tempdir().unwrap();
    let (markdown, page) = report(&sweep(), folder.path());
    let rows = comparisons(folder.path());
    assert_eq!(rows.len(), 2 * (6 + 3 + 8));
    for verdict in ["better", "not worse by the margin", "worse", "undecided"] {
        assert!(rows.iter().any(|row| row["verdict"] == verdict), "{verdict}");
    }
    for row in &rows {
        let (_, question) = row["family"].split_once(": ").unwrap();
        for text in [&markdown, &page] {
            let grid = grid(text, question, &row["split"]);
            let column = grid[0]
                .iter()
                .position(|cell| *cell == format!("K={}", row["k"]))
                .unwrap();
            let names = [name(row, "system"), name(row, "baseline")];
            let words = grid[0]
                .iter()
                .filter(|cell| ["method", "against"].contains(&cell.as_str()))
                .count();
            let is_it = |line: &&Vec<String>| line.iter().take(words).all(|cell| names.contains(cell));
            let lines: Vec<&Vec<String>> = grid[1..].iter().filter(is_it).collect();
            assert_eq!(lines.len(), 1, "{row:?}");
            assert_eq!(lines[0][column], shown(row), "{row:?}");
        }
        let number = |column: &str| row[column].parse::<f64>().unwrap();
        let interval =
            format!("({:.1} to {:.1})", number("ci_low"), number("ci_high")).replace("-0.0", "0.0");
        let whole = page
            .split("\n<tr>")
            .filter(|line| line.contains("<td>10</td>") && line.contains(&interval));
        let of_row = whole.filter(|line| {
            [
                name(row, "system"),
                name(row, "baseline"),
                question.to_owned(),
                row["verdict"].clone(),
            ]
            .iter()
            .all(|part| line.contains(&format!(">{part}<")))
                && line.contains(&format!("accuracy, {}<", row["split"]))
        });
        assert!(of_row.count() >= 1, "{row:?}");
    }
    // The text has the grids alone, and says where the rest is.
    assert!(page.contains("p of worse by the margin, adjusted"));
    assert!(!markdown.contains("p of worse by the margin, adjusted"));
    assert!(markdown.contains("▲ is better") && markdown.contains("significance.csv has every comparison"));
    assert!(markdown.contains("margin of 1.0 point (one-sided"));
}

#[test]
fn claims_count_comparisons_in_their_number() {
    let folder = tempfile::tempdir().unwrap();
    let (markdown, _) = report(&sweep(), folder.path());
    let matched: Vec<ResultRow> = sweep().into_iter().filter(|row| row.split == "matched").collect();
    let (of_one, _) = report(&matched, folder.path());
    assert!(
        of_one.contains("- against ste-joint: not worse by the margin in 1 comparison, worse in 1\n"),
        "{of_one}"
    );
    assert!(
        of_one.contains("- against michel (signed): better in 1 comparison, not worse by the margin in 1\n")
    );
    assert!(
        markdown.contains(" comparisons, ") && !markdown.contains("in 1 comparisons"),
        "{markdown}"
    );
}

#[test]
fn one_metric_has_grids_and_the_rest_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let both: Vec<ResultRow> = sweep()
        .into_iter()
        .flat_map(|row| {
            ["bleu", "sacrebleu"].map(|metric| ResultRow {
                metric: metric.into(),
                value: 100.0 * row.value,
                ..row.clone()
            })
        })
        .collect();
    let (markdown, page) = report(&both, folder.path());
    assert!(markdown.contains("The tables below are of BLEU alone. significance.csv has every comparison"));
    assert!(
        markdown.contains("pruned against dense: BLEU, matched.") && !markdown.contains("dense: sacreBLEU")
    );
    assert!(page.contains("<td class=\"word\">sacrebleu, matched</td>"));
}

#[test]
fn seeds_that_every_cell_lacks_are_told_of_once() {
    let folder = tempfile::tempdir().unwrap();
    let planned: Vec<String> = (1..=10)
        .map(|seed| format!("{{\"id\": \"dsp-joint-k03-s{seed}-0a0a0a0a\", \"key\": \"\"}}"))
        .collect();
    let plan = format!("{{\"runs\": [{}]}}", planned.join(","));
    fs::write(folder.path().join("plan.json"), plan).unwrap();
    let of = |seeds: std::ops::RangeInclusive<u64>| -> Vec<ResultRow> {
        sweep()
            .into_iter()
            .filter(|row| seeds.contains(&row.seed))
            .collect()
    };
    let told = "of the sweep's 10 seeds.";
    let (four, page) = report(&of(1..=4), folder.path());
    // Two tables by heads, and six grids.
    assert_eq!(four.matches(&format!("over 4 {told}")).count(), 2 + 6, "{four}");
    assert!(page.contains("over 4 of the sweep&#39;s 10 seeds.") && !four.contains("(n="));
    assert!(!four.contains("▲") && four.contains("nothing is tested"));
    let latex = fs::read_to_string(folder.path().join("table.tex")).unwrap();
    assert_eq!(latex.matches(&format!("over 4 {told}")).count(), 2);
    // Cells that differ each say it.
    let mut uneven = of(1..=9);
    uneven.retain(|row| row.method != "michel" || row.seed < 8);
    let (uneven, _) = report(&uneven, folder.path());
    assert!(
        uneven.contains(&format!("over 7 to 9 {told}"))
            && uneven.contains("(n=7)")
            && uneven.contains("(n=9)")
    );
    let (whole, _) = report(&sweep(), folder.path());
    assert!(whole.contains("over 10 seeds.") && !whole.contains("(n=") && !whole.contains("of the sweep"));
    // Without a plan the rows say how many seeds the sweep has, and what lacks some is named once.
    fs::remove_file(folder.path().join("plan.json")).unwrap();
    let mut lacking = sweep();
    lacking.retain(|row| row.method != "michel" || row.seed < 8);
    let (lacking, _) = report(&lacking, folder.path());
    assert!(
        lacking.contains("- michel (signed): 7 of 10 seeds\n") && lacking.contains("over 7 to 10 seeds.")
    );
}

#[test]
fn what_is_missing_names_numbers_of_heads_and_seeds_that_all_lack() {
    let folder = tempfile::tempdir().unwrap();
    let write = |text: &str| fs::write(folder.path().join("experiment.toml"), text).unwrap();
    write("[sweep]\nheads = [1, 2, 3, 6]\n[sweep.heads_of]\nmichel = [3, 6]\n");
    let (markdown, _) = report(&sweep(), folder.path());
    let missing = markdown.split("## What is missing").nth(1).unwrap();
    assert!(
        missing.contains("- dsp-joint: no results with K=1 to 2\n"),
        "{missing}"
    );
    assert!(!missing.contains("michel") && !missing.contains("dense"));
    let planned: Vec<String> = ["dsp-joint-k03-s1", "dsp-joint-k03-s2"]
        .map(|id| format!("{{\"id\": \"{id}-0a0a0a0a\", \"key\": \"\"}}"))
        .to_vec();
    let plan = format!("{{\"runs\": [{}]}}", planned.join(","));
    fs::write(folder.path().join("plan.json"), plan).unwrap();
    for id in ["dsp-joint-k03-s1-0a0a0a0a", "dsp-joint-k03-s2-0a0a0a0a"] {
        let run = folder.path().join("runs").join(id);
        fs::create_dir_all(&run).unwrap();
        fs::write(run.join("result.json"), "{}").unwrap();
    }
    let one: Vec<ResultRow> = sweep().into_iter().filter(|row| row.seed == 1).collect();
    let (markdown, _) = report(&one, folder.path());
    assert!(markdown.contains("- every method: 1 of 2 seeds\n"), "{markdown}");
    assert!(markdown.contains("every number is of a single seed"));
}
