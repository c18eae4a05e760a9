//! Padded batches as host arrays, and the batches of an evaluation.

use std::cmp::Reverse;
use std::num::NonZeroUsize;

use crate::EncodedCorpus;

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

impl EncodedCorpus {
    /// The named examples as one batch.
    ///
    /// # Panics
    /// If an index is not below [`EncodedCorpus::len`].
    pub fn batch(&self, examples: &[usize], padding: Padding) -> Batch {
        let longest = examples
            .iter()
            .map(|example| self.ids(*example).len())
            .max()
            .unwrap_or(0);
        let length = match padding {
            Padding::Longest => longest,
            Padding::Fixed(length) => length.max(longest),
        };
        let size = examples.len() * length;
        let mut input_ids = vec![self.pad_id.cast_signed(); size];
        let mut token_type_ids = vec![0; size];
        let mut attention_mask = vec![false; size];
        for (row, &example) in examples.iter().enumerate() {
            let ids = self.ids(example);
            let tokens = row * length..row * length + ids.len();
            for (slot, id) in input_ids[tokens.clone()].iter_mut().zip(ids) {
                *slot = id.cast_signed();
            }
            token_type_ids[tokens.clone()][self.first_length(example)..].fill(1);
            attention_mask[tokens].fill(true);
        }
        Batch {
            input_ids,
            token_type_ids,
            attention_mask,
            labels: examples
                .iter()
                .map(|example| self.label(*example).cast_signed())
                .collect(),
            batch: examples.len(),
            length,
            examples: examples.to_vec(),
        }
    }
}

/// Every example once, in batches of like length, the longest first so that memory runs out at once or not at all.
///
/// The last batch may be smaller. Results belong in corpus order at the places in [`Batch::examples`].
pub fn eval_batches(
    corpus: &EncodedCorpus,
    batch_size: NonZeroUsize,
    padding: Padding,
) -> impl ExactSizeIterator<Item = Batch> {
    let lengths: Vec<usize> = corpus.lengths().collect();
    let mut order: Vec<usize> = (0..corpus.len()).collect();
    order.sort_by_key(|example| Reverse(lengths[*example]));
    let size = batch_size.get();
    (0..order.len().div_ceil(size)).map(move |batch| {
        let end = order.len().min((batch + 1) * size);
        corpus.batch(&order[batch * size..end], padding)
    })
}
