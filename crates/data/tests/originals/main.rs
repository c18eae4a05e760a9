//! Text tools against the Python programs that they do the work of, on made-up text.
//!
//! Needs a Python with subword-nmt and sacremoses, which HEADCOUNT_PYTHON names; a test that lacks them says so and ends.
//! HEADCOUNT_CASES=COUNT and HEADCOUNT_SEED=SEED make others and more.

#![allow(clippy::unwrap_used, reason = "helpers of tests may panic as tests may")]

use std::fs;
use std::path::Path;
use std::process::Command;

use data::bpe::{Merges, SEPARATOR, Segmenter, undo};
use data::moses::{Detokenizer, Language, Prefixes, Tokenizer};
use serde::Deserialize;

#[derive(Deserialize)]
struct Case {
    case: String,
    lines: Vec<String>,
    symbols: usize,
    min_frequency: u64,
    merges: Vec<(String, String)>,
    others: Vec<String>,
    segmented: Vec<String>,
    old_codes: String,
    segmented_by_old: Vec<String>,
}

/// What a script prints, or nothing where it cannot be run.
fn cases(module: &str, count: usize, more: &[&Path]) -> Option<String> {
    let Some(python) = std::env::var_os("HEADCOUNT_PYTHON") else {
        println!("skipped: HEADCOUNT_PYTHON does not name a Python with {module}");
        return None;
    };
    let import = Command::new(&python)
        .args(["-c", &format!("import {module}")])
        .output();
    if !import.is_ok_and(|output| output.status.success()) {
        println!("skipped: {} has no {module}", python.display());
        return None;
    }
    let set =
        |name: &str, default: usize| std::env::var(name).map_or(default, |value| value.parse().unwrap());
    let script = format!("tests/originals/{module}_cases.py");
    let output = Command::new(&python)
        .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join(script))
        .arg(set("HEADCOUNT_SEED", 1).to_string())
        .arg(set("HEADCOUNT_CASES", count).to_string())
        .args(more)
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    Some(String::from_utf8(output.stdout).unwrap())
}

#[test]
fn odd_corpora_are_learned_and_segmented_as_by_subword_nmt() {
    let Some(printed) = cases("subword_nmt", 240, &[]) else {
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let codes = folder.path().join("codes");
    let segment = |lines: &[String]| -> Vec<String> {
        let mut segmenter = Segmenter::new(&Merges::read(&codes).unwrap(), SEPARATOR);
        lines.iter().map(|line| segmenter.segment_line(line)).collect()
    };
    let (mut corpora, mut merged) = (0, 0);
    for line in printed.lines() {
        let case: Case = serde_json::from_str(line).unwrap();
        let merges = Merges::learn(&case.lines, case.symbols, case.min_frequency);
        assert_eq!(merges.pairs(), case.merges, "{}: {:?}", case.case, case.lines);
        merges.write(&codes).unwrap();
        let segmented = segment(&case.others);
        assert_eq!(segmented, case.segmented, "{}", case.case);
        for (line, units) in case.others.iter().zip(&segmented) {
            // Text that has the separator itself may not come back.
            if !line.contains(SEPARATOR) {
                let words = |line: &str| -> Vec<String> {
                    line.split(' ')
                        .filter(|word| !word.is_empty())
                        .map(String::from)
                        .collect()
                };
                assert_eq!(words(&undo(units, SEPARATOR)), words(line), "{}", case.case);
            }
        }
        fs::write(&codes, &case.old_codes).unwrap();
        assert_eq!(
            segment(&case.others),
            case.segmented_by_old,
            "{}: {:?}",
            case.case,
            case.old_codes
        );
        corpora += 1;
        merged += merges.pairs().len();
    }
    println!("{corpora} corpora, {merged} merges: as subword-nmt has them");
    assert!(merged > corpora);
}

#[derive(Deserialize)]
struct Tokenized {
    language: String,
    line: String,
    tokens: Vec<String>,
    text: String,
}

#[test]
fn odd_lines_are_tokenised_as_by_sacremoses_where_it_does_as_moses() {
    let folder = tempfile::tempdir().unwrap();
    let prefixes = folder.path().join("prefixes");
    fs::write(&prefixes, "# made up\nDr\nA\nNr #NUMERIC_ONLY#\n").unwrap();
    let Some(printed) = cases("sacremoses", 1500, &[&prefixes]) else {
        return;
    };
    let prefixes = Prefixes::read(&prefixes).unwrap();
    let tokenizers = [Language::German, Language::English]
        .map(|language| (language, Tokenizer::new(language, prefixes.clone())));
    let mut lines = 0;
    for line in printed.lines() {
        let case: Tokenized = serde_json::from_str(line).unwrap();
        let language: Language = case.language.parse().unwrap();
        let (_, tokenizer) = tokenizers.iter().find(|(known, _)| *known == language).unwrap();
        let tokens = tokenizer.tokenize(&case.line);
        let tokens: Vec<&str> = tokens.split(' ').filter(|token| !token.is_empty()).collect();
        assert_eq!(tokens, case.tokens, "{} {:?}", case.language, case.line);
        let text = Detokenizer::new(language).detokenize(&tokens.join(" "));
        assert_eq!(text, case.text, "{} {tokens:?}", case.language);
        lines += 1;
    }
    println!("{lines} lines: as sacremoses has them");
    assert!(lines > 0);
}
