//! What the translation corpus promises: German without a wrong form, one reading for each sentence and its translation
//! on the other side, the described sizes, and the same bytes for the same seed.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "helpers of tests may panic as tests may"
)]

#[path = "demo_translation/reader.rs"]
mod reader;
#[path = "demo_translation/tables.rs"]
mod tables;

use std::collections::{BTreeSet, HashMap, HashSet};

use data::demo::{TranslationDemo, TranslationSize, translation};
use files::Sha256;
use proptest::prelude::*;
use reader::{Analysis, Role, Tense, main_clauses, read, subordinate_clauses};

const SEEDS: std::ops::Range<u64> = 0..5;

fn pairs(demo: &TranslationDemo) -> impl Iterator<Item = &(String, String)> {
    demo.train.iter().chain(&demo.valid).chain(&demo.test)
}

fn sha256(demo: &TranslationDemo) -> String {
    let mut hasher = Sha256::new();
    for (german, english) in pairs(demo) {
        hasher.update(format!("{german}\t{english}\n"));
    }
    hasher.hex()
}

#[test]
fn every_sentence_has_one_reading_and_its_translation() {
    let mut translations: HashMap<String, String> = HashMap::new();
    let mut forms = BTreeSet::new();
    for seed in SEEDS {
        let demo = translation(seed, TranslationSize::default());
        for (german, english) in pairs(&demo) {
            let (_, expected) = read(german).unwrap_or_else(|| panic!("not one reading: {german}"));
            assert_eq!(*english, expected, "{german}");
            let known = translations.entry(german.clone()).or_insert(expected);
            assert_eq!(known, english, "{german}");
            forms.extend(german.split(' ').map(String::from));
        }
    }
    assert!(translations.len() > 100_000, "{}", translations.len());
    // So that every form of the lists was checked, and none is missing from them.
    let listed: BTreeSet<String> = tables::all_forms().into_iter().map(String::from).collect();
    assert_eq!(forms, listed);
}

proptest! {
    #[test]
    fn any_seed_is_readable(seed: u64) {
        let demo = translation(seed, TranslationSize { train: 60, valid: 0, test: 0 });
        for (german, english) in &demo.train {
            let translated = read(german).map(|(_, english)| english);
            prop_assert_eq!(translated.as_ref(), Some(english), "{}", german);
        }
    }
}

/// The reader would accept none of the known faults.
#[test]
fn the_reader_refuses_wrong_german() {
    let wrong = [
        "den mann schläft .",
        "ein alte mann schläft .",
        "der alter mann schläft .",
        "alten männer schlafen .",
        "die frau schlafen .",
        "die frau ruft den student an .",
        "die frau kauft einen apfel nicht .",
        "die frau liest kein das buch .",
        "die frau liest nicht das buch .",
        "die frau liest heute das buch .",
        "die frau aufmacht die tür .",
        "der hund hat weggelaufen .",
        "heute die frau schläft .",
        "die frau sagt , dass der hund schläft heute .",
        "die frau sagt , dass der mann macht die tür auf .",
        "die frau sagt , dass der mann die tür auf macht .",
        "die frau kauft brote .",
        "die frau kauft ein brot .",
        "die frau liest ein garten@@ buch .",
    ];
    for german in wrong {
        assert_eq!(read(german), None, "{german}");
    }
    let right = "die frau ruft den studenten heute nicht an , weil alte männer die haus@@ tür aufmachen .";
    let english = "the woman does not call the student today because old men open the front door .";
    assert_eq!(read(right).unwrap().1, english);
}

#[test]
fn the_reader_sees_both_readings_where_no_case_shows() {
    let first = |text| {
        main_clauses(text)
            .iter()
            .map(|clause| clause.roles[0])
            .collect::<Vec<_>>()
    };
    assert_eq!(first("das kind sieht die frau").len(), 2);
    assert_eq!(first("den mann sieht die frau"), [Role::KnownObject]);
    assert_eq!(first("die frau sieht der mann"), [Role::KnownObject]);
    assert_eq!(subordinate_clauses("das kind die frau sieht").len(), 1);
}

#[test]
fn sizes_are_as_asked_and_no_german_sentence_is_there_twice() {
    for seed in SEEDS {
        let demo = translation(seed, TranslationSize::default());
        assert_eq!(
            [demo.train.len(), demo.valid.len(), demo.test.len()],
            [20_000, 500, 1_000]
        );
        let distinct: HashSet<&str> = pairs(&demo).map(|(german, _)| german.as_str()).collect();
        assert_eq!(distinct.len(), 21_500);
    }
    let empty = translation(
        1,
        TranslationSize {
            train: 0,
            valid: 0,
            test: 0,
        },
    );
    assert_eq!(pairs(&empty).count(), 0);
}

