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

/// The segmentation by these codes, and what is said.
fn segmented(codes: &[u8], stdin: &str) -> (String, String) {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("codes"), codes).unwrap();
    let output = text(
        folder.path(),
        &["bpe-apply", "--codes", "codes"],
        stdin.as_bytes(),
    );
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(0), "{said}");
    (String::from_utf8(output.stdout).unwrap(), said)
}

/// Whatever is learned from can be segmented by what was learned, and comes back.
#[test]
fn odd_text_is_learned_and_segmented() {
    let folder = tempfile::tempdir().unwrap();
    for (corpus, units) in [
        ("a\rb a\rb\n", "a\rb a\rb\n"),
        ("a\r\rb \ra a\r\rb\n", "a\r\rb \r@@ a a\r\rb\n"),
        (
            "a</w>1 a</w>2 b</w>3 b</w>4 c</w>5\n",
            "a</w>@@ 1 a</w>@@ 2 b</w>@@ 3 b</w>@@ 4 c@@ </w>@@ 5\n",
        ),
        ("</w> </w> </w>a\n", "</w> </w> </w@@ >@@ a\n"),
        ("a\u{a0}b a\u{a0}b\n", "a\u{a0}b a\u{a0}b\n"),
        ("a\tb a\tb\u{2028}\n", "a\t@@ b a\t@@ b@@ \u{2028}\n"),
        ("x\u{200d}y x\u{200d}y\n", "x\u{200d}y x\u{200d}y\n"),
        ("\n\n", "\n\n"),
        ("", ""),
    ] {
        let learn = text(folder.path(), &["bpe-learn"], corpus.as_bytes());
        assert_eq!(learn.status.code(), Some(0));
        assert_eq!(
            segmented(&learn.stdout, corpus),
            (units.into(), String::new()),
            "{corpus:?}"
        );
        assert_eq!(filtered(folder.path(), &["bpe-apply", "--undo"], units), corpus);
    }
}

#[test]
fn codes_are_read_as_subword_nmt_reads_them() {
    for (codes, units) in [
        (&b"#version: 0.2\nl o\nlo w</w>\n"[..], "low lo@@ w@@ e@@ r\n"),
        (b"#version: 0.2\r\nl o\r\nlo w</w>\r\n", "low lo@@ w@@ e@@ r\n"),
        (b"\xef\xbb\xbf#version: 0.2\nl o\n\n\n", "lo@@ w lo@@ w@@ e@@ r\n"),
        (b"#version: 0.2\n", "l@@ o@@ w l@@ o@@ w@@ e@@ r\n"),
        // Without a header the end of a word is a unit.
        (b"l o\nw </w>\nlo w</w>\n", "low lo@@ w@@ e@@ r\n"),
        (b"#version: 0.1\nr </w>\ne r</w>\n", "l@@ o@@ w l@@ o@@ w@@ er\n"),
    ] {
        assert_eq!(segmented(codes, "low lower\n"), (units.into(), String::new()));
    }
    let (units, said) = segmented(b"l o\nlo w</w>\n", "low\n");
    assert_eq!(units, "lo@@ w\n");
    assert!(
        said.starts_with("warning: codes: ") && said.contains("#version: 0.2"),
        "{said}"
    );

    let folder = tempfile::tempdir().unwrap();
    for (codes, error) in [
        ("", "codes: the file is empty"),
        ("\n\n", "codes: the file is empty"),
        ("the 134708\nof 99\n", "codes: every line is a word and a count"),
        ("the\nof\n", "codes:1: `the` is not two units"),
        ("#version: 0.2\nl o\n\nlo w\n", "codes:3: the line is blank"),
        (
            "#version: 0.4\nl o\n",
            "codes:1: codes of `#version: 0.4` cannot be used",
        ),
    ] {
        fs::write(folder.path().join("codes"), codes).unwrap();
        let output = text(folder.path(), &["bpe-apply", "--codes", "codes"], b"low\n");
        let said = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{said}");
        assert!(output.stdout.is_empty());
        assert!(
            said.starts_with(&format!("error: {error}")) && said.contains("\nhint: "),
            "{said}"
        );
    }
}

#[test]
fn words_that_pass_for_units_are_warned_of() {
    let learned = b"#version: 0.2\n@ @</w>\nx @\n";
    let (units, said) = segmented(learned, "a b\n@@ x@@@\nm x@@\n");
    assert_eq!(units, "a b\n@@ x@@@ @@\nm x@@ @@\n");
    assert!(
        said.starts_with("warning: standard input:2: ") && said.contains("(2 such lines)"),
        "{said}"
    );
    assert_eq!(segmented(learned, "a x@@a @ @-@  b\n").1, "");
}

