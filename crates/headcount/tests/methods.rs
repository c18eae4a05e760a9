//! Every method of the comparison through the built program, as small as it can be.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "helpers of tests fail like tests"
)]

mod common;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use common::{headcount, killed_and_done_again, read, rows, run_folder};

/// Every method but those that need a file or fewer heads.
const METHODS: &str = "sweep.methods=['dense', 'dsp-joint', 'dsp-pipelined', 'dsp-finetuned', 'ste-joint', 'ste-pipelined', \
                       'simple-joint', 'simple-pipelined', 'voita', 'voita-pipelined', 'voita-finetuned', 'michel', \
                       'michel-finetuned', 'fisher', 'fisher-finetuned', 'shapley', 'attention', 'random', \
                       'random-finetuned', 'random-joint']";

const TINY: [&str; 8] = [
    "sweep.seeds=[1]",
    "random.draws=2",
    "data.train_examples=600",
    "data.dev_examples=60",
    "train.updates=12",
    "train.checkpoint_every=5",
    "michel.batches=2",
    "fisher.batches=2",
];

fn command(out: &Path, set: &[&str]) -> Command {
    let mut command = headcount(&["reproduce", "mnli", "--device", "flex"]);
    for entry in TINY.iter().chain(set) {
        command.args(["--set", entry]);
    }
    command.arg("--out").arg(out);
    command
}

fn reproduce(out: &Path, set: &[&str]) -> Output {
    let output = command(out, set).output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(0), "{said}");
    output
}

#[test]
fn every_method_runs_and_all_heads_are_the_dense_model_to_the_last_digit() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path();
    reproduce(
        out,
        &[
            METHODS,
            "sweep.heads=[1, 12]",
            "train.clip_gates=false",
            "michel.variants=['batch-abs', 'example-abs', 'token-abs', 'signed']",
            "fisher.variants=['per-example', 'per-batch']",
            "shapley.permutations=2",
        ],
    );
    let rows = rows(out);
    let accuracy = |method: &str, split: &str, k: &str| -> BTreeSet<&str> {
        let wanted = rows.iter().filter(|row| {
            row["metric"] == "accuracy"
                && row["method"] == method
                && row["split"] == split
                && row["k_target"] == k
        });
        wanted.map(|row| row["value"].as_str()).collect()
    };
    for split in ["matched", "mismatched"] {
        let dense = accuracy("dense", split, "12");
        assert_eq!(dense.len(), 1);
        // What leaves the dense model's weights as they are.
        for method in [
            "dsp-pipelined",
            "ste-pipelined",
            "simple-pipelined",
            "voita-pipelined",
            "michel",
            "fisher",
            "shapley",
            "attention",
            "random",
        ] {
            assert_eq!(accuracy(method, split, "12"), dense, "{method} {split}");
            assert!(!accuracy(method, split, "1").is_empty(), "{method} {split}");
        }
        for method in [
            "dsp-joint",
            "ste-joint",
            "simple-joint",
            "random-joint",
            "random-finetuned",
        ] {
            assert_eq!(accuracy(method, split, "1").len(), 1, "{method} {split}");
        }
    }
    // With K = N every gate is 1 throughout, and outside the clipping the importances touch nothing: dense training.
    assert_eq!(
        accuracy("ste-joint", "matched", "12"),
        accuracy("dense", "matched", "12")
    );
    assert_eq!(
        accuracy("random-joint", "matched", "12"),
        accuracy("dense", "matched", "12")
    );
    for method in ["voita", "voita-pipelined", "voita-finetuned"] {
        let of_method = || rows.iter().filter(|row| row["method"] == method);
        for row in of_method() {
            assert_eq!(row["k_target"], row["k_actual"]);
        }
        let forced = of_method().filter(|row| row["variant"].starts_with("forced lambda="));
        let forced: BTreeSet<&str> = forced.map(|row| row["k_actual"].as_str()).collect();
        assert_eq!(forced.into_iter().collect::<Vec<_>>(), ["1", "12"], "{method}");
        assert!(
            of_method().any(|row| row["variant"].starts_with("lambda=")),
            "{method}"
        );
    }
    // What a run has cost is with what it started from, and measuring costs nothing.
    let cost = |method: &str| -> u64 {
        let row = rows.iter().find(|row| row["method"] == method).unwrap();
        row["cost_examples"].parse().unwrap()
    };
    assert_eq!(cost("dense"), 12 * 32);
    assert_eq!(
        (cost("random"), cost("random-joint")),
        (cost("dense"), cost("dense"))
    );
    assert_eq!(cost("random-finetuned"), 2 * cost("dense"));
    assert_eq!(cost("fisher"), cost("dense") + 2 * 32);
    assert!(cost("michel-finetuned") > 2 * cost("dense"));
    let shares = rows
        .iter()
        .filter(|row| row["metric"] == "share_of_tested_subset");
    let shares: BTreeMap<&str, f64> = shares
        .filter(|row| row["k_target"] == "12")
        .map(|row| (row["method"].as_str(), row["value"].parse().unwrap()))
        .collect();
    // With K = N every update trains the subset that is tested.
    assert_eq!(
        (shares["ste-joint"], shares["simple-joint"]),
        (1.0, 1.0),
        "{shares:?}"
    );
    let variants: BTreeSet<&str> = rows
        .iter()
        .filter(|row| row["method"] == "michel")
        .map(|row| row["variant"].as_str())
        .collect();
    assert_eq!(
        variants.into_iter().collect::<Vec<_>>(),
        ["batch-abs", "example-abs", "signed", "token-abs"]
    );
    assert!(rows.iter().all(|row| row["recipe"] == "paper"));
    let curves = read(&out.join("curves.csv"));
    for method in ["voita", "michel", "fisher", "ste-pipelined"] {
        assert!(curves.contains(&format!("\n{method},")), "{method}");
    }
}

