//! Byte pair encoding against recorded merges and segmentations of subword-nmt.
//!
//! The recordings hold sentences of corpora that may not be copied, so they are found through HEADCOUNT_GOLDEN_TEXT (the
//! folder of `bpe.json` and `bulk.json`), the corpora and codes through HEADCOUNT_TEST_DATA.

#![allow(clippy::unwrap_used, reason = "helpers of tests may panic as tests may")]

use std::fs;
use std::path::{Path, PathBuf};

use data::bpe::{Merges, SEPARATOR, Segmenter, undo};
use data::moses::{Language, Prefixes, Tokenizer, lowercase};
use data::read_lines;
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

#[derive(Deserialize)]
struct Recordings {
    learn: Vec<Learned>,
    apply: Applied,
}

#[derive(Deserialize)]
struct Learned {
    id: String,
    corpus: Vec<String>,
    symbols: usize,
    min_frequency: u64,
    merges: Vec<(String, String)>,
    segmented: Vec<String>,
}

#[derive(Deserialize)]
struct Applied {
    separator: String,
    lines: Vec<Segmented>,
    first_2000_merges: Vec<Segmented>,
}

#[derive(Deserialize)]
struct Segmented {
    input: String,
    output: String,
}

fn recordings(golden: &Path) -> Recordings {
    serde_json::from_slice(&fs::read(golden.join("bpe.json")).unwrap()).unwrap()
}

#[test]
fn learns_the_recorded_merges() {
    let Some(golden) = folder("HEADCOUNT_GOLDEN_TEXT") else {
        return;
    };
    let learned = recordings(&golden).learn;
    assert_eq!(learned.len(), 7);
    for case in learned {
        let merges = Merges::learn(&case.corpus, case.symbols, case.min_frequency);
        assert_eq!(merges.pairs(), case.merges, "{}", case.id);
        let mut segmenter = Segmenter::new(&merges, SEPARATOR);
        for (line, segmented) in case.corpus.iter().zip(&case.segmented) {
            assert_eq!(&segmenter.segment_line(line), segmented, "{}", case.id);
        }
    }
}

#[test]
fn segments_as_recorded() {
    let (Some(golden), Some(packs)) = (folder("HEADCOUNT_GOLDEN_TEXT"), folder("HEADCOUNT_TEST_DATA")) else {
        return;
    };
    let recorded = recordings(&golden).apply;
    let codes = packs.join("iwslt14/codes");
    let merges = Merges::read(&codes).unwrap();
    assert_eq!(merges.pairs().len(), 10_000);
    let some = tempfile::tempdir().unwrap();
    let first = some.path().join("codes");
    fs::write(&first, read_lines(&codes).unwrap()[..2001].join("\n")).unwrap();
    let first = Merges::read(&first).unwrap();
    assert_eq!(first.pairs(), &merges.pairs()[..2000]);

    assert_eq!(
        (recorded.lines.len(), recorded.first_2000_merges.len()),
        (180, 12)
    );
    for (merges, lines) in [(&merges, &recorded.lines), (&first, &recorded.first_2000_merges)] {
        let mut segmenter = Segmenter::new(merges, &recorded.separator);
        for line in lines {
            assert_eq!(segmenter.segment_line(&line.input), line.output);
        }
    }
}

#[test]
fn corpora_undone_and_segmented_again_are_the_same() {
    let Some(packs) = folder("HEADCOUNT_TEST_DATA") else {
        return;
    };
    let pack = packs.join("iwslt14");
    let merges = Merges::read(&pack.join("codes")).unwrap();
    let mut segmenter = Segmenter::new(&merges, SEPARATOR);
    for (split, expected) in [("train", 47_102), ("valid", 7283), ("test", 6750)] {
        for language in ["de", "en"] {
            let lines = read_lines(&pack.join(format!("{split}.{language}.gz"))).unwrap();
            assert_eq!(lines.len(), expected, "{split}.{language}");
            let cut = lines.iter().filter(|line| line.contains(SEPARATOR)).count();
            assert!(cut > expected / 4, "{split}.{language} is hardly segmented");
            for line in lines {
                let whole = undo(&line, SEPARATOR);
                assert!(!whole.contains(SEPARATOR), "{whole}");
                assert_eq!(segmenter.segment_line(&whole), line);
            }
        }
    }
}

#[derive(Deserialize)]
struct Bulk {
    checks: Vec<Check>,
}

#[derive(Deserialize)]
struct Check {
    id: String,
    op: String,
    inputs: Vec<String>,
    sha256: Option<String>,
    merges: Option<usize>,
}

impl Check {
    /// All inputs, tokenised and lower-cased; the language is the file's.
    fn text(&self, packs: &Path) -> Vec<String> {
        let mut text = Vec::new();
        for input in &self.inputs {
            let code = input.trim_end_matches(".gz").rsplit_once('.').unwrap().1;
            let language: Language = code.parse().unwrap();
            let prefixes = packs.join(format!("moses/nonbreaking_prefix.{code}"));
            let tokenizer = Tokenizer::new(language, Prefixes::read(&prefixes).unwrap());
            let lines = read_lines(&packs.join(input)).unwrap();
            text.extend(lines.iter().map(|line| lowercase(&tokenizer.tokenize(line))));
        }
        text
    }

    fn output(&self, packs: &Path) -> Option<Vec<String>> {
        match (self.op.as_str(), self.merges) {
            ("tokenize+lower+bpe", None) => {
                let merges = Merges::read(&packs.join("iwslt14/codes")).unwrap();
                let mut segmenter = Segmenter::new(&merges, SEPARATOR);
                let text = self.text(packs);
                Some(text.iter().map(|line| segmenter.segment_line(line)).collect())
            }
            ("learn_bpe", Some(symbols)) => {
                let merges = Merges::learn(self.text(packs), symbols, 2);
                let pairs = merges.pairs().iter();
                Some(pairs.map(|(first, second)| format!("{first} {second}")).collect())
            }
            _ => None,
        }
    }
}

#[test]
fn whole_files_are_learned_from_and_segmented_as_recorded() {
    let (Some(golden), Some(packs)) = (folder("HEADCOUNT_GOLDEN_TEXT"), folder("HEADCOUNT_TEST_DATA")) else {
        return;
    };
    let bulk: Bulk = serde_json::from_slice(&fs::read(golden.join("bulk.json")).unwrap()).unwrap();
    let mut checked = 0;
    for check in &bulk.checks {
        let Some(lines) = check.output(&packs) else {
            continue;
        };
        let text: String = lines.into_iter().map(|line| line + "\n").collect();
        assert_eq!(Some(Sha256::of(text).hex()), check.sha256, "{}", check.id);
        checked += 1;
    }
    assert_eq!(checked, 3);
}

#[test]
fn codes_are_written_as_they_were_read() {
    let Some(packs) = folder("HEADCOUNT_TEST_DATA") else {
        return;
    };
    let codes = packs.join("iwslt14/codes");
    let folder = tempfile::tempdir().unwrap();
    let written = folder.path().join("codes");
    Merges::read(&codes).unwrap().write(&written).unwrap();
    assert!(fs::read(codes).unwrap() == fs::read(written).unwrap());
}
