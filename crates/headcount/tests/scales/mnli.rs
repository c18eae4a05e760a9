//! `reproduce mnli` at scale small and paper, with a pretrained encoder's folder and GLUE's unpacked MNLI.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use super::common::{read, rows};
use super::promised::{holds_what_is_promised, shows};
use super::supplies::{encoder, mnli};
use super::{METHODS, curves, done, only_warns_of, said};

/// Two layers of 12 heads instead of 6 and 12, two updates a training, one seed.
const SIZES: [&str; 3] = ["train.updates=2", "pipelined.updates=2", "random.draws=2"];

/// Every method has a value of every set for every number of heads that it was asked for.
fn every_method_is_measured(out: &Path, scale: &str, heads: &[&str]) {
    let rows = rows(out);
    for split in ["matched", "mismatched"] {
        for method in METHODS {
            let of_method: Vec<_> = rows
                .iter()
                .filter(|row| row["method"] == method && row["split"] == split && row["metric"] == "accuracy")
                .collect();
            assert!(!of_method.is_empty(), "{method} {split}");
            if !["dense", "voita", "voita-pipelined"].contains(&method) {
                let found: BTreeSet<&str> = of_method.iter().map(|row| row["k_target"].as_str()).collect();
                assert_eq!(found, heads.iter().copied().collect(), "{method} {split}");
            }
        }
    }
    for row in rows.iter().filter(|row| row["split"] != "training") {
        let value: f64 = row["value"].parse().unwrap();
        assert!((0.0..=1.0).contains(&value), "{row:?}");
        assert_eq!(row["n_examples"], mnli::DEV_PAIRS.to_string());
        assert_eq!(row["n_heads"], (encoder::LAYERS * encoder::HEADS).to_string());
        assert_eq!((row["scale"].as_str(), row["task"].as_str()), (scale, "nli"));
    }
}

/// A folder with MNLI and an encoder called `name`.
fn supplied(name: &str, kind: encoder::Kind) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    mnli::write(&folder.path().join("MNLI"));
    encoder::write(&folder.path().join(name), kind);
    folder
}

#[test]
fn small_runs_whole() {
    let folder = supplied("encoder", encoder::Kind::Bare);
    let command = "reproduce mnli --scale small --set model.weights=encoder --set data.dir=MNLI";
    let set = [
        &SIZES[..],
        &[
            "sweep.seeds=[1]",
            "sweep.heads=[6, 1]",
            "sweep.heads_of={ voita = [6] }",
            "voita.search_runs=2",
        ],
    ]
    .concat();
    let output = done(folder.path(), command, &set);
    let out = folder.path().join("results/mnli-small");
    every_method_is_measured(&out, "small", &["1", "6"]);
    holds_what_is_promised(&out);
    let curves = curves(&["batch-abs", "example-abs", "signed"]);
    let parts: Vec<&str> = curves.iter().map(String::as_str).collect();
    shows(&out, "accuracy_vs_heads", &parts, "small scale");
    shows(&out, "heads_by_layer", &[], "small scale");
    // As shipped the penalty is searched for each number of heads, and exactly as many are kept.
    let rows = rows(&out);
    let of_voita =
        |row: &&BTreeMap<String, String>| row["method"].starts_with("voita") && row["metric"] == "accuracy";
    let forced: Vec<_> = rows.iter().filter(of_voita).collect();
    assert!(
        !forced.is_empty() && forced.iter().all(|row| row["k_actual"] == row["k_target"]),
        "{forced:?}"
    );
    only_warns_of(
        &output,
        &["begins with random values: classifier", "trainings did not leave"],
    );

    // The same command again does nothing anew, and a report from what is stored is the same.
    let before = read(&out.join("results.csv"));
    let again = done(folder.path(), command, &set);
    assert!(!said(&again).contains("] start "), "{}", said(&again));
    assert_eq!(read(&out.join("results.csv")), before);
    let figure = fs::read(out.join("accuracy_vs_heads.png")).unwrap();
    done(folder.path(), "report results/mnli-small", &[]);
    assert!(fs::read(out.join("accuracy_vs_heads.png")).unwrap() == figure);
}

#[test]
fn paper_runs_whole() {
    let folder = supplied("bert-base-uncased", encoder::Kind::Pretraining);
    let command = "reproduce mnli --scale paper --set model.weights=bert-base-uncased --set data.dir=MNLI --device flex";
    // All heads among the numbers, as the file has them.
    let set = [&SIZES[..], &["sweep.heads=[24, 12, 1]", "voita.lambdas=[0.0015]"]].concat();
    let output = done(folder.path(), command, &set);
    let out = folder.path().join("results/mnli-paper");
    every_method_is_measured(&out, "paper", &["1", "12", "24"]);
    holds_what_is_promised(&out);
    let curves = curves(&["batch-abs"]);
    let parts: Vec<&str> = curves.iter().map(String::as_str).collect();
    shows(&out, "accuracy_vs_heads", &parts, "paper scale");
    shows(&out, "heads_by_layer", &[], "paper scale");
    // The file's cooldown is meant for 36,816 updates.
    only_warns_of(
        &output,
        &["begins with random values: classifier", "a cooldown of "],
    );
}

#[test]
fn the_original_release_beside_glues_files_is_the_same_corpus() {
    let folder = supplied("encoder", encoder::Kind::Bare);
    let dense = [
        &SIZES[..],
        &[
            "sweep.seeds=[1]",
            "sweep.methods=[\"dense\"]",
            "sweep.heads=[1]",
            "sweep.heads_of={}",
        ],
    ]
    .concat();
    let command = "reproduce mnli --scale small --set model.weights=encoder --set data.dir=MNLI --out";
    done(folder.path(), &format!("{command} glue"), &dense);
    let original = [
        "data.train=[{ path = \"original/multinli_1.0_train.jsonl\" }]",
        "data.evaluate.matched=[{ path = \"original/multinli_1.0_dev_matched.jsonl\" }]",
        "data.evaluate.mismatched=[{ path = \"original/multinli_1.0_dev_mismatched.jsonl\" }]",
    ];
    let output = done(
        folder.path(),
        &format!("{command} original"),
        &[&dense[..], &original].concat(),
    );
    assert!(
        said(&output).contains("dropped 1 rows without a gold label"),
        "{}",
        said(&output)
    );
    let values = |out: &str| -> Vec<[String; 4]> {
        let rows = rows(&folder.path().join(out));
        let of = |row: &BTreeMap<String, String>| {
            ["split", "metric", "value", "n_examples"].map(|column| row[column].clone())
        };
        rows.iter().map(of).collect()
    };
    assert_eq!(values("glue"), values("original"));
}
