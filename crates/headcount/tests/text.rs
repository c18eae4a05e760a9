//! `headcount text` as filters: standard input in, standard output out.
#![allow(clippy::unwrap_used, reason = "helpers of tests fail like tests")]

use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Output, Stdio};

fn text(folder: &Path, arguments: &[&str], stdin: &[u8]) -> Output {
    let mut child = Command::new(env!("CARGO_BIN_EXE_headcount"))
        .arg("text")
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

fn filtered(folder: &Path, arguments: &[&str], stdin: &str) -> String {
    let output = text(folder, arguments, stdin.as_bytes());
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(0), "{arguments:?}: {said}");
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn tokens_come_and_go() {
    let folder = tempfile::tempdir().unwrap();
    let plain = "He didn't pay $5, did he?\n\n\"Yes,\" she said.\n";
    let tokens = filtered(folder.path(), &["tokenize", "--lang", "en"], plain);
    let lines: Vec<&str> = tokens.lines().collect();
    assert_eq!(lines[0], "He didn &apos;t pay $ 5 , did he ?");
    assert_eq!(lines[1], "");
    assert_eq!(lines[2], "&quot; Yes , &quot; she said .");
    assert_eq!(
        filtered(folder.path(), &["detokenize", "--lang", "en"], &tokens),
        plain
    );
    let lowered = filtered(folder.path(), &["tokenize", "--lang", "en", "--lowercase"], plain);
    assert_eq!(lowered, filtered(folder.path(), &["lowercase"], &tokens));
    fs::write(folder.path().join("prefixes"), "Abk\n").unwrap();
    let german = ["tokenize", "--lang", "de", "--prefixes", "prefixes"];
    assert_eq!(
        filtered(folder.path(), &german, "Eine Abk. Hier\n"),
        "Eine Abk. Hier\n"
    );
}

#[test]
fn merges_are_learned_applied_and_undone() {
    let folder = tempfile::tempdir().unwrap();
    let corpus = "low low low lower lowest newer newer wider\n";
    let codes = filtered(folder.path(), &["bpe-learn", "--merges", "4"], corpus);
    assert!(codes.starts_with("#version: 0.2\n"), "{codes}");
    assert_eq!(codes.lines().count(), 5, "{codes}");
    fs::write(folder.path().join("codes"), &codes).unwrap();
    let units = filtered(folder.path(), &["bpe-apply", "--codes", "codes"], corpus);
    assert!(units.contains("@@ ") && units != corpus, "{units}");
    assert_eq!(filtered(folder.path(), &["bpe-apply", "--undo"], &units), corpus);
    fs::write(folder.path().join("corpus.txt"), corpus).unwrap();
    let named = filtered(folder.path(), &["bpe-learn", "--merges", "4", "corpus.txt"], "");
    assert_eq!(named, codes);
}

#[test]
fn words_become_pieces() {
    let folder = tempfile::tempdir().unwrap();
    let vocabulary = "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\nhead\n##s\n##count\n.\n";
    fs::write(folder.path().join("vocab.txt"), vocabulary).unwrap();
    let pieces = filtered(
        folder.path(),
        &["wordpiece", "--vocab", "vocab.txt"],
        "Headcount heads.\n\nxyz\n",
    );
    assert_eq!(pieces, "head ##count head ##s .\n\n[UNK]\n");
}

#[test]
fn mistakes_end_with_2_and_name_the_line() {
    let folder = tempfile::tempdir().unwrap();
    let refused = |arguments: &[&str], stdin: &[u8], error: &str| {
        let output = text(folder.path(), arguments, stdin);
        let said = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{said}");
        assert!(said.contains(error), "{said}");
    };
    refused(&["lowercase"], b"fine\n\xff\n", "error: -:2: ");
    refused(&["tokenize"], b"", "--lang");
    refused(&["bpe-apply"], b"", "--codes");
    refused(&["bpe-apply", "--codes", "nowhere"], b"", "nowhere");
    refused(&["wordpiece", "--vocab", "nowhere"], b"", "nowhere");
}
