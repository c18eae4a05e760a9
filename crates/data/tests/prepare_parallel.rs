//! Raw parallel text: what is kept, dropped or refused, and what may happen to the folder.

#![allow(clippy::unwrap_used, reason = "helpers of tests may panic as tests may")]

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use data::bpe::{Merges, SEPARATOR, undo};
use data::prepare::{Codes, Outcome, ParallelFiles, ParallelOptions, PrefixLists, Preparation, parallel};
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

#[test]
fn given_codes_and_dictionaries_are_used() {
    let raw = Raw::new();
    let codes = raw.folder.path().join("given-codes");
    let merges = Merges::learn(["haus haus"], 1, 1);
    merges.write(&codes).unwrap();
    let dictionaries = ["de", "en"].map(|code| {
        let path = raw.folder.path().join(format!("given-dict.{code}"));
        Dictionary::build(["u@@ s</w> x"], 1).write(&path).unwrap();
        path
    });
    let given = ParallelOptions {
        codes: Codes::Read(codes.clone()),
        dictionaries: Some(dictionaries.clone()),
        ..options()
    };
    let prepared = raw.prepare(&given).unwrap();
    assert_eq!(prepared.counts.merges, 1);
    assert_eq!(prepared.counts.dictionary, [3, 3]);
    assert_eq!(Merges::read(&prepared.codes).unwrap(), merges);
    for side in [0, 1] {
        assert_eq!(
            fs::read(&prepared.dictionaries[side]).unwrap(),
            fs::read(&dictionaries[side]).unwrap()
        );
    }
    assert_eq!(read_lines(&prepared.test[0]).unwrap()[1], "a@@ l@@ t .");
    fs::remove_dir_all(raw.out()).unwrap();
    fs::write(&codes, "#version: 0.2\n").unwrap();
    assert!(raw.refused(&given).ends_with("given-codes: the file is empty"));
}

#[test]
fn text_that_does_not_fit_is_refused_by_name() {
    let raw = Raw::new();
    raw.write("raw-valid", "Eins\nZwei\n", "One\nTwo\nThree\n");
    let error = raw.refused(&options());
    assert!(
        error.contains("raw-valid.de and ") && error.ends_with("raw-valid.en have 2 and 3 lines"),
        "{error}"
    );
    raw.write("raw-valid", "Eins\nZwei\n", "One\n \u{a0}\n");
    assert!(
        raw.refused(&options())
            .ends_with("raw-valid.en:2: the sentence is empty")
    );
    raw.write("raw-valid", "", "");
    assert!(raw.refused(&options()).ends_with("raw-valid.de: no sentences"));
    raw.write("raw-valid", "Eins\nKir@@ che\n", "One\nChurch\n");
    assert!(
        raw.refused(&options())
            .ends_with("raw-valid.de:2: `Kir@@` is a unit of a segmentation, or looks like one")
    );
    fs::write(&raw.files.valid[0], b"Eins\nna\xefv\n").unwrap();
    assert!(
        raw.refused(&options())
            .contains("raw-valid.de:2: not valid UTF-8")
    );
    let raw = Raw::new();
    raw.write("raw-train", "\nEins zwei drei vier\n", "One\nOne\n");
    let error = raw.refused(&options());
    assert!(
        error.starts_with("none of the 2 pairs of ") && error.contains("dropped: 1 empty, 0 too long, 1 of"),
        "{error}"
    );
    fs::remove_file(&raw.files.test[1]).unwrap();
    assert!(raw.refused(&options()).starts_with("cannot open "));
}

#[test]
fn options_that_make_no_sense_are_refused() {
    let raw = Raw::new();
    for ratio in [0.9, f64::NAN, f64::INFINITY, -2.0] {
        let error = raw.refused(&ParallelOptions { ratio, ..options() });
        assert!(error.starts_with("option ratio: "), "{error}");
    }
    let error = raw.refused(&ParallelOptions {
        max_words: 0,
        ..options()
    });
    assert!(error.starts_with("option max-words: "), "{error}");
    let error = raw.refused(&ParallelOptions {
        tokenize: false,
        prefixes: Some("lists".into()),
        ..options()
    });
    assert!(error.starts_with("option prefixes: "), "{error}");
    let error = raw.refused(&ParallelOptions::new("de", "DE"));
    assert_eq!(error, "source and target language are both `de`");
    let error = raw.refused(&ParallelOptions::new("../de", "en"));
    assert_eq!(error, "`../de` is not a language code");
}

