//! Every format in its good form, and every error with its place.

#![allow(clippy::unwrap_used, reason = "helpers of tests may panic as tests may")]

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use data::{Corpus, DataError, Format, NLI_LABELS, ReadReport, read_corpus};
use flate2::Compression;
use flate2::write::GzEncoder;
use tempfile::TempDir;

/// A folder of small files that goes away with the test.
struct Files(TempDir);

impl Files {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn put(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.0.path().join(name);
        fs::write(&path, content).unwrap();
        path
    }

    fn put_gz(&self, name: &str, content: &str) -> PathBuf {
        self.put(name, gzip(content))
    }
}

fn gzip(content: &str) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(content.as_bytes()).unwrap();
    encoder.finish().unwrap()
}

/// The message without the folder, and the hint.
fn refusal(result: Result<ReadReport, DataError>, files: &Files) -> (String, String) {
    let error = result.unwrap_err();
    let folder = format!("{}/", files.0.path().display());
    (
        error.to_string().replace(&folder, ""),
        error.hint().unwrap_or_default(),
    )
}

/// Reads `content` from a file of this name and says what is wrong with it.
fn refused(name: &str, content: impl AsRef<[u8]>) -> (String, String) {
    let files = Files::new();
    let path = files.put(name, content);
    refusal(read_corpus(&path, Format::Auto, None), &files)
}

fn triples(corpus: &Corpus) -> Vec<(&str, Option<&str>, &str)> {
    let label = |id: usize| corpus.label_names[id].as_str();
    let examples = corpus.examples.iter();
    examples
        .map(|example| {
            (
                example.text.as_str(),
                example.pair.as_deref(),
                label(example.label),
            )
        })
        .collect()
}

const SST2: &str = "sentence\tlabel\n\"quoted \t1\ndull \t0\n";
const MULTINLI: &str = r#"{"gold_label": "-", "sentence1": "A", "sentence2": "B", "pairID": "1"}
{"gold_label": "neutral", "sentence1": "C ", "sentence2": "D", "pairID": "2"}
{"gold_label": "entailment", "sentence1": "E", "sentence2": "F", "pairID": "3"}
"#;
const PLAIN: &str = r#"{"premise": "A\tB", "hypothesis": "C", "label": "contradiction", "tag": "r1"}
{"premise": "D", "hypothesis": "é\u2028", "label": "neutral"}
"#;

#[test]
fn glue_columns_are_found_by_their_names() {
    let files = Files::new();
    let sst2 = read_corpus(&files.put("dev.tsv", SST2), Format::Auto, None).unwrap();
    assert_eq!(sst2.corpus.name, "dev");
    assert_eq!(sst2.corpus.label_names, ["negative", "positive"]);
    assert_eq!(
        triples(&sst2.corpus),
        [("\"quoted ", None, "positive"), ("dull ", None, "negative")]
    );

    let mnli = "index\tsentence2\tgenre\tsentence1\tgold_label\r\n0\th\tg\tp\tneutral\r\n1\tx\tg\ty\t-\r\n";
    let mnli = read_corpus(&files.put("mnli.txt", mnli), Format::Auto, None).unwrap();
    assert_eq!(mnli.dropped, 1);
    assert_eq!(mnli.corpus.label_names, NLI_LABELS);
    assert_eq!(triples(&mnli.corpus), [("p", Some("h"), "neutral")]);
}

#[test]
fn json_lines_are_told_apart_by_their_keys() {
    let files = Files::new();
    let official = read_corpus(&files.put("train.jsonl", MULTINLI), Format::Auto, None).unwrap();
    assert_eq!(official.dropped, 1);
    assert_eq!(
        triples(&official.corpus),
        [("C ", Some("D"), "neutral"), ("E", Some("F"), "entailment")]
    );
    let plain = read_corpus(&files.put("pairs", PLAIN), Format::Auto, None).unwrap();
    assert_eq!(plain.dropped, 0);
    assert_eq!(
        triples(&plain.corpus),
        [
            ("A\tB", Some("C"), "contradiction"),
            ("D", Some("é\u{2028}"), "neutral")
        ]
    );
}

#[test]
fn packed_files_read_as_their_content() {
    let files = Files::new();
    let plain = read_corpus(&files.put("x.jsonl", PLAIN), Format::PlainJsonl, None).unwrap();
    let packed = read_corpus(&files.put_gz("x.jsonl.gz", PLAIN), Format::Auto, None).unwrap();
    assert_eq!(plain, packed);
    let mut members = gzip("sentence\tlabel\n");
    members.extend(gzip("fine\t1\n"));
    let members = read_corpus(&files.put("m.tsv.gz", members), Format::Auto, None).unwrap();
    assert_eq!(triples(&members.corpus), [("fine", None, "positive")]);
}

#[test]
fn a_byte_order_mark_is_no_part_of_the_header() {
    let files = Files::new();
    let path = files.put("bom.tsv", format!("\u{feff}{SST2}"));
    assert_eq!(
        read_corpus(&path, Format::Auto, None)
            .unwrap()
            .corpus
            .examples
            .len(),
        2
    );
}

#[test]
fn formats_are_named_in_kebab_case() {
    let names = serde_json::to_string(&[
        Format::Auto,
        Format::GlueTsv,
        Format::MultinliJsonl,
        Format::PlainJsonl,
    ]);
    assert_eq!(
        names.unwrap(),
        r#"["auto","glue-tsv","multinli-jsonl","plain-jsonl"]"#
    );
}