#[test]
fn text_is_lower_cased_tokens_with_single_spaces() {
    let demo = translation(1, TranslationSize::default());
    for text in pairs(&demo).flat_map(|(german, english)| [german, english]) {
        assert_eq!(*text, text.to_lowercase());
        assert!(
            text.split(' ').all(|token| !token.is_empty()) && text.ends_with(" ."),
            "{text}"
        );
        assert!(
            text.split(' ')
                .all(|token| token.chars().all(|c| c.is_alphabetic() || ".,@".contains(c)))
        );
    }
}

#[test]
fn seed_decides_every_byte() {
    let size = TranslationSize {
        train: 300,
        valid: 20,
        test: 30,
    };
    assert_eq!(
        sha256(&translation(1, size)),
        "a5a7a71cf41dafc54f316c3f634a96b10cd0bed075acd1c9cde915442bf453b2"
    );
    assert_ne!(translation(1, size), translation(2, size));
}

/// Percentage of `all` for which `is` holds.
fn share<T>(all: &[T], is: impl Fn(&T) -> bool) -> f64 {
    100.0 * all.iter().filter(|item| is(item)).count() as f64 / all.len() as f64
}

#[test]
fn statistics_hardly_depend_on_the_seed() {
    for seed in SEEDS {
        let demo = translation(seed, TranslationSize::default());
        let pairs: Vec<_> = pairs(&demo).collect();
        for (side, expected_types, expected_mean) in [(0, 241, 10.7), (1, 186, 10.8)] {
            let texts = pairs.iter().map(|(german, english)| [german, english][side]);
            let types: HashSet<&str> = texts.clone().flat_map(|text| text.split(' ')).collect();
            let tokens: usize = texts.map(|text| text.split(' ').count()).sum();
            let mean = tokens as f64 / pairs.len() as f64;
            assert_eq!(types.len(), expected_types);
            assert!((mean - expected_mean).abs() < 0.15, "{mean} for {expected_mean}");
        }
        let longest = pairs.iter().map(|(german, _)| german.split(' ').count()).max();
        assert_eq!(longest, Some(22));

        let joined_by = |words: &[&str]| {
            share(&pairs, |(german, _)| {
                german.split(' ').any(|token| words.contains(&token))
            })
        };
        let readings: Vec<Vec<Analysis>> = pairs.iter().map(|pair| read(&pair.0).unwrap().0).collect();
        let mains: Vec<&Analysis> = pairs
            .iter()
            .zip(&readings)
            .filter(|((german, _), _)| !german.contains(" dass "))
            .map(|(_, clauses)| &clauses[0])
            .collect();
        let clauses: Vec<&Analysis> = readings.iter().flatten().collect();
        let with = |role: Role| share(&clauses, |clause| clause.roles.contains(&role));
        let tense = |tense: Tense| share(&clauses, |clause| clause.tense == tense);
        let first = |role: Role| share(&mains, |main| main.roles[0] == role);
        let shares = [
            ("dass", joined_by(&["dass"]), 25.0),
            ("weil, wenn, obwohl", joined_by(&["weil", "wenn", "obwohl"]), 15.0),
            (
                "compound",
                share(&pairs, |(german, _)| german.contains("@@")),
                10.5,
            ),
            ("present", tense(Tense::Present), 45.4),
            ("perfect", tense(Tense::Perfect), 27.0),
            ("modal", tense(Tense::Modal), 27.6),
            ("separable", share(&clauses, |clause| clause.is_separable), 37.5),
            ("object", with(Role::KnownObject) + with(Role::NewObject), 71.5),
            ("time", with(Role::Time), 40.2),
            ("place", with(Role::Place), 29.0),
            ("nicht", with(Role::Not), 14.2),
            ("kein", share(&clauses, |clause| clause.has_negative_article), 5.8),
            ("subject first", first(Role::Subject), 67.0),
            ("time first", first(Role::Time), 20.2),
            ("place first", first(Role::Place), 8.3),
            (
                "object first",
                first(Role::KnownObject) + first(Role::NewObject),
                4.6,
            ),
        ];
        for (name, share, expected) in shares {
            assert!((share - expected).abs() < 1.2, "{name}: {share} for {expected}");
        }
    }
}