#[test]
fn a_byte_order_mark_is_no_text() {
    let folder = tempfile::tempdir().unwrap();
    let bom = "\u{feff}";
    for (arguments, stdin, expected) in [
        (&["lowercase"][..], "A\n\u{feff}B\n", "a\n\u{feff}b\n"),
        (&["tokenize", "--lang", "en"], "It's.\n", "It &apos;s .\n"),
        (&["detokenize", "--lang", "en"], "It &apos;s .\n", "It's.\n"),
        (&["bpe-learn"], "ab ab\n", "#version: 0.2\na b</w>\n"),
        (&["bpe-apply", "--undo"], "a@@ b\n", "ab\n"),
        (&["bpe-apply", "--codes", "codes"], "ab\n", "ab\n"),
        (&["wordpiece", "--vocab", "vocab.txt"], "ab\n", "ab\n"),
    ] {
        fs::write(
            folder.path().join("codes"),
            format!("{bom}#version: 0.2\na b</w>\n"),
        )
        .unwrap();
        let vocabulary = format!("{bom}[PAD]\n[UNK]\n[CLS]\n[SEP]\nab\n");
        fs::write(folder.path().join("vocab.txt"), vocabulary).unwrap();
        for mark in ["", bom] {
            assert_eq!(
                filtered(folder.path(), arguments, &format!("{mark}{stdin}")),
                expected,
                "{arguments:?}"
            );
        }
    }
    fs::write(folder.path().join("one"), "\u{feff}ab\n").unwrap();
    assert_eq!(
        filtered(folder.path(), &["bpe-learn", "one", "one"], ""),
        "#version: 0.2\na b</w>\n"
    );
}

#[test]
fn odd_vocabularies_are_used_with_a_warning() {
    let folder = tempfile::tempdir().unwrap();
    let special = "[PAD]\n[UNK]\n[CLS]\n[SEP]\n";
    for (pieces, expected, warnings) in [
        ("$\ncat\n", "cat $\n", &[][..]),
        ("$\ncat\n\n", "cat $\n", &[]),
        ("$\n\ncat\n\n\n", "cat $\n", &[]),
        (
            "$\ncat\n$\n",
            "cat $\n",
            &["vocab.txt:7: `$` already stands in line 5; it has the id 6"],
        ),
        (
            "cat\n$\ncat\n[SEP]\n",
            "cat $\n",
            &[
                "vocab.txt:7: `cat` already stands in line 5",
                "vocab.txt:8: `[SEP]` already stands in line 4",
            ],
        ),
        (
            "The\ncat\n$\n",
            "cat $\n",
            &["vocab.txt:5: the vocabulary has 1 piece with capital letters"],
        ),
    ] {
        fs::write(folder.path().join("vocab.txt"), format!("{special}{pieces}")).unwrap();
        let output = text(folder.path(), &["wordpiece", "--vocab", "vocab.txt"], b"cat $\n");
        let said = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(0), "{said}");
        assert_eq!(String::from_utf8(output.stdout).unwrap(), expected, "{pieces:?}");
        assert_eq!(said.lines().count(), warnings.len(), "{said}");
        for warning in warnings {
            assert!(said.contains(&format!("warning: {warning}")), "{said}");
        }
    }
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
    let filters: [&[&str]; 6] = [
        &["lowercase"],
        &["tokenize", "--lang", "de"],
        &["detokenize", "--lang", "en"],
        &["bpe-learn"],
        &["bpe-learn", "-"],
        &["bpe-apply", "--undo"],
    ];
    for filter in filters {
        refused(
            filter,
            b"fine\ncaf\xe9 \xff\n",
            "error: standard input:2: not valid UTF-8 (byte 4 of the line is 0xE9)\nhint: ",
        );
    }
    refused(&["lowercase"], b"\xff\xfea\0\n\0", "UTF-16");
    refused(
        &["bpe-learn", "."],
        b"",
        "error: cannot read .: it is a folder\nhint: ",
    );
    refused(
        &["bpe-apply", "--codes", "."],
        b"",
        "error: cannot read .: it is a folder",
    );
    refused(
        &["wordpiece", "--vocab", "."],
        b"",
        "error: cannot read .: it is a folder",
    );
    let prefixes = ["tokenize", "--lang", "de", "--prefixes", "."];
    refused(&prefixes, b"", "error: cannot read .: it is a folder");
    fs::write(folder.path().join("remarks"), "# none\n").unwrap();
    let prefixes = ["tokenize", "--lang", "de", "--prefixes", "remarks"];
    refused(&prefixes, b"", "error: remarks: the file is empty");
    refused(&["tokenize"], b"", "--lang");
    refused(&["bpe-apply"], b"", "--codes");
    refused(&["bpe-apply", "--codes", "nowhere"], b"", "nowhere");
    refused(&["wordpiece", "--vocab", "nowhere"], b"", "nowhere");
}
