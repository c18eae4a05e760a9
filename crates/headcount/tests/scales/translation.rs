//! `reproduce iwslt` at scale small and paper, from the archive of IWSLT14.

use std::collections::BTreeSet;
use std::path::Path;

use super::common::{read, rows};
use super::promised::{holds_what_is_promised, shows};
use super::supplies::iwslt14;
use super::{METHODS, curves, done, only_warns_of, said};

/// 2 + 2 layers of a width of 16, two updates a training, one seed, translations of a few words.
const SIZES: [&str; 8] = [
    "model.layers=2",
    "model.width=16",
    "model.feed_forward=16",
    "train.updates=2",
    "pipelined.updates=2",
    "sweep.seeds=[1]",
    "random.draws=2",
    "voita.lambdas=[100.0]",
];

fn every_method_is_measured(out: &Path, scale: &str, heads: &[&str]) {
    let rows = rows(out);
    for metric in ["bleu", "sacrebleu"] {
        for method in METHODS {
            let of_method: Vec<_> = rows
                .iter()
                .filter(|row| row["method"] == method && row["split"] == "test" && row["metric"] == metric)
                .collect();
            assert!(!of_method.is_empty(), "{method} {metric}");
            if !["dense", "voita", "voita-pipelined"].contains(&method) {
                let found: BTreeSet<&str> = of_method.iter().map(|row| row["k_target"].as_str()).collect();
                assert_eq!(found, heads.iter().copied().collect(), "{method} {metric}");
            }
        }
    }
    for row in rows.iter().filter(|row| row["split"] != "training") {
        let value: f64 = row["value"].parse().unwrap();
        assert!((0.0..=100.0).contains(&value), "{row:?}");
        assert_eq!(row["n_examples"], iwslt14::TEST_PAIRS.to_string());
        assert_eq!(row["n_heads"], "24");
        assert_eq!(
            (row["scale"].as_str(), row["task"].as_str()),
            (scale, "translation")
        );
    }
}

/// The figures of translation, each with every method of its kind.
fn every_method_is_drawn(out: &Path, variants: &[&str], title: &str) {
    let curves = curves(variants);
    let curves: Vec<&str> = curves.iter().map(String::as_str).collect();
    shows(out, "bleu_vs_heads", &curves, title);
    shows(out, "sacrebleu_vs_heads", &curves, title);
    shows(out, "heads_by_layer", &[], title);
    shows(out, "heads_by_kind", &[], title);
}

#[test]
fn small_runs_whole_from_the_archive() {
    let folder = tempfile::tempdir().unwrap();
    iwslt14::write(&folder.path().join("de-en.tgz"));
    done(
        folder.path(),
        "data prepare iwslt14 --archive de-en.tgz --out iwslt14",
        &[],
    );
    let command = "reproduce iwslt --scale small --set data.dir=iwslt14";
    let set = [&SIZES[..], &["sweep.heads=[1, 6]"]].concat();
    let output = done(folder.path(), command, &set);
    let out = folder.path().join("results/iwslt-small");
    every_method_is_measured(&out, "small", &["1", "6"]);
    holds_what_is_promised(&out);
    every_method_is_drawn(&out, &["example-abs", "signed"], "small scale");
    only_warns_of(&output, &["tokens are not in the dictionary"]);

    let before = read(&out.join("results.csv"));
    let again = done(folder.path(), command, &set);
    assert!(!said(&again).contains("] start "), "{}", said(&again));
    assert_eq!(read(&out.join("results.csv")), before);
}

#[test]
fn paper_runs_whole_from_the_archive() {
    let folder = tempfile::tempdir().unwrap();
    iwslt14::write(&folder.path().join("de-en.tgz"));
    let command = "reproduce iwslt --scale paper --set data.archive=de-en.tgz --device flex";
    // All heads among the numbers, as the file has them.
    let set = [&SIZES[..], &["model.decoder_layers=2", "sweep.heads=[24, 6, 1]"]].concat();
    let output = done(folder.path(), command, &set);
    let out = folder.path().join("results/iwslt-paper");
    every_method_is_measured(&out, "paper", &["1", "6", "24"]);
    holds_what_is_promised(&out);
    every_method_is_drawn(&out, &["signed"], "paper scale");
    // The file's cooldown is meant for 66,000 updates.
    only_warns_of(&output, &["a cooldown of ", "tokens are not in the dictionary"]);
}
