//! Real corpora, found through HEADCOUNT_TEST_DATA: row counts, classes, splits.

#![allow(clippy::unwrap_used, reason = "helpers of tests may panic as tests may")]

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use data::{Corpus, Format, read_corpus};

fn packs() -> Option<PathBuf> {
    let packs = std::env::var_os("HEADCOUNT_TEST_DATA").map(PathBuf::from);
    if packs.is_none() {
        println!("skipped: HEADCOUNT_TEST_DATA is not set");
    }
    packs
}

fn read(path: &Path, rows: Option<&Path>) -> Corpus {
    let report = read_corpus(path, Format::Auto, rows).unwrap();
    assert_eq!(report.dropped, 0);
    report.corpus
}

/// Examples of each class.
fn counts(corpus: &Corpus) -> Vec<usize> {
    let mut counts = vec![0; corpus.label_names.len()];
    for example in &corpus.examples {
        counts[example.label] += 1;
    }
    counts
}

#[test]
fn every_pack_has_its_rows() {
    let Some(packs) = packs() else { return };
    let expected = [
        ("mnli/dev_matched.jsonl.gz", vec![3213, 3479, 3123]),
        ("snli/dev.jsonl.gz", vec![3278, 3329, 3235]),
        ("anli/test.jsonl.gz", vec![1062, 1070, 1068]),
        ("sst2/train.tsv.gz", vec![29_780, 37_569]),
        ("sst2/dev.tsv.gz", vec![428, 444]),
    ];
    for (path, classes) in expected {
        let corpus = read(&packs.join(path), None);
        assert_eq!(counts(&corpus), classes, "{path}");
        let pairs = corpus
            .examples
            .iter()
            .filter(|example| example.pair.is_some())
            .count();
        assert_eq!(
            pairs,
            if classes.len() == 3 {
                corpus.examples.len()
            } else {
                0
            },
            "{path}"
        );
    }
}

#[test]
fn the_index_files_split_mnli_by_premise() {
    let Some(packs) = packs() else { return };
    let mnli = packs.join("mnli/dev_matched.jsonl.gz");
    let part = |name: &str| read(&mnli, Some(&packs.join("nli-splits/mnli_dev_m").join(name)));
    let (train, test) = (part("train.idx"), part("test.idx"));
    assert_eq!(counts(&train), [2559, 2781, 2475]);
    assert_eq!(counts(&test), [654, 698, 648]);
    let premises = |corpus: &Corpus| -> HashSet<String> {
        corpus
            .examples
            .iter()
            .map(|example| example.text.clone())
            .collect()
    };
    assert_eq!(premises(&train).len(), 2652);
    assert!(premises(&train).is_disjoint(&premises(&test)));
    let mut both: Vec<_> = [train.examples, test.examples].concat();
    let mut whole = read(&mnli, None).examples;
    let by_text = |a: &data::Example, b: &data::Example| (&a.text, &a.pair).cmp(&(&b.text, &b.pair));
    both.sort_by(by_text);
    whole.sort_by(by_text);
    assert_eq!(both, whole);
}
