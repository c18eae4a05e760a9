//! Files that cannot be used at all, and those that break off.

use std::fs;
use std::path::Path;

use data::{Format, read_corpus};

use crate::{Files, MULTINLI, SST2, gzip, refusal, refused};

#[test]
fn files_without_usable_rows_are_refused() {
    for name in ["a.tsv", "a.jsonl", "a"] {
        let (error, hint) = refused(name, "");
        assert_eq!(error, format!("{name}: the file is empty"));
        assert!(!hint.is_empty());
    }
    let (error, _) = refused("a.tsv", "sentence\tlabel\n");
    assert_eq!(
        error,
        "a.tsv: no usable rows (0 dropped because they have no gold label)"
    );
    let (error, _) = refused("a.jsonl", MULTINLI.lines().next().unwrap());
    assert_eq!(
        error,
        "a.jsonl: no usable rows (1 dropped because they have no gold label)"
    );
    let (error, _) = refused("empty.jsonl.gz", gzip(""));
    assert_eq!(error, "empty.jsonl.gz: the file is empty");
}

#[test]
fn unreadable_files_are_refused() {
    let (error, hint) = refused("a.tsv", b"sentence\tlabel\nfine\t1\nca\xff\t0\n");
    assert_eq!(error, "a.tsv:3: not valid UTF-8 (byte 3 of the line is 0xFF)");
    assert!(hint.contains("UTF-8"));
    // A character that breaks off is named by its first byte, text of Windows by its mark.
    let (error, _) = refused("a.tsv", b"sentence\tlabel\ncaf\xc3\t1\n");
    assert_eq!(error, "a.tsv:2: not valid UTF-8 (byte 4 of the line is 0xC3)");
    let (error, hint) = refused("a.tsv", b"\xff\xfes\0e\0");
    assert_eq!(error, "a.tsv:1: not valid UTF-8 (byte 1 of the line is 0xFF)");
    assert!(hint.contains("UTF-16"), "{hint}");
    let files = Files::new();
    fs::create_dir(files.0.path().join("folder.tsv")).unwrap();
    let folder = read_corpus(&files.0.path().join("folder.tsv"), Format::Auto, None);
    assert_eq!(
        refusal(folder, &files).0,
        "cannot read folder.tsv: it is a folder"
    );
    let (error, hint) = refused("notes", "sentence\n");
    assert_eq!(
        error,
        "notes: cannot tell the format from the file name and the first line"
    );
    assert!(hint.contains("multinli-jsonl"));
    let error = read_corpus(Path::new("no/such/file.tsv"), Format::Auto, None).unwrap_err();
    assert!(error.to_string().starts_with("cannot open no/such/file.tsv: "));
}

#[test]
fn damaged_gzip_is_refused() {
    let long: String = (0..5000)
        .map(|row| format!("sentence {row} of many\t1\n"))
        .collect();
    let whole = gzip(&format!("sentence\tlabel\n{long}"));
    let (error, hint) = refused("cut.tsv.gz", &whole[..whole.len() / 2]);
    assert!(error.contains(": damaged gzip stream: "), "{error}");
    let line: usize = error.split(':').nth(1).unwrap().parse().unwrap();
    assert!((3..5000).contains(&line), "{error}");
    assert!(hint.contains("fetch"));

    let mut wrong_sum = whole.clone();
    let checksum = whole.len() - 8;
    wrong_sum[checksum] ^= 1;
    let (error, _) = refused("sum.tsv.gz", wrong_sum);
    assert!(
        error.starts_with("sum.tsv.gz:5002: damaged gzip stream: "),
        "{error}"
    );
    let (error, _) = refused("no.tsv.gz", SST2);
    assert!(error.starts_with("no.tsv.gz:1: damaged gzip stream: "), "{error}");
    let (error, _) = refused("none.tsv.gz", "");
    assert_eq!(
        error,
        "none.tsv.gz:1: damaged gzip stream: unexpected end of file"
    );
}
