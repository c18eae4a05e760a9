//! The recorded set: it holds sentences of corpora that may not be copied into the project.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;
use verify::{Outcome, Sources, Verdict, table};

use crate::run;

/// The folder of the recorded set, or a printed reason why the test ends here.
fn golden() -> Option<PathBuf> {
    let folder = std::env::var_os("HEADCOUNT_GOLDEN_TEXT").map(PathBuf::from);
    if folder.is_none() {
        println!("skipped: HEADCOUNT_GOLDEN_TEXT is not set");
    }
    folder
}

/// The packs that are named, or else those beside the set.
fn sources(golden: &Path) -> Sources {
    let named = Sources::from_environment();
    Sources {
        packs: named.packs.or_else(|| Some(golden.join("../../data"))),
        ..named
    }
}

#[test]
fn the_recorded_set_passes_whole() {
    let Some(golden) = golden() else { return };
    let outcomes = run(&golden, &sources(&golden));
    assert!(outcomes.iter().all(Outcome::passed), "{}", table(&outcomes));
    let cases = |what: &str| -> usize {
        let found = outcomes.iter().filter(|outcome| outcome.what == what);
        found
            .map(|outcome| match outcome.verdict {
                Verdict::Compared { cases, .. } => cases,
                _ => 0,
            })
            .sum()
    };
    for (what, recorded) in [
        ("corpus scores as sacreBLEU", 1408),
        ("sentence scores as sacreBLEU", 253),
        ("lines of multi-bleu.perl", 58),
        ("scores as fairseq", 64),
        ("tokens of intl", 234),
        ("merges learned", 7),
        ("lines segmented by iwslt14/codes", 180),
        ("lines segmented by its first 2000", 12),
        ("pairs kept or dropped, and why", 122),
        ("text of detokenizer.perl, not sacremoses", 2 * 310 + 24),
        ("tokens, ids and types", 210),
        ("whole files: bleu", 3),
        ("whole files: wordpiece, cut one token at a time", 4),
    ] {
        assert_eq!(cases(what), recorded, "{what}\n{}", table(&outcomes));
    }
    let bulk = outcomes
        .iter()
        .filter(|outcome| outcome.what.starts_with("whole files"));
    assert_eq!(bulk.count(), 9, "{}", table(&outcomes));
}

#[test]
fn one_changed_character_of_the_recorded_set_fails() {
    let Some(golden) = golden() else { return };
    let sources = sources(&golden);
    let folder = tempfile::tempdir().unwrap();
    for (name, row, pointer) in [
        ("bleu.jsonl", 40, "/results/7/text"),
        ("bleu.jsonl", 45, "/ref/0"),
        ("bleu_tok.jsonl", 100, "/intl"),
        ("bpe.json", 0, "/learn/4/segmented/3"),
        ("bpe.json", 0, "/apply/lines/50/output"),
        ("clean.jsonl", 0, "/src_out"),
        ("moses.jsonl", 200, "/tok"),
        ("moses.jsonl", 320, "/detok"),
        ("wordpiece.jsonl", 150, "/tokens/4"),
        ("bulk.json", 0, "/checks/4/sha256"),
        ("significance.json", 0, "/pairs/1/sys/7"),
    ] {
        let text = fs::read_to_string(golden.join(name)).unwrap();
        let mut rows: Vec<Value> = if name.ends_with(".jsonl") {
            text.split_terminator('\n')
                .map(|row| serde_json::from_str(row).unwrap())
                .collect()
        } else {
            vec![serde_json::from_str(&text).unwrap()]
        };
        let changed = rows[row].pointer_mut(pointer).unwrap();
        let mut characters: Vec<char> = changed.as_str().unwrap().chars().collect();
        let last = characters.last_mut().unwrap();
        *last = if *last == 'q' { 'x' } else { 'q' };
        *changed = Value::String(characters.into_iter().collect());
        let path = folder.path().join(name);
        let lines: Vec<String> = rows.iter().map(Value::to_string).collect();
        fs::write(&path, lines.join("\n")).unwrap();
        let outcomes = run(&path, &sources);
        assert!(
            outcomes.iter().any(Outcome::failed),
            "{name} {pointer}\n{}",
            table(&outcomes)
        );
    }
}

#[test]
fn the_recorded_set_without_packs_is_checked_in_part() {
    let Some(golden) = golden() else { return };
    let root = tempfile::tempdir().unwrap();
    let set = root.path().join("golden/text");
    fs::create_dir_all(&set).unwrap();
    for name in [
        "moses.jsonl",
        "bpe.json",
        "bulk.json",
        "wordpiece.jsonl",
        "clean.jsonl",
    ] {
        fs::copy(golden.join(name), set.join(name)).unwrap();
    }
    let outcomes = run(&set, &Sources::default());
    let text = table(&outcomes);
    assert!(!outcomes.iter().any(Outcome::failed), "{text}");
    assert!(text.ends_with("5 of 21 checks passed, 16 skipped\n"), "{text}");
}
