//! Every format in its good form, and every error with its place.

#![allow(clippy::unwrap_used, reason = "helpers of tests may panic as tests may")]

mod json;
mod refused;
mod tables;

use std::fs;
use std::io::Write;
use std::path::PathBuf;

use data::{Corpus, DataError, Format, NLI_LABELS, ReadReport, read_corpus};
use files::Hint;
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

/// Text, pair and class of an example.
type Triple<'a> = (&'a str, Option<&'a str>, &'a str);

fn triples(corpus: &Corpus) -> Vec<Triple<'_>> {
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
fn a_label_of_a_hyphen_is_none_in_every_format() {
    let pair = r#"{"sentence1": "A", "sentence2": "B", "gold_label": "X"}"#;
    let plain = r#"{"premise": "A", "hypothesis": "B", "label": "X"}"#;
    for (name, header, row, label) in [
        (
            "a.tsv",
            "sentence1\tsentence2\tgold_label\n",
            "A\tB\tX",
            "neutral",
        ),
        ("a.tsv", "sentence1\tsentence2\tlabel\n", "A\tB\tX", "entailment"),
        ("a.tsv", "sentence\tlabel\n", "A\tX", "1"),
        ("a.tsv", "", "s\tX\t\tA", "1"),
        ("a.jsonl", "", pair, "neutral"),
        ("a.jsonl", "", plain, "neutral"),
    ] {
        let files = Files::new();
        let [good, none] = [label, "-"].map(|label| row.replace('X', label));
        let path = files.put(name, format!("{header}{good}\n{none}\n{good}\n{none}\n"));
        let report = read_corpus(&path, Format::Auto, None).unwrap();
        assert_eq!((report.corpus.examples.len(), report.dropped), (2, 2), "{row}");
        assert_eq!(
            refused(name, format!("{header}{none}\n")).0,
            format!("{name}: no usable rows (1 dropped because they have no gold label)")
        );
    }
}

#[test]
fn blank_lines_are_no_records() {
    let good = r#"{"premise": "a", "hypothesis": "b", "label": "neutral"}"#;
    let files = Files::new();
    let count = |name: &str, content: &str| {
        let report = read_corpus(&files.put(name, content), Format::Auto, None).unwrap();
        report.corpus.examples.len()
    };
    // In JSON lines anywhere, so that files can be put together; an index file counts records.
    for content in ["G\n\n", "G\n\n\n \t\n", "\n\nG\n", "G\r\n\r\n"] {
        assert_eq!(count("a.jsonl", &content.replace('G', good)), 1, "{content:?}");
    }
    let both = format!("{good}\n\n{}\n", good.replace("\"a\"", "\"c\""));
    assert_eq!(count("a.jsonl", &both), 2);
    let (path, rows) = (files.put("a.jsonl", &both), files.put("rows", "1\n"));
    let second = read_corpus(&path, Format::Auto, Some(&rows)).unwrap().corpus;
    assert_eq!(second.examples[0].text, "c");
    let official = format!("\n{}\n", MULTINLI.replace('\n', "\n\n"));
    assert_eq!(count("a.jsonl", &official), 2);
    // In tables at the end only: a row has its tabs.
    for end in ["\n", "\n\n", "\r\n"] {
        assert_eq!(count("a.tsv", &format!("{SST2}{end}")), 2, "{end:?}");
    }
    for (content, line) in [
        ("\nsentence\tlabel\nfine\t1\n", 1),
        ("sentence\tlabel\n\nfine\t1\n", 2),
    ] {
        let (error, hint) = refused("a.tsv", content);
        assert_eq!(
            error,
            format!("a.tsv:{line}: the line is blank and others follow")
        );
        assert!(hint.contains("delete"), "{hint}");
    }
    for content in ["\n", "\n\n", " \n"] {
        for name in ["a.jsonl", "a.tsv", "a"] {
            assert_eq!(refused(name, content).0, format!("{name}: the file is empty"));
        }
    }
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
    assert_eq!(refuse("1\nx\n").0, "rows.idx:2: `x` is not a row number");
    assert_eq!(
        refuse("1\n99999999999999999999\n").0,
        "rows.idx:2: `99999999999999999999` is not a row number"
    );
    assert_eq!(
        refuse("1\n\n2\n").0,
        "rows.idx:2: the line is blank and others follow"
    );
    assert_eq!(read("1\n2\n\n \n").unwrap().corpus.examples.len(), 2);
    assert_eq!(refuse("\n\n").0, "rows.idx: the file is empty");
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