#[test]
fn the_other_recipe_goes_on_from_the_runs_that_it_does_not_change() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path();
    let methods = "sweep.methods=[\"dense\", \"michel\", \"random\"]";
    let set = [methods, "sweep.heads=[3]"];
    reproduce(out, &set);
    let paper = rows(out);
    let dense = fs::metadata(run_folder(out, "dense").join("result.json"))
        .unwrap()
        .modified()
        .unwrap();
    reproduce(out, &[&set[..], &["recipe=released"]].concat());
    let released = rows(out);
    assert!(paper.iter().all(|row| row["recipe"] == "paper"));
    assert!(released.iter().all(|row| row["recipe"] == "released"));
    let of = |rows: &[BTreeMap<String, String>], method: &str| -> BTreeSet<String> {
        rows.iter()
            .filter(|row| row["method"] == method)
            .map(|row| row["run_id"].clone())
            .collect()
    };
    for method in ["dense", "random"] {
        assert_eq!(of(&released, method), of(&paper, method), "{method}");
    }
    // Whether heads that are gone count in the normalisation.
    assert!(of(&released, "michel").is_disjoint(&of(&paper, "michel")));
    let again = fs::metadata(run_folder(out, "dense").join("result.json"))
        .unwrap()
        .modified()
        .unwrap();
    assert_eq!(dense, again);
}

#[test]
fn the_oracle_is_never_below_a_mask_that_a_method_has_chosen() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path();
    let set = [
        "sweep.methods=['oracle', 'michel', 'random']",
        "sweep.heads=[1, 3]",
        "model.layers=2",
        "train.updates=40",
        "oracle.examples=30",
    ];
    reproduce(out, &set);
    let text = read(&run_folder(out, "oracle").join("oracle.csv"));
    let loss = |split: &str, mask: &str| -> f64 {
        let line = text.lines().find(|line| {
            let fields: Vec<&str> = line.split(',').collect();
            (fields[0], fields[2], fields[3]) == (mask, split, "loss")
        });
        line.unwrap().rsplit(',').next().unwrap().parse().unwrap()
    };
    let masks: BTreeSet<&str> = text
        .lines()
        .skip(1)
        .filter_map(|line| line.split(',').next())
        .collect();
    assert_eq!(masks.len(), 256);
    let of_k = |k: usize| {
        masks
            .iter()
            .filter(move |mask| mask.bytes().filter(|digit| *digit == b'1').count() == k)
    };
    let heads = read(&out.join("heads.csv"));
    for k in [1, 3] {
        let best = of_k(k)
            .map(|mask| loss("tuning", mask))
            .fold(f64::INFINITY, f64::min);
        let of_michel: String = heads
            .lines()
            .filter(|line| line.starts_with(&format!("michel,token-abs,{k},")))
            .filter_map(|line| line.rsplit(',').next())
            .collect();
        assert_eq!(of_michel.len(), 8, "{heads}");
        assert!(best <= loss("tuning", &of_michel), "{k}");
    }
}

