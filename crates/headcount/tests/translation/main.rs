//! Translation through the built program: every method, the files of a run, resuming, and what is refused.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "helpers of tests fail like tests"
)]

mod archive;
#[path = "../common/mod.rs"]
mod common;
mod files;
mod interruption;
#[path = "../supplies/mod.rs"]
mod supplies;

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use common::{headcount, read, rows, run_folder};

/// As small as it can be; a width of 16 so that four heads have four numbers each.
/// Every method but those that need a file or fewer heads.
const METHODS: &str = "sweep.methods=['dense', 'dsp-joint', 'dsp-pipelined', 'dsp-finetuned', 'ste-joint', 'ste-pipelined', \
                       'simple-joint', 'simple-pipelined', 'voita', 'voita-pipelined', 'voita-finetuned', 'michel', \
                       'michel-finetuned', 'fisher', 'fisher-finetuned', 'shapley', 'attention', 'random', \
                       'random-finetuned', 'random-joint']";

const TINY: [&str; 15] = [
    "sweep.seeds=[1]",
    "random.draws=2",
    "data.train_examples=300",
    "data.dev_examples=8",
    "data.test_examples=12",
    "model.layers=1",
    "model.decoder_layers=1",
    "sweep.heads_of={}",
    "model.width=16",
    "model.feed_forward=16",
    "train.updates=10",
    "train.batch=16",
    "train.checkpoint_every=4",
    "generate.max_len_b=12",
    "michel.batches=2",
];

fn command(out: &Path, set: &[&str]) -> Command {
    let mut command = headcount(&["reproduce", "iwslt", "--device", "flex"]);
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
    // So long that some words are right: a score of 0 would be the same for every model.
    reproduce(
        out,
        &[
            "sweep.heads=[1, 12]",
            "train.clip_gates=false",
            "train.updates=60",
            "fisher.batches=2",
            "shapley.permutations=2",
            METHODS,
        ],
    );
    let rows = rows(out);
    let values = |method: &str, metric: &str, k: &str| -> BTreeSet<String> {
        let wanted = rows.iter().filter(|row| {
            row["metric"] == metric
                && row["method"] == method
                && row["k_target"] == k
                && row["n_heads"] == "12"
        });
        wanted.map(|row| row["value"].clone()).collect()
    };
    for metric in ["bleu", "sacrebleu"] {
        let dense = values("dense", metric, "12");
        assert_eq!(dense.len(), 1, "{metric}");
        assert!(metric == "bleu" || !dense.contains("0.0"), "{dense:?}");
        // What leaves the dense model's weights as they are.
        for method in [
            "dsp-pipelined",
            "ste-pipelined",
            "voita-pipelined",
            "michel",
            "fisher",
            "shapley",
            "attention",
            "random",
        ] {
            assert_eq!(values(method, metric, "12"), dense, "{method} {metric}");
            assert!(!values(method, metric, "1").is_empty(), "{method} {metric}");
        }
        // Outside the clipping, importances of a gate that is 1 throughout touch nothing.
        assert_eq!(values("ste-joint", metric, "12"), dense, "{metric}");
        assert_eq!(values("dsp-joint", metric, "1").len(), 1, "{metric}");
    }
    assert!(
        rows.iter()
            .all(|row| row["task"] == "translation" && ["test", "training"].contains(&row["split"].as_str()))
    );
    let signatures: BTreeSet<&str> = rows
        .iter()
        .filter(|row| row["metric"] == "sacrebleu")
        .map(|row| row["signature"].as_str())
        .collect();
    let signature = signatures.first().unwrap();
    assert!(
        signatures.len() == 1 && signature.contains("tok:13a") && signature.contains("headcount-"),
        "{signatures:?}"
    );
    // Two decoder layers' worth of heads less one: a head has 4 x 16 x 4 weights and 3 x 4 biases.
    let one = rows
        .iter()
        .find(|row| row["method"] == "dsp-joint" && row["k_actual"] == "1")
        .unwrap();
    let number = |column: &str| one[column].parse::<u64>().unwrap();
    assert_eq!(
        number("params_before") - number("params_after"),
        11 * (4 * 16 * 4 + 3 * 4)
    );
    let soft = rows
        .iter()
        .find(|row| row["metric"] == "bleu_soft_gates")
        .unwrap();
    assert!(
        soft["signature"].ends_with("; evaluation gate without beta"),
        "{soft:?}"
    );
}

