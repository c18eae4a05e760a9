//! Tables: the columns of the tasks, and what is refused by them.

use data::{Format, NLI_LABELS, read_corpus};

use crate::{Files, Triple, refused, triples};

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
