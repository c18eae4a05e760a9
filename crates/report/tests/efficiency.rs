//! efficiency.csv and its figure: with and without times, on a whole sweep and on parts of one.

#![expect(clippy::unwrap_used, reason = "a test fails by a panic")]

mod common;

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use common::row;
use records::{LatencyKind, LatencyRow, ResultRow, write_latency, write_results};
use report::{EFFICIENCY_COLUMNS, write_report};

fn timed(method: &str, k: u32, seed: u64, kind: LatencyKind, ms: f64) -> LatencyRow {
    LatencyRow {
        run_id: format!("{method}-k{k}-s{seed}"),
        method: method.into(),
        variant: String::new(),
        k,
        n_heads: 12,
        seed,
        kind,
        device: "flex".into(),
        threads: 2,
        batch: 8,
        length: 128,
        repeats: 20,
        ms,
        ms_low: ms - 0.25,
        ms_high: ms + 0.5,
        tokens_per_second: None,
        params: 1000 * u64::from(k),
        macs: 2000 * u64::from(k),
    }
}

/// Dense and joint subset pruning with two seeds.
fn sweep() -> Vec<ResultRow> {
    let of_seed = |seed: u64| {
        let offset = seed as f64 / 100.0;
        [
            row("dense", "", 12, seed, "matched", 0.9 + offset),
            row("dsp-joint", "", 3, seed, "matched", 0.7 + offset),
            row("dsp-joint", "", 6, seed, "matched", 0.8 + offset),
        ]
    };
    let rows = [1, 2].into_iter().flat_map(of_seed);
    let with_macs = |row: ResultRow| ResultRow {
        macs_before: Some(24_000),
        macs_after: Some(2000 * u64::from(row.k_actual)),
        ..row
    };
    rows.map(with_macs).collect()
}

fn times() -> Vec<LatencyRow> {
    let of_seed = |seed: u64| {
        let more = seed as f64;
        [
            timed("dense", 12, seed, LatencyKind::Dense, 8.0 + more),
            timed("dsp-joint", 3, seed, LatencyKind::Removed, 3.0 + more),
            timed("dsp-joint", 3, seed, LatencyKind::Masked, 8.5 + more),
        ]
    };
    let mut rows: Vec<LatencyRow> = [1, 2].into_iter().flat_map(of_seed).collect();
    rows.push(timed("elsewhere", 4, 1, LatencyKind::Removed, 5.0));
    rows
}

/// The rows of efficiency.csv, each by column.
fn table(folder: &Path) -> Vec<BTreeMap<String, String>> {
    let text = fs::read_to_string(folder.join("efficiency.csv")).unwrap();
    let mut lines = text.lines();
    assert_eq!(lines.next().unwrap(), EFFICIENCY_COLUMNS.join(","));
    let row = |line: &str| {
        let fields: Vec<&str> = line.split(',').collect();
        assert_eq!(fields.len(), EFFICIENCY_COLUMNS.len(), "{line}");
        let columns = EFFICIENCY_COLUMNS.map(str::to_owned).into_iter();
        columns.zip(fields.into_iter().map(str::to_owned)).collect()
    };
    lines.map(row).collect()
}

fn report(rows: &[ResultRow], times: &[LatencyRow]) -> (tempfile::TempDir, String) {
    let folder = tempfile::tempdir().unwrap();
    write_results(&folder.path().join("results.csv"), rows).unwrap();
    if !times.is_empty() {
        write_latency(&folder.path().join("latency.csv"), times).unwrap();
    }
    write_report(folder.path()).unwrap();
    let svg = fs::read_to_string(folder.path().join("efficiency.svg")).unwrap();
    (folder, svg)
}

#[test]
fn quality_stands_beside_cost_and_time() {
    let (folder, svg) = report(&sweep(), &times());
    let rows = table(folder.path());
    let find = |method: &str, k: &str, kind: &str| {
        let mut found = rows
            .iter()
            .filter(|row| row["method"] == method && row["k"] == k && row["kind"] == kind);
        let row = found.next().unwrap();
        assert!(found.next().is_none());
        row
    };
    let removed = find("dsp-joint", "3", "removed");
    // Means over seeds: 4 and 5 ms of a dense model's 9 and 10.
    assert_eq!(
        ["n", "params", "macs", "ms", "ms_low", "ms_high"].map(|column| removed[column].as_str()),
        ["2", "124000.0", "6000.0", "4.5", "4.25", "5.0"]
    );
    let ratio: f64 = removed["ratio_to_dense"].parse().unwrap();
    assert!((ratio - 4.5 / 9.5).abs() < 1e-12);
    assert!(removed["mean"].starts_with("0.715") && removed["split"] == "matched");
    assert_eq!(find("dsp-joint", "3", "masked")["ms"], "10.0");
    assert_eq!(find("dense", "12", "dense")["ratio_to_dense"], "1.0");
    // Measured and not timed; timed and not measured.
    assert_eq!(find("dsp-joint", "6", "")["ms"], "");
    let elsewhere = find("elsewhere", "4", "removed");
    assert_eq!((elsewhere["mean"].as_str(), elsewhere["n"].as_str()), ("", "0"));
    for text in [
        "\nParameters\n",
        "\nMultiply-adds\n",
        "\nTime of a batch\n",
        "\nAccuracy against time\n",
        "times on flex, 2 threads, batches of 8 × 128 tokens",
    ] {
        assert!(svg.contains(text), "{text}");
    }
}

