//! Raw parallel text: what is kept, dropped or refused, and what may happen to the folder.

#![allow(clippy::unwrap_used, reason = "helpers of tests may panic as tests may")]

mod folder;
mod refused;
mod units;

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use data::bpe::{SEPARATOR, undo};
use data::prepare::{Codes, ParallelFiles, ParallelOptions, PrefixLists, Preparation, parallel};
use data::translation::{Dictionary, PairRules, ParallelCorpus, Unusable};
use data::{DataError, read_lines};
use files::Hint;
use flate2::Compression;
use flate2::write::GzEncoder;
use proptest::prelude::*;

/// A folder of raw text, with the names as they are handed over.
struct Raw {
    folder: tempfile::TempDir,
    files: ParallelFiles,
}

impl Raw {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let pair = |part: &str| ["de", "en"].map(|code| folder.path().join(format!("{part}.{code}")));
        let raw = Self {
            files: ParallelFiles {
                train: pair("raw-train"),
                valid: pair("raw-valid"),
                test: pair("raw-test"),
            },
            folder,
        };
        raw.write(
            "raw-train",
            "Das ist ein Haus.\n\nDas Haus ist alt|neu .\nHaus\nEin Haus ist ein Haus ist ein Haus !\n",
            "This is a house.\nNothing there.\nThe house is old|new .\n\nA house is a house is a house !\n",
        );
        raw.write("raw-valid", "Ein altes Haus!\n", "An old house!\n");
        raw.write(
            "raw-test",
            "Haus \u{a0} !\nAlt.\n",
            "House !\nThat is old, so very old.\n",
        );
        raw
    }

    fn write(&self, part: &str, source: &str, target: &str) {
        for (code, text) in [("de", source), ("en", target)] {
            fs::write(self.folder.path().join(format!("{part}.{code}")), text).unwrap();
        }
    }

    fn out(&self) -> PathBuf {
        self.folder.path().join("out")
    }

    fn prepare(&self, options: &ParallelOptions) -> Result<Preparation, DataError> {
        parallel(&self.files, options, &self.out())
    }

    /// The error, which must have a hint and leave no folder.
    fn refused(&self, options: &ParallelOptions) -> String {
        let before = fs::read_dir(self.folder.path()).unwrap().count();
        let error = self.prepare(options).unwrap_err();
        assert!(error.hint().is_some(), "{error}");
        assert_eq!(
            fs::read_dir(self.folder.path()).unwrap().count(),
            before,
            "{error}"
        );
        error.to_string()
    }
}

fn options() -> ParallelOptions {
    ParallelOptions {
        codes: Codes::Learn(12),
        ..ParallelOptions::new("de", "en")
    }
}

fn undone(path: &Path) -> Vec<String> {
    let lines = read_lines(path).unwrap();
    lines.iter().map(|line| undo(line, SEPARATOR)).collect()
}

#[test]
fn training_pairs_are_dropped_by_reason_and_nothing_else_is() {
    let raw = Raw::new();
    let prepared = raw
        .prepare(&ParallelOptions {
            max_words: 8,
            ..options()
        })
        .unwrap();
    let counts = prepared.counts;
    assert_eq!(counts.train_lines, [5, 5]);
    assert_eq!(
        (counts.train_read, counts.train, counts.valid, counts.test),
        (5, 2, 1, 2)
    );
    let dropped = counts.dropped;
    assert_eq!((dropped.empty, dropped.too_long, dropped.ratio), (2, 1, 0));
    assert_eq!(counts.tag_lines, None);
    assert_eq!(
        undone(&prepared.train[0]),
        ["das ist ein haus .", "das haus ist alt &#124; neu ."]
    );
    assert_eq!(undone(&prepared.valid[1]), ["an old house !"]);
    // Neither the ratio nor the length counts in a test set.
    assert_eq!(undone(&prepared.test[0]), ["haus !", "alt ."]);
    assert_eq!(
        undone(&prepared.test[1]),
        ["house !", "that is old , so very old ."]
    );
    let report = prepared.to_string();
    assert!(
        report.contains("training pairs: 5; dropped: 2 empty, 1 too long, 0 of unequal length"),
        "{report}"
    );
    assert!(report.contains("pairs: 2 train, 1 valid, 2 test"), "{report}");
}

