//! What the heads of a model attend to: entropy and largest weight of their probabilities, taken beside a forward pass.
//!
//! Fused kernels keep no probabilities, so that a pass that is watched computes them a second time as plain operations.

use std::cell::RefCell;
use std::ops::Range;

use burn::tensor::Tensor;
use heads::HeadGrid;

use crate::SequenceRows;
use crate::pass::AttentionWatch;

/// Sums over all tokens that attend; one entry for each head, in the flat order of the grid.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct AttentionStatistics {
    /// Tokens that attend.
    pub tokens: Vec<u64>,
    /// Entropy of the attention probabilities of each token, in nats, summed.
    pub entropy: Vec<f64>,
    /// Largest attention probability of each token, summed.
    pub largest: Vec<f64>,
}

impl AttentionStatistics {
    /// Of no token yet, for so many heads.
    pub fn new(heads: usize) -> Self {
        Self {
            tokens: vec![0; heads],
            entropy: vec![0.0; heads],
            largest: vec![0.0; heads],
        }
    }

    /// Adds those of further tokens of the same heads.
    pub fn add(&mut self, other: &Self) {
        let sums = |all: &mut Vec<f64>, more: &[f64]| {
            all.iter_mut().zip(more).for_each(|(sum, more)| *sum += more);
        };
        for (tokens, more) in self.tokens.iter_mut().zip(&other.tokens) {
            *tokens += more;
        }
        sums(&mut self.entropy, &other.entropy);
        sums(&mut self.largest, &other.largest);
    }

    /// The mean over tokens of one of the sums; 0 for a head from which no token attends.
    pub fn mean(&self, sums: &[f64]) -> Vec<f64> {
        let of_head = |(sum, &tokens): (&f64, &u64)| if tokens == 0 { 0.0 } else { sum / tokens as f64 };
        sums.iter().zip(&self.tokens).map(of_head).collect()
    }
}

/// Takes the statistics of every attention module that a forward pass comes by.
#[derive(Debug)]
pub(crate) struct Statistician {
    /// Heads of each row of the grid.
    columns: Vec<Range<usize>>,
    found: RefCell<Result<AttentionStatistics, String>>,
}

impl Statistician {
    pub(crate) fn new(grid: &HeadGrid) -> Self {
        Self {
            columns: grid.iter().map(|(_, columns)| columns).collect(),
            found: RefCell::new(Ok(AttentionStatistics::new(grid.total()))),
        }
    }

    /// What was seen.
    ///
    /// # Errors
    /// What the device says when numbers cannot be read back.
    pub(crate) fn found(self) -> Result<AttentionStatistics, String> {
        self.found.into_inner()
    }
}

impl AttentionWatch for Statistician {
    fn look(&self, row: usize, probabilities: Tensor<4>, queries: &SequenceRows) {
        let of_module = of_module(probabilities, queries);
        let mut found = self.found.borrow_mut();
        match (&mut *found, of_module) {
            (Ok(all), Ok(of_module)) => {
                let columns = self.columns[row].clone();
                for (head, [entropy, largest]) in columns.zip(of_module.heads) {
                    all.tokens[head] += of_module.tokens;
                    all.entropy[head] += entropy;
                    all.largest[head] += largest;
                }
            }
            (found @ Ok(_), Err(message)) => *found = Err(message),
            (Err(_), _) => {}
        }
    }
}

/// Entropy and largest probability of each head of a module, summed over so many tokens.
struct OfModule {
    tokens: u64,
    heads: Vec<[f64; 2]>,
}

fn of_module(probabilities: Tensor<4>, queries: &SequenceRows) -> Result<OfModule, String> {
    let [_, count, length, _] = probabilities.dims();
    // A probability of 0 adds nothing.
    let logarithms = probabilities
        .clone()
        .clamp_min(f64::from(f32::MIN_POSITIVE))
        .log();
    let entropy = (probabilities.clone() * logarithms).sum_dim(3).neg();
    let numbers = |of_queries: Tensor<4>| {
        of_queries
            .try_into_vec_as::<f64>()
            .map_err(|error| format!("{error:?}"))
    };
    let [entropy, largest] = [numbers(entropy)?, numbers(probabilities.max_dim(3))?];
    let is_token = queries.is_token();
    let mut heads = vec![[0.0; 2]; count];
    // `[sequences, heads, length]`.
    for (cells, is_token) in (0..)
        .step_by((count * length).max(1))
        .zip(is_token.chunks(length.max(1)))
    {
        for (head, sums) in heads.iter_mut().enumerate() {
            for (position, _) in is_token.iter().enumerate().filter(|(_, token)| **token) {
                let cell = cells + head * length + position;
                sums[0] += entropy[cell];
                sums[1] += largest[cell];
            }
        }
    }
    Ok(OfModule {
        tokens: is_token.iter().filter(|token| **token).count() as u64,
        heads,
    })
}
