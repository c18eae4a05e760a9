//! Two runs by their answers, and two sweeps side by side.

#![expect(clippy::unwrap_used, reason = "a test fails by a panic")]

mod common;

use std::fs;
use std::path::Path;

use common::row;
use records::{
    ClassPrediction, Measured, PredictionsWriter, RESULT_FILE, ResultRow, Row, RunId, RunIdentity, RunKey,
    RunResult, StoredFiles, write_results,
};
use report::{SIDE_BY_SIDE_COLUMNS, compare_runs, side_by_side, write_comparison};

const ITEMS: usize = 100;

/// A run that is right on the examples of which `is_right` says so, with this mask.
fn run(folder: &Path, id: &str, mask: [u8; 4], is_right: impl Fn(usize) -> bool) {
    fs::create_dir_all(folder).unwrap();
    let right = (0..ITEMS).filter(|&example| is_right(example)).count();
    let kept = mask.iter().filter(|&&kept| kept == 1).count();
    let of_split = Row {
        variant: String::new(),
        k_target: kept,
        k_actual: kept,
        split: "matched".into(),
        metric: "accuracy".into(),
        value: right as f64 / ITEMS as f64,
        n_examples: ITEMS,
        signature: String::new(),
        params_after: 10,
        macs_before: None,
        macs_after: None,
    };
    let other = Row {
        split: "mismatched".into(),
        value: 0.5,
        ..of_split.clone()
    };
    let measured = Measured {
        rows: vec![of_split, other],
        mask: Some(mask.chunks(2).map(<[u8]>::to_vec).collect()),
        ..Measured::prepared(4)
    };
    let identity = RunIdentity {
        id: RunId::new(id),
        key: RunKey::of(id),
        method: "dsp-joint".into(),
        k: Some(kept),
        variant: None,
        lambda: None,
        seed: 1,
        recipe_version: 1,
    };
    let result = RunResult::new(identity, measured, StoredFiles::new());
    result.write(&folder.join(RESULT_FILE)).unwrap();
    let mut writer = PredictionsWriter::new::<ClassPrediction<'_>>(folder, "matched").unwrap();
    let answer = |example| ClassPrediction {
        variant: "".into(),
        example,
        label: "neutral".into(),
        prediction: if is_right(example) {
            "neutral"
        } else {
            "entailment"
        }
        .into(),
    };
    writer.write((0..ITEMS).map(answer)).unwrap();
    writer.finish().unwrap();
}

#[test]
fn two_runs_are_compared_answer_by_answer() {
    let folder = tempfile::tempdir().unwrap();
    let (a, b) = (folder.path().join("a"), folder.path().join("elsewhere/b"));
    run(&a, "dense-s1-0a0a0a0a", [1, 1, 1, 0], |example| example % 10 != 0);
    run(&b, "dsp-joint-k02-s1-0b0b0b0b", [0, 1, 1, 0], |example| {
        example % 5 != 0
    });
    let compared = compare_runs(&a, &b, &[]).unwrap();
    let [matched, mismatched] = compared.rows.as_slice() else {
        panic!("{compared:?}")
    };
    // Ten examples that only the first gets right.
    assert_eq!(
        (matched.unit, matched.n, matched.test),
        ("item", 100, "McNemar, mid-p")
    );
    assert!((matched.estimate + 10.0).abs() < 1e-9 && (matched.p.unwrap() - 0.5_f64.powi(10)).abs() < 1e-12);
    // Without answers there is a difference and no test.
    assert_eq!(
        (mismatched.unit, mismatched.p, mismatched.estimate),
        ("run", None, 0.0)
    );
    assert_eq!(compared.overlap, Some(2.0 / 3.0));
    let lines = compared.lines();
    assert!(
        lines[0].contains(", p < 0.001; McNemar, mid-p, 100 items"),
        "{lines:?}"
    );
    assert!(
        lines[1].ends_with("+0.00 points; not tested (no answers of both are stored)"),
        "{lines:?}"
    );
    let table = compared.table();
    assert!(
        table.contains("| accuracy | matched | 90.0 | 80.0 | -10.0 ("),
        "{table}"
    );
    assert!(table.contains("either keeps: 66.7 %."), "{table}");
    let same = compare_runs(&a, &a, &[]).unwrap();
    assert_eq!((same.rows[0].p, same.overlap), (Some(1.0), Some(1.0)));
}

#[test]
fn a_damaged_or_missing_result_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let a = folder.path().join("a");
    assert!(
        compare_runs(&a, &a, &[])
            .unwrap_err()
            .to_string()
            .contains("result.json")
    );
    run(&a, "dense-s1-0a0a0a0a", [1, 1, 1, 0], |_| true);
    let path = a.join(RESULT_FILE);
    let text = fs::read_to_string(&path).unwrap();
    fs::write(&path, text.replace("0.5", "0.6")).unwrap();
    let said = compare_runs(&a, &a, &[]).unwrap_err().to_string();
    assert!(said.contains("checksum"), "{said}");
}

/// Eight seeds of dense and joint pruning, so many points above 80.
fn sweep(scale: &str, above: f64, ids: &str) -> Vec<ResultRow> {
    let of_seed = |seed: u64| {
        let noise = common::wobble(seed, 1, ids.len() as u64);
        [("dense", 12, 85.0), ("dsp-joint", 3, 80.0 + above)].map(|(method, k, points)| ResultRow {
            scale: scale.into(),
            run_id: format!("{method}-{seed}-{ids}"),
            ..row(method, "", k, seed, "matched", (points + noise) / 100.0)
        })
    };
    (1..=8).flat_map(of_seed).collect()
}

