//! `bench step` from the outside: what it prints, the files of batches it writes and reads, and what it refuses.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "helpers of tests fail like tests"
)]

use std::fs;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use serde_json::Value;

/// `bench step` on the CPU with these arguments, in a folder.
fn bench_step(folder: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_headcount"))
        .args(["bench", "step", "--device", "flex"])
        .args(arguments)
        .current_dir(folder)
        .stdin(Stdio::null())
        .output()
        .unwrap()
}

/// What it prints as JSON for these arguments.
fn measured(folder: &Path, arguments: &[&str]) -> Value {
    let output = bench_step(folder, &[arguments, &["--format", "json"]].concat());
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(0), "{arguments:?}: {said}");
    serde_json::from_slice(&output.stdout).unwrap()
}

/// What it says on stderr when it refuses these arguments, which prints nothing on stdout.
fn refused(folder: &Path, arguments: &[&str]) -> String {
    let output = bench_step(folder, arguments);
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(2), "{arguments:?}: {said}");
    assert!(output.stdout.is_empty(), "{arguments:?}");
    said
}

/// The lines of a file of batches.
fn lines(path: &Path) -> Vec<Value> {
    let text = fs::read_to_string(path).unwrap();
    text.lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

/// The lengths of the rows under a key of a line.
fn lengths(line: &Value, key: &str) -> Vec<usize> {
    let rows = line[key].as_array().unwrap();
    rows.iter().map(|row| row.as_array().unwrap().len()).collect()
}

const TINY: [&str; 10] = [
    "--layers",
    "1",
    "--width",
    "8",
    "--heads",
    "2",
    "--ffn",
    "12",
    "--threads",
    "1",
];

#[test]
fn random_batches_of_either_model_can_be_written_and_trained_on_again() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    for (arch, keys, heads, sides) in [
        ("bert", ["inputs", "types"], "2", 1.0),
        ("mt", ["source", "target"], "6", 2.0),
    ] {
        let arguments = [
            &TINY[..],
            &["--arch", arch, "--updates", "2", "--k", heads, "--length", "5"],
            &["--vocab", "20", "--dropout", "0.1", "--plain"],
        ]
        .concat();
        let size = ["--batch", "3", "--write-batches", "random.jsonl"];
        let random = measured(folder, &[&arguments[..], &size].concat());
        assert_eq!(random["arch"], arch);
        assert_eq!((&random["batch"], &random["length"]), (&3.into(), &5.into()));
        assert_eq!(random["tokens"], sides * 15.0);
        assert_eq!(random["cells"], random["tokens"]);
        assert_eq!(
            (&random["plain"], &random["padding"]),
            (&true.into(), &"packed".into())
        );
        assert!(random["ms_per_update"].as_f64().unwrap() > 0.0);
        let written = lines(&folder.join("random.jsonl"));
        assert_eq!(written.len(), 2);
        for key in keys {
            assert_eq!(lengths(&written[0], key), [5; 3]);
        }
        assert!(written[0] != written[1]);

        let from_file = ["--batches", "random.jsonl", "--write-batches", "again.jsonl"];
        let again = measured(folder, &[&arguments[..], &from_file].concat());
        assert_eq!(
            fs::read(folder.join("again.jsonl")).unwrap(),
            fs::read(folder.join("random.jsonl")).unwrap()
        );
        for same in ["batch", "length", "tokens", "cells", "parameters", "k", "vocab"] {
            assert_eq!(again[same], random[same], "{same}");
        }
    }
}

#[test]
fn a_file_with_fewer_lines_than_updates_begins_anew() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let short = [
        r#"{"inputs":[[3,4,5,6],[7]],"types":[[0,0,1,1],[0]],"labels":[0,2]}"#,
        r#"{"inputs":[[8,9]],"types":[[0,1]],"labels":[1]}"#,
    ];
    fs::write(folder.join("short.jsonl"), short.join("\n")).unwrap();
    let arguments = ["--batches", "short.jsonl", "--write-batches", "long.jsonl"];
    let sizes = ["--updates", "3", "--length", "4"];
    let found = measured(folder, &[&TINY[..], &arguments, &sizes].concat());
    assert_eq!((&found["batch"], &found["length"]), (&2.into(), &4.into()));
    // 5 + 2 + 5 tokens in rectangles of 2 * 4, 1 * 2 and 2 * 4 cells.
    assert_eq!((&found["tokens"], &found["cells"]), (&4.0.into(), &6.0.into()));
    let written: Vec<String> = lines(&folder.join("long.jsonl"))
        .iter()
        .map(Value::to_string)
        .collect();
    let in_order = |text: &str| serde_json::from_str::<Value>(text).unwrap().to_string();
    assert_eq!(written, [short[0], short[1], short[0]].map(in_order));
}