#[test]
fn a_run_leaves_its_translations_its_dictionaries_and_the_heads_it_kept() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path();
    reproduce(
        out,
        &[
            "sweep.heads=[5]",
            "sweep.methods=[\"dense\", \"dsp-joint\", \"random\"]",
        ],
    );
    let dense = run_folder(out, "dense");
    for name in ["dict.de.txt", "dict.en.txt", "config.json", "model.safetensors"] {
        assert!(dense.join(name).is_file(), "{name}");
    }
    let text = read(&dense.join("predictions.test.csv"));
    let mut lines = text.lines();
    assert_eq!(lines.next(), Some("variant,example,source,reference,translation"));
    assert_eq!(lines.count(), 12);
    assert!(!text.contains("@@"), "segmentation is undone");
    let draws = read(&run_folder(out, "random").join("predictions.test.csv"));
    assert_eq!(
        draws.lines().filter(|line| line.starts_with("draw-2,")).count(),
        12
    );
    let heads = read(&out.join("heads.csv"));
    let mut lines = heads.lines();
    let header: Vec<&str> = lines.next().unwrap().split(',').collect();
    let at = |name: &str| header.iter().position(|column| *column == name).unwrap();
    let rows: Vec<Vec<&str>> = lines.map(|line| line.split(',').collect()).collect();
    let of =
        |method: &str| -> Vec<&Vec<&str>> { rows.iter().filter(|row| row[at("method")] == method).collect() };
    let kinds: BTreeSet<&str> = of("dsp-joint").iter().map(|row| row[at("kind")]).collect();
    assert_eq!(
        kinds.into_iter().collect::<Vec<_>>(),
        ["decoder-self", "encoder-decoder", "encoder-self"]
    );
    let kept: u32 = of("dsp-joint")
        .iter()
        .map(|row| row[at("kept")].parse::<u32>().unwrap())
        .sum();
    assert_eq!(kept, 5);
    assert!(of("random").is_empty(), "several masks are no mask");
}

#[test]
fn what_the_demo_does_not_read_is_refused_and_its_limits_hold() {
    let folder = tempfile::tempdir().unwrap();
    for (set, message) in [
        (
            "data.archive=de-en.tgz",
            "`data.archive` means nothing for `data.source` = \"demo\"",
        ),
        (
            "data.languages=[\"de\", \"de\"]",
            "`data.languages` means nothing",
        ),
        (
            "model.positions=8",
            "test sentences of more than model.positions = 8 tokens",
        ),
        ("generate.beam=300", "`generate.beam` is 300"),
    ] {
        let output = command(folder.path(), &["sweep.heads=[3]", set])
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{set}: {said}");
        assert!(said.contains(message), "{set}: {said}");
    }
}

#[test]
fn only_the_methods_named_keep_the_best_model() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path();
    let set = [
        "sweep.methods=[\"dense\", \"dsp-joint\"]",
        "sweep.heads=[3]",
        "select.model=best",
        "select.every=5",
        "select.methods=[\"dsp-joint\"]",
    ];
    reproduce(out, &set);
    assert!(run_folder(out, "dsp-joint").join("best.json").is_file());
    assert!(!run_folder(out, "dense").join("best.json").exists());
}

#[test]
fn every_scale_is_planned_as_shipped() {
    let folder = tempfile::tempdir().unwrap();
    for name in [
        "dict.de.txt",
        "dict.en.txt",
        "train.de",
        "train.en",
        "valid.de",
        "valid.en",
        "test.de",
        "test.en",
        "de-en.tgz",
    ] {
        fs::write(folder.path().join(name), "a 1\n").unwrap();
    }
    let here = folder.path().display();
    let (dir, archive) = (
        format!("data.dir={here}"),
        format!("data.archive={here}/de-en.tgz"),
    );
    let experiments = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../experiments");
    let multi30k = experiments.join("multi30k/small.toml");
    let cases: [(&[&str], &str, &str); 4] = [
        (&["iwslt"], "run.threads=1", "random"),
        (&["iwslt", "--scale", "small"], &dir, "voita-pipelined"),
        (&["iwslt", "--scale", "paper"], &archive, "michel"),
        (&[multi30k.to_str().unwrap()], &dir, "dsp-joint"),
    ];
    for (experiment, set, method) in cases {
        for recipe in ["recipe=released", "recipe=paper"] {
            let output = headcount(&["reproduce"])
                .args(experiment)
                .args(["--dry-run", "--set", set, "--set", recipe, "--out"])
                .arg(folder.path().join("out"))
                .output()
                .unwrap();
            let said = String::from_utf8_lossy(&output.stderr);
            assert_eq!(output.status.code(), Some(0), "{experiment:?}: {said}");
            let plan = String::from_utf8(output.stdout).unwrap();
            assert!(plan.contains(method), "{experiment:?}: {plan}");
        }
    }
}
