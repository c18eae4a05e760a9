//! A small recording of every kind, and the packs that they need.

use std::fs;
use std::path::{Path, PathBuf};

use files::Sha256;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::significance::significance;

fn sha256(text: &str) -> String {
    Sha256::of(text).hex()
}

pub(crate) fn write(path: &Path, content: &str) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, content).unwrap();
}

pub(crate) const PREFIXES: &str = "# titles\ndr\n";
pub(crate) const CODES: &str = "#version: 0.2\na b</w>\n";
pub(crate) const VOCABULARY: &str = "[PAD]\n[UNK]\n[CLS]\n[SEP]\ndog\n##s\nand\n";
pub(crate) const TEXT: &str = "Well, it's dr. Who.\n";
pub(crate) const TOKENS: &str = "Well , it &apos;s dr. Who .";

/// A recording of every kind, as the value of its first row or as a whole.
fn recordings() -> Vec<(&'static str, Value)> {
    let identical = json!({
        "score": 100.0, "counts": [4, 3, 2, 1], "totals": [4, 3, 2, 1], "precisions": [100.0, 100.0, 100.0, 100.0],
        "bp": 1.0, "sys_len": 4, "ref_len": 4,
    });
    let with = |more: Value| {
        let mut score = identical.clone();
        score
            .as_object_mut()
            .unwrap()
            .extend(more.as_object().unwrap().clone());
        score
    };
    vec![
        (
            "bleu.jsonl",
            json!({
                "id": "one", "n": 1, "sys": ["this is the end"], "ref": ["this is the end"],
                "results": [with(json!({
                    "tokenize": "13a", "smooth_method": "exp", "smooth_value": null, "lowercase": false,
                    "effective_order": false, "signature": "nrefs:1|case:mixed|eff:no|tok:13a|smooth:exp|version:1",
                    "signature_short": "#:1|c:mixed|e:no|tok:13a|s:exp|v:1",
                    "text": "BLEU = 100.00 100.0/100.0/100.0/100.0 (BP = 1.000 ratio = 1.000 hyp_len = 4 ref_len = 4)",
                }))],
                "token_bleu": with(json!({
                    "multi_bleu":
                        "BLEU = 100.00, 100.0/100.0/100.0/100.0 (BP=1.000, ratio=1.000, hyp_len=4, ref_len=4)",
                    "multi_bleu_check": "agree",
                })),
                "fairseq": identical,
                "sentence": [with(json!({
                    "exp_eff": 100.0, "exp": 100.0, "floor_eff": 100.0, "none_eff": 100.0, "exp_eff_none_tok": 100.0,
                    "exp_eff_intl": 100.0,
                }))],
            }),
        ),
        (
            "bleu_tok.jsonl",
            json!({"id": "one", "text": "An End.", "13a": "An End .", "13a_lc": "an end .", "intl": "An End .",
                "none": "An End."}),
        ),
        (
            "bpe.json",
            json!({
                "learn": [{"id": "one", "corpus": ["ab ab ab"], "symbols": 1, "min_frequency": 2,
                    "merges": [["a", "b</w>"]], "segmented": ["ab ab ab"]}],
                "apply": {"codes_sha256": sha256(CODES), "separator": "@@",
                    "lines": [{"input": "ab cab", "output": "ab c@@ ab"}],
                    "first_2000_merges": [{"input": "ba", "output": "b@@ a"}]},
            }),
        ),
        (
            "bulk.json",
            json!({"checks": [
                {"id": "one", "op": "tokenize", "inputs": ["made/text.en"], "lang": "en", "lines": 1,
                    "sha256": sha256(&format!("{TOKENS}\n"))},
                {"id": "two", "op": "undo_bpe+detokenize", "inputs": ["made/text.en"], "lang": "en", "lines": 1,
                    "sha256": sha256(TEXT), "lines_equal_to_input": 1},
                {"id": "three", "op": "bleu", "inputs": ["made/text.en"], "hypothesis": "drop_every_5th",
                    "on": "tokenised text", "tokenize": "none", "smooth_method": "none", "segments": 1,
                    "score": 100.0, "counts": [4, 3, 2, 1], "totals": [4, 3, 2, 1], "bp": 1.0, "sys_len": 4,
                    "ref_len": 4},
            ]}),
        ),
        (
            "clean.jsonl",
            json!({"id": "one", "ratio": 1.5, "min": 1, "max": 9, "src": "ein  Wort", "tgt": "a word", "keep": true,
                "src_out": "ein Wort", "tgt_out": "a word"}),
        ),
        (
            "moses.jsonl",
            json!({"id": "one", "kind": "tok", "lang": "en", "input": TEXT.trim_end(), "tok": TOKENS,
                "lower": TOKENS.to_lowercase(), "detok": TEXT.trim_end(), "detok_lower": "well, it's dr. who."}),
        ),
        ("significance.json", significance()),
        (
            "wordpiece.jsonl",
            json!({"id": "one", "text": "Dogs", "pair": "and dogs", "tokens":
                ["[CLS]", "dog", "##s", "[SEP]", "and", "dog", "##s", "[SEP]"], "ids": [2, 4, 5, 3, 6, 4, 5, 3],
                "types": [0, 0, 0, 0, 1, 1, 1, 1], "n_first": 2, "n_second": 3, "ids_32": [2, 4, 5, 3, 6, 4, 5, 3],
                "types_32": [0, 0, 0, 0, 1, 1, 1, 1], "ids_128": [2, 4, 5, 3, 6, 4, 5, 3],
                "types_128": [0, 0, 0, 0, 1, 1, 1, 1], "kept_32": [2, 3], "kept_128": [2, 3],
                "kept_32_one_at_a_time": [2, 3], "kept_128_one_at_a_time": [2, 3]}),
        ),
    ]
}

/// The recording of that file.
pub(crate) fn recording(file: &str) -> Value {
    recordings()
        .into_iter()
        .find(|(name, _)| *name == file)
        .unwrap()
        .1
}

/// All recordings below a folder that has no packs yet.
pub(crate) fn made() -> (TempDir, PathBuf) {
    let root = tempfile::tempdir().unwrap();
    let set = root.path().join("golden/text");
    for (name, recording) in recordings() {
        write(&set.join(name), &format!("{recording}\n"));
    }
    (root, set)
}

pub(crate) fn write_packs(root: &Path) -> PathBuf {
    let packs = root.join("data");
    for (name, content) in [
        ("moses/nonbreaking_prefix.en", PREFIXES),
        ("iwslt14/codes", CODES),
        ("bert-vocab/vocab.txt", VOCABULARY),
        ("made/text.en", TEXT),
    ] {
        write(&packs.join(name), content);
    }
    packs
}
