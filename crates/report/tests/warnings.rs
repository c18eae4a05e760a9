//! What runs say of their own numbers, in REPORT.md and in report.html.

#![expect(clippy::unwrap_used, reason = "a test fails by a panic")]

mod common;

use std::fs;
use std::path::Path;

use common::row;
use records::{ResultRow, WARNINGS_FILE, WarningRow, write_results, write_warnings};
use report::write_report;

const HEADING: &str = "What runs say of themselves";

fn id(k: u32, seed: u64) -> String {
    format!("dsp-joint-k{k:02}-s{seed}-0a0a0a0a")
}

fn warning(k: u32, seed: u64, warning: &str) -> WarningRow {
    WarningRow {
        method: "dsp-joint".into(),
        variant: String::new(),
        k: Some(k),
        lambda: None,
        seed,
        run_id: id(k, seed),
        warning: warning.into(),
    }
}

/// Reports on joint runs with these warnings; REPORT.md and report.html.
fn report(warnings: Option<&[WarningRow]>) -> [String; 2] {
    let folder = tempfile::tempdir().unwrap();
    let of = |(k, seed)| ResultRow {
        run_id: id(k, seed),
        ..row("dsp-joint", "", k, seed, "matched", 0.5 + seed as f64 / 100.0)
    };
    let runs = [3, 6]
        .into_iter()
        .flat_map(|k| (1..=3).map(move |seed| (k, seed)));
    let rows: Vec<ResultRow> = runs.map(of).collect();
    write_results(&folder.path().join("results.csv"), &rows).unwrap();
    if let Some(warnings) = warnings {
        write_warnings(&folder.path().join(WARNINGS_FILE), warnings).unwrap();
    }
    write_report(folder.path()).unwrap();
    let text = |name: &str| fs::read_to_string(Path::new(folder.path()).join(name)).unwrap();
    [text("REPORT.md"), text("report.html")]
}

#[test]
fn warnings_that_differ_in_their_numbers_are_one_line_with_the_runs_they_are_true_of() {
    let warnings = [
        warning(3, 1, "the importances differ by 0.04 only"),
        warning(3, 2, "the importances differ by 0.001 only"),
        warning(6, 3, "the importances differ by 1.5e-5 only"),
        warning(
            6,
            3,
            "the temperature never reached its end: 50 updates, a cooldown of 80",
        ),
    ];
    for text in report(Some(&warnings)) {
        assert!(text.contains(HEADING));
        for line in [
            "dsp-joint (K=3: 2 of 3 runs, K=6: 1 of 3 runs): the importances differ by 1.5e-5 to 0.04 only",
            "dsp-joint (K=6: 1 of 3 runs): the temperature never reached its end: 50 updates, a cooldown of 80",
        ] {
            assert!(text.contains(line), "{line}\n{text}");
        }
        assert_eq!(text.matches("the importances differ").count(), 1);
        assert!(!text.contains("no warnings.csv"));
    }
}

#[test]
fn no_warning_is_told_from_a_sweep_that_has_kept_none() {
    for text in report(Some(&[])) {
        assert!(!text.contains(HEADING) && !text.contains("no warnings.csv"));
    }
    for text in report(None) {
        assert!(!text.contains(HEADING));
        assert!(
            text.contains("warnings of runs: there is no warnings.csv"),
            "{text}"
        );
    }
}
