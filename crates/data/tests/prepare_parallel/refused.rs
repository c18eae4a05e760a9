//! Text and options that are refused, by name.

use std::fs;

use data::prepare::ParallelOptions;

use crate::{Raw, options};

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
