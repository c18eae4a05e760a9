//! What batches are made of: a corpus is anything that implements [`Dataset`] with one of these items.
//!
//! The corpora of this crate do, and so can one of your own: numbers made as they are asked for, or a format that is
//! read from disk line by line. [`TrainBatches`](crate::TrainBatches), [`eval_batches`](crate::eval_batches) and
//! [`Batch::of`](crate::Batch::of) take any [`Dataset`] of [`TokenExample`]s; with
//! [`SentencePair`](crate::translation::SentencePair)s, so do the batches of translation. Items are asked for by their
//! index and need not be held in memory, but orders by length ask for all of them once.

pub use burn_dataset::{Dataset, DatasetError};

/// One labelled example as a model reads it, without padding.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokenExample {
    /// The tokens, special ones included.
    pub ids: Vec<u32>,
    /// How many of the tokens have type 0, at most all; the rest have type 1.
    pub first_length: usize,
    /// Which class it is of, an index into the names of the classes.
    pub label: u32,
}

/// One number of every item, in their order.
pub(crate) fn of_all<I, E, T>(corpus: &impl Dataset<I, E>, number: impl Fn(I) -> T) -> Result<Vec<T>, E>
where
    E: std::error::Error + Send + Sync + 'static,
{
    (0..corpus.len())
        .map(|index| corpus.get(index).map(&number))
        .collect()
}
