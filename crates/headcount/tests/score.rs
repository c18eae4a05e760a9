//! `headcount score` as a filter: standard input in, scores out.
#![allow(clippy::unwrap_used, reason = "helpers of tests fail like tests")]

use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Output, Stdio};

const REFERENCE: &str = "The cat is on the mat.\nNo, thanks.\n";

fn score(folder: &Path, arguments: &[&str], stdin: &[u8]) -> Output {
    let mut child = Command::new(env!("CARGO_BIN_EXE_headcount"))
        .args(["score", "bleu"])
        .args(arguments)
        .current_dir(folder)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // The program may refuse its arguments before it has read everything.
    let _ = child.stdin.take().unwrap().write_all(stdin);
    child.wait_with_output().unwrap()
}

fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("ref.txt"), REFERENCE).unwrap();
    folder
}

#[test]
fn a_perfect_translation_scores_100_and_says_how() {
    let folder = folder();
    let arguments = ["--ref", "ref.txt", "--format", "json"];
    let output = score(folder.path(), &arguments, REFERENCE.as_bytes());
    assert_eq!(output.status.code(), Some(0));
    let json: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert!((json["score"].as_f64().unwrap() - 100.0).abs() < 1e-9, "{json}");
    // 7 and 4 tokens of the 13a tokeniser.
    assert_eq!(json["counts"], serde_json::json!([11, 9, 7, 5]));
    assert_eq!(
        (json["sys_len"].as_u64(), json["ref_len"].as_u64()),
        (Some(11), Some(11))
    );
    let signature = json["signature"].as_str().unwrap();
    assert!(
        signature.contains("tok:13a") && signature.contains("version:headcount-"),
        "{signature}"
    );
}

#[test]
fn options_change_what_is_counted() {
    let folder = folder();
    fs::write(folder.path().join("hyp.txt"), REFERENCE.to_uppercase()).unwrap();
    let of = |more: &[&str]| {
        let arguments = [
            &["--ref", "ref.txt", "--hyp", "hyp.txt", "--format", "json"],
            more,
        ]
        .concat();
        let output = score(folder.path(), &arguments, b"");
        serde_json::from_slice::<serde_json::Value>(&output.stdout).unwrap()
    };
    assert!(of(&[])["score"].as_f64().unwrap() < 50.0);
    assert!((of(&["--lowercase"])["score"].as_f64().unwrap() - 100.0).abs() < 1e-9);
    assert_eq!(of(&["--tokenize", "none"])["sys_len"], 8);
    assert_eq!(of(&["--smooth", "none"])["score"], 0.0);
}

#[test]
fn sentences_are_scored_one_a_line() {
    let folder = folder();
    let arguments = ["--ref", "ref.txt", "--sentence"];
    let output = score(folder.path(), &arguments, b"The cat is on the mat.\nYes.\n");
    let text = String::from_utf8(output.stdout).unwrap();
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines.len(), 2);
    assert!(
        lines[0].starts_with("BLEU = 100.00") && lines[0].contains("eff:yes"),
        "{text}"
    );
    assert!(!lines[1].starts_with("BLEU = 100.00"), "{text}");
}

#[test]
fn marks_and_line_ends_of_other_systems_are_no_text() {
    let folder = folder();
    let bom = format!("\u{feff}{REFERENCE}");
    let windows = REFERENCE.replace('\n', "\r\n");
    for (name, content) in [
        ("bom.txt", &bom),
        ("windows.txt", &windows),
        ("both.txt", &bom.replace('\n', "\r\n")),
    ] {
        fs::write(folder.path().join(name), content).unwrap();
        for (arguments, stdin) in [
            (["--ref", "ref.txt", "--hyp", "-"], content.as_str()),
            (["--ref", "-", "--hyp", name], REFERENCE),
            (["--ref", name, "--hyp", "ref.txt"], ""),
        ] {
            for tokenize in ["13a", "none", "intl"] {
                let arguments = [&arguments[..], &["--tokenize", tokenize]].concat();
                let output = score(folder.path(), &arguments, stdin.as_bytes());
                let said = String::from_utf8(output.stdout).unwrap();
                assert!(said.starts_with("BLEU = 100.00"), "{arguments:?}: {said}");
            }
        }
    }
    // Once: a second mark is a character of the text, as is one in a later line.
    let twice = format!("\u{feff}{bom}");
    let output = score(
        folder.path(),
        &["--ref", "ref.txt", "--tokenize", "none"],
        twice.as_bytes(),
    );
    assert!(
        !String::from_utf8(output.stdout)
            .unwrap()
            .starts_with("BLEU = 100.00")
    );
}

#[test]
fn what_cannot_be_scored_ends_with_2() {
    let folder = folder();
    let refused = |arguments: &[&str], stdin: &[u8], error: &str| {
        let output = score(folder.path(), arguments, stdin);
        let said = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{said}");
        assert!(output.stdout.is_empty());
        assert!(
            said.starts_with("error: ") && said.contains(error) && said.contains("hint: "),
            "{said}"
        );
    };
    refused(
        &["--ref", "ref.txt"],
        b"one line\n",
        "standard input ends after 1 line, ref.txt goes on",
    );
    refused(
        &["--ref", "ref.txt"],
        b"a\nb\nc\n",
        "ref.txt ends after 2 lines, standard input goes on",
    );
    refused(
        &["--ref", "ref.txt"],
        b"fine\nna\xefve\n",
        "standard input:2: not valid UTF-8 (byte 3 of the line is 0xEF)",
    );
    fs::write(folder.path().join("latin1.txt"), b"caf\xe9\n").unwrap();
    for side in ["--ref", "--hyp"] {
        let other = if side == "--ref" { "--hyp" } else { "--ref" };
        refused(
            &[side, "latin1.txt", other, "ref.txt"],
            b"",
            "latin1.txt:1: not valid UTF-8 (byte 4 of the line is 0xE9)",
        );
        refused(
            &[side, ".", other, "ref.txt"],
            b"",
            "cannot read .: it is a folder",
        );
        refused(
            &[side, "nowhere.txt", other, "ref.txt"],
            b"",
            "cannot open nowhere.txt",
        );
    }
    refused(&["--ref", "-"], b"a\n", "--ref and --hyp are both standard input");
    fs::write(folder.path().join("empty.txt"), "").unwrap();
    refused(&["--ref", "empty.txt"], b"", "BLEU of no segments is undefined");
    fs::write(folder.path().join("bad.gz"), "not packed").unwrap();
    refused(&["--ref", "bad.gz"], b"x\n", "bad.gz:1: ");
}
