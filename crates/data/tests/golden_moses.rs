//! The Moses tools against recorded outputs of the original scripts.
//!
//! The recordings hold sentences of corpora that may not be copied, so they are found through HEADCOUNT_GOLDEN_TEXT (the
//! folder of `moses.jsonl`, `clean.jsonl` and `bulk.json`), the corpora and the prefix lists through HEADCOUNT_TEST_DATA.

#![allow(clippy::unwrap_used, reason = "helpers of tests may panic as tests may")]

use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};

use data::moses::{Bars, Buffers, Cleaner, Detokenizer, Language, Prefixes, Tokenizer, lowercase};
use files::Sha256;
use flate2::read::GzDecoder;
use serde::Deserialize;

/// The folder that a variable names, or a printed reason why the test ends here.
fn folder(variable: &str) -> Option<PathBuf> {
    let folder = std::env::var_os(variable).map(PathBuf::from);
    if folder.is_none() {
        println!("skipped: {variable} is not set");
    }
    folder
}

fn tokenizer(packs: &Path, language: Language) -> Tokenizer {
    let list = packs.join(format!("moses/nonbreaking_prefix.{language}"));
    Tokenizer::new(language, Prefixes::read(&list).unwrap())
}

fn records<Record: for<'line> Deserialize<'line>>(path: &Path) -> Vec<Record> {
    fs::read_to_string(path)
        .unwrap()
        .split_terminator('\n')
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

#[derive(Deserialize)]
struct Recorded {
    id: String,
    lang: String,
    input: String,
    tok: Option<String>,
    lower: Option<String>,
    detok: String,
    detok_lower: Option<String>,
}

#[test]
fn lines_are_tokenised_lowered_and_detokenised_as_recorded() {
    let (Some(golden), Some(packs)) = (folder("HEADCOUNT_GOLDEN_TEXT"), folder("HEADCOUNT_TEST_DATA")) else {
        return;
    };
    let tokenizers =
        [Language::German, Language::English].map(|language| (language, tokenizer(&packs, language)));
    let mut buffers = Buffers::default();
    let (mut tokenised, mut detokenised) = (0, 0);
    for recorded in records::<Recorded>(&golden.join("moses.jsonl")) {
        let language: Language = recorded.lang.parse().unwrap();
        let detokenizer = Detokenizer::new(language);
        let id = &recorded.id;
        let Some(tok) = recorded.tok else {
            assert_eq!(detokenizer.detokenize(&recorded.input), recorded.detok, "{id}");
            detokenised += 1;
            continue;
        };
        let (_, tokenizer) = tokenizers.iter().find(|(known, _)| *known == language).unwrap();
        assert_eq!(tokenizer.tokenize(&recorded.input), tok, "{id}");
        assert_eq!(
            tokenizer.tokenize_with(&recorded.input, &mut buffers),
            tok,
            "{id}"
        );
        let lower = lowercase(&tok);
        assert_eq!(Some(&lower), recorded.lower.as_ref(), "{id}");
        assert_eq!(detokenizer.detokenize(&tok), recorded.detok, "{id}");
        assert_eq!(Some(detokenizer.detokenize(&lower)), recorded.detok_lower, "{id}");
        tokenised += 1;
    }
    assert_eq!((tokenised, detokenised), (310, 24));
}

#[derive(Deserialize)]
struct RecordedPairs {
    id: String,
    ratio: f64,
    min: usize,
    max: usize,
    #[serde(flatten)]
    pair: Option<RecordedPair>,
    file: Option<Vec<RecordedPair>>,
}

#[derive(Deserialize)]
struct RecordedPair {
    src: String,
    tgt: String,
    keep: bool,
    src_out: Option<String>,
    tgt_out: Option<String>,
    reason: Option<String>,
}

impl RecordedPair {
    fn check(&self, cleaner: Cleaner, id: &str) {
        let expected = self.src_out.clone().zip(self.tgt_out.clone());
        assert_eq!(expected.is_some(), self.keep, "{id}");
        match cleaner.check(&self.src, &self.tgt) {
            Ok(kept) => assert_eq!(Some(kept), expected, "{id}"),
            Err(reason) => assert_eq!(Some(reason.to_string()), self.reason, "{id}"),
        }
    }
}

#[test]
fn pairs_are_kept_or_dropped_as_recorded() {
    let Some(golden) = folder("HEADCOUNT_GOLDEN_TEXT") else {
        return;
    };
    let mut checked = 0;
    for recorded in records::<RecordedPairs>(&golden.join("clean.jsonl")) {
        let mut cleaner = Cleaner {
            ratio: recorded.ratio,
            min: recorded.min,
            max: recorded.max,
            bars: Bars::Delete,
        };
        if let Some(file) = &recorded.file {
            cleaner.bars = Bars::of_corpus(&file[0].src, &file[0].tgt);
        }
        for pair in recorded.file.iter().flatten().chain(&recorded.pair) {
            pair.check(cleaner, &recorded.id);
            checked += 1;
        }
    }
    assert_eq!(checked, 119 + 3);
}

#[derive(Deserialize)]
struct Bulk {
    checks: Vec<Check>,
}

#[derive(Deserialize)]
struct Check {
    id: String,
    op: String,
    inputs: Vec<PathBuf>,
    lang: Option<String>,
    sha256: Option<String>,
    lines: Option<usize>,
    lines_equal_to_input: Option<usize>,
    english_shifted_by: Option<usize>,
    ratio: Option<f64>,
    min: Option<usize>,
    max: Option<usize>,
}

impl Check {
    fn language(&self) -> Language {
        self.lang.as_deref().unwrap().parse().unwrap()
    }

    /// The lines of one of the packed inputs.
    fn lines(&self, packs: &Path, input: usize) -> Vec<String> {
        let mut text = String::new();
        let file = fs::File::open(packs.join(&self.inputs[input])).unwrap();
        GzDecoder::new(file).read_to_string(&mut text).unwrap();
        text.split_terminator('\n').map(String::from).collect()
    }

    fn output(&self, packs: &Path) -> Option<Vec<String>> {
        let change: Box<dyn Fn(&str) -> String> = match self.op.as_str() {
            "tokenize" | "tokenize+lower" | "tokenize+detokenize" => {
                let tokenizer = tokenizer(packs, self.language());
                let detokenizer = Detokenizer::new(self.language());
                match self.op.as_str() {
                    "tokenize" => Box::new(move |line| tokenizer.tokenize(line)),
                    "tokenize+lower" => Box::new(move |line| lowercase(&tokenizer.tokenize(line))),
                    _ => Box::new(move |line| detokenizer.detokenize(&tokenizer.tokenize(line))),
                }
            }
            "undo_bpe+detokenize" => {
                let detokenizer = Detokenizer::new(self.language());
                Box::new(move |line| detokenizer.detokenize(&line.replace("@@ ", "")))
            }
            "clean" => return Some(self.kept(packs)),
            _ => return None,
        };
        Some(self.lines(packs, 0).iter().map(|line| change(line)).collect())
    }

    /// The numbers of the lines that a cleaner keeps of the tokenised, lower-cased corpus, from 1.
    fn kept(&self, packs: &Path) -> Vec<String> {
        let [german, mut english] =
            [(0, Language::German), (1, Language::English)].map(|(input, language)| {
                let tokenizer = tokenizer(packs, language);
                let lines = self.lines(packs, input);
                lines
                    .iter()
                    .map(|line| lowercase(&tokenizer.tokenize(line)))
                    .collect::<Vec<_>>()
            });
        english.rotate_left(self.english_shifted_by.unwrap());
        let cleaner = Cleaner {
            ratio: self.ratio.unwrap(),
            min: self.min.unwrap(),
            max: self.max.unwrap(),
            bars: Bars::of_corpus(&german[0], &english[0]),
        };
        let pairs = german.iter().zip(&english).enumerate();
        pairs
            .filter(|(_, (german, english))| cleaner.check(german, english).is_ok())
            .map(|(index, _)| (index + 1).to_string())
            .collect()
    }
}

#[test]
fn whole_files_have_the_recorded_digests() {
    let (Some(golden), Some(packs)) = (folder("HEADCOUNT_GOLDEN_TEXT"), folder("HEADCOUNT_TEST_DATA")) else {
        return;
    };
    let bulk: Bulk = serde_json::from_slice(&fs::read(golden.join("bulk.json")).unwrap()).unwrap();
    let mut checked = 0;
    for check in &bulk.checks {
        let Some(output) = check.output(&packs) else {
            continue;
        };
        assert_eq!(output.len(), check.lines.unwrap(), "{}", check.id);
        let mut hasher = Sha256::new();
        for line in &output {
            hasher.update(line);
            hasher.update(b"\n");
        }
        assert_eq!(Some(hasher.hex()), check.sha256, "{}", check.id);
        if let Some(expected) = check.lines_equal_to_input {
            let input = check.lines(&packs, 0);
            let equal = input
                .iter()
                .zip(&output)
                .filter(|(input, output)| input == output);
            assert_eq!(equal.count(), expected, "{}", check.id);
        }
        checked += 1;
    }
    assert_eq!(checked, 10);
}
