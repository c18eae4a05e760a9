//! Dictionaries, pairs of sentences read from files, and the order of their batches.

#![allow(clippy::unwrap_used, reason = "helpers of tests may panic as tests may")]

use std::fs;
use std::io::Write;
use std::iter::repeat_n;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};

use data::translation::{
    BatchLimit, Dictionary, END, LONGEST_SENTENCE, MaxTokenBatches, PairLength, PairRules, ParallelCorpus,
    ParallelReport, START, TranslationOrder, UNKNOWN, Unusable,
};
use data::{DataError, read_lines};
use files::Hint;
use flate2::Compression;
use flate2::write::GzEncoder;
use proptest::prelude::*;
use tempfile::TempDir;

fn packs() -> Option<PathBuf> {
    let packs = std::env::var_os("HEADCOUNT_TEST_DATA").map(PathBuf::from);
    if packs.is_none() {
        println!("skipped: HEADCOUNT_TEST_DATA is not set");
    }
    packs
}

/// Two files of lines in a folder of their own.
struct Files {
    folder: TempDir,
    source: PathBuf,
    target: PathBuf,
}

impl Files {
    fn new(source: impl AsRef<[u8]>, target: impl AsRef<[u8]>) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let (source_path, target_path) = (folder.path().join("text.de"), folder.path().join("text.en"));
        fs::write(&source_path, source).unwrap();
        fs::write(&target_path, target).unwrap();
        Self {
            folder,
            source: source_path,
            target: target_path,
        }
    }

    fn read(&self, longest: usize, unusable: Unusable) -> Result<ParallelReport, DataError> {
        let (source, target) = (
            Dictionary::build(["der hund bellt"], 1),
            Dictionary::build(["the dog barks"], 1),
        );
        let rules = PairRules { longest, unusable };
        ParallelCorpus::read((&self.source, &source), (&self.target, &target), rules)
    }

    /// The message of a failed reading, without the folder.
    fn refusal(&self, longest: usize, unusable: Unusable) -> String {
        let error = self.read(longest, unusable).unwrap_err();
        let folder = format!("{}{}", self.folder.path().display(), std::path::MAIN_SEPARATOR);
        error.to_string().replace(&folder, "")
    }
}

#[test]
fn words_are_numbered_by_falling_count_then_by_code_points() {
    let dictionary = Dictionary::build(["b a c c", "d\u{a0}c  é a b <unk> </s>", ""], 1);
    let words: Vec<&str> = (START..dictionary.size() as u32)
        .map(|id| dictionary.word(id))
        .collect();
    assert_eq!(words, ["<s>", "<pad>", "</s>", "<unk>", "c", "a", "b", "d", "é"]);
    let frequent = Dictionary::build(["b a c c", "d c a b"], 2);
    assert_eq!(frequent.size(), 7);
    assert_eq!(frequent.id("d"), UNKNOWN);
}

#[test]
fn lines_become_ids_and_words_again() {
    let dictionary = Dictionary::build(["the dog", "the"], 1);
    assert_eq!(dictionary.encode("  the big\tdog "), [4, UNKNOWN, 5, END]);
    assert_eq!(dictionary.encode(""), [END]);
    // No word of a text may end its sentence or pass for padding.
    assert_eq!(dictionary.encode("</s> <pad> the"), [UNKNOWN, UNKNOWN, 4, END]);
    assert_eq!(
        dictionary.decode(&[4, UNKNOWN, 5, END, 4, END]),
        ["the", "<unk>", "dog"]
    );
    assert_eq!(dictionary.decode(&[5]), ["dog"]);
}

#[test]
fn dictionaries_come_back_from_their_files() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("dict.txt");
    let dictionary = Dictionary::build(["a b@@ b@@ ü", "\u{feff}"], 0);
    dictionary.write(&path).unwrap();
    assert_eq!(
        fs::read_to_string(&path).unwrap(),
        "b@@ 2\na 1\nü 1\n\u{feff} 1\n"
    );
    assert_eq!(Dictionary::read(&path).unwrap(), dictionary);
    let written = fs::read_to_string(&path).unwrap();
    for end in ["\n", "\n\n", "\r\n", " \n"] {
        fs::write(&path, written.clone() + end).unwrap();
        assert_eq!(Dictionary::read(&path).unwrap(), dictionary, "{end:?}");
    }
    let nowhere = folder.path().join("none/dict.txt");
    assert!(matches!(
        dictionary.write(&nowhere).unwrap_err(),
        DataError::Write { path, .. } if path == nowhere
    ));
}

