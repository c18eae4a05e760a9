//! Properties of training and evaluation batches.

#![allow(clippy::unwrap_used, reason = "helpers of tests may panic as tests may")]

use std::collections::HashSet;
use std::convert::Infallible;
use std::num::NonZeroUsize;

use data::{
    Batch, BatchOrder, Corpus, EncodedCorpus, EvalBatches, Example, ModelTokenizer, Padding, TrainBatches,
    eval_batches,
};
use proptest::prelude::*;

/// Examples of these many words: singles where the second number is missing.
fn corpus(words: &[(usize, Option<usize>)]) -> EncodedCorpus {
    let vocabulary = ["[UNK]", "[CLS]", "[SEP]", "a", "b", "[PAD]"].map(String::from);
    let tokenizer = ModelTokenizer::from_vocabulary(&vocabulary).unwrap();
    let examples = words.iter().enumerate().map(|(index, (first, second))| Example {
        text: "a ".repeat(*first),
        pair: second.map(|second| "b ".repeat(second)),
        label: index % 3,
    });
    let corpus = Corpus {
        name: "words".into(),
        label_names: ["x", "y", "z"].map(String::from).to_vec(),
        examples: examples.collect(),
    };
    EncodedCorpus::encode(&corpus, &tokenizer, 64).unwrap()
}

fn words() -> impl Strategy<Value = Vec<(usize, Option<usize>)>> {
    prop::collection::vec((0usize..12, prop::option::of(0usize..12)), 1..150)
}

fn order(batch_size: usize, seed: u64, bucket: bool) -> BatchOrder {
    BatchOrder {
        batch_size: NonZeroUsize::new(batch_size).unwrap(),
        seed,
        bucket,
    }
}

fn train_batches(corpus: &EncodedCorpus, order: BatchOrder) -> TrainBatches {
    let Ok(batches) = TrainBatches::new(corpus, order);
    batches
}

/// The batches of an evaluation, whose number is known before.
fn evaluation(corpus: &EncodedCorpus, size: usize, padding: Padding) -> Vec<Batch> {
    let batches = EvalBatches {
        size: NonZeroUsize::new(size).unwrap(),
        padding,
        pad_id: corpus.pad_id,
    };
    let Ok(batches) = eval_batches(corpus, batches);
    let expected = batches.len();
    let batches: Result<Vec<Batch>, Infallible> = batches.collect();
    let Ok(batches) = batches;
    assert_eq!(batches.len(), expected);
    batches
}

fn epoch(batches: &mut TrainBatches, number: usize) -> Vec<Vec<usize>> {
    let updates = batches.batches_per_epoch();
    (number * updates..(number + 1) * updates)
        .map(|update| batches.batch_indices(update).to_vec())
        .collect()
}

fn is_permutation(batches: &[Vec<usize>], examples: usize) -> bool {
    let mut all = batches.concat();
    all.sort_unstable();
    all == (0..examples).collect::<Vec<_>>()
}

/// Compares every cell with what the definition says it is.
fn check_cells(corpus: &EncodedCorpus, batch: &Batch) {
    assert_eq!(batch.examples.len(), batch.batch);
    assert_eq!(batch.labels.len(), batch.batch);
    for array in [&batch.input_ids, &batch.token_type_ids] {
        assert_eq!(array.len(), batch.batch * batch.length);
    }
    assert_eq!(batch.attention_mask.len(), batch.batch * batch.length);
    for (row, &example) in batch.examples.iter().enumerate() {
        let ids = corpus.ids(example);
        assert_eq!(batch.labels[row], (example % 3) as i32);
        for column in 0..batch.length {
            let cell = row * batch.length + column;
            let token = ids.get(column);
            assert_eq!(batch.input_ids[cell], token.map_or(5, |id| *id as i32));
            assert_eq!(batch.attention_mask[cell], token.is_some());
            let second = token.is_some() && column >= corpus.first_length(example);
            assert_eq!(batch.token_type_ids[cell], i32::from(second));
        }
    }
}

