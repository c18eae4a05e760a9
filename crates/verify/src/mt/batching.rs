//! Which pairs of sentences go together under a limit of tokens.

use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::path::Path;

use data::translation::{BatchLimit, LONGEST_SENTENCE, MaxTokenBatches, PairLength};
use serde::Deserialize;

use super::recording::parse;
use crate::tally::Tally;
use crate::{Verdict, VerifyError};

#[derive(Deserialize)]
struct Case {
    src_lengths: Vec<usize>,
    tgt_lengths: Vec<usize>,
    max_tokens: Option<NonZeroUsize>,
    max_sentences: Option<NonZeroUsize>,
    /// Order before the sorts by length, drawn by the reference; none where it is that of the corpus.
    initial_permutation: Option<Vec<usize>>,
    batches: Vec<Vec<usize>>,
    batch_sizes: Vec<usize>,
    batches_over_max_tokens: Vec<usize>,
}

pub(super) fn check(text: &str, path: &Path) -> Result<Verdict, VerifyError> {
    let cases: BTreeMap<String, Case> = parse(text, path)?;
    let mut tally = Tally::default();
    for (name, case) in &cases {
        tally.case();
        tally.equal(
            &format!("{name} sides"),
            &case.src_lengths.len(),
            &case.tgt_lengths.len(),
        );
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
        let order = match &case.initial_permutation {
            Some(order) => order.clone(),
            None => (0..lengths.len()).collect(),
        };
        if order.iter().any(|&pair| pair >= lengths.len()) {
            return Err(VerifyError::malformed(
                path,
                format!("{name} orders a pair that it lacks"),
            ));
        }
        let batches = MaxTokenBatches::new(&lengths, order, limit)
            .map_err(|error| VerifyError::malformed(path, error))?;
        let ours: Vec<Vec<usize>> = batches.iter().map(<[usize]>::to_vec).collect();
        let sizes: Vec<usize> = ours.iter().map(Vec::len).collect();
        tally.equal(&format!("{name} batch_sizes"), &sizes, &case.batch_sizes);
        for (number, (ours, recorded)) in ours.iter().zip(&case.batches).enumerate() {
            tally.equal(&format!("{name} batch {number}"), ours, recorded);
        }
        tally.equal(&format!("{name} batches"), &ours.len(), &case.batches.len());
        let over: Vec<usize> = (0..ours.len())
            .filter(|&number| {
                let longest = ours[number].iter().map(|&pair| lengths[pair].longer()).max();
                let tokens = ours[number].len() * longest.unwrap_or(0);
                case.max_tokens.is_some_and(|most| tokens > most.get())
            })
            .collect();
        let place = format!("{name} batches_over_max_tokens");
        tally.equal(&place, &over, &case.batches_over_max_tokens);
    }
    Ok(tally.verdict())
}