#[test]
fn bad_dictionaries_are_refused_with_their_line() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("dict.txt");
    for (content, message) in [
        ("a 3\nb\n", "dict.txt:2: `b` is not a word, a space and a count"),
        ("a x\n", "dict.txt:1: `a x` is not a word, a space and a count"),
        ("a -1\n", "dict.txt:1: `a -1` is not a word, a space and a count"),
        (" 4\n", "dict.txt:1: ` 4` is not a word, a space and a count"),
        (
            "a b 4\n",
            "dict.txt:1: `a b 4` is not a word, a space and a count",
        ),
        ("a 3\nb 2\na 1\n", "dict.txt:3: `a` already stands in line 1"),
        (
            "a 3\n<pad> 2\n",
            "dict.txt:2: `<pad>` is a special symbol, which a dictionary does not list",
        ),
        ("", "dict.txt: the file is empty"),
        ("\n\n", "dict.txt: the file is empty"),
        ("a 3\n\nb 2\n", "dict.txt:2: the line is blank and others follow"),
        (
            "a 99999999999999999999\n",
            "dict.txt:1: `a 99999999999999999999` is not a word, a space and a count",
        ),
    ] {
        fs::write(&path, content).unwrap();
        let error = Dictionary::read(&path).unwrap_err();
        assert!(error.hint().is_some(), "{message}");
        assert_eq!(
            error.to_string().replace(&path.display().to_string(), "dict.txt"),
            message
        );
    }
}

#[test]
fn real_dictionaries_are_built_and_written_as_they_are() {
    let Some(packs) = packs() else { return };
    let folder = tempfile::tempdir().unwrap();
    for (language, size) in [("de", 8848), ("en", 6632)] {
        let path = packs.join(format!("iwslt14/dict.{language}.txt"));
        let dictionary = Dictionary::read(&path).unwrap();
        assert_eq!(dictionary.size(), size);
        let written = folder.path().join(language);
        dictionary.write(&written).unwrap();
        assert!(fs::read(&path).unwrap() == fs::read(&written).unwrap());

        // Each word as often as it was counted, the rarest first; words that only fill up have no count.
        let counted: Vec<String> = read_lines(&path).unwrap();
        let counted: Vec<(&str, usize)> = counted
            .iter()
            .map(|line| line.rsplit_once(' ').unwrap())
            .map(|(word, count)| (word, count.parse().unwrap()))
            .collect();
        let text = counted
            .iter()
            .rev()
            .flat_map(|(word, count)| repeat_n(*word, *count));
        Dictionary::build(text, 1).write(&written).unwrap();
        let with_count = counted.iter().filter(|(_, count)| *count > 0).count();
        assert_eq!(
            read_lines(&written).unwrap(),
            read_lines(&path).unwrap()[..with_count]
        );
    }
}

#[test]
fn real_pairs_are_read_without_unknown_words_and_put_in_batches() {
    let Some(packs) = packs() else { return };
    let pack = packs.join("iwslt14");
    let dictionary = |language: &str| Dictionary::read(&pack.join(format!("dict.{language}.txt"))).unwrap();
    let (source, target) = (dictionary("de"), dictionary("en"));
    let rules = PairRules {
        longest: LONGEST_SENTENCE,
        unusable: Unusable::Refuse,
    };
    let report = ParallelCorpus::read(
        (&pack.join("train.de.gz"), &source),
        (&pack.join("train.en.gz"), &target),
        rules,
    )
    .unwrap();
    let corpus = &report.corpus;
    assert_eq!((report.unknown_source, report.unknown_target), (0, 0));
    assert_eq!((corpus.len(), corpus.target.len()), (47_102, 47_102));
    assert_eq!(corpus.source.token_count(), 1_138_920 + 47_102);
    assert_eq!(corpus.target.token_count(), 1_114_679 + 47_102);
    assert_eq!((corpus.source_vocab_size, corpus.target_vocab_size), (8848, 6632));

    let limit = BatchLimit {
        max_tokens: NonZeroUsize::new(4096),
        max_sentences: None,
        longest: Some(LONGEST_SENTENCE),
    };
    let batches = MaxTokenBatches::shuffled(&corpus.lengths(), limit, 1).unwrap();
    let tokens: usize = batches.iter().map(|batch| corpus.batch(batch).ntokens).sum();
    assert_eq!(tokens, corpus.target.token_count());
    assert_eq!(batches.iter().map(<[usize]>::len).sum::<usize>(), 47_102);
}