#[test]
fn training_reads_what_was_prepared() {
    let raw = Raw::new();
    let prepared = raw.prepare(&options()).unwrap();
    let dictionaries = prepared
        .dictionaries
        .each_ref()
        .map(|path| Dictionary::read(path).unwrap());
    let rules = PairRules {
        longest: 1024,
        unusable: Unusable::Refuse,
    };
    for (files, pairs) in [(&prepared.train, 3), (&prepared.valid, 1), (&prepared.test, 2)] {
        let report = ParallelCorpus::read(
            (&files[0], &dictionaries[0]),
            (&files[1], &dictionaries[1]),
            rules,
        );
        let report = report.unwrap();
        assert_eq!(report.corpus.len(), pairs);
        if pairs == 3 {
            assert_eq!((report.unknown_source, report.unknown_target), (0, 0));
        }
    }
}

#[test]
fn steps_can_be_left_out() {
    let raw = Raw::new();
    let cased = ParallelOptions {
        lowercase: false,
        ..options()
    };
    let prepared = raw.prepare(&cased).unwrap();
    assert_eq!(undone(&prepared.train[0])[0], "Das ist ein Haus .");
    let raw = Raw::new();
    let as_it_is = ParallelOptions {
        tokenize: false,
        ..options()
    };
    let prepared = raw.prepare(&as_it_is).unwrap();
    assert_eq!(prepared.prefixes, PrefixLists::NotTokenized);
    assert_eq!(
        undone(&prepared.train[0]),
        [
            "das ist ein haus.",
            "das haus ist alt|neu .",
            "ein haus ist ein haus ist ein haus !"
        ]
    );
    assert_eq!(undone(&prepared.test[0])[0], "haus !");
}

#[test]
fn packed_files_and_other_languages_are_read() {
    let mut raw = Raw::new();
    for path in &mut raw.files.train {
        let text = fs::read(&*path).unwrap();
        path.as_mut_os_string().push(".gz");
        let mut encoder = GzEncoder::new(fs::File::create(&*path).unwrap(), Compression::fast());
        encoder.write_all(&text).unwrap();
        encoder.finish().unwrap();
    }
    let french = ParallelOptions {
        codes: Codes::Learn(12),
        ..ParallelOptions::new("fr", "pt-BR")
    };
    assert_eq!(raw.refused(&french), "no rules to tokenise `fr` (known: de, en)");
    let prepared = raw
        .prepare(&ParallelOptions {
            tokenize: false,
            ..french
        })
        .unwrap();
    assert_eq!(prepared.counts.train, 3);
    assert_eq!(prepared.train[1], raw.out().join("train.pt-BR"));
    assert_eq!(prepared.dictionaries[0], raw.out().join("dict.fr.txt"));
    assert!(prepared.dictionaries[0].exists());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    /// Whatever the text: every pair is kept or counted, held-out text stays whole, and undoing the units gives words.
    #[test]
    fn pairs_are_kept_or_counted(
        train in prop::collection::vec(("[a-cA-C .|\u{a0}]{0,12}", "[a-cA-C .|]{0,12}"), 1..12),
        valid in prop::collection::vec(("[a-c .]{0,6}", "[a-c]{1,6}"), 1..4),
        tokenize in any::<bool>(),
    ) {
        let raw = Raw::new();
        let sides = |pairs: &[(String, String)]| -> (String, String) {
            pairs.iter().map(|(source, target)| (format!("{source}\n"), format!("{target}\n"))).unzip()
        };
        let (source, target) = sides(&train);
        raw.write("raw-train", &source, &target);
        let (source, target) = sides(&valid);
        raw.write("raw-valid", &source, &target);
        let is_blank = |text: &str| text.trim().is_empty();
        match raw.prepare(&ParallelOptions { tokenize, ..options() }) {
            Ok(prepared) => {
                prop_assert!(valid.iter().all(|(source, _)| !is_blank(source)));
                let counts = prepared.counts;
                prop_assert_eq!(counts.train + counts.dropped.total(), train.len());
                let empty = train.iter().filter(|(source, target)| is_blank(source) || is_blank(target));
                prop_assert_eq!(counts.dropped.empty, empty.count());
                prop_assert_eq!(counts.valid, valid.len());
                let letters = |text: &str| text.chars().filter(|letter| letter.is_alphabetic()).collect::<String>();
                for (line, (raw, _)) in undone(&prepared.valid[0]).iter().zip(&valid) {
                    prop_assert_eq!(letters(line), letters(raw));
                }
            }
            Err(error) => {
                let error = error.to_string();
                let expected = valid.iter().any(|(source, _)| is_blank(source)) || error.starts_with("none of the");
                prop_assert!(expected, "{}", error);
                prop_assert!(!raw.out().exists());
            }
        }
    }
}
