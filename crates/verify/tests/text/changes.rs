//! Whatever is changed in a recording fails, and the table says where.

use std::fs;

use serde_json::{Value, json};
use verify::{Outcome, Sources, table};

use crate::made::{made, recording, write_packs};
use crate::run;

/// A pointer into a recording, what it is changed to, and what the table says of that.
type Change<'a> = (&'a str, Value, &'a str);

fn check(file: &str, changes: &[Change<'_>]) {
    let (root, set) = made();
    write_packs(root.path());
    for (pointer, changed, place) in changes {
        let mut recording = recording(file);
        recording.pointer_mut(pointer).unwrap().clone_from(changed);
        let path = set.join(file);
        fs::write(&path, format!("{recording}\n")).unwrap();
        let outcomes = run(&path, &Sources::default());
        let text = table(&outcomes);
        assert!(outcomes.iter().any(Outcome::failed), "{pointer}\n{text}");
        assert!(text.contains(place), "{pointer}: {place}\n{text}");
    }
}

#[test]
fn changed_bleu_scores_fail() {
    check(
        "bleu.jsonl",
        &[
            (
                "/results/0/score",
                json!(100.0000002),
                "at one #:1|c:mixed|e:no|tok:13a|s:exp|v:1 score",
            ),
            (
                "/results/0/counts/1",
                json!(4),
                "one #:1|c:mixed|e:no|tok:13a|s:exp|v:1 counts: [4.0, 3.0",
            ),
            ("/results/0/text", json!("BLEU = 99.99"), "v:1 text:"),
            (
                "/results/0/signature",
                json!("nrefs:2|version:1"),
                "v:1 signature:",
            ),
            (
                "/results/0/smooth_method",
                json!("chen"),
                "a smoothing that is not built",
            ),
            ("/n", json!(2), "one segments: (1, 1), recorded (2, 2)"),
            ("/sentence/0/none_eff", json!(99.0), "at one segment 1 none_eff"),
            ("/sentence/0/totals/3", json!(2), "one segment 1: SegmentStats"),
            ("/token_bleu/bp", json!(0.999), "at one bp"),
            (
                "/token_bleu/multi_bleu",
                json!("BLEU = 0.00"),
                "one: \"100.00, 100.0/100.0/100",
            ),
            (
                "/token_bleu/multi_bleu_check",
                json!("differ"),
                "is said to \"differ\"",
            ),
            ("/fairseq/ref_len", json!(5), "one ref_len: 4, recorded 5"),
        ],
    );
}

#[test]
fn changed_bleu_tokens_fail() {
    check(
        "bleu_tok.jsonl",
        &[(
            "/13a_lc",
            json!("an End ."),
            "one: \"end .\" at character 4, recorded \"End .\"",
        )],
    );
}

#[test]
fn changed_merges_and_segmented_lines_fail() {
    check(
        "bpe.json",
        &[
            (
                "/learn/0/merges/0/0",
                json!("b"),
                "one: (\"a\", \"b</w>\") as number 1, recorded (\"b\"",
            ),
            (
                "/learn/0/segmented/0",
                json!("ab ab"),
                "one line 1: \" ab\" at character 6",
            ),
            (
                "/apply/lines/0/output",
                json!("ab cab"),
                "line 1: \"@@ ab\" at character 5",
            ),
            (
                "/apply/first_2000_merges/0/input",
                json!("ab"),
                "line 1: \"ab\" at character 1",
            ),
            ("/apply/codes_sha256", json!("00"), "recorded 00"),
        ],
    );
}

#[test]
fn changed_whole_files_fail() {
    check(
        "bulk.json",
        &[
            (
                "/checks/0/lines",
                json!(2),
                "one of made/text.en lines: 1, recorded 2",
            ),
            ("/checks/0/sha256", json!("00"), "one of made/text.en sha256: "),
            (
                "/checks/1/lines_equal_to_input",
                json!(0),
                "two of made/text.en lines_equal_to_input",
            ),
            ("/checks/2/score", json!(99.0), "at three of made/text.en score"),
            (
                "/checks/2/hypothesis",
                json!("reverse"),
                "bleu of `reverse` is not built",
            ),
            ("/checks/0/lang", json!("fr"), "unknown language `fr`"),
        ],
    );
}

#[test]
fn changed_cleaned_pairs_fail() {
    check(
        "clean.jsonl",
        &[
            ("/keep", json!(false), "one keep: true, recorded false"),
            (
                "/tgt_out",
                json!("a sword"),
                "one: \"word\" at character 3, recorded \"sword\"",
            ),
        ],
    );
}

#[test]
fn changed_moses_lines_fail() {
    check(
        "moses.jsonl",
        &[
            (
                "/tok",
                json!("Well"),
                "one: \" , it &apos;s dr. Who .\" at character 5",
            ),
            ("/lower", json!("WELL"), "one: \"well , it &apos;s"),
            (
                "/detok_lower",
                json!("well"),
                "one: \", it's dr. who.\" at character 5",
            ),
            (
                "/kind",
                json!("token"),
                "line 1, column 209: unknown variant `token`",
            ),
        ],
    );
}

#[test]
fn changed_tests_of_significance_fail() {
    check(
        "significance.json",
        &[
            (
                "/pairs/0/sys/1",
                json!("of all tests"),
                "equal: segment 2: SegmentStats",
            ),
            (
                "/pairs/0/n",
                json!(3),
                "equal: segments: (2, 2, 2), recorded (3, 3, 3)",
            ),
            (
                "/pairs/0/randomisation/sys_score",
                json!(99.0),
                "at equal sys_score",
            ),
            (
                "/pairs/0/bootstrap/other_seeds/p_max",
                json!(0.2),
                "equal bootstrap p: no range",
            ),
            (
                "/pairs/0/bootstrap/other_seeds/base_ci",
                json!({"sd": 0.001, "min": 0.1, "max": 0.2}),
                "at equal bootstrap base_ci",
            ),
            (
                "/pairs/0/randomisation/other_seeds",
                json!({"p_sd": 0.0, "p_min": 0.3, "p_max": 0.4}),
                "at equal randomisation p",
            ),
            (
                "/fixed_draws/0/bootstrap/indices/0/1",
                json!(2),
                "set 1: draw 0 takes segment 2 of 2",
            ),
            (
                "/fixed_draws/0/bootstrap/sys_scores",
                json!([]),
                "set 1 draws: (1, 1), recorded (1, 0)",
            ),
            (
                "/fixed_draws/0/bootstrap/base_sorted_low_index",
                json!(1),
                "at set 1 base low",
            ),
            (
                "/fixed_draws/0/bootstrap/p_value_centred",
                json!(0.25),
                "at set 1 p_value_centred",
            ),
            (
                "/fixed_draws/0/randomisation/take_base/0",
                json!("12"),
                "set 1: take_base holds '2'",
            ),
            (
                "/fixed_draws/0/randomisation/count_greater",
                json!(1),
                "set 1 count_greater: 0, recorded 1",
            ),
            ("/fixed_draws/0/n", json!(3), "set 1 n: 2, recorded 3"),
            ("/exact_randomisation/0/n", json!(2), "2 segments: 1, recorded 2"),
            (
                "/exact_randomisation/0/count_equal",
                json!(1),
                "1 segments count_equal: 2, recorded 1",
            ),
            ("/mcnemar/0/mid_p", json!(0.500001), "at table 1 mid_p"),
            (
                "/mcnemar/1/chi2",
                json!(0.0),
                "table 2 chi2: None, recorded Some(0.0)",
            ),
            ("/student_t/0/t975", json!(12.7062), "at sample 1 t975"),
            (
                "/student_t/0/sample",
                json!([2.0]),
                "sample 1 n: Some(1), recorded Some(2)",
            ),
            (
                "/t_quantiles/0/quantiles/0.75",
                json!(1.000001),
                "at 0.75 of 1 degrees",
            ),
            ("/t_tests/0/welch_df", json!(1.0), "at test 1 welch_df"),
            (
                "/t_tests/0/sys",
                json!([2.0, 3.0]),
                "test 1: the systems differ by 1 without",
            ),
            ("/holm/0/holm/1", json!(0.01), "at list 1 holm"),
            ("/holm/0/reject_at_05/0", json!(true), "list 1 reject_at_05"),
        ],
    );
}

#[test]
fn changed_wordpiece_ids_fail() {
    check(
        "wordpiece.jsonl",
        &[
            (
                "/tokens/2",
                json!("##z"),
                "one tokens: \"##s\" as number 3, recorded \"##z\"",
            ),
            ("/types/3", json!(1), "one types: 0 as number 4, recorded 1"),
            ("/n_second", json!(2), "one n_second: Some(3), recorded Some(2)"),
            ("/ids_32/1", json!(6), "one to 32 ids: 4 as number 2, recorded 6"),
            (
                "/types_128/1",
                json!(1),
                "one to 128 types: 0 as number 2, recorded 1",
            ),
            ("/kept_128/0", json!(3), "one to 128: keeps 3 and 3 of 2 and 3"),
            (
                "/kept_32_one_at_a_time/1",
                json!(2),
                "one to 32 ids: 5 as number 7, recorded 3",
            ),
        ],
    );
}
