//! `headcount data`: exit codes and messages of preparing and generating corpora for translation.
#![allow(clippy::unwrap_used, reason = "helpers of tests fail like tests")]

use std::fs;
use std::path::Path;
use std::process::{Command, Output, Stdio};

fn data(folder: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_headcount"))
        .arg("data")
        .args(arguments)
        .current_dir(folder)
        .stdin(Stdio::null())
        .output()
        .unwrap()
}

/// What is said by a command that does its work.
fn done(folder: &Path, arguments: &[&str]) -> String {
    let output = data(folder, arguments);
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(0), "{said}");
    assert!(output.stdout.is_empty());
    said
}

/// A mistake is told in two lines and ends with 2.
fn refused(folder: &Path, arguments: &[&str], error: &str) {
    let output = data(folder, arguments);
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2), "{said}");
    let lines: Vec<&str> = said.lines().collect();
    assert!(
        lines.len() == 2 && lines[0].starts_with("error: ") && lines[1].starts_with("hint: "),
        "{said}"
    );
    assert!(lines[0].contains(error), "{said}");
}

const PARALLEL: &str = "prepare parallel --source-language de --target-language en --train train.de train.en \
    --valid valid.de valid.en --test test.de test.en --merges 5 --out out";

fn parallel<'a>(more: &'a [&str]) -> Vec<&'a str> {
    PARALLEL.split_whitespace().chain(more.iter().copied()).collect()
}

fn raw() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (part, german, english) in [
        (
            "train",
            "Das Haus.\nDas Haus.\n\n",
            "The house.\nThe house.\nThe\n",
        ),
        ("valid", "Haus\n", "House\n"),
        ("test", "Das\n", "The\n"),
    ] {
        fs::write(folder.path().join(format!("{part}.de")), german).unwrap();
        fs::write(folder.path().join(format!("{part}.en")), english).unwrap();
    }
    folder
}

#[test]
fn parallel_text_is_prepared_once() {
    let folder = raw();
    let said = done(folder.path(), &parallel(&[]));
    assert!(said.starts_with("wrote out\n"), "{said}");
    assert!(said.contains("training pairs: 3; dropped: 1 empty"), "{said}");
    assert!(said.contains("pairs: 2 train, 1 valid, 1 test"), "{said}");
    assert!(said.contains("non-breaking prefixes: built in"), "{said}");
    for name in [
        "train.de",
        "train.en",
        "test.en",
        "codes",
        "dict.de.txt",
        "prepared.toml",
    ] {
        assert!(folder.path().join("out").join(name).exists(), "{name}");
    }
    let again = done(folder.path(), &parallel(&[]));
    assert!(
        again.starts_with("out is prepared already, nothing to do\n"),
        "{again}"
    );
    refused(
        folder.path(),
        &parallel(&["--no-lowercase"]),
        "out was prepared with other lowercase",
    );
    let forced = done(folder.path(), &parallel(&["--no-lowercase", "--force"]));
    assert!(forced.starts_with("replaced out\n"), "{forced}");
}

#[test]
fn raw_text_that_cannot_be_used_ends_with_2() {
    let folder = raw();
    fs::write(folder.path().join("test.en"), "The\nend\n").unwrap();
    refused(
        folder.path(),
        &parallel(&[]),
        "test.de and test.en have 1 and 2 lines",
    );
    fs::write(folder.path().join("test.en"), " \n").unwrap();
    refused(folder.path(), &parallel(&[]), "test.en:1: the sentence is empty");
    let folder = raw();
    refused(folder.path(), &parallel(&["--ratio", "0.5"]), "option ratio: ");
    refused(
        folder.path(),
        &parallel(&["--train", "train.de", "train.en"]),
        "4 files for one part",
    );
    refused(
        folder.path(),
        &parallel(&["--prefixes", "nowhere"]),
        "--prefixes nowhere: there is no such file or folder",
    );
    fs::create_dir(folder.path().join("out")).unwrap();
    fs::write(folder.path().join("out/notes"), "").unwrap();
    refused(folder.path(), &parallel(&["--force"]), "holds `notes`");
    for wrong in [
        &["--codes", "codes"][..],
        &["--no-tokenize", "--prefixes", "lists"],
    ] {
        let output = data(folder.path(), &parallel(wrong));
        assert_eq!(output.status.code(), Some(2));
        let said = String::from_utf8(output.stderr).unwrap();
        assert!(said.contains("cannot be used with"), "{said}");
    }
}

