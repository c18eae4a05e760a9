//! A corpus of one's own takes one trait: batches of both tasks are drawn from it as from the corpora of this crate.

use std::convert::Infallible;
use std::io;
use std::num::NonZeroUsize;

use data::translation::{
    BatchLimit, END, MaxTokenBatches, PAD, SentencePair, TranslationBatch, TranslationOrder, pair_lengths,
};
use data::{
    Batch, BatchOrder, Dataset, DatasetError, EvalBatches, Padding, TokenExample, TrainBatches, eval_batches,
};

const FOUR: NonZeroUsize = NonZeroUsize::new(4).unwrap();

/// Numbers, labelled by whether they are odd; made when they are asked for.
struct Numbers(usize);

impl Dataset<TokenExample, Infallible> for Numbers {
    fn get(&self, index: usize) -> Result<TokenExample, Infallible> {
        let ids = vec![9; 1 + index % 3];
        Ok(TokenExample {
            first_length: ids.len(),
            ids,
            label: (index % 2) as u32,
        })
    }

    fn len(&self) -> usize {
        self.0
    }
}

/// A file that broke off: its examples from the third on cannot be had.
struct Broken;

impl Dataset<TokenExample> for Broken {
    fn get(&self, index: usize) -> Result<TokenExample, DatasetError> {
        match Numbers(2).get(index) {
            Ok(item) if index < 2 => Ok(item),
            _ => Err(DatasetError::new(io::Error::other(format!(
                "line {index} is missing"
            )))),
        }
    }

    fn len(&self) -> usize {
        5
    }
}

/// Sentences of `n` words, translated by as many and one.
struct Lengths(Vec<u32>);

impl Dataset<SentencePair, Infallible> for Lengths {
    fn get(&self, index: usize) -> Result<SentencePair, Infallible> {
        let sentence = |words: u32| (0..words).map(|word| END + 2 + word).chain([END]).collect();
        Ok(SentencePair {
            source: sentence(self.0[index]),
            target: sentence(self.0[index] + 1),
        })
    }

    fn len(&self) -> usize {
        self.0.len()
    }
}

fn order(bucket: bool) -> BatchOrder {
    BatchOrder {
        batch_size: FOUR,
        seed: 3,
        bucket,
    }
}

#[test]
fn training_and_evaluation_see_every_example_of_it() {
    let corpus = Numbers(10);
    for bucket in [false, true] {
        let Ok(mut batches) = TrainBatches::new(&corpus, order(bucket));
        let mut seen = Vec::new();
        for update in 0..batches.batches_per_epoch() {
            let examples = batches.batch_indices(update);
            let Ok(batch) = Batch::of(&corpus, examples, Padding::Longest, 7);
            for (row, example) in batch.examples.iter().enumerate() {
                let filled = &batch.input_ids[row * batch.length..(row + 1) * batch.length];
                let tokens = 1 + example % 3;
                assert_eq!(filled[..tokens], vec![9; tokens]);
                assert_eq!(filled[tokens..], vec![7; batch.length - tokens]);
                assert_eq!(batch.labels[row], (example % 2) as i32);
            }
            seen.extend(batch.examples);
        }
        seen.sort_unstable();
        assert_eq!(seen, (0..10).collect::<Vec<_>>());
    }
    let evaluation = EvalBatches {
        size: FOUR,
        padding: Padding::Fixed(5),
        pad_id: 0,
    };
    let Ok(batches) = eval_batches(&corpus, evaluation);
    let mut sizes = Vec::new();
    for batch in batches {
        let Ok(batch) = batch;
        assert_eq!(batch.length, 5);
        sizes.push(batch.batch);
    }
    assert_eq!(sizes, [4, 4, 2]);
}

#[test]
fn what_it_cannot_give_is_said() {
    let error = TrainBatches::new(&Broken, order(false)).unwrap_err();
    assert!(error.to_string().contains("line 2 is missing"), "{error}");
    let error = Batch::of(&Broken, &[0, 3], Padding::Longest, 0).unwrap_err();
    assert!(error.to_string().contains("line 3 is missing"), "{error}");
    assert_eq!(
        Batch::of(&Broken, &[1, 0], Padding::Longest, 0).unwrap().labels,
        [1, 0]
    );
}

#[test]
fn pairs_of_it_are_translated() {
    let corpus = Lengths(vec![3, 1, 2, 5, 4, 1]);
    let Ok(lengths) = pair_lengths(&corpus);
    let limit = BatchLimit {
        max_tokens: NonZeroUsize::new(14),
        max_sentences: None,
        longest: Some(6),
    };
    let batches = MaxTokenBatches::shuffled(&lengths, limit, 1).unwrap();
    assert_eq!(batches.left_out(), 1);
    let mut order = TranslationOrder::new(batches, 1);
    let mut seen = Vec::new();
    for update in 0..order.batches_per_epoch() {
        let Ok(batch) = TranslationBatch::of(&corpus, order.batch(update));
        assert_eq!(batch.source.len(), batch.rows.len() * batch.source_length);
        assert!(
            batch
                .rows
                .is_sorted_by_key(|row| std::cmp::Reverse(corpus.0[*row]))
        );
        let tokens: usize = batch.rows.iter().map(|row| lengths[*row].target).sum();
        assert_eq!(batch.ntokens, tokens);
        let padding = batch.target.iter().filter(|id| **id == PAD as i32).count();
        assert_eq!(batch.target.len() - padding, tokens);
        seen.extend(batch.rows);
    }
    seen.sort_unstable();
    assert_eq!(seen, [0, 1, 2, 4, 5]);
}
