//! Models that commands of the documentation take, and what makes their timing short.

use super::rules::Texts;

/// A fine-tuned classifier, one of its runs, and pairs to ask about.
pub(crate) const CLASSIFIER: Texts = &[
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
pub(crate) const ANSWERING: Texts = &[
    "headcount sweep run my.toml --out my",
    "rm -rf my-smaller && cp -r my/runs/dense-s1-* my-smaller",
    "printf 'every dog runs\tno dog runs\n' > pairs.tsv",
];
/// A model that translates.
pub(crate) const TRANSLATOR: Texts = &[
    concat!(
        "headcount reproduce iwslt --out demo --set train.updates=2 --set 'sweep.methods=[\"dense\"]' --set sweep.seeds=[1] ",
        "--set data.train_examples=300 --set data.dev_examples=8 --set data.test_examples=8 --set model.layers=1 ",
        "--set model.decoder_layers=1 --set model.width=16 --set model.feed_forward=16 --set sweep.heads=[3]",
    ),
    "rm -rf my-translator && cp -r demo/runs/dense-s1-* my-translator",
    "printf 'der hund\n' > source.txt",
];
/// A batch of one, once.
pub(crate) const TIMES: Texts = &["--repeats 1", "--batch 1", "--length 4"];
/// As many heads as BERT-base has, in one layer.
pub(crate) const TINY_ENCODER: Texts = &["--layers 1", "--heads 144", "--width 288", "--vocab 50"];
