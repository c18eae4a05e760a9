//! Real corpora, found through HEADCOUNT_TEST_DATA: Multi30k from raw text, and IWSLT14 put together again.

#![allow(clippy::unwrap_used, reason = "helpers of tests may panic as tests may")]

use std::fs;
use std::path::{Path, PathBuf};

use data::bpe::{SEPARATOR, undo};
use data::moses::{Language, Prefixes, Tokenizer, lowercase};
use data::prepare::{Codes, ParallelFiles, ParallelOptions, Preparation, parallel};
use data::read_lines;
use data::translation::Dictionary;

fn packs() -> Option<PathBuf> {
    let packs = std::env::var_os("HEADCOUNT_TEST_DATA").map(PathBuf::from);
    if packs.is_none() {
        println!("skipped: HEADCOUNT_TEST_DATA is not set");
    }
    packs
}

fn files(folder: &Path, names: [&str; 3]) -> ParallelFiles {
    let [train, valid, test] =
        names.map(|name| ["de", "en"].map(|code| folder.join(format!("{name}.{code}.gz"))));
    ParallelFiles { train, valid, test }
}

fn undone(path: &Path) -> Vec<String> {
    let lines = read_lines(path).unwrap();
    lines.iter().map(|line| undo(line, SEPARATOR)).collect()
}

#[test]
fn multi30k_is_the_lower_cased_tokens_in_units() {
    let Some(packs) = packs() else { return };
    let folder = tempfile::tempdir().unwrap();
    let lists = packs.join("moses");
    let options = ParallelOptions {
        prefixes: Some(lists.clone()),
        codes: Codes::Learn(4000),
        ..ParallelOptions::new("de", "en")
    };
    let raw = files(&packs.join("multi30k"), ["train", "val", "test2016"]);
    let prepared = parallel(&raw, &options, &folder.path().join("out")).unwrap();
    let counts = prepared.counts;
    assert_eq!(
        (counts.train_read, counts.valid, counts.test, counts.merges),
        (29_000, 1014, 1000, 4000)
    );
    assert_eq!(counts.train + counts.dropped.total(), counts.train_read);
    // No caption has 176 words or none; some have half as many words again as their translation.
    assert_eq!(counts.dropped.total(), counts.dropped.ratio);
    assert!((500..3000).contains(&counts.dropped.ratio), "{counts:?}");
    for (side, language) in [Language::German, Language::English].into_iter().enumerate() {
        let list = lists.join(format!("nonbreaking_prefix.{language}"));
        let tokenizer = Tokenizer::new(language, Prefixes::read(&list).unwrap());
        let tokens = |path: &Path| -> Vec<String> {
            let lines = read_lines(path).unwrap();
            lines
                .iter()
                .map(|line| lowercase(&tokenizer.tokenize(line)))
                .collect()
        };
        assert_eq!(undone(&prepared.valid[side]), tokens(&raw.valid[side]));
        assert_eq!(undone(&prepared.test[side]), tokens(&raw.test[side]));
        // What is left of the training text is in its order.
        let train = undone(&prepared.train[side]);
        let mut all = tokens(&raw.train[side]).into_iter();
        assert!(train.iter().all(|line| all.any(|other| other == *line)));
        assert_eq!(
            Dictionary::read(&prepared.dictionaries[side]).unwrap().size() % 8,
            0
        );
    }
}

/// The recorded files are tokenised, so undone they are raw text that only has to be segmented.
#[test]
fn iwslt14_comes_back_from_its_undone_text() {
    let Some(packs) = packs() else { return };
    let pack = packs.join("iwslt14");
    let recorded = files(&pack, ["train", "valid", "test"]);
    let folder = tempfile::tempdir().unwrap();
    let undo_file = |path: &PathBuf| {
        let plain = folder.path().join(path.file_stem().unwrap());
        fs::write(&plain, undone(path).join("\n") + "\n").unwrap();
        plain
    };
    let raw = ParallelFiles {
        train: recorded.train.each_ref().map(undo_file),
        valid: recorded.valid.each_ref().map(undo_file),
        test: recorded.test.each_ref().map(undo_file),
    };
    let options = ParallelOptions {
        tokenize: false,
        codes: Codes::Read(pack.join("codes")),
        dictionaries: Some(["de", "en"].map(|code| pack.join(format!("dict.{code}.txt")))),
        ..ParallelOptions::new("de", "en")
    };
    let Preparation {
        train,
        valid,
        test,
        codes,
        dictionaries,
        counts,
        ..
    } = parallel(&raw, &options, &folder.path().join("out")).unwrap();
    assert_eq!((counts.train, counts.valid, counts.test), (47_102, 7283, 6750));
    assert_eq!(counts.dictionary, [8844, 6628]);
    for (made, recorded) in [
        (&train, &recorded.train),
        (&valid, &recorded.valid),
        (&test, &recorded.test),
    ] {
        for side in [0, 1] {
            assert!(
                read_lines(&made[side]).unwrap() == read_lines(&recorded[side]).unwrap(),
                "{:?}",
                made[side]
            );
        }
    }
    assert_eq!(fs::read(codes).unwrap(), fs::read(pack.join("codes")).unwrap());
    for (path, code) in dictionaries.iter().zip(["de", "en"]) {
        let recorded = pack.join(format!("dict.{code}.txt"));
        assert_eq!(fs::read(path).unwrap(), fs::read(recorded).unwrap());
    }
}
