//! Every format in its good form, and every error with its place.

#![allow(clippy::unwrap_used, reason = "helpers of tests may panic as tests may")]

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

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
fn bad_tables_are_refused() {
    let (error, hint) = refused("a.tsv", "index\tsentence\n0\tfine\n");
    assert_eq!(
        error,
        "a.tsv:1: the header has no column `label` (it has index, sentence)"
    );
    assert!(hint.contains("gold_label"));
    for (header, column) in [
        ("sentence1\tsentence2\tpairID", "gold_label"),
        ("sentence1\tgold_label", "sentence2"),
        ("question\tlabel", "sentence"),
        ("question1\tis_duplicate", "question2"),
        ("label\ttext", "sentence"),
    ] {
        let (error, hint) = refused("a.tsv", format!("{header}\n"));
        let found = header.replace('\t', ", ");
        assert_eq!(
            error,
            format!("a.tsv:1: the header has no column `{column}` (it has {found})")
        );
        assert!(hint.contains("is_duplicate"), "{hint}");
    }

    let (error, hint) = refused("a.tsv", "sentence\tlabel\nfine\t1\nfine 1\n");
    assert_eq!(error, "a.tsv:3: 1 fields where the first line has 2");
    assert!(hint.contains("tab"));
    let (error, _) = refused("a.tsv", "sentence\tlabel\na\tb\t1\n");
    assert_eq!(error, "a.tsv:2: 3 fields where the first line has 2");

    let (error, hint) = refused("a.tsv", "sentence\tlabel\nfine\tgood\n");
    assert_eq!(error, "a.tsv:2: unknown label `good`");
    assert_eq!(hint, "known labels: 0 (negative), 1 (positive)");
}

