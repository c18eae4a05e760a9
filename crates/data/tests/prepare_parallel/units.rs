//! Units of the segmentation: given codes and dictionaries, and separators in the text.

use std::fs;

use data::bpe::Merges;
use data::prepare::{Codes, ParallelOptions};
use data::read_lines;
use data::translation::Dictionary;

use crate::{Raw, options, undone};

#[test]
fn given_codes_and_dictionaries_are_used() {
    let raw = Raw::new();
    let codes = raw.folder.path().join("given-codes");
    let merges = Merges::learn(["haus haus"], 1, 1);
    merges.write(&codes).unwrap();
    let dictionaries = ["de", "en"].map(|code| {
        let path = raw.folder.path().join(format!("given-dict.{code}"));
        Dictionary::build(["u@@ s</w> x"], 1).write(&path).unwrap();
        path
    });
    let given = ParallelOptions {
        codes: Codes::Read(codes.clone()),
        dictionaries: Some(dictionaries.clone()),
        ..options()
    };
    let prepared = raw.prepare(&given).unwrap();
    assert_eq!(prepared.counts.merges, 1);
    assert_eq!(prepared.counts.dictionary, [3, 3]);
    assert_eq!(Merges::read(&prepared.codes).unwrap(), merges);
    for side in [0, 1] {
        assert_eq!(
            fs::read(&prepared.dictionaries[side]).unwrap(),
            fs::read(&dictionaries[side]).unwrap()
        );
    }
    assert_eq!(read_lines(&prepared.test[0]).unwrap()[1], "a@@ l@@ t .");
    fs::remove_dir_all(raw.out()).unwrap();
    fs::write(&codes, "#version: 0.2\n").unwrap();
    assert!(raw.refused(&given).ends_with("given-codes: the file is empty"));
}

#[test]
fn separators_in_text_become_tokens_and_stay_out_of_text_that_is_not_tokenised() {
    let raw = Raw::new();
    raw.write(
        "raw-valid",
        "Ja @@@ ja.\nEins@@\n@@\na@-@b\n",
        "Yes @@@@ yes.\nMail@@\n@@ one\na @-@ b\n",
    );
    let prepared = raw.prepare(&options()).unwrap();
    assert_eq!(
        undone(&prepared.valid[0]),
        ["ja @ @ @ ja .", "eins @ @", "@ @", "a @ - @ b"]
    );
    assert_eq!(
        undone(&prepared.valid[1]),
        ["yes @ @ @ @ yes .", "mail @ @", "@ @ one", "a @ - @ b"]
    );
    let untouched = ParallelOptions {
        tokenize: false,
        ..options()
    };
    for (line, unit) in [
        ("ja @@@", "@@@"),
        ("@@ ja", "@@"),
        ("ja@@ nein", "ja@@"),
        ("nein ja@@", "ja@@"),
    ] {
        let raw = Raw::new();
        raw.write("raw-valid", &format!("ja\n{line}\n"), "yes\nno\n");
        let error = raw.refused(&untouched);
        assert!(
            error.contains(&format!("raw-valid.de:2: `{unit}` is a unit")),
            "{error}"
        );
    }
    // What Moses writes for a hyphen, and separators within words, come back.
    let raw = Raw::new();
    raw.write("raw-valid", "ja @-@ nein\na@@b @\n", "yes @-@ no\n@@b\n");
    let prepared = raw.prepare(&untouched).unwrap();
    assert_eq!(undone(&prepared.valid[0]), ["ja @-@ nein", "a@@b @"]);
    assert_eq!(undone(&prepared.valid[1]), ["yes @-@ no", "@@b"]);
}

#[test]
fn codes_of_either_version_are_used_and_others_refused() {
    let raw = Raw::new();
    let path = raw.folder.path().join("codes");
    let given = ParallelOptions {
        codes: Codes::Read(path.clone()),
        ..options()
    };
    // In the old way the end of a word is a unit: `s </w>` ends `haus`.
    fs::write(&path, "s </w>\nu s</w>\n").unwrap();
    let prepared = raw.prepare(&given).unwrap();
    assert_eq!(read_lines(&prepared.test[0]).unwrap()[0], "h@@ a@@ us !");
    assert!(prepared.warnings.is_empty());
    assert!(
        fs::read_to_string(&prepared.codes)
            .unwrap()
            .starts_with("#version: 0.1\ns </w>\n")
    );
    for (content, problem) in [
        ("", "codes: the file is empty"),
        ("#version: 0.2\n", "codes: the file is empty"),
        ("haus 12\nist 9\n", "as in a dictionary"),
        ("#version: 0.2\nhaus\n", "codes:2: "),
        ("#version: 0.3\na b\n", "codes:1: "),
    ] {
        fs::write(&path, content).unwrap();
        let raw = Raw::new();
        let error = raw.refused(&given);
        assert!(error.contains(problem), "{error}");
    }
    fs::write(&path, "u s</w>\n").unwrap();
    let warnings = Raw::new().prepare(&given).unwrap().warnings;
    assert!(
        warnings.len() == 1 && warnings[0].contains("version 0.1"),
        "{warnings:?}"
    );
}
