//! `bench latency`: rows for models with all heads, masked and without; a sweep's are stored and drawn.

use serde_json::Value;

use super::common::read;
use super::sweeps::Sweep;
use super::{command, ended};

const TINY: [&str; 14] = [
    "bench",
    "latency",
    "--device",
    "flex",
    "--format",
    "json",
    "--batch",
    "1,3",
    "--length",
    "5",
    "--repeats",
    "3",
    "--threads",
    "1",
];

fn rows(words: &[&str]) -> Vec<Value> {
    let output = command(&[&TINY, words].concat(), &[]).output().unwrap();
    let said: Value = serde_json::from_str(&ended(&output, 0).out).unwrap();
    said["rows"].as_array().unwrap().clone()
}

#[test]
fn models_of_sizes_are_timed_and_counted() {
    let bert = [
        "--layers", "2", "--width", "16", "--heads", "4", "--vocab", "40", "--k", "1,8",
    ];
    let found = rows(&bert);
    // Two batches, the whole model and two masks twice.
    assert_eq!(found.len(), 2 * (1 + 2 * 2));
    for row in &found {
        let number = |key: &str| row[key].as_f64().unwrap();
        assert!(number("ms") > 0.0 && number("ms_low") <= number("ms") && number("ms") <= number("ms_high"));
        let (k, kind) = (row["k"].as_u64().unwrap(), row["kind"].as_str().unwrap());
        let dense = found.iter().find(|row| row["kind"] == "dense").unwrap();
        let gone = if kind == "removed" { 8 - k } else { 0 };
        let of_head = 4 * 16 * 4 + 3 * 4;
        assert_eq!(row["params"], dense["params"].as_u64().unwrap() - gone * of_head);
        // Four projections of 5 tokens and two products of 5 by 5 for each of 4 dimensions.
        let macs = 4 * 5 * 16 * 4 + 2 * 5 * 5 * 4;
        assert_eq!(row["macs"], dense["macs"].as_u64().unwrap() - gone * macs);
        assert!(row["tokens_per_second"].is_null());
        assert_eq!(
            kind == "dense",
            row["ratio_to_dense"] == 1.0 && row["method"] == "dense"
        );
    }
    let translation = [
        "--arch", "mt", "--layers", "1", "--width", "16", "--heads", "4", "--vocab", "40", "--k", "6",
        "--beam", "2",
    ];
    let found = rows(&translation);
    assert_eq!(found.len(), 2 * 3);
    assert!(
        found
            .iter()
            .all(|row| row["tokens_per_second"].as_f64().unwrap() > 0.0)
    );
    for (words, part) in [
        (
            ["--heads", "4", "--k", "145"],
            "error: cannot keep 145 of 48 heads\nhint: keep 1 to 48",
        ),
        (["--layers", "1", "--batch", "0"], "--batch has a 0"),
        (
            ["--heads", "3", "--layers", "1"],
            "hint: every size is at least 1",
        ),
        (
            ["--arch", "mt", "--beam", "20"],
            "--beam 20 does not fit --vocab 40",
        ),
        (["--methods", "michel", "--layers", "1"], "none is named"),
    ] {
        let words = [
            &["bench", "latency", "--width", "16", "--vocab", "40"],
            &words[..],
        ]
        .concat();
        assert!(
            ended(&command(&words, &[]).output().unwrap(), 2)
                .err
                .contains(part),
            "{part}"
        );
    }
}

#[test]
fn the_heads_of_a_sweep_are_timed_stored_and_drawn() {
    let sweep = Sweep::of_classifiers();
    let timed = |words: &[&str]| {
        let output = command(&[&TINY, words].concat(), &[("", sweep.path())])
            .output()
            .unwrap();
        let said: Value = serde_json::from_str(&ended(&output, 0).out).unwrap();
        said["rows"].as_array().unwrap().clone()
    };
    let found = timed(&[]);
    let of = |found: &[Value], method: &str| found.iter().filter(|row| row["method"] == method).count();
    // Two numbers of heads, two batches, masked and removed.
    assert_eq!(
        (of(&found, "dsp-joint"), of(&found, "michel"), of(&found, "dense")),
        (8, 8, 2)
    );
    let stored = read(&sweep.path().join("latency.csv"));
    assert_eq!(stored.lines().count(), 1 + found.len());
    assert!(stored.contains(",dsp-joint,"), "{stored}");
    assert!(read(&sweep.path().join("efficiency.csv")).contains("removed"));
    assert!(sweep.path().join("efficiency.png").is_file());
    let model = sweep.run("dense");
    let output = command(&["bench", "latency"], &[("", model.as_path())]).output();
    let said = ended(&output.unwrap(), 2);
    assert!(said.err.contains("hint: `--model "), "{}", said.err);
    let found = timed(&["--methods", "michel", "--k", "5"]);
    assert_eq!((found.len(), of(&found, "michel")), (6, 4));
    let found = timed(&["--random-masks"]);
    assert_eq!((of(&found, "random"), of(&found, "dsp-joint")), (8, 0));
    let said = ended(
        &command(&["bench", "latency", "--methods", "mike"], &[("", sweep.path())])
            .output()
            .unwrap(),
        2,
    );
    assert!(said.err.contains("`mike` is no method"), "{}", said.err);
}