#[test]
fn what_is_done_is_not_done_again() {
    let raw = Raw::new();
    assert_eq!(raw.prepare(&options()).unwrap().outcome, Outcome::Written);
    let modified = |name: &str| fs::metadata(raw.out().join(name)).unwrap().modified().unwrap();
    let before = modified("train.de");
    let again = raw.prepare(&options()).unwrap();
    assert_eq!(again.outcome, Outcome::AlreadyThere);
    assert_eq!(again.counts.train, 3);
    assert!(again.to_string().contains("is prepared already"));
    assert_eq!(modified("train.de"), before);
    // The same content under another name is the same.
    let mut moved = raw.files.clone();
    moved.test[0] = raw.folder.path().join("moved.de");
    fs::copy(&raw.files.test[0], &moved.test[0]).unwrap();
    assert_eq!(
        parallel(&moved, &options(), &raw.out()).unwrap().outcome,
        Outcome::AlreadyThere
    );

    let other = ParallelOptions {
        codes: Codes::Learn(11),
        ratio: 2.0,
        ..options()
    };
    assert!(
        raw.refused(&other)
            .ends_with("out was prepared with other merges, ratio")
    );
    let forced = ParallelOptions {
        replace: true,
        ..other.clone()
    };
    assert_eq!(raw.prepare(&forced).unwrap().outcome, Outcome::Replaced);
    assert_eq!(raw.prepare(&other).unwrap().outcome, Outcome::AlreadyThere);
    raw.write("raw-test", "Neu\n", "New\n");
    assert!(
        raw.refused(&other)
            .ends_with("out was prepared with other test.de, test.en")
    );
    let left: Vec<_> = fs::read_dir(raw.folder.path())
        .unwrap()
        .map(|entry| entry.unwrap().file_name())
        .filter(|name| name.to_string_lossy().starts_with('.'))
        .collect();
    assert!(left.is_empty(), "{left:?}");
}

#[test]
fn changed_and_foreign_folders_are_left_alone() {
    let raw = Raw::new();
    fs::create_dir(raw.out()).unwrap();
    // An empty folder is as good as none.
    raw.prepare(&options()).unwrap();
    fs::write(raw.out().join("valid.de"), "changed\n").unwrap();
    assert!(
        raw.refused(&options())
            .ends_with("but `valid.de` is missing or has changed since")
    );
    fs::remove_file(raw.out().join("valid.de")).unwrap();
    assert!(raw.refused(&options()).contains("`valid.de` is missing"));
    let forced = ParallelOptions {
        replace: true,
        ..options()
    };
    raw.prepare(&forced).unwrap();
    raw.prepare(&options()).unwrap();

    fs::write(raw.out().join("notes.txt"), "mine\n").unwrap();
    // Nothing to replace, so nothing to refuse.
    raw.prepare(&forced).unwrap();
    let other = ParallelOptions {
        lowercase: false,
        ..forced.clone()
    };
    assert!(raw.refused(&other).contains("holds `notes.txt`"));
    assert_eq!(fs::read_to_string(raw.out().join("notes.txt")).unwrap(), "mine\n");
    fs::remove_file(raw.out().join("notes.txt")).unwrap();

    let record = raw.out().join("prepared.toml");
    let text = fs::read_to_string(&record).unwrap();
    for (text, problem) in [
        (
            text.replace("format = 1", "format = 2"),
            "format 2, this program reads 1",
        ),
        ("a = ".into(), "not TOML"),
        ("name = 'mine'\n".into(), "no record of a preparation"),
        (
            text.replace("lowercase = true", "lowercase = true\nnew = 1"),
            "unknown field `new`",
        ),
    ] {
        fs::write(&record, text).unwrap();
        for options in [&options(), &forced] {
            let error = raw.refused(options);
            assert!(
                error.contains("prepared.toml: ") && error.contains(problem),
                "{error}"
            );
        }
    }
    fs::remove_file(&record).unwrap();
    for options in [&options(), &forced] {
        assert!(raw.refused(options).contains("is not empty and holds `codes`"));
    }
    fs::remove_dir_all(raw.out()).unwrap();
    fs::write(raw.out(), "a file").unwrap();
    assert!(raw.refused(&options()).starts_with("cannot open "));
}