#[test]
fn a_run_of_a_penalty_factor_is_known_by_its_id() {
    let swept = ResultRow {
        k_target: 4,
        k_actual: 4,
        run_id: "voita-lambda0.1-s1".into(),
        ..row("voita", "lambda=0.1", 4, 1, "matched", 0.7)
    };
    let time = LatencyRow {
        run_id: swept.run_id.clone(),
        ..timed("voita", 4, 1, LatencyKind::Removed, 5.0)
    };
    let (folder, _) = report(&[row("dense", "", 12, 1, "matched", 0.9), swept], &[time]);
    let table = table(folder.path());
    let of_factor = table.iter().find(|row| row["setting"] == "lambda=0.1").unwrap();
    assert_eq!(
        (of_factor["ms"].as_str(), of_factor["split"].as_str()),
        ("5.0", "matched")
    );
    assert_eq!(table.len(), 2);
}

#[test]
fn panels_without_numbers_are_left_out() {
    let mut rows = sweep();
    rows.iter_mut()
        .for_each(|row| (row.macs_before, row.macs_after) = (None, None));
    let (folder, svg) = report(&rows, &[]);
    assert!(svg.contains("\nParameters\n") && svg.contains("no times") && !svg.contains('`'));
    assert!(!svg.contains("Multiply-adds") && !svg.contains("Time of a batch"));
    let table = table(folder.path());
    assert!(
        table.len() == 3
            && table
                .iter()
                .all(|row| row["macs"].is_empty() && row["ms"].is_empty())
    );
}

#[test]
fn a_second_device_is_named_and_the_same_files_give_the_same_bytes() {
    let mut times = times();
    let slow = times.iter().map(|row| LatencyRow {
        device: "libtorch".into(),
        ..row.clone()
    });
    let slow: Vec<LatencyRow> = slow.collect();
    times.extend(slow);
    let (folder, svg) = report(&sweep(), &times);
    assert!(svg.contains("one of 2 such settings"), "{svg}");
    let bytes = |name: &str| fs::read(folder.path().join(name)).unwrap();
    let names = ["efficiency.csv", "efficiency.png", "efficiency.svg"];
    let before = names.map(bytes);
    write_report(folder.path()).unwrap();
    assert_eq!(before, names.map(bytes));
}

/// Numbers along the axis of times, and the ends of the bars.
fn times_shown(svg: &str) -> &str {
    let from = svg.find("\nTime of a batch\n").unwrap();
    let to = svg.find("\nAccuracy against time\n").unwrap();
    &svg[from..to]
}

#[test]
fn one_disturbed_time_does_not_flatten_the_others() {
    let shown = |kind: LatencyKind, high: f64| {
        let mut times = times();
        for row in times.iter_mut().filter(|row| row.kind == kind) {
            row.ms_high = high;
        }
        let (_folder, svg) = report(&sweep(), &times);
        times_shown(&svg).to_owned()
    };
    // Of masked heads no interval is drawn, and none asks for room.
    assert_eq!(
        shown(LatencyKind::Masked, 900.0),
        shown(LatencyKind::Masked, 11.0)
    );
    // A bar that is drawn is cut: the largest median is 10 ms, the axis ends at 20.
    let cut = shown(LatencyKind::Removed, 900.0);
    assert_eq!(cut, shown(LatencyKind::Removed, 500.0));
    assert!(cut.contains("\n20\n") && !cut.contains("\n30\n"), "{cut}");
}

#[test]
fn a_wrong_latency_file_is_named_with_its_line() {
    let folder = tempfile::tempdir().unwrap();
    write_results(&folder.path().join("results.csv"), &sweep()).unwrap();
    fs::write(folder.path().join("latency.csv"), "run_id,method\n").unwrap();
    let said = write_report(folder.path()).unwrap_err().to_string();
    assert!(said.contains("latency.csv:1"), "{said}");
}