#[test]
fn an_experiment_gives_its_model_its_settings_and_its_batches() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let small = [
        "--experiment",
        "mnli/demo",
        "--set",
        "data.train_examples=312",
        "--set",
        "data.dev_examples=60",
        "--set",
        "model.width=16",
        "--set",
        "model.dropout=0.2",
        "--set",
        "train.batch=8",
        "--set",
        "train.clip=0.5",
        "--k",
        "6",
        "--updates",
        "2",
    ];
    let found = measured(folder, &[&small[..], &["--write-batches", "nli.jsonl"]].concat());
    for (key, value) in [
        ("arch", Value::from("bert")),
        ("experiment", "mnli/demo".into()),
        ("layers", 3.into()),
        ("width", 16.into()),
        ("ffn", 128.into()),
        ("dropout", 0.2.into()),
        ("attention_dropout", 0.0.into()),
        ("classes", 3.into()),
        ("batch", 8.into()),
        ("threads", 1.into()),
        ("k", 6.into()),
    ] {
        assert_eq!(found[key], value, "{key}");
    }
    let optimizer = &found["optimizer"];
    assert_eq!(
        (&optimizer["clip"], &optimizer["learning_rate"]),
        (&0.5.into(), &1e-3.into())
    );
    let written = lines(&folder.join("nli.jsonl"));
    for line in &written {
        assert_eq!(lengths(line, "inputs"), lengths(line, "types"));
        assert_eq!(line["labels"].as_array().unwrap().len(), 8);
    }
    let tokens: usize = written.iter().flat_map(|line| lengths(line, "inputs")).sum();
    assert_eq!(found["tokens"], tokens as f64 / 2.0);

    // What an experiment wrote, a model of given sizes can train on.
    let vocabulary = found["vocab"].to_string();
    let sizes = [
        "--batches",
        "nli.jsonl",
        "--vocab",
        &vocabulary,
        "--length",
        "64",
        "--updates",
        "2",
        "--write-batches",
        "again.jsonl",
    ];
    let again = measured(folder, &[&TINY[..], &sizes].concat());
    assert_eq!(
        fs::read(folder.join("again.jsonl")).unwrap(),
        fs::read(folder.join("nli.jsonl")).unwrap()
    );
    assert_eq!(
        (&again["tokens"], &again["cells"]),
        (&found["tokens"], &found["cells"])
    );

    let translation = [
        "--experiment",
        "iwslt/demo",
        "--set",
        "data.train_examples=200",
        "--set",
        "data.dev_examples=20",
        "--set",
        "data.test_examples=20",
        "--set",
        "train.batch=8",
        "--updates",
        "1",
        "--frozen",
        "--k",
        "12",
        "--write-batches",
        "mt.jsonl",
    ];
    let found = measured(folder, &translation);
    assert_eq!(
        (&found["arch"], &found["label_smoothing"]),
        (&"mt".into(), &0.1.into())
    );
    assert_eq!(found["optimizer"], Value::Null);
    let [line] = &lines(&folder.join("mt.jsonl"))[..] else {
        panic!("one update is one line");
    };
    assert_eq!(line["source"].as_array().unwrap().len(), 8);
    let rows = line["target"].as_array().unwrap();
    assert!(
        rows.iter()
            .all(|row| row.as_array().unwrap().last() == Some(&2.into()))
    );
    assert_eq!(
        fs::read_dir(folder).unwrap().count(),
        3,
        "a demo corpus is not stored"
    );
}

#[test]
fn what_cannot_be_measured_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    fs::write(folder.join("empty.jsonl"), "").unwrap();
    fs::write(
        folder.join("bad.jsonl"),
        "{\"inputs\":[[1]],\"types\":[[0]],\"labels\":[0]}\n{\"inputs\":[[75]],\"types\":[[0]],\"labels\":[0]}\n",
    )
    .unwrap();
    fs::write(
        folder.join("cut.jsonl"),
        "{\"inputs\":[[1]],\"types\":[[0]],\"labels\":[0]}\n{\"inputs\":[[1",
    )
    .unwrap();
    let cases: [(&str, &[&str]); 14] = [
        ("neither an experiment", &["--experiment", "mnli/huge"]),
        (
            "cannot be used with",
            &["--experiment", "mnli/demo", "--layers", "2"],
        ),
        (
            "cannot be used with",
            &["--experiment", "mnli/demo", "--batches", "bad.jsonl"],
        ),
        (
            "unknown key `train.clop`",
            &["--experiment", "mnli/demo", "--set", "train.clop=1"],
        ),
        ("--set replaces values", &["--set", "train.clip=1"]),
        ("--out is the folder", &["--out", "results"]),
        ("belongs to an encoder-decoder", &["--label-smoothing", "0.1"]),
        ("--batch is 0", &["--batch", "0"]),
        ("--dropout 1 is not in [0, 1)", &["--dropout", "1"]),
        ("`num_attention_heads`", &["--heads", "7"]),
        ("empty.jsonl has no lines", &["--batches", "empty.jsonl"]),
        (
            "bad.jsonl:2: row 1 of `inputs` has the id 75",
            &["--batches", "bad.jsonl"],
        ),
        ("cut.jsonl:2: column 13: EOF", &["--batches", "cut.jsonl"]),
        ("cannot write", &["--write-batches", "nowhere/new.jsonl"]),
    ];
    for (reason, arguments) in cases {
        let said = refused(folder, &[arguments, &["--updates", "1"]].concat());
        assert!(said.contains(reason), "{arguments:?}: {said}");
    }
}