#[test]
fn two_sweeps_stand_side_by_side() {
    let (a, b) = (sweep("demo", 0.0, "a"), sweep("small", 3.0, "bb"));
    let rows = side_by_side(&a, &b);
    let [dense, pruned] = rows.as_slice() else {
        panic!("{rows:?}")
    };
    assert_eq!((dense.method.as_str(), dense.n_a, dense.n_b), ("dense", 8, 8));
    assert!(dense.p_adjusted.unwrap() > 0.05 && pruned.p_adjusted.unwrap() < 0.01);
    assert!((pruned.difference - 3.0).abs() < 1.0 && pruned.ci_low.unwrap() > 0.0);
    // The same runs are no second sample.
    let same = side_by_side(&a, &a);
    assert!(
        same.iter()
            .all(|row| row.p.is_none() && row.note == "the same runs" && row.difference == 0.0)
    );
    let few: Vec<ResultRow> = b.iter().filter(|row| row.seed <= 3).cloned().collect();
    assert!(
        side_by_side(&a, &few)
            .iter()
            .all(|row| row.p.is_none() && row.note == "too few seeds for a test")
    );

    let folder = tempfile::tempdir().unwrap();
    let [first, second, out] = ["a", "b", "out"].map(|name| folder.path().join(name));
    for (path, rows) in [(&first, &a), (&second, &b)] {
        fs::create_dir_all(path).unwrap();
        write_results(&path.join("results.csv"), rows).unwrap();
    }
    let written = write_comparison(&first, &second, &out).unwrap().files;
    let names: Vec<&str> = written
        .iter()
        .map(|path| path.file_name().unwrap().to_str().unwrap())
        .collect();
    assert_eq!(
        names,
        [
            "side_by_side.csv",
            "side_by_side.png",
            "side_by_side.svg",
            "COMPARISON.md"
        ]
    );
    let read = |name: &str| fs::read_to_string(out.join(name)).unwrap();
    assert_eq!(
        read("side_by_side.csv").lines().next().unwrap(),
        SIDE_BY_SIDE_COLUMNS.join(",")
    );
    for name in ["COMPARISON.md", "side_by_side.svg"] {
        assert!(
            read(name).contains("demo scale") && read(name).contains("small scale"),
            "{name}"
        );
    }
    let before = written
        .iter()
        .map(|path| fs::read(path).unwrap())
        .collect::<Vec<_>>();
    write_comparison(&first, &second, &out).unwrap();
    assert_eq!(
        before,
        written
            .iter()
            .map(|path| fs::read(path).unwrap())
            .collect::<Vec<_>>()
    );
}

#[test]
fn sweeps_without_anything_in_common_say_so() {
    let folder = tempfile::tempdir().unwrap();
    let [first, second] = ["a", "b"].map(|name| folder.path().join(name));
    for (path, method) in [(&first, "dsp-joint"), (&second, "random")] {
        fs::create_dir_all(path).unwrap();
        write_results(
            &path.join("results.csv"),
            &[row(method, "", 3, 1, "matched", 0.5)],
        )
        .unwrap();
    }
    write_comparison(&first, &second, folder.path()).unwrap();
    let text = fs::read_to_string(folder.path().join("COMPARISON.md")).unwrap();
    assert!(text.contains("no method, split and number of heads in common"));
}

#[test]
fn answers_to_other_examples_are_not_compared() {
    let folder = tempfile::tempdir().unwrap();
    let [a, fewer, others] = ["a", "fewer", "others"].map(|name| folder.path().join(name));
    for path in [&a, &fewer, &others] {
        run(path, "dense-s1-0a0a0a0a", [1, 1, 1, 0], |example| {
            example % 10 != 0
        });
    }
    for (path, count, label) in [(&fewer, 90, "neutral"), (&others, ITEMS, "entailment")] {
        let mut writer = PredictionsWriter::new::<ClassPrediction<'_>>(path, "matched").unwrap();
        let answer = |example| ClassPrediction {
            variant: "".into(),
            example,
            label: label.into(),
            prediction: "neutral".into(),
        };
        writer.write((0..count).map(answer)).unwrap();
        writer.finish().unwrap();
    }
    for (other, note) in [
        (&fewer, "different numbers of examples, 100 and 90"),
        (&others, "answers to different examples"),
    ] {
        let rows = compare_runs(&a, other, &[]).unwrap().rows;
        assert!(
            rows[0].p.is_none() && rows[0].note.contains(note),
            "{:?}",
            rows[0]
        );
    }
}

#[test]
fn sweeps_of_one_title_are_told_apart() {
    let folder = tempfile::tempdir().unwrap();
    let [first, second, out] = ["one", "other", "out"].map(|name| folder.path().join(name));
    for (path, updates, examples) in [(&first, 100, 2000), (&second, 200, 60)] {
        fs::create_dir_all(path).unwrap();
        let mut rows = sweep("demo", 0.0, &updates.to_string());
        rows.iter_mut().for_each(|row| row.n_examples = examples);
        write_results(&path.join("results.csv"), &rows).unwrap();
        let text = format!("name = \"mnli\"\n[train]\nupdates = {updates}\nbatch = 32\n");
        fs::write(path.join("experiment.toml"), text).unwrap();
    }
    let report = write_comparison(&first, &second, &out).unwrap();
    let text = fs::read_to_string(out.join("COMPARISON.md")).unwrap();
    for part in [
        "/one)\n",
        "/other)\n",
        "Settings that differ:\n\n- `train.updates`: A `100`, B `200`\n\n",
        "**Warning**: matched has 2000 examples in A and 60 in B",
    ] {
        assert!(text.contains(part), "{part}\n{text}");
    }
    assert!(
        report
            .warnings
            .iter()
            .any(|warning| warning.contains("2000 examples"))
    );
    let figure = fs::read_to_string(out.join("side_by_side.svg")).unwrap();
    assert!(figure.contains("(demo)"));
}