#[test]
fn bad_tables_are_refused() {
    let (error, hint) = refused("a.tsv", "index\tsentence\n0\tfine\n");
    assert_eq!(
        error,
        "a.tsv:1: the header has no column `label` (it has index, sentence)"
    );
    assert!(hint.contains("gold_label"));
    let (error, _) = refused("a.tsv", "sentence1\tsentence2\tlabel\n");
    assert_eq!(
        error,
        "a.tsv:1: the header has no column `gold_label` (it has sentence1, sentence2, label)"
    );

    let (error, hint) = refused("a.tsv", "sentence\tlabel\nfine\t1\nfine 1\n");
    assert_eq!(error, "a.tsv:3: 1 fields where the header has 2");
    assert!(hint.contains("tab"));
    let (error, _) = refused("a.tsv", "sentence\tlabel\na\tb\t1\n");
    assert_eq!(error, "a.tsv:2: 3 fields where the header has 2");

    let (error, hint) = refused("a.tsv", "sentence\tlabel\nfine\tgood\n");
    assert_eq!(error, "a.tsv:2: unknown label `good`");
    assert_eq!(hint, "known labels: 0 (negative), 1 (positive)");
}

#[test]
fn bad_json_is_refused() {
    let good = r#"{"premise": "a", "hypothesis": "b", "label": "neutral"}"#;
    let (error, _) = refused("a.jsonl", format!("{good}\n{{\"premise\": \"a\",\n"));
    assert_eq!(
        error,
        "a.jsonl:2: invalid JSON at column 16: EOF while parsing a value"
    );
    let (error, _) = refused("a.jsonl", format!("{good}\n\n{good}\n"));
    assert_eq!(
        error,
        "a.jsonl:2: invalid JSON at column 0: EOF while parsing a value"
    );
    let (error, _) = refused("a.jsonl", r#"{"premise": 3}"#);
    assert_eq!(
        error,
        "a.jsonl:1: invalid JSON at column 13: invalid type: integer `3`, expected a string"
    );

    let (error, hint) = refused("a.jsonl", r#"{"premise": "a", "label": "neutral"}"#);
    assert_eq!(error, "a.jsonl:1: key `hypothesis` is missing or null");
    assert!(hint.contains("hypothesis"));
    let (error, _) = refused("a.jsonl", r#"{"sentence1": "a", "gold_label": "neutral"}"#);
    assert_eq!(error, "a.jsonl:1: key `sentence2` is missing or null");

    let (error, hint) = refused(
        "a.jsonl",
        r#"{"premise": "a", "hypothesis": "b", "label": "Neutral"}"#,
    );
    assert_eq!(error, "a.jsonl:1: unknown label `Neutral`");
    assert_eq!(hint, "known labels: contradiction, entailment, neutral");
    let (error, hint) = refused("a.jsonl", r#"{"premise": "a", "hypothesis": "b", "label": 2}"#);
    assert_eq!(error, "a.jsonl:1: the label is the number 2, not a word");
    assert!(hint.contains("0 contradiction, 1 entailment, 2 neutral"));
    let (error, _) = refused(
        "a.jsonl",
        r#"{"premise": "a", "hypothesis": "b", "label": ["neutral"]}"#,
    );
    assert!(error.starts_with("a.jsonl:1: invalid JSON at column"), "{error}");
    assert!(error.ends_with("the label is not a word"), "{error}");
}

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
    assert_eq!(error, "a.tsv:3: not valid UTF-8 (byte 3 of the line)");
    assert!(hint.contains("UTF-8"));
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

#[test]
fn an_index_file_selects_rows() {
    let files = Files::new();
    let corpus = files.put("a.jsonl", MULTINLI);
    let read = |rows: &str| read_corpus(&corpus, Format::Auto, Some(&files.put("rows.idx", rows)));
    // Row 0 has no gold label: it counts as a row, and as dropped only if it is selected.
    let report = read("1\n2\n").unwrap();
    assert_eq!((report.corpus.examples.len(), report.dropped), (2, 0));
    let report = read("0\n2").unwrap();
    assert_eq!(report.dropped, 1);
    assert_eq!(triples(&report.corpus), [("E", Some("F"), "entailment")]);

    let refuse = |rows: &str| refusal(read(rows), &files);
    let (error, hint) = refuse("1\n3\n");
    assert_eq!(error, "rows.idx:2: row 3 is out of range: a.jsonl has 3 rows");
    assert!(hint.contains("ascending"));
    assert_eq!(
        refuse("1\n2\n2\n").0,
        "rows.idx:3: row 2 follows row 2: not ascending"
    );
    assert_eq!(
        refuse("2\n1\n").0,
        "rows.idx:2: row 1 follows row 2: not ascending"
    );
    assert_eq!(refuse("1\n-2\n").0, "rows.idx:2: `-2` is not a row number");
    assert_eq!(refuse("1\n\n").0, "rows.idx:2: `` is not a row number");
    assert_eq!(refuse("").0, "rows.idx: the file is empty");
    assert_eq!(
        refuse("0\n").0,
        "a.jsonl: no usable rows (1 dropped because they have no gold label)"
    );
}

#[test]
fn corpora_of_the_same_classes_join() {
    let files = Files::new();
    let read = |name, content| {
        read_corpus(&files.put(name, content), Format::Auto, None)
            .unwrap()
            .corpus
    };
    let (official, plain, sst2) = (
        read("a.jsonl", MULTINLI),
        read("b.jsonl", PLAIN),
        read("c.tsv", SST2),
    );
    let both = Corpus::concat("both", vec![official.clone(), plain.clone()]).unwrap();
    assert_eq!(both.name, "both");
    assert_eq!(triples(&both), [triples(&official), triples(&plain)].concat());

    let error = Corpus::concat("all", vec![official, sst2]).unwrap_err();
    assert_eq!(
        error.to_string(),
        "corpora `a` (contradiction, entailment, neutral) and `c` (negative, positive) differ in their classes"
    );
    assert!(error.hint().is_some());
    assert!(Corpus::concat("none", vec![]).is_err());
}