#[test]
fn marks_of_a_segmentation_in_raw_text_are_tokens() {
    let folder = raw();
    fs::write(folder.path().join("valid.de"), "Ja @@@ Haus@@ @-@\n").unwrap();
    done(folder.path(), &parallel(&[]));
    let valid = fs::read_to_string(folder.path().join("out/valid.de")).unwrap();
    assert_eq!(valid.replace("@@ ", ""), "ja @ @ @ haus @ @ @ - @\n");
    let folder = raw();
    fs::write(folder.path().join("valid.de"), "Ja @@@\n").unwrap();
    refused(
        folder.path(),
        &parallel(&["--no-tokenize"]),
        "valid.de:1: `@@@` is a unit of a segmentation, or looks like one",
    );
    // Text that is segmented throughout is no raw text.
    fs::write(folder.path().join("valid.de"), "Ja@@ wohl\n").unwrap();
    refused(folder.path(), &parallel(&[]), "valid.de:1: `Ja@@` is a unit");
}

#[test]
fn codes_and_folders_in_the_wrong_place_end_with_2() {
    let folder = raw();
    let given = PARALLEL.replace("--merges 5 ", "");
    let out = |more: &[&'static str]| -> Vec<&str> {
        given.split_whitespace().chain(more.iter().copied()).collect()
    };
    for (content, error) in [
        ("", "codes: the file is empty"),
        ("haus 7\nist 3\n", "codes: every line is a word and a count"),
        ("#version: 0.2\nh a u\n", "codes:2: `h a u` is not two units"),
    ] {
        fs::write(folder.path().join("codes"), content).unwrap();
        refused(folder.path(), &out(&["--codes", "codes"]), error);
    }
    refused(
        folder.path(),
        &out(&["--codes", "."]),
        "--codes . is a folder, and a file is due",
    );
    refused(
        folder.path(),
        &["prepare", "iwslt14", "--archive", ".", "--out", "out"],
        "--archive . is a folder, and a file is due",
    );
    fs::remove_file(folder.path().join("test.de")).unwrap();
    fs::create_dir(folder.path().join("test.de")).unwrap();
    refused(
        folder.path(),
        &parallel(&[]),
        "--test test.de is a folder, and a file is due",
    );
    let folder = raw();
    fs::write(folder.path().join("codes"), "u s</w>\n").unwrap();
    let said = done(folder.path(), &out(&["--codes", "codes"]));
    assert!(
        said.starts_with("warning: codes: codes without a header"),
        "{said}"
    );
}

#[test]
fn archives_that_cannot_be_used_end_with_2() {
    let folder = tempfile::tempdir().unwrap();
    let arguments = ["prepare", "iwslt14", "--archive", "de-en.tgz", "--out", "out"];
    refused(
        folder.path(),
        &arguments,
        "--archive de-en.tgz: there is no such file or folder",
    );
    fs::write(folder.path().join("de-en.tgz"), "no archive").unwrap();
    refused(folder.path(), &arguments, "de-en.tgz: the archive is damaged");
    assert!(!folder.path().join("out").exists());
}

#[test]
fn the_translation_demo_is_written_as_files() {
    let folder = tempfile::tempdir().unwrap();
    let sizes = ["--train", "30", "--valid", "4", "--test", "5"];
    let generate = |out: &str, seed: &str| {
        let arguments = ["generate", "translation", "--out", out, "--seed", seed];
        done(folder.path(), &[&arguments[..], &sizes].concat())
    };
    let said = generate("one", "1");
    assert!(said.contains("train.de (30 pairs)"), "{said}");
    generate("same", "1");
    generate("other", "2");
    let read = |out: &str, name: &str| fs::read_to_string(folder.path().join(out).join(name)).unwrap();
    for (part, pairs) in [("train", 30), ("valid", 4), ("test", 5)] {
        for code in ["de", "en"] {
            let name = format!("{part}.{code}");
            let text = read("one", &name);
            assert_eq!(text.lines().count(), pairs, "{name}");
            assert_eq!(text, read("same", &name));
            assert_ne!(text, read("other", &name));
        }
    }
    for code in ["de", "en"] {
        let dictionary = read("one", &format!("dict.{code}.txt"));
        let train = read("one", &format!("train.{code}"));
        let words: u64 = dictionary
            .lines()
            .map(|line| line.rsplit_once(' ').unwrap().1.parse::<u64>().unwrap())
            .sum();
        assert_eq!(words, train.split_whitespace().count() as u64);
    }
    refused(
        folder.path(),
        &["generate", "translation", "--out", "none", "--valid", "0"],
        "--valid 0 makes an empty file",
    );
    let nli = ["generate", "nli", "--out", "nli", "--train", "9", "--dev", "3"];
    assert!(done(folder.path(), &nli).contains("train.jsonl (9 pairs)"));
}
