//! The token cache: hits, misses, damage, and the hash of the content.

#![allow(clippy::unwrap_used, reason = "helpers of tests may panic as tests may")]

use std::fs;
use std::path::PathBuf;

use data::{CacheUse, Corpus, EncodedCorpus, Example, ModelTokenizer, encode_cached};
use files::Hint;
use tempfile::TempDir;

fn tokenizer(extra: &str) -> ModelTokenizer {
    let vocabulary = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "a", "b", extra].map(String::from);
    ModelTokenizer::from_vocabulary(&vocabulary).unwrap()
}

fn corpus(texts: &[(&str, Option<&str>, usize)]) -> Corpus {
    let examples = texts.iter().map(|(text, pair, label)| Example {
        text: (*text).into(),
        pair: pair.map(String::from),
        label: *label,
    });
    Corpus {
        name: "small".into(),
        label_names: vec!["no".into(), "yes".into()],
        examples: examples.collect(),
    }
}

fn small() -> Corpus {
    corpus(&[
        ("a b", Some("b"), 1),
        ("b", None, 0),
        ("a a a a", Some("a b a b"), 1),
    ])
}

fn files(folder: &TempDir) -> Vec<PathBuf> {
    fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect()
}

#[test]
fn the_second_time_is_a_hit_with_the_same_tokens() {
    let folder = tempfile::tempdir().unwrap();
    let nested = folder.path().join("tokens");
    let tokenizer = tokenizer("c");
    let plain = EncodedCorpus::encode(&small(), &tokenizer, 8).unwrap();
    assert_eq!(plain.longest(), 8);
    let run = |cache| encode_cached(&small(), &tokenizer, 8, cache).unwrap();
    assert_eq!(run(None), (plain.clone(), CacheUse::Off));
    assert_eq!(run(Some(&nested)), (plain.clone(), CacheUse::Written));
    assert_eq!(run(Some(&nested)), (plain, CacheUse::Hit));
}

#[test]
fn whatever_decides_the_tokens_decides_the_file() {
    let folder = tempfile::tempdir().unwrap();
    let variants = [
        (small(), tokenizer("c"), 8),
        (small(), tokenizer("c"), 7),
        (small(), tokenizer("d"), 8),
        (corpus(&[("ab", None, 0)]), tokenizer("c"), 8),
        (corpus(&[("ab", None, 1)]), tokenizer("c"), 8),
        (corpus(&[("a", Some("b"), 0)]), tokenizer("c"), 8),
        (corpus(&[("a", None, 0), ("b", None, 0)]), tokenizer("c"), 8),
    ];
    for (count, (corpus, tokenizer, max_length)) in variants.iter().enumerate() {
        let (_, cache_use) = encode_cached(corpus, tokenizer, *max_length, Some(folder.path())).unwrap();
        assert_eq!(cache_use, CacheUse::Written);
        assert_eq!(files(&folder).len(), count + 1);
    }
    for (corpus, tokenizer, max_length) in &variants {
        let (_, cache_use) = encode_cached(corpus, tokenizer, *max_length, Some(folder.path())).unwrap();
        assert_eq!(cache_use, CacheUse::Hit);
    }
}

#[test]
fn damaged_and_foreign_files_are_made_anew() {
    let folder = tempfile::tempdir().unwrap();
    let tokenizer = tokenizer("c");
    let run = || encode_cached(&small(), &tokenizer, 8, Some(folder.path())).unwrap();
    let (fresh, _) = run();
    let path = files(&folder).pop().unwrap();
    let good = fs::read(&path).unwrap();

    let mut damages: Vec<Vec<u8>> = (0..good.len())
        .map(|byte| {
            let mut bad = good.clone();
            bad[byte] ^= 0x10;
            bad
        })
        .collect();
    damages.extend([
        Vec::new(),
        good[..good.len() - 4].to_vec(),
        [&good[..], &[0; 4]].concat(),
        b"foreign".to_vec(),
    ]);
    for bad in damages {
        fs::write(&path, bad).unwrap();
        assert_eq!(run(), (fresh.clone(), CacheUse::Written));
        assert_eq!(fs::read(&path).unwrap(), good);
        assert_eq!(files(&folder), std::slice::from_ref(&path));
    }

    // A good file of another corpus under this name.
    let other = tempfile::tempdir().unwrap();
    let swapped = corpus(&[
        ("b b", Some("a"), 1),
        ("a", None, 0),
        ("b b b b", Some("a b a b"), 1),
    ]);
    encode_cached(&swapped, &tokenizer, 8, Some(other.path())).unwrap();
    fs::copy(files(&other).pop().unwrap(), &path).unwrap();
    assert_eq!(run(), (fresh, CacheUse::Written));
}

#[test]
fn a_cache_that_cannot_be_written_is_an_error() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file");
    fs::write(&file, "").unwrap();
    let error = encode_cached(&small(), &tokenizer("c"), 8, Some(&file)).unwrap_err();
    assert!(
        error.to_string().starts_with("cannot write the token cache "),
        "{error}"
    );
    assert!(error.hint().is_some());
}

#[test]
fn what_cannot_be_tokenised_is_refused() {
    let tokenizer = tokenizer("c");
    let error = EncodedCorpus::encode(&corpus(&[]), &tokenizer, 8).unwrap_err();
    assert_eq!(error.to_string(), "corpus `small` has no examples");
    let error = encode_cached(&small(), &tokenizer, 4, None).unwrap_err();
    assert_eq!(
        error.to_string(),
        "a maximal length of 4 tokens leaves no room for a pair of texts; it needs 5"
    );
    assert!(error.hint().is_some());
}

#[test]
fn the_content_hash_is_of_the_content() {
    let hash = |corpus: &Corpus| {
        EncodedCorpus::encode(corpus, &tokenizer("c"), 8)
            .unwrap()
            .content_hash()
    };
    let base = hash(&small());
    // Computed once by another program from the documented layout; run ids depend on it.
    assert_eq!(
        base,
        "eb62befdd8a3335d8aeb53db5a99141fcb43890cb31e73463c4fa94625c2b5b3"
    );
    let mut renamed = small();
    renamed.name = "other".into();
    // Another word for the same ids, and another name, teach a model nothing else.
    renamed.examples[1].text = "B".into();
    assert_eq!(hash(&renamed), base);

    let mut relabelled = small();
    relabelled.examples[1].label = 1;
    let mut classes = small();
    classes.label_names[0] = "nope".into();
    let mut reordered = small();
    reordered.examples.swap(0, 1);
    // The same ids, split into types elsewhere.
    let mut types = small();
    types.examples[0] = Example {
        text: "a b [SEP] b".into(),
        pair: None,
        label: 1,
    };
    for other in [relabelled, classes, reordered, types] {
        assert_ne!(hash(&other), base);
    }
}