/// What each file of GLUE begins with, and the classes and examples that come of it.
#[test]
fn the_tasks_of_glue_are_read_by_their_columns() {
    let cases: [(&str, &str, &[&str], &[Triple<'_>]); 9] = [
        (
            "MNLI",
            "index\tpromptID\tpairID\tgenre\tsentence1_binary_parse\tsentence2_binary_parse\tsentence1_parse\t\
             sentence2_parse\tsentence1\tsentence2\tlabel1\tlabel2\tlabel3\tlabel4\tlabel5\tgold_label\n\
             0\t1\t1n\tg\tb\tb\tp\tp\tA.\tB.\tneutral\t\t\t\t\tneutral\n",
            &NLI_LABELS,
            &[("A.", Some("B."), "neutral")],
        ),
        (
            "SNLI",
            "gold_label\tsentence1_binary_parse\tsentence2_binary_parse\tsentence1_parse\tsentence2_parse\tsentence1\t\
             sentence2\tcaptionID\tpairID\tlabel1\tlabel2\tlabel3\tlabel4\tlabel5\n\
             entailment\tb\tb\tp\tp\tA.\tB.\tc\tr\tentailment\t\t\t\t\n-\tb\tb\tp\tp\tA.\tB.\tc\tr\tneutral\t\t\t\t\n",
            &NLI_LABELS,
            &[("A.", Some("B."), "entailment")],
        ),
        (
            "RTE",
            "index\tsentence1\tsentence2\tlabel\n0\tA.\tB.\tnot_entailment\n1\tC.\tD.\tentailment\n",
            &["entailment", "not_entailment"],
            &[
                ("A.", Some("B."), "not_entailment"),
                ("C.", Some("D."), "entailment"),
            ],
        ),
        (
            "QNLI",
            "index\tquestion\tsentence\tlabel\n0\tWho?\tShe.\tentailment\n1\tWhen?\tHe.\t-\n",
            &["entailment", "not_entailment"],
            &[("Who?", Some("She."), "entailment")],
        ),
        (
            "QQP",
            "id\tqid1\tqid2\tquestion1\tquestion2\tis_duplicate\n0\t1\t2\tWho?\tWho now?\t0\n1\t3\t4\tA?\tA?\t1\n",
            &["not_duplicate", "duplicate"],
            &[
                ("Who?", Some("Who now?"), "not_duplicate"),
                ("A?", Some("A?"), "duplicate"),
            ],
        ),
        (
            "MRPC",
            "\u{feff}Quality\t#1 ID\t#2 ID\t#1 String\t#2 String\r\n1\t7\t8\tA \" b\tA b\r\n",
            &["not_equivalent", "equivalent"],
            &[("A \" b", Some("A b"), "equivalent")],
        ),
        (
            "SST-2",
            "sentence\tlabel\nfine \t1\nodd \t-\n",
            &["negative", "positive"],
            &[("fine ", None, "positive")],
        ),
        (
            "CoLA",
            "gj04\t1\t\tShe sleeps.\ngj04\t0\t*\tSleeps she the.\n",
            &["unacceptable", "acceptable"],
            &[
                ("She sleeps.", None, "acceptable"),
                ("Sleeps she the.", None, "unacceptable"),
            ],
        ),
        (
            "CoLA, first line bad",
            "r-67\t0\t*\tSleeps she the.\n",
            &["unacceptable", "acceptable"],
            &[("Sleeps she the.", None, "unacceptable")],
        ),
    ];
    for (name, content, classes, expected) in cases {
        let files = Files::new();
        let report = read_corpus(&files.put("train.tsv", content), Format::Auto, None).unwrap();
        assert_eq!(report.corpus.label_names, classes, "{name}");
        assert_eq!(triples(&report.corpus), expected, "{name}");
        let rows = content.lines().count() - usize::from(!name.starts_with("CoLA"));
        assert_eq!(report.dropped, rows - expected.len(), "{name}");
    }
}

#[test]
fn tables_that_would_be_read_by_half_are_refused_by_their_columns() {
    for (name, content, error) in [
        (
            "QNLI with numbers",
            "idx\tquestion\tsentence\tlabel\n0\tWho won ?\tThey won .\t1\n",
            "a.tsv:2: unknown label `1`",
        ),
        (
            "WNLI",
            "index\tsentence1\tsentence2\tlabel\n0\tA.\tB.\t1\n",
            "a.tsv:2: unknown label `1`",
        ),
        (
            "STS-B",
            "index\tgenre\tfilename\tyear\told_index\tsource1\tsource2\tsentence1\tsentence2\tscore\n",
            "a.tsv:1: the header has no column `gold_label` (it has index, genre, filename, year, old_index, source1, \
             source2, sentence1, sentence2, score)",
        ),
        (
            "a test file of SST-2 and CoLA",
            "index\tsentence\n0\tfine\n",
            "a.tsv:1: the header has no column `label` (it has index, sentence)",
        ),
        (
            "the diagnostic set",
            "index\tPremise\tHypothesis\tLabel\n",
            "a.tsv:1: the header has no column `sentence` (it has index, Premise, Hypothesis, Label)",
        ),
        (
            "SST-2 with a second text",
            "sentence\tcontext\tlabel\nfine\tmore\t1\n",
            "a.tsv:1: the header has `context` beside sentence, label, and it would not be read",
        ),
        (
            "MNLI with a question",
            "question\tsentence1\tsentence2\tgold_label\n",
            "a.tsv:1: the header has `question` beside sentence1, sentence2, gold_label, and it would not be read",
        ),
        (
            "a column twice",
            "sentence\tsentence\tlabel\n",
            "a.tsv:1: the header has `sentence` beside sentence, label, and it would not be read",
        ),
        (
            "both labels",
            "sentence1\tsentence2\tgold_label\tlabel\n",
            "a.tsv:1: the header has `label` beside sentence1, sentence2, gold_label, and it would not be read",
        ),
        (
            "a row of CoLA cut short",
            "gj04\t1\t\tShe sleeps.\ngj04\t1\tHe sleeps.\n",
            "a.tsv:2: 3 fields where the first line has 4",
        ),
    ] {
        let (said, hint) = refused("a.tsv", content);
        assert_eq!(said, error, "{name}");
        assert!(!hint.is_empty(), "{name}");
        if name == "WNLI" || name.starts_with("QNLI") {
            assert!(
                hint.contains("entailment, not_entailment; numbers mean"),
                "{hint}"
            );
        }
    }
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
fn json_that_is_no_object_is_refused() {
    let good = r#"{"premise": "a", "hypothesis": "b", "label": "neutral"}"#;
    let array = r#"["The cat sits.","A pet sits.","neutral"]"#;
    for (name, content, error) in [
        (
            "a.jsonl",
            array.to_owned(),
            "a.jsonl:1: an array where a JSON object is due",
        ),
        ("a", array.to_owned(), "a:1: an array where a JSON object is due"),
        (
            "a.json",
            format!("[{good},\n{good}]\n"),
            "a.json:1: an array where a JSON object is due",
        ),
        (
            "a.jsonl",
            format!("{good}\n{array}\n"),
            "a.jsonl:2: an array where a JSON object is due",
        ),
        (
            "a.jsonl",
            "\"text\"\n".to_owned(),
            "a.jsonl:1: a string where a JSON object is due",
        ),
        (
            "a.jsonl",
            format!("{}\n  {array}\n", MULTINLI.lines().nth(1).unwrap()),
            "a.jsonl:2: an array where a JSON object is due",
        ),
    ] {
        let (said, hint) = refused(name, content);
        assert_eq!(said, error);
        assert!(hint.contains("named keys"), "{hint}");
    }
    for other in ["3", "null", "true", "x"] {
        let (error, _) = refused("a.jsonl", other);
        assert!(error.starts_with("a.jsonl:1: invalid JSON at column"), "{error}");
    }
    let (error, _) = refused(
        "a.jsonl",
        r#"{"premise": ["a"], "hypothesis": "b", "label": "neutral"}"#,
    );
    assert!(error.contains("expected a string"), "{error}");
}

#[test]
fn bad_json_is_refused() {
    let good = r#"{"premise": "a", "hypothesis": "b", "label": "neutral"}"#;
    let (error, _) = refused("a.jsonl", format!("{good}\n{{\"premise\": \"a\",\n"));
    assert_eq!(
        error,
        "a.jsonl:2: invalid JSON at column 16: EOF while parsing a value"
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