#[test]
fn parallel_lines_are_read_packed_or_not() {
    let mut files = Files::new("der hund bellt\nder mond\n", "the dog barks\r\nthe moon\r\n");
    let plain = files.read(10, Unusable::Refuse).unwrap();
    assert_eq!(plain.corpus.source.ids(0), [5, 6, 4, END]);
    assert_eq!(plain.corpus.source.ids(1), [5, UNKNOWN, END]);
    assert_eq!(plain.corpus.target.ids(0), [6, 5, 4, END]);
    assert_eq!((plain.unknown_source, plain.unknown_target), (1, 1));
    assert_eq!((plain.empty, plain.too_long), (0, 0));

    let packed = files.folder.path().join("text.de.gz");
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(&fs::read(&files.source).unwrap()).unwrap();
    fs::write(&packed, encoder.finish().unwrap()).unwrap();
    files.source = packed;
    assert_eq!(files.read(10, Unusable::Refuse).unwrap(), plain);
}

#[test]
fn unusable_pairs_are_refused_or_left_out_on_both_sides() {
    let files = Files::new(
        "hund\n \nhund\nder hund bellt\nbellt",
        "dog\ndog\n\nthe dog\nbarks",
    );
    assert_eq!(
        files.refusal(10, Unusable::Refuse),
        "text.de:2: the sentence is empty"
    );
    let report = files.read(3, Unusable::Skip).unwrap();
    assert_eq!((report.empty, report.too_long), (2, 1));
    assert_eq!(report.corpus.len(), 2);
    assert_eq!(report.corpus.source.ids(1), [4, END]);
    assert_eq!(report.corpus.target.ids(1), [4, END]);

    let files = Files::new("hund\nhund\n", "the dog\nthe dog barks\n");
    assert_eq!(files.read(4, Unusable::Refuse).unwrap().corpus.len(), 2);
    assert_eq!(
        files.refusal(3, Unusable::Refuse),
        "text.en:2: the sentence has 4 tokens, its end symbol included; the limit is 3"
    );
    assert_eq!(
        files.refusal(2, Unusable::Skip),
        "text.de and text.en: no usable pairs of sentences (0 left out because a side is empty, \
         2 because a side is too long)"
    );
}

#[test]
fn files_that_are_not_parallel_text_are_refused_with_their_line() {
    let message = |source: &[u8], target: &[u8]| Files::new(source, target).refusal(9, Unusable::Skip);
    assert_eq!(
        message(b"a\nb\nc\n", b"a\nb\n"),
        "text.de:3: text.en ends before this line"
    );
    assert_eq!(
        message(b"a\n", b"a\n\n"),
        "text.en:2: text.de ends before this line"
    );
    assert_eq!(
        message(b"a\nb\n", b"a\nb\xff\n"),
        "text.en:2: not valid UTF-8 (byte 2 of the line is 0xFF)"
    );
    assert_eq!(
        message(b"", b""),
        "text.de and text.en: no usable pairs of sentences (0 left out because a side is empty, \
         0 because a side is too long)"
    );
    let mut files = Files::new("a", "a");
    files.target = Path::new("nowhere.en").into();
    assert!(matches!(
        files.read(9, Unusable::Skip).unwrap_err(),
        DataError::Open { path, .. } if path == Path::new("nowhere.en")
    ));
}

#[test]
fn the_content_hash_depends_on_ids_boundaries_and_sides() {
    let hash = |source: &str, target: &str| {
        let report = Files::new(source, target).read(9, Unusable::Refuse).unwrap();
        report.corpus.content_hash()
    };
    let first = hash("der hund\nbellt\n", "dog\nbarks\n");
    assert_eq!(first, hash("der hund\nbellt", "dog\nbarks"));
    assert_ne!(first, hash("der\nhund bellt\n", "dog\nbarks\n"));
    assert_ne!(first, hash("der hund\nbellt\n", "dog\nthe\n"));
    assert_ne!(hash("der\n", "the\n"), hash("bellt\n", "the\n"));
}