#[cfg(unix)]
#[test]
fn files_are_as_readable_as_any_other() {
    use std::os::unix::fs::PermissionsExt;
    let raw = Raw::new();
    raw.prepare(&options()).unwrap();
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    let usual = mode(&raw.files.train[0]);
    for entry in fs::read_dir(raw.out()).unwrap() {
        let path = entry.unwrap().path();
        assert_eq!(mode(&path), usual, "{path:?}");
    }
    assert!(mode(&raw.out()) & 0o077 == (usual | usual >> 2) & 0o055);
}

#[test]
fn separators_in_text_become_tokens_and_stay_out_of_text_that_is_not_tokenised() {
    let raw = Raw::new();
    raw.write(
        "raw-valid",
        "Ja @@@ ja.\nEins@@\n@@\na@-@b\n",
        "Yes @@@@ yes.\nMail@@\n@@ one\na @-@ b\n",
    );
    let prepared = raw.prepare(&options()).unwrap();
    assert_eq!(
        undone(&prepared.valid[0]),
        ["ja @ @ @ ja .", "eins @ @", "@ @", "a @ - @ b"]
    );
    assert_eq!(
        undone(&prepared.valid[1]),
        ["yes @ @ @ @ yes .", "mail @ @", "@ @ one", "a @ - @ b"]
    );
    let untouched = ParallelOptions {
        tokenize: false,
        ..options()
    };
    for (line, unit) in [
        ("ja @@@", "@@@"),
        ("@@ ja", "@@"),
        ("ja@@ nein", "ja@@"),
        ("nein ja@@", "ja@@"),
    ] {
        let raw = Raw::new();
        raw.write("raw-valid", &format!("ja\n{line}\n"), "yes\nno\n");
        let error = raw.refused(&untouched);
        assert!(
            error.contains(&format!("raw-valid.de:2: `{unit}` is a unit")),
            "{error}"
        );
    }
    // What Moses writes for a hyphen, and separators within words, come back.
    let raw = Raw::new();
    raw.write("raw-valid", "ja @-@ nein\na@@b @\n", "yes @-@ no\n@@b\n");
    let prepared = raw.prepare(&untouched).unwrap();
    assert_eq!(undone(&prepared.valid[0]), ["ja @-@ nein", "a@@b @"]);
    assert_eq!(undone(&prepared.valid[1]), ["yes @-@ no", "@@b"]);
}

#[test]
fn codes_of_either_version_are_used_and_others_refused() {
    let raw = Raw::new();
    let path = raw.folder.path().join("codes");
    let given = ParallelOptions {
        codes: Codes::Read(path.clone()),
        ..options()
    };
    // In the old way the end of a word is a unit: `s </w>` ends `haus`.
    fs::write(&path, "s </w>\nu s</w>\n").unwrap();
    let prepared = raw.prepare(&given).unwrap();
    assert_eq!(read_lines(&prepared.test[0]).unwrap()[0], "h@@ a@@ us !");
    assert!(prepared.warnings.is_empty());
    assert!(
        fs::read_to_string(&prepared.codes)
            .unwrap()
            .starts_with("#version: 0.1\ns </w>\n")
    );
    for (content, problem) in [
        ("", "codes: the file is empty"),
        ("#version: 0.2\n", "codes: the file is empty"),
        ("haus 12\nist 9\n", "as in a dictionary"),
        ("#version: 0.2\nhaus\n", "codes:2: "),
        ("#version: 0.3\na b\n", "codes:1: "),
    ] {
        fs::write(&path, content).unwrap();
        let raw = Raw::new();
        let error = raw.refused(&given);
        assert!(error.contains(problem), "{error}");
    }
    fs::write(&path, "u s</w>\n").unwrap();
    let warnings = Raw::new().prepare(&given).unwrap().warnings;
    assert!(
        warnings.len() == 1 && warnings[0].contains("version 0.1"),
        "{warnings:?}"
    );
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
