//! Models that commands of the documentation take, and what makes their timing short.

use super::rules::{Rule, Texts, given, run};

/// A fine-tuned classifier, one of its runs, and pairs to ask about.
const CLASSIFIER: Texts = &[
    "headcount sweep run my.toml --out results/mnli-demo",
    concat!(
        "rm -rf my-classifier RUN results/mnli-demo/runs/RUN && cp -r results/mnli-demo/runs/dense-s1-* my-classifier && ",
        "rm my-classifier/run.toml && cp -r results/mnli-demo/runs/dsp-joint-k03-s1-* results/mnli-demo/runs/RUN && ",
        "ln -s results/mnli-demo/runs/RUN RUN",
    ),
    "printf 'every dog runs\tno dog runs\n' > pairs.tsv",
    "printf '{\"schema_version\": 1, \"mask\": [[1, 0, 1, 1]]}' > mask.json",
];
/// A model to ask.
const ANSWERING: Texts = &[
    "headcount sweep run my.toml --out my",
    "rm -rf my-smaller && cp -r my/runs/dense-s1-* my-smaller",
    "printf 'every dog runs\tno dog runs\n' > pairs.tsv",
    "printf '{\"inputs\": [[1, 2, 3]], \"types\": [[0, 0, 0]], \"labels\": [0]}\n' > batches.jsonl",
];
/// A model that translates.
const TRANSLATOR: Texts = &[
    concat!(
        "headcount reproduce iwslt --out demo --set train.updates=2 --set 'sweep.methods=[\"dense\"]' --set sweep.seeds=[1] ",
        "--set data.train_examples=300 --set data.dev_examples=8 --set data.test_examples=8 --set model.layers=1 ",
        "--set model.decoder_layers=1 --set model.width=16 --set model.feed_forward=16 --set sweep.heads=[3]",
    ),
    "rm -rf my-translator && cp -r demo/runs/dense-s1-* my-translator",
    "printf 'der hund\n' > source.txt",
];
/// A batch of one, once.
const TIMES: Texts = &["--repeats 1", "--batch 1", "--length 4"];
/// As many heads as BERT-base has, in one layer.
const TINY_ENCODER: Texts = &["--layers 1", "--heads 144", "--width 288", "--vocab 50"];

/// Two finished sweeps.
const SWEEPS: Texts = &[
    "headcount sweep run my.toml --out results/a",
    "headcount sweep run my.toml --out results/b --set train.updates=3",
    "cp -r results/a/runs/dense-s1-* results/a/runs/RUN",
    "cp -r results/a/runs/dsp-joint-k03-s1-* results/a/runs/OTHER",
];

/// Commands on models of folders, and on what is finished.
pub(crate) const RULES: &[Rule] = &[
    run(
        "headcount tune ROOT/experiments/nli/trials.toml",
        &[&[
            "--method fisher",
            "--set train.updates=2",
            "--set fisher.batches=1",
        ]],
        &["grep -q ',true$' results/nli-trials/trials.csv"],
    ),
    run("headcount bench latency", &[TIMES, TINY_ENCODER], &[]),
    given(
        "headcount bench predict",
        ANSWERING,
        &[&["--model my-smaller", "--batches batches.jsonl", "--rounds 1"]],
        &[],
    ),
    run("headcount bench latency --arch mt", &[TIMES], &[]),
    given(
        "headcount bench latency results/mnli-demo",
        &["headcount sweep run my.toml --out results/mnli-demo"],
        &[TIMES],
        &[
            "test -s results/mnli-demo/latency.csv",
            "test -s results/mnli-demo/efficiency.png",
        ],
    ),
    given(
        "headcount prune my-classifier",
        CLASSIFIER,
        &[&["--repeats 1"]],
        &["ls */certificate.json"],
    ),
    given(
        "headcount prune results/mnli-demo/runs/RUN",
        CLASSIFIER,
        &[&["--repeats 1"]],
        &["test -s smaller/load_removed.py"],
    ),
    given(
        "headcount prune RUN",
        CLASSIFIER,
        &[&["--repeats 1"]],
        &["test -s DIR/certificate.json"],
    ),
    run("headcount prune", &[&["--help"]], &[]),
    run("headcount predict", &[&["--help"]], &[]),
    run("headcount translate MODEL", &[&["--help"]], &[]),
    given("headcount predict my-smaller", ANSWERING, &[], &[]),
    given("headcount translate my-translator", TRANSLATOR, &[], &[]),
    given(
        "headcount report results/a results/b",
        SWEEPS,
        &[],
        &["test -s results/a-and-b/side_by_side.csv"],
    ),
    given("headcount compare results/a/runs/RUN", SWEEPS, &[], &[]),
    run("headcount compare", &[&["--help"]], &[]),
];
