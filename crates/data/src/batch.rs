//! Padded batches as host arrays, and the batches of an evaluation.

use std::cmp::Reverse;
use std::error::Error;
use std::num::NonZeroUsize;

use crate::EncodedCorpus;
use crate::dataset::{Dataset, TokenExample, of_all};

/// How long the rows of a batch are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Padding {
    /// As long as the longest example of the batch.
    Longest,
    /// This long, for devices that compile for a shape; a longer example lengthens its batch, nothing is ever cut off.
    Fixed(usize),
}

/// Examples of a corpus as rows of equal length. All arrays are row-major.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Batch {
    /// `[batch, length]`: tokens, and the pad id after them.
    pub input_ids: Vec<i32>,
    /// `[batch, length]`: 1 for the second text and its `[SEP]`, otherwise 0.
    pub token_type_ids: Vec<i32>,
    /// `[batch, length]`: true for tokens, false for padding.
    pub attention_mask: Vec<bool>,
    /// `[batch]`: indices into the label names.
    pub labels: Vec<i32>,
    /// Number of examples.
    pub batch: usize,
    /// Tokens of a row, padding included.
    pub length: usize,
    /// `[batch]`: which examples of the corpus these are.
    pub examples: Vec<usize>,
}

impl Batch {
    /// The named examples of a corpus, rows filled up with `pad_id`.
    ///
    /// # Errors
    /// The corpus cannot give an example.
    ///
    /// # Panics
    /// If an index is not below the corpus' length, or an example has a `first_length` of more than its tokens.
    pub fn of<E: Error + Send + Sync + 'static>(
        corpus: &impl Dataset<TokenExample, E>,
        examples: &[usize],
        padding: Padding,
        pad_id: u32,
    ) -> Result<Self, E> {
        let items = corpus.get_many(examples.to_vec())?;
        let longest = items.iter().map(|item| item.ids.len()).max().unwrap_or(0);
        let length = match padding {
            Padding::Longest => longest,
            Padding::Fixed(length) => length.max(longest),
        };
        let size = items.len() * length;
        let mut input_ids = vec![pad_id.cast_signed(); size];
        let mut token_type_ids = vec![0; size];
        let mut attention_mask = vec![false; size];
        for (row, item) in items.iter().enumerate() {
            let tokens = row * length..row * length + item.ids.len();
            for (slot, id) in input_ids[tokens.clone()].iter_mut().zip(&item.ids) {
                *slot = id.cast_signed();
            }
            token_type_ids[tokens.clone()][item.first_length..].fill(1);
            attention_mask[tokens].fill(true);
        }
        Ok(Self {
            input_ids,
            token_type_ids,
            attention_mask,
            labels: items.iter().map(|item| item.label.cast_signed()).collect(),
            batch: items.len(),
            length,
            examples: examples.to_vec(),
        })
    }
}

impl EncodedCorpus {
    /// The named examples as one batch.
    ///
    /// # Panics
    /// If an index is not below [`EncodedCorpus::len`].
    pub fn batch(&self, examples: &[usize], padding: Padding) -> Batch {
        let Ok(batch) = Batch::of(self, examples, padding, self.pad_id);
        batch
    }
}

/// How the examples of an evaluation are put into batches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EvalBatches {
    /// Examples in a batch; the last one may be smaller.
    pub size: NonZeroUsize,
    /// How long the rows are.
    pub padding: Padding,
    /// What they are filled up with.
    pub pad_id: u32,
}

/// Every example once, in batches of like length, the longest first so that memory runs out at once or not at all.
///
/// Results belong in corpus order at the places in [`Batch::examples`].
///
/// # Errors
/// The corpus cannot give an example: all are asked for once to learn their lengths, then again batch by batch.
pub fn eval_batches<E: Error + Send + Sync + 'static>(
    corpus: &impl Dataset<TokenExample, E>,
    batches: EvalBatches,
) -> Result<impl ExactSizeIterator<Item = Result<Batch, E>>, E> {
    let lengths = of_all(corpus, |item| item.ids.len())?;
    let mut order: Vec<usize> = (0..lengths.len()).collect();
    order.sort_by_key(|example| Reverse(lengths[*example]));
    let size = batches.size.get();
    Ok((0..order.len().div_ceil(size)).map(move |batch| {
        let end = order.len().min((batch + 1) * size);
        Batch::of(corpus, &order[batch * size..end], batches.padding, batches.pad_id)
    }))
}
