//! WordPiece against recorded ids of the Hugging Face tokenisers.
//!
//! The recordings hold sentences of corpora that may not be copied, so they are found through HEADCOUNT_GOLDEN_TEXT (the
//! folder of `wordpiece.jsonl` and `bulk.json`), the corpora and the vocabulary through HEADCOUNT_TEST_DATA.

#![allow(clippy::unwrap_used, reason = "helpers of tests may panic as tests may")]

use std::fs;
use std::path::{Path, PathBuf};

use data::{Encoded, EncodedCorpus, Example, Format, ModelTokenizer, WordPieceOptions, read_corpus};
use files::Sha256;
use serde::Deserialize;

/// The folder that a variable names, or a printed reason why the test ends here.
fn folder(variable: &str) -> Option<PathBuf> {
    let folder = std::env::var_os(variable).map(PathBuf::from);
    if folder.is_none() {
        println!("skipped: {variable} is not set");
    }
    folder
}

fn vocabulary(packs: &Path) -> ModelTokenizer {
    ModelTokenizer::from_vocab_file(&packs.join("bert-vocab/vocab.txt"), &WordPieceOptions::default())
        .unwrap()
}

fn example(text: &str, pair: Option<&str>) -> Example {
    Example {
        text: text.into(),
        pair: pair.map(String::from),
        label: 0,
    }
}

fn types(encoded: &Encoded) -> Vec<u32> {
    encoded
        .token_type_ids
        .iter()
        .map(|kind| u32::from(*kind))
        .collect()
}

#[derive(Deserialize)]
struct Recorded {
    id: String,
    text: String,
    pair: Option<String>,
    tokens: Vec<String>,
    ids: Vec<u32>,
    types: Vec<u32>,
    n_first: usize,
    ids_32: Vec<u32>,
    ids_128: Vec<u32>,
    kept_32_one_at_a_time: Option<(usize, usize)>,
    kept_128_one_at_a_time: Option<(usize, usize)>,
}

impl Recorded {
    /// The one-by-one truncation, from the whole and the recorded numbers of tokens that are left of either text.
    fn truncated(&self, ids: &[u32], kept: Option<(usize, usize)>) -> Vec<u32> {
        let Some((first, second)) = kept else {
            return ids.to_vec();
        };
        let (first_part, second_part) = self.ids.split_at(self.n_first + 2);
        let separator = &self.ids[self.ids.len() - 1..];
        [
            &first_part[..=first],
            separator,
            &second_part[..second],
            separator,
        ]
        .concat()
    }
}

#[test]
fn texts_and_pairs_get_the_recorded_ids() {
    let (Some(golden), Some(packs)) = (folder("HEADCOUNT_GOLDEN_TEXT"), folder("HEADCOUNT_TEST_DATA")) else {
        return;
    };
    let tokenizer = vocabulary(&packs);
    let lines = fs::read_to_string(golden.join("wordpiece.jsonl")).unwrap();
    let (mut cases, mut pairs) = (0, 0);
    for line in lines.split_terminator('\n') {
        let recorded: Recorded = serde_json::from_str(line).unwrap();
        let example = example(&recorded.text, recorded.pair.as_deref());
        let whole = tokenizer.encode(&example, 100_000).unwrap();
        assert_eq!(whole.input_ids, recorded.ids, "{}", recorded.id);
        assert_eq!(types(&whole), recorded.types, "{}", recorded.id);
        let pieces: Vec<&String> = whole
            .input_ids
            .iter()
            .map(|id| &tokenizer.vocabulary()[*id as usize])
            .collect();
        assert_eq!(
            pieces,
            recorded.tokens.iter().collect::<Vec<_>>(),
            "{}",
            recorded.id
        );

        let short = recorded.truncated(&recorded.ids_32, recorded.kept_32_one_at_a_time);
        assert_eq!(
            tokenizer.encode(&example, 32).unwrap().input_ids,
            short,
            "{}",
            recorded.id
        );
        let middle = recorded.truncated(&recorded.ids_128, recorded.kept_128_one_at_a_time);
        assert_eq!(
            tokenizer.encode(&example, 128).unwrap().input_ids,
            middle,
            "{}",
            recorded.id
        );
        cases += 1;
        pairs += usize::from(recorded.pair.is_some());
    }
    assert_eq!((cases, pairs), (210, 90));
}

#[derive(Deserialize)]
struct Bulk {
    checks: Vec<serde_json::Value>,
}

#[test]
fn whole_corpora_have_the_recorded_digests() {
    let (Some(golden), Some(packs)) = (folder("HEADCOUNT_GOLDEN_TEXT"), folder("HEADCOUNT_TEST_DATA")) else {
        return;
    };
    let tokenizer = vocabulary(&packs);
    let bulk: Bulk = serde_json::from_slice(&fs::read(golden.join("bulk.json")).unwrap()).unwrap();
    let mut checked = 0;
    for check in bulk.checks.iter().filter(|check| check["op"] == "wordpiece") {
        let path = packs.join(check["inputs"][0].as_str().unwrap());
        let max_length = check["max_length"].as_u64().unwrap() as usize;
        let corpus = read_corpus(&path, Format::Auto, None).unwrap().corpus;
        assert_eq!(corpus.examples.len() as u64, check["lines"].as_u64().unwrap());
        let encoded = EncodedCorpus::encode(&corpus, &tokenizer, max_length).unwrap();
        let mut hasher = Sha256::new();
        for example in 0..encoded.len() {
            let ids: Vec<String> = encoded.ids(example).iter().map(u32::to_string).collect();
            hasher.update(format!("{}\t{}\n", ids.join(" "), encoded.first_length(example)));
        }
        assert_eq!(
            hasher.hex(),
            check["sha256_one_at_a_time"].as_str().unwrap(),
            "{}",
            check["id"]
        );
        checked += 1;
    }
    assert_eq!(checked, 4);
}

#[derive(Deserialize)]
struct MiniLm {
    pairs: Vec<MiniLmPair>,
}

#[derive(Deserialize)]
struct MiniLmPair {
    text_a: String,
    text_b: String,
    max_length_32: MiniLmIds,
    max_length_128: MiniLmIds,
}

#[derive(Deserialize)]
struct MiniLmIds {
    input_ids: Vec<u32>,
    token_type_ids: Vec<u32>,
}

#[test]
fn the_sentence_encoder_pairs_get_the_recorded_ids() {
    let Some(packs) = folder("HEADCOUNT_TEST_DATA") else {
        return;
    };
    let recording = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../data/golden/bert/real/minilm.json");
    let Ok(recording) = fs::read(&recording) else {
        println!("skipped: {} is not there", recording.display());
        return;
    };
    let tokenizer = vocabulary(&packs);
    let recorded: MiniLm = serde_json::from_slice(&recording).unwrap();
    assert_eq!(recorded.pairs.len(), 12);
    for pair in &recorded.pairs {
        for (max_length, ids) in [(32, &pair.max_length_32), (128, &pair.max_length_128)] {
            let encoded = tokenizer
                .encode(&example(&pair.text_a, Some(&pair.text_b)), max_length)
                .unwrap();
            assert_eq!(encoded.input_ids, ids.input_ids, "{}", pair.text_a);
            assert_eq!(types(&encoded), ids.token_type_ids, "{}", pair.text_a);
        }
    }
}
