//! A tokenised corpus, held compactly and identified by its content.

use std::convert::Infallible;

use files::Sha256;
use rayon::prelude::*;

use crate::dataset::{Dataset, TokenExample};
use crate::error::DataError;
use crate::{Corpus, ModelTokenizer};

/// All examples of a corpus as token ids, in corpus order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EncodedCorpus {
    /// Name of the corpus.
    pub name: String,
    /// Class names; the index is the label.
    pub label_names: Vec<String>,
    /// Number of pieces in the vocabulary; every id is below it.
    pub vocab_size: usize,
    /// What rows are filled up with.
    pub pad_id: u32,
    pub(crate) tokens: Tokens,
    labels: Vec<u32>,
}

/// The part of an [`EncodedCorpus`] that tokenising makes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Tokens {
    /// The ids of all examples, one after another.
    pub(crate) ids: Vec<u32>,
    /// Where each example begins in `ids`, and their end.
    pub(crate) offsets: Vec<usize>,
    /// How many tokens of each example have type 0; the rest have type 1.
    pub(crate) first_lengths: Vec<u32>,
}

impl EncodedCorpus {
    /// Tokenises `corpus` on all cores, with at most `max_length` tokens an example.
    ///
    /// # Errors
    /// The corpus is empty, `max_length` leaves a pair no room beside the special tokens, or the tokeniser fails on a text.
    pub fn encode(corpus: &Corpus, tokenizer: &ModelTokenizer, max_length: usize) -> Result<Self, DataError> {
        check(corpus, tokenizer, max_length)?;
        Ok(Self::from_tokens(
            corpus,
            tokenizer,
            Tokens::encode(corpus, tokenizer, max_length)?,
        ))
    }

    pub(crate) fn from_tokens(corpus: &Corpus, tokenizer: &ModelTokenizer, tokens: Tokens) -> Self {
        Self {
            name: corpus.name.clone(),
            label_names: corpus.label_names.clone(),
            vocab_size: tokenizer.vocabulary().len(),
            pad_id: tokenizer.pad_id(),
            tokens,
            labels: corpus
                .examples
                .iter()
                .map(|example| example.label as u32)
                .collect(),
        }
    }

    /// Number of examples.
    pub fn len(&self) -> usize {
        self.labels.len()
    }

    /// Whether there is no example; an encoded corpus always has one.
    pub fn is_empty(&self) -> bool {
        self.labels.is_empty()
    }

    /// The tokens of one example, special ones included, without padding.
    pub fn ids(&self, example: usize) -> &[u32] {
        &self.tokens.ids[self.tokens.offsets[example]..self.tokens.offsets[example + 1]]
    }

    /// How many of the example's tokens have type 0: all up to the first `[SEP]`. The rest have type 1.
    pub fn first_length(&self, example: usize) -> usize {
        self.tokens.first_lengths[example] as usize
    }

    /// Whether a token has type 1.
    pub fn has_types(&self) -> bool {
        (0..self.len()).any(|example| self.first_length(example) < self.ids(example).len())
    }

    /// The label of one example, an index into `label_names`.
    pub fn label(&self, example: usize) -> u32 {
        self.labels[example]
    }

    /// Tokens of the longest example.
    pub fn longest(&self) -> usize {
        let lengths = self.tokens.offsets.windows(2).map(|ends| ends[1] - ends[0]);
        lengths.max().unwrap_or(0)
    }

    /// Tokens of all examples together, without padding.
    pub fn token_count(&self) -> usize {
        self.tokens.ids.len()
    }

    /// SHA-256, in hexadecimal, of what a model can learn from: ids, types, labels and the names of the labels.
    pub fn content_hash(&self) -> String {
        let mut hasher = Sha256::new();
        hasher.update((self.label_names.len() as u64).to_le_bytes());
        for name in &self.label_names {
            hasher.update((name.len() as u64).to_le_bytes());
            hasher.update(name);
        }
        hasher.update(self.tokens.to_bytes());
        hasher.update(le_bytes(&self.labels));
        hasher.hex()
    }
}