fn lengths() -> impl Strategy<Value = Vec<PairLength>> {
    let length = (1usize..40, 1usize..40).prop_map(|(source, target)| PairLength { source, target });
    prop::collection::vec(length, 1..120)
}

proptest! {
    #[test]
    fn every_pair_is_in_exactly_one_batch_within_the_limits(
        lengths in lengths(),
        max_tokens in 40usize..400,
        max_sentences in 1usize..30,
        longest in 20usize..40,
        seed: u64,
    ) {
        let limit = BatchLimit {
            max_tokens: NonZeroUsize::new(max_tokens),
            max_sentences: NonZeroUsize::new(max_sentences),
            longest: Some(longest),
        };
        let kept: Vec<usize> = (0..lengths.len()).filter(|pair| lengths[*pair].longer() <= longest).collect();
        prop_assume!(!kept.is_empty());
        let batches = MaxTokenBatches::shuffled(&lengths, limit, seed).unwrap();
        prop_assert_eq!(batches.left_out(), lengths.len() - kept.len());
        let mut pairs: Vec<usize> = batches.iter().flatten().copied().collect();
        pairs.sort_unstable();
        prop_assert_eq!(pairs, kept);
        for (number, batch) in batches.iter().enumerate() {
            let last = number + 1 == batches.len();
            prop_assert!(!batch.is_empty() && batch.len() <= max_sentences);
            prop_assert!(last || batch.len() % 8 == 0 || batch.len() < 8);
            // Only what the batch before left, fewer than eight, and the pair after it can take a batch over the limit.
            let longest = batch.iter().map(|pair| lengths[*pair].longer()).max().unwrap();
            prop_assert!(batch.len() * longest <= max_tokens || batch.len() <= 8);
        }
    }

    #[test]
    fn epochs_have_every_batch_once_and_resume_anywhere(
        lengths in lengths(),
        seed: u64,
        updates in prop::collection::vec(0usize..400, 1..20),
    ) {
        let limit = BatchLimit { max_tokens: NonZeroUsize::new(80), max_sentences: None, longest: None };
        let batches = MaxTokenBatches::shuffled(&lengths, limit, seed).unwrap();
        prop_assert_eq!(&batches, &MaxTokenBatches::shuffled(&lengths, limit, seed).unwrap());
        let mut forward = TranslationOrder::new(batches.clone(), seed);
        let per_epoch = forward.batches_per_epoch();
        let sequence: Vec<Vec<usize>> = (0..400).map(|update| forward.batch(update).to_vec()).collect();
        let mut all: Vec<&[usize]> = batches.iter().collect();
        all.sort_unstable();
        for epoch in sequence.chunks_exact(per_epoch) {
            let mut epoch: Vec<&[usize]> = epoch.iter().map(Vec::as_slice).collect();
            epoch.sort_unstable();
            prop_assert_eq!(&epoch, &all);
        }
        let mut resumed = TranslationOrder::new(batches, seed);
        for update in updates {
            prop_assert_eq!(resumed.batch(update), sequence[update].as_slice());
        }
    }
}

#[test]
fn seeds_and_epochs_differ() {
    let lengths: Vec<PairLength> = (0..400)
        .map(|pair| PairLength {
            source: 5 + pair % 3,
            target: 6,
        })
        .collect();
    let limit = BatchLimit {
        max_tokens: NonZeroUsize::new(64),
        max_sentences: None,
        longest: None,
    };
    let batches = |seed| MaxTokenBatches::shuffled(&lengths, limit, seed).unwrap();
    assert_ne!(batches(1), batches(2));
    let epoch = |seed, number: usize| {
        let mut order = TranslationOrder::new(batches(1), seed);
        let size = order.batches_per_epoch();
        let updates = number * size..(number + 1) * size;
        updates
            .map(|update| order.batch(update).to_vec())
            .collect::<Vec<_>>()
    };
    assert_ne!(epoch(1, 0), epoch(1, 1));
    assert_ne!(epoch(1, 0), epoch(2, 0));
}