#[test]
fn the_best_model_is_kept_also_over_an_interruption() {
    let folder = tempfile::tempdir().unwrap();
    let [calm, killed] = ["calm", "killed"].map(|name| folder.path().join(name));
    let set = [
        "sweep.methods=[\"dsp-joint\"]",
        "sweep.heads=[3]",
        "train.updates=60",
        "select.model=best",
        "select.every=7",
        "select.gate=sampled",
    ];
    let said = reproduce(&calm, &set).stderr;
    assert!(String::from_utf8_lossy(&said).contains("was chosen as the best on matched"));
    let run = run_folder(&calm, "dsp-joint");
    let best: serde_json::Value = serde_json::from_str(&read(&run.join("best.json"))).unwrap();
    let update = best["update"].as_u64().unwrap();
    assert!(update == 60 || update.is_multiple_of(7), "{best}");
    killed_and_done_again(&calm, &killed, "dsp-joint", 20);
    for name in ["result.json", "model.safetensors", "metrics.csv", "dev.csv"] {
        let of = |out: &Path| fs::read(run_folder(out, "dsp-joint").join(name)).unwrap();
        assert!(of(&calm) == of(&killed), "{name}");
    }
}

#[test]
fn a_search_says_how_near_it_came() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path();
    let set = [
        "sweep.methods=[\"voita\"]",
        "sweep.heads=[3]",
        "voita.mode=search",
        "voita.search_runs=2",
        "voita.search_between=[1e-8, 1e-7]",
    ];
    let output = reproduce(out, &set);
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(
        said.contains("2 trainings did not leave 3 heads open; the nearest left"),
        "{said}"
    );
    let row = rows(out)
        .into_iter()
        .find(|row| row["metric"] == "accuracy")
        .unwrap();
    assert_eq!((row["k_target"].as_str(), row["variant"].as_str()), ("3", ""));
    assert_ne!(row["k_actual"], "3");
    assert!(
        run_folder(out, "voita")
            .join("trial-2")
            .join("trial.json")
            .is_file()
    );
}

#[test]
fn every_scale_is_there_and_asks_for_what_it_needs() {
    for scale in ["small", "paper"] {
        let folder = tempfile::tempdir().unwrap();
        let output = headcount(&["reproduce", "mnli", "--dry-run", "--scale", scale, "--out", "out"])
            .current_dir(folder.path())
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{said}");
        assert!(said.contains("`data.dir` is the corpus mnli"), "{said}");
        assert!(said.contains("hint: `headcount data fetch mnli`"), "{said}");
    }
}

#[test]
fn every_scale_is_planned_whole_once_weights_and_corpus_are_named() {
    let folder = tempfile::tempdir().unwrap();
    for name in [
        "train.tsv",
        "dev_matched.tsv",
        "dev_mismatched.tsv",
        "vocab.txt",
        "model.safetensors",
    ] {
        fs::write(folder.path().join(name), name).unwrap();
    }
    // Layers of the encoder, and methods that the file asks for.
    for (scale, layers, methods) in [("small", 6, 10), ("paper", 12, 10)] {
        let config = format!(
            r#"{{"num_hidden_layers": {layers}, "num_attention_heads": 12, "hidden_size": 384, "intermediate_size": 1536,
            "max_position_embeddings": 512, "layer_norm_eps": 1e-12, "vocab_size": 9}}"#
        );
        fs::write(folder.path().join("config.json"), config).unwrap();
        for recipe in ["released", "paper"] {
            let here = folder.path().display();
            let output = headcount(&["reproduce", "mnli", "--dry-run", "--scale", scale])
                .args(["--set", &format!("model.weights={here}")])
                .args(["--set", &format!("data.dir={here}")])
                .args(["--set", &format!("recipe={recipe}"), "--out"])
                .arg(folder.path().join("out"))
                .output()
                .unwrap();
            let said = String::from_utf8_lossy(&output.stderr);
            assert_eq!(output.status.code(), Some(0), "{said}");
            let plan = String::from_utf8(output.stdout).unwrap();
            let named: BTreeSet<&str> = plan
                .lines()
                .filter_map(|line| line.split_whitespace().nth(1))
                .filter(|name| !name.ends_with("-order") && *name != "method" && *name != "runs:")
                .collect();
            assert_eq!(named.len(), methods, "{scale} {recipe}: {named:?}");
        }
    }
}
