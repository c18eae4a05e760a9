//! Recordings of text tools: small ones made here, and the recorded set where HEADCOUNT_GOLDEN_TEXT names its folder.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "helpers of tests fail like tests"
)]

mod changes;
mod made;
mod recorded;
mod significance;

use std::fs;
use std::path::Path;

use burn::tensor::Device;
use made::{CODES, made, recording, write, write_packs};
use models::TensorOptions;
use serde_json::json;
use verify::{Outcome, Sources, Verdict, table, verify_with};

fn run(path: &Path, sources: &Sources) -> Vec<Outcome> {
    verify_with(path, &TensorOptions::single(Device::flex()), sources).unwrap()
}

/// What is checked of a file, with `skipped` in front where it was not.
fn names(outcomes: &[Outcome]) -> Vec<String> {
    outcomes
        .iter()
        .map(|outcome| match outcome.verdict {
            Verdict::Skipped(_) => format!("skipped {}", outcome.what),
            _ => outcome.what.clone(),
        })
        .collect()
}

#[test]
fn recordings_made_here_pass_with_the_packs_beside_them() {
    let (root, set) = made();
    write_packs(root.path());
    let outcomes = run(&set, &Sources::default());
    assert!(outcomes.iter().all(Outcome::passed), "{}", table(&outcomes));
    assert_eq!(
        names(&outcomes),
        [
            "corpus scores as sacreBLEU",
            "sentence scores as sacreBLEU",
            "scores of tokens, unsmoothed",
            "lines of multi-bleu.perl",
            "scores as fairseq",
            "tokens of 13a",
            "tokens of 13a, lower case",
            "tokens of intl",
            "tokens of none",
            "merges learned",
            "lines segmented by them, where recorded",
            "lines segmented by iwslt14/codes",
            "lines segmented by its first 2000",
            "whole files: tokenize",
            "whole files: undo_bpe+detokenize",
            "whole files: bleu",
            "pairs kept or dropped, and why",
            "tokens of tokenizer.perl, en",
            "lower case of lowercase.perl",
            "text of detokenizer.perl, not sacremoses",
            "segments and scores of texts",
            "own draws in the range of other seeds",
            "bootstrap of given resamples",
            "randomisation of given exchanges",
            "exact randomisation",
            "McNemar's tests",
            "t intervals",
            "t quantiles",
            "paired and Welch's t tests",
            "Holm and Bonferroni",
            "tokens, ids and types",
            "cut to 32 and 128, one token at a time",
            "cut to 32 and 128, as much of each text as recorded",
        ],
    );
}

#[test]
fn what_needs_packs_is_skipped_without_them_and_the_rest_is_checked() {
    let (root, set) = made();
    let skipped = |outcomes: &[Outcome]| -> Vec<String> {
        assert!(!outcomes.iter().any(Outcome::failed), "{}", table(outcomes));
        let names = names(outcomes).into_iter();
        names
            .filter_map(|name| Some(name.strip_prefix("skipped ")?.to_owned()))
            .collect()
    };
    let all = [
        "lines segmented by iwslt14/codes",
        "lines segmented by its first 2000",
        "whole files: tokenize",
        "whole files: undo_bpe+detokenize",
        "whole files: bleu",
        "tokens of tokenizer.perl, en",
        "tokens, ids and types",
        "cut to 32 and 128, one token at a time",
        "cut to 32 and 128, as much of each text as recorded",
    ];
    let outcomes = run(&set, &Sources::default());
    assert_eq!(skipped(&outcomes), all);
    let text = table(&outcomes);
    assert!(
        text.contains(
            "skipped: needs iwslt14/codes of the data packs (set HEADCOUNT_TEST_DATA to their folder)"
        ),
        "{text}"
    );
    assert!(text.ends_with("24 of 33 checks passed, 9 skipped\n"), "{text}");

    // Packs that are named come before those beside the recording; what they lack is named.
    let packs = write_packs(root.path());
    let named = root.path().join("named");
    write(&named.join("iwslt14/codes"), CODES);
    let sources = Sources {
        packs: Some(named),
        ..Sources::default()
    };
    let outcomes = run(&set, &sources);
    assert_eq!(skipped(&outcomes), all[2..]);
    let text = table(&outcomes);
    assert!(
        text.contains("skipped: needs bert-vocab/vocab.txt, which the data packs in"),
        "{text}"
    );

    fs::remove_dir_all(packs).unwrap();
    let sources = Sources {
        packs: Some(root.path().join("data")),
        ..Sources::default()
    };
    let outcomes = run(&set.join("moses.jsonl"), &sources);
    assert!(outcomes[0].failed());
    assert!(
        table(&outcomes).contains("is no folder of data packs"),
        "{}",
        table(&outcomes)
    );
}

#[test]
fn other_rows_are_not_supported_and_damaged_ones_are_named() {
    let root = tempfile::tempdir().unwrap();
    let path = root.path().join("rows.jsonl");
    let verdict = |content: &str| {
        fs::write(&path, content).unwrap();
        run(&path, &Sources::default()).remove(0).verdict
    };
    assert_eq!(
        verdict("{\"premise\": \"a\", \"label\": 1}\n"),
        Verdict::NotYetSupported
    );
    assert_eq!(verdict(""), Verdict::NotYetSupported);
    let row = recording("bleu_tok.jsonl");
    // A line separator inside a text ends no line.
    let separated = row.to_string().replace("An End.", "An\u{2028}End.");
    assert!(matches!(
        verdict(&format!("{separated}\n")),
        Verdict::Compared { cases: 1, .. }
    ));
    for (content, reason) in [
        (format!("{row}\n{row}\n{{\"id\": \n"), "line 3, column 7: EOF"),
        (format!("{row}\n\n"), "line 2, column 0: EOF"),
        (
            format!("{row}\n{{\"id\": \"two\"}}\n"),
            "line 2, column 13: missing field `text`",
        ),
        ("{\"id\": \n".to_owned(), "line 1, column 7: EOF"),
        (
            json!({"id": "one", "ratio": 1.5, "min": 1, "max": 9, "file": []}).to_string(),
            "one: holds no pair",
        ),
    ] {
        match verdict(&content) {
            Verdict::Unreadable(said)
            | Verdict::Compared {
                failure: Some(said), ..
            } => {
                assert!(said.contains(reason), "{said}");
            }
            other => panic!("{reason}: {other:?}"),
        }
    }
    let path = root.path().join("checks.json");
    fs::write(&path, "{\"checks\": []}").unwrap();
    let outcomes = run(&path, &Sources::default());
    assert!(table(&outcomes).contains("FAIL"), "{}", table(&outcomes));
    assert!(
        table(&outcomes).contains("holds no recorded cases"),
        "{}",
        table(&outcomes)
    );
    fs::write(
        &path,
        json!({"checks": [{"id": "one", "op": "reverse", "inputs": []}]}).to_string(),
    )
    .unwrap();
    assert_eq!(
        run(&path, &Sources::default())[0].verdict,
        Verdict::NotYetSupported
    );
}
