//! Batches of sentence pairs against those recorded from fairseq.

#![allow(clippy::unwrap_used, reason = "helpers of tests may panic as tests may")]

use std::collections::BTreeMap;
use std::fs;
use std::num::NonZeroUsize;
use std::path::Path;

use data::translation::{
    BatchLimit, LONGEST_SENTENCE, MaxTokenBatches, PAD, PairLength, ParallelCorpus, Sentences,
};
use serde::Deserialize;
use serde::de::DeserializeOwned;

fn recorded<T: DeserializeOwned>(name: &str) -> T {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../data/golden/mt/m2x2");
    serde_json::from_slice(&fs::read(folder.join(name)).unwrap()).unwrap()
}

#[derive(Deserialize)]
struct Batching {
    src_lengths: Vec<usize>,
    tgt_lengths: Vec<usize>,
    max_tokens: Option<NonZeroUsize>,
    max_sentences: Option<NonZeroUsize>,
    initial_permutation: Option<Vec<usize>>,
    batches: Vec<Vec<usize>>,
    batches_over_max_tokens: Vec<usize>,
}

#[test]
fn the_same_pairs_go_together() {
    let cases: BTreeMap<String, Batching> = recorded("batching.json");
    assert_eq!(cases.len(), 4);
    for (name, case) in cases {
        let lengths: Vec<PairLength> = case
            .src_lengths
            .iter()
            .zip(&case.tgt_lengths)
            .map(|(&source, &target)| PairLength { source, target })
            .collect();
        let limit = BatchLimit {
            max_tokens: case.max_tokens,
            max_sentences: case.max_sentences,
            longest: Some(LONGEST_SENTENCE),
        };
        let batches = match case.initial_permutation {
            Some(order) => MaxTokenBatches::new(&lengths, order, limit),
            None => MaxTokenBatches::natural(&lengths, limit),
        };
        let batches = batches.unwrap();
        assert_eq!(batches.left_out(), 0, "{name}");
        let pairs: Vec<&[usize]> = batches.iter().collect();
        assert_eq!(pairs, case.batches, "{name}");
        let over: Vec<usize> = (0..batches.len())
            .filter(|batch| {
                let pairs = batches.batch(*batch);
                let longest = pairs.iter().map(|pair| lengths[*pair].longer()).max().unwrap();
                case.max_tokens
                    .is_some_and(|most| pairs.len() * longest > most.get())
            })
            .collect();
        assert_eq!(over, case.batches_over_max_tokens, "{name}");
    }
}

#[derive(Deserialize)]
struct TrainBatches {
    batches: Vec<Collated>,
}

#[derive(Deserialize)]
struct Collated {
    id: Vec<usize>,
    ntokens: usize,
    src_tokens: Vec<Vec<i32>>,
    prev_output_tokens: Vec<Vec<i32>>,
    target: Vec<Vec<i32>>,
}

/// The sentences of a padded matrix, in the order of `id`.
fn sentences(id: &[usize], rows: &[Vec<i32>]) -> Sentences {
    let by_id: BTreeMap<usize, Vec<u32>> = id
        .iter()
        .zip(rows)
        .map(|(&id, row)| {
            let words = row.iter().map(|id| id.cast_unsigned()).filter(|id| *id != PAD);
            (id, words.collect())
        })
        .collect();
    let mut sentences = Sentences::default();
    for sentence in by_id.values() {
        sentences.push(sentence);
    }
    sentences
}

#[test]
fn rows_are_padded_and_shifted_as_recorded() {
    let recorded: TrainBatches = recorded("train_batches.json");
    assert_eq!(recorded.batches.len(), 6);
    for case in recorded.batches {
        let corpus = ParallelCorpus {
            source: sentences(&case.id, &case.src_tokens),
            target: sentences(&case.id, &case.target),
            source_vocab_size: 60,
            target_vocab_size: 52,
        };
        // The recorded order of equally long sources is arbitrary, so it is given.
        let batch = corpus.batch(&case.id);
        assert_eq!(batch.rows, case.id);
        assert_eq!(batch.source_length, case.src_tokens[0].len());
        assert_eq!(batch.target_length, case.target[0].len());
        assert_eq!(batch.source, case.src_tokens.concat());
        assert_eq!(batch.previous, case.prev_output_tokens.concat());
        assert_eq!(batch.target, case.target.concat());
        assert_eq!(batch.ntokens, case.ntokens);

        let pairs: Vec<usize> = (0..corpus.len()).collect();
        let mut expected = pairs.clone();
        expected.sort_by_key(|pair| std::cmp::Reverse(corpus.source.ids(*pair).len()));
        assert_ne!(expected, pairs);
        assert_eq!(corpus.batch(&pairs).rows, expected);
    }
}