impl Dataset<TokenExample, Infallible> for EncodedCorpus {
    fn get(&self, index: usize) -> Result<TokenExample, Infallible> {
        Ok(TokenExample {
            ids: self.ids(index).to_vec(),
            first_length: self.first_length(index),
            label: self.label(index),
        })
    }

    fn len(&self) -> usize {
        self.labels.len()
    }
}

impl Tokens {
    pub(crate) fn encode(
        corpus: &Corpus,
        tokenizer: &ModelTokenizer,
        max_length: usize,
    ) -> Result<Self, DataError> {
        let encoded: Result<Vec<(Vec<u32>, u32)>, DataError> = corpus
            .examples
            .par_iter()
            .map(|example| {
                let encoded = tokenizer.encode(example, max_length)?;
                let first_length = encoded.token_type_ids.iter().filter(|kind| **kind == 0).count();
                Ok((encoded.input_ids, first_length as u32))
            })
            .collect();
        let encoded = encoded?;
        let mut ids = Vec::with_capacity(encoded.iter().map(|(ids, _)| ids.len()).sum());
        let mut offsets = Vec::with_capacity(encoded.len() + 1);
        offsets.push(0);
        for (example, _) in &encoded {
            ids.extend(example);
            offsets.push(ids.len());
        }
        Ok(Self {
            ids,
            offsets,
            first_lengths: encoded
                .into_iter()
                .map(|(_, first_length)| first_length)
                .collect(),
        })
    }

    /// Number of examples (u64), then u32 each: their lengths, their type-0 lengths, all ids; little-endian.
    pub(crate) fn to_bytes(&self) -> Vec<u8> {
        let examples = self.first_lengths.len();
        let mut bytes = Vec::with_capacity(8 + 4 * (2 * examples + self.ids.len()));
        bytes.extend((examples as u64).to_le_bytes());
        bytes.extend(
            self.offsets
                .windows(2)
                .flat_map(|ends| ((ends[1] - ends[0]) as u32).to_le_bytes()),
        );
        bytes.extend(le_bytes(&self.first_lengths));
        bytes.extend(le_bytes(&self.ids));
        bytes
    }

    /// Reads what [`Tokens::to_bytes`] wrote; `None` if the sizes do not fit together.
    pub(crate) fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let (examples, bytes) = bytes.split_first_chunk()?;
        let examples = usize::try_from(u64::from_le_bytes(*examples)).ok()?;
        let (words, rest) = bytes.as_chunks::<4>();
        if !rest.is_empty() {
            return None;
        }
        let (lengths, words) = words.split_at_checked(examples)?;
        let (first_lengths, ids) = words.split_at_checked(examples)?;
        let mut offsets = Vec::with_capacity(examples + 1);
        let mut end = 0usize;
        offsets.push(end);
        for length in lengths {
            end = end.checked_add(u32::from_le_bytes(*length) as usize)?;
            offsets.push(end);
        }
        (end == ids.len()).then(|| Self {
            ids: ids.iter().map(|id| u32::from_le_bytes(*id)).collect(),
            offsets,
            first_lengths: first_lengths
                .iter()
                .map(|length| u32::from_le_bytes(*length))
                .collect(),
        })
    }
}

/// Refuses what cannot be tokenised.
pub(crate) fn check(corpus: &Corpus, tokenizer: &ModelTokenizer, max_length: usize) -> Result<(), DataError> {
    if corpus.examples.is_empty() {
        return Err(DataError::NoExamples {
            name: corpus.name.clone(),
        });
    }
    // A token for either text, beside the special ones.
    let shortest = tokenizer.added_to_pair() + 2;
    if max_length < shortest {
        return Err(DataError::MaxLength { max_length, shortest });
    }
    Ok(())
}

fn le_bytes(numbers: &[u32]) -> Vec<u8> {
    numbers.iter().flat_map(|number| number.to_le_bytes()).collect()
}