proptest! {
    #[test]
    fn an_epoch_has_every_example_once(words in words(), size in 1usize..20, seed: u64, bucket: bool, number in 0usize..4) {
        let corpus = corpus(&words);
        let mut batches = train_batches(&corpus, order(size, seed, bucket));
        prop_assert_eq!(batches.batches_per_epoch(), words.len().div_ceil(size));
        let epoch = epoch(&mut batches, number);
        prop_assert!(is_permutation(&epoch, words.len()));
        let full = epoch.iter().filter(|batch| batch.len() == size).count();
        prop_assert_eq!(full, words.len() / size);
        prop_assert!(epoch.iter().all(|batch| batch.len() == size || batch.len() == words.len() % size));
    }

    #[test]
    fn an_update_depends_on_seed_and_number_only(words in words(), size in 1usize..20, seed: u64, bucket: bool, updates in prop::collection::vec(0usize..100, 1..20)) {
        let corpus = corpus(&words);
        let mut jumping = train_batches(&corpus, order(size, seed, bucket));
        for update in updates {
            let mut fresh = train_batches(&corpus, order(size, seed, bucket));
            prop_assert_eq!(jumping.batch_indices(update), fresh.batch_indices(update));
        }
    }

    #[test]
    fn cells_hold_tokens_and_padding(words in words(), size in 1usize..20, fixed in 1usize..40) {
        let corpus = corpus(&words);
        for padding in [Padding::Longest, Padding::Fixed(fixed)] {
            for batch in evaluation(&corpus, size, padding) {
                check_cells(&corpus, &batch);
                let longest = batch.examples.iter().map(|example| corpus.ids(*example).len()).max().unwrap();
                prop_assert_eq!(batch.length, if padding == Padding::Longest { longest } else { longest.max(fixed) });
            }
        }
    }

    #[test]
    fn evaluation_covers_everything_once_longest_first(words in words(), size in 1usize..20) {
        let corpus = corpus(&words);
        let batches = evaluation(&corpus, size, Padding::Longest);
        prop_assert_eq!(batches.len(), words.len().div_ceil(size));
        let examples: Vec<Vec<usize>> = batches.iter().map(|batch| batch.examples.clone()).collect();
        prop_assert!(is_permutation(&examples, words.len()));
        prop_assert!(examples[..examples.len() - 1].iter().all(|batch| batch.len() == size));
        prop_assert!(examples.concat().is_sorted_by_key(|example| std::cmp::Reverse(corpus.ids(*example).len())));
    }
}

fn thousand() -> EncodedCorpus {
    let words: Vec<_> = (0..1000).map(|index| (1 + index * 7 % 30, None)).collect();
    corpus(&words)
}

#[test]
fn epochs_and_seeds_differ() {
    let corpus = thousand();
    for bucket in [false, true] {
        let mut seen = HashSet::new();
        for seed in 0..4 {
            let mut batches = train_batches(&corpus, order(32, seed, bucket));
            for number in 0..4 {
                seen.insert(epoch(&mut batches, number));
            }
        }
        assert_eq!(seen.len(), 16);
    }
}

#[test]
fn buckets_save_most_of_the_padding() {
    let corpus = thousand();
    let padded = |bucket| -> usize {
        let mut batches = train_batches(&corpus, order(8, 1, bucket));
        let epoch = epoch(&mut batches, 0);
        let cells = epoch
            .iter()
            .map(|examples| corpus.batch(examples, Padding::Longest).input_ids.len());
        cells.sum::<usize>() - corpus.token_count()
    };
    assert!(
        padded(true) * 10 < padded(false),
        "{} {}",
        padded(true),
        padded(false)
    );
}

#[test]
fn the_smaller_batch_is_last_without_buckets_and_anywhere_with() {
    let corpus = thousand();
    let place = |bucket, number| {
        let mut batches = train_batches(&corpus, order(32, 5, bucket));
        epoch(&mut batches, number)
            .iter()
            .position(|batch| batch.len() == 8)
            .unwrap()
    };
    assert!((0..5).all(|number| place(false, number) == 31));
    assert!((0..5).any(|number| place(true, number) != 31));
}

#[test]
fn the_order_is_the_same_on_every_platform() {
    let corpus = corpus(&[
        (1, None),
        (2, None),
        (3, None),
        (4, None),
        (5, None),
        (6, None),
        (7, None),
    ]);
    let mut shuffled = train_batches(&corpus, order(3, 42, false));
    let mut bucketed = train_batches(&corpus, order(3, 42, true));
    assert_eq!(epoch(&mut shuffled, 0), [vec![2, 1, 5], vec![4, 6, 0], vec![3]]);
    assert_eq!(epoch(&mut bucketed, 1), [vec![6], vec![0, 1, 2], vec![3, 4, 5]]);
}
