//! Lines of JSON: what is refused, and where.

use crate::{MULTINLI, refused};

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
