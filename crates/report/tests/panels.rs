//! Figures of panels: methods beyond the main figure, agreement, factors, costs, and how trainings went.

#![expect(clippy::unwrap_used, reason = "a test fails by a panic")]

mod common;

use std::fs;
use std::path::Path;

use common::{row, wobble};
use records::{ResultRow, write_mask, write_results};
use report::write_report;

/// Reports on `rows` in `folder`; the text of a figure, where there is one.
fn svg(rows: &[ResultRow], folder: &Path, stem: &str) -> Option<String> {
    write_results(&folder.join("results.csv"), rows).unwrap();
    write_report(folder).unwrap();
    fs::read_to_string(folder.join(format!("{stem}.svg"))).ok()
}

fn titles<'a>(svg: &'a str, names: &[&'a str]) -> Vec<&'a str> {
    let is_there = |name: &&str| svg.contains(&format!("\n{name}\n"));
    names.iter().copied().filter(is_there).collect()
}

#[test]
fn forty_methods_have_panels_beside_the_main_figure() {
    let folder = tempfile::tempdir().unwrap();
    let mut rows = vec![row("dense", "", 12, 1, "matched", 0.9)];
    for k in [3, 6] {
        rows.push(row("dsp-joint", "", k, 1, "matched", 0.8));
        for i in 0..40 {
            let value = 0.5 + 0.01 * f64::from(i);
            rows.push(row(&format!("method-{i:02}"), "", k, 1, "matched", value));
        }
    }
    let panels = svg(&rows, folder.path(), "accuracy_vs_heads_methods").unwrap();
    let main = fs::read_to_string(folder.path().join("accuracy_vs_heads.svg")).unwrap();
    assert_eq!(panels.matches("\nmethod-").count(), 40);
    assert!(main.contains("\ndsp-joint\n") && !main.contains("\nmethod-"));
    // A line of each panel for the one main curve, in grey.
    assert_eq!(panels.matches("stroke=\"#C8C8C8\"").count(), 40);
    rows.truncate(10);
    fs::remove_file(folder.path().join("accuracy_vs_heads_methods.svg")).unwrap();
    assert_eq!(svg(&rows, folder.path(), "accuracy_vs_heads_methods"), None);
}

#[test]
fn a_long_name_stays_within_its_panel() {
    let folder = tempfile::tempdir().unwrap();
    let mut rows = vec![row("dsp-joint", "", 3, 1, "matched", 0.8)];
    for i in 0..14 {
        rows.push(row(&format!("method-{i:02}"), "", 3, 1, "matched", 0.6));
    }
    for method in ["fisher-finetuned", "michel-finetuned"] {
        rows.push(row(method, "per-example", 3, 1, "matched", 0.7));
    }
    let panels = svg(&rows, folder.path(), "accuracy_vs_heads_methods").unwrap();
    // Neither is written over its neighbour: the variant has a line of its own.
    for line in ["fisher-finetuned", "michel-finetuned", "(per-example)"] {
        assert!(panels.contains(&format!("\n{line}\n")), "{line}");
    }
    assert!(panels.contains("\nmethod-00\n"));
}

#[test]
fn factors_and_costs_have_figures_where_they_are_known() {
    let folder = tempfile::tempdir().unwrap();
    let mut rows = vec![row("dense", "", 12, 1, "matched", 0.9)];
    assert_eq!(svg(&rows, folder.path(), "penalty_factors"), None);
    assert_eq!(svg(&rows, folder.path(), "quality_vs_cost"), None);
    for (lambda, k) in [("lambda=0.001", 9), ("lambda=0.01", 4)] {
        rows.push(row("voita", lambda, k, 1, "matched", 0.7));
    }
    for k in [1, 3] {
        let cheap = row("random", "", k, 1, "matched", 0.5);
        rows.push(ResultRow {
            cost_examples: Some(1000),
            ..cheap.clone()
        });
        rows.push(ResultRow {
            method: "dsp-joint".into(),
            run_id: format!("dsp-joint-{k}"),
            cost_examples: Some(90_000),
            ..cheap
        });
    }
    let factors = svg(&rows, folder.path(), "penalty_factors").unwrap();
    assert!(factors.contains("factor of the penalty (log scale)") && factors.contains("\n0.01\n"));
    let costs = fs::read_to_string(folder.path().join("quality_vs_cost.svg")).unwrap();
    assert_eq!(titles(&costs, &["1 head kept", "3 heads kept"]).len(), 2);
    // Of methods without an exact number of heads or a cost there is nothing to show.
    assert_eq!(
        titles(&costs, &["random", "dsp-joint", "voita"]),
        ["random", "dsp-joint"]
    );
}

#[test]
fn pipelined_trainings_have_the_dashes_of_their_key() {
    let folder = tempfile::tempdir().unwrap();
    let rows: Vec<ResultRow> = ["ste-joint", "ste-pipelined"]
        .map(|method| row(method, "", 3, 1, "matched", 0.8))
        .to_vec();
    let pieces = |run: &str| {
        let _ = fs::remove_dir_all(folder.path().join("runs"));
        train(folder.path(), run, 1);
        let shown = svg(&rows, folder.path(), "training_dynamics").unwrap();
        let lines = shown.lines().filter(|line| line.starts_with("<polyline"));
        lines.filter(|line| line.contains("#009E73")).count()
    };
    // A line in each of three panels and in the legend; where it is dashed, its pieces.
    assert_eq!(pieces(&rows[0].run_id), 4);
    assert!(pieces(&rows[1].run_id) > 40);
}

#[test]
fn methods_of_nearly_equal_cost_and_worth_stand_beside_one_another() {
    let folder = tempfile::tempdir().unwrap();
    let costly = |method: &str, cost: u64, value: f64| ResultRow {
        cost_examples: Some(cost),
        ..row(method, "", 3, 1, "matched", value)
    };
    let circles = |rows: &[ResultRow]| -> (String, Vec<String>) {
        let shown = svg(rows, folder.path(), "quality_vs_cost").unwrap();
        let of_plot = |line: &&str| line.starts_with("<circle") && line.contains("r=\"8\"");
        let centres = shown.lines().filter(of_plot).map(|line| {
            let from = line.find("cx=").unwrap();
            line[from..].split('"').nth(1).unwrap().to_owned()
        });
        let centres = centres.collect();
        (shown, centres)
    };
    let apart = |cost: u64, value: f64| -> (i32, bool) {
        let rows = [
            costly("dsp-joint", 9000, 0.7),
            costly("simple-joint", cost, value),
        ];
        let (shown, centres) = circles(&rows);
        // The legend's first stands to the left, and is drawn last; two marks are in the legend.
        let at: Vec<i32> = centres.iter().take(2).map(|x| x.parse().unwrap()).collect();
        (
            at[0] - at[1],
            shown.contains("marks that would overlap set slightly apart"),
        )
    };
    assert_eq!(apart(9000, 0.7), (17, true));
    // Nearly equal costs: the marks are as far apart as they must be, and in the order of their costs.
    let (distance, is_said) = apart(9010, 0.7);
    assert!((17..24).contains(&distance) && is_said, "{distance}");
    let (distance, is_said) = apart(8990, 0.7);
    assert!((-23..=-17).contains(&distance) && is_said, "{distance}");
    // Above one another, or far from one another, both stand at their cost.
    assert_eq!(apart(9000, 0.9), (0, false));
    assert!(!apart(90_000, 0.7).1);
}

/// The logs of a training of 12 heads in which noise dies down, whose three largest importances are kept.
fn train(folder: &Path, run: &str, salt: u64) {
    let folder = folder.join("runs").join(run);
    fs::create_dir_all(&folder).unwrap();
    let mut metrics =
        "update,loss,penalty,learning_rate,gradient_norm,clip,tau,gate_overflow,open\n".to_owned();
    let mut gates = (0..12).fold("update".to_owned(), |text, i| format!("{text},w_{i}"));
    let importance = |head: u64, update: u64| wobble(head, salt, 1) * update as f64 / 500.0;
    let top = |update: u64, noise: f64| {
        let mut order: Vec<u64> = (0..12).collect();
        let score = |&head: &u64| importance(head, update) + noise * wobble(head, salt, update + 9);
        order.sort_by(|a, b| score(b).total_cmp(&score(a)));
        order.truncate(3);
        order
    };
    for update in 0..500 {
        let open = top(update, 1.0 - update as f64 / 500.0);
        let digits: String = (0..12)
            .map(|head| if open.contains(&head) { '1' } else { '0' })
            .collect();
        let tau = 10.0_f64.powf(1.0 - update as f64 / 100.0);
        metrics.push_str(&format!("{update},1,0,0.1,1,1,{tau:e},0,{digits}\n"));
        if update % 10 == 0 {
            gates.push_str(&format!("\n{update}"));
            (0..12).for_each(|head| gates.push_str(&format!(",{}", importance(head, update))));
        }
    }
    fs::write(folder.join("metrics.csv"), metrics).unwrap();
    fs::write(folder.join("gates.csv"), gates + "\n").unwrap();
    let kept = top(499, 0.0);
    let flags: Vec<u8> = (0..12).map(|head| u8::from(kept.contains(&head))).collect();
    write_mask(
        &folder.join("mask.json"),
        &flags.chunks(4).map(<[u8]>::to_vec).collect::<Vec<_>>(),
    )
    .unwrap();
}

#[test]
fn trainings_are_shown_where_their_logs_are() {
    let folder = tempfile::tempdir().unwrap();
    let rows: Vec<ResultRow> = ["dsp-joint", "ste-joint", "random"]
        .map(|method| row(method, "", 3, 1, "matched", 0.8))
        .to_vec();
    assert_eq!(svg(&rows, folder.path(), "training_dynamics"), None);
    train(folder.path(), &rows[0].run_id, 1);
    train(folder.path(), &rows[1].run_id, 2);
    let shown = svg(&rows, folder.path(), "training_dynamics").unwrap();
    let panels = [
        "Importances of dsp-joint",
        "Temperature",
        "Heads above one half",
        "Updates on the tested heads",
    ];
    assert_eq!(titles(&shown, &panels), panels);
    assert!(shown.contains("Trainings of gates with 3 of 12 heads, seed 1"));
    // The kept heads have a colour that no method's curve has, in the plot and in the legend.
    let strokes = |colour: &str| {
        let lines = shown.lines().filter(|line| line.starts_with("<polyline"));
        lines
            .filter(|line| line.contains(&format!("stroke=\"{colour}\"")))
            .count()
    };
    assert_eq!((strokes("#D55E00"), strokes("#0072B2")), (3 + 1, 3 + 1));
    // Every run has marks in each of its panels: triangles here, of 100 pieces every twelfth.
    let triangles = shown
        .lines()
        .filter(|line| line.starts_with("<polygon") && line.contains("#009E73"));
    assert!((3 * 8..=3 * 9 + 1).contains(&triangles.count()));
    // Nine heads that go, and three that stay.
    assert_eq!(shown.matches("stroke=\"#AAAAAA\"").count(), 9 + 1);
    // One that has just begun has a log of gates without lines: that of the next method is shown.
    let gates = folder.path().join("runs").join(&rows[0].run_id).join("gates.csv");
    let all = fs::read_to_string(&gates).unwrap();
    fs::write(&gates, all.lines().next().unwrap().to_owned() + "\n").unwrap();
    let begun = svg(&rows, folder.path(), "training_dynamics").unwrap();
    assert!(begun.contains("\nImportances of ste-joint\n"));
    fs::write(&gates, all).unwrap();
    // A training that is at work has a line without its end.
    let log = folder
        .path()
        .join("runs")
        .join(&rows[0].run_id)
        .join("metrics.csv");
    let text = fs::read_to_string(&log).unwrap();
    fs::write(&log, text + "500,1,0,0.").unwrap();
    assert_eq!(svg(&rows, folder.path(), "training_dynamics").unwrap(), shown);
    fs::write(&log, "update,loss,tau,open\n0,x,,\n").unwrap();
    let said = write_report(folder.path()).unwrap().warnings.concat();
    assert!(said.contains("metrics.csv:2"), "{said}");
}
