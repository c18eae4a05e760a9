//! Pairs of sentences, held compactly and identified by their content.

use std::convert::Infallible;
use std::error::Error;

use files::Sha256;

use super::batches::PairLength;
use super::dictionary::{Dictionary, UNKNOWN};
use crate::dataset::{Dataset, of_all};

/// Sentences as ids, each with its end symbol.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sentences {
    /// The ids of all sentences, one after another.
    ids: Vec<u32>,
    /// Where each sentence begins in `ids`, and their end.
    offsets: Vec<usize>,
}

impl Default for Sentences {
    fn default() -> Self {
        Self {
            ids: Vec::new(),
            offsets: vec![0],
        }
    }
}

impl Sentences {
    /// Adds a sentence; the last id should be the end symbol.
    pub fn push(&mut self, sentence: &[u32]) {
        self.ids.extend(sentence);
        self.offsets.push(self.ids.len());
    }

    /// Number of sentences.
    pub fn len(&self) -> usize {
        self.offsets.len() - 1
    }

    /// Whether there is no sentence.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The ids of one sentence, its end symbol included.
    ///
    /// # Panics
    /// If `sentence` is not below [`Sentences::len`].
    pub fn ids(&self, sentence: usize) -> &[u32] {
        &self.ids[self.offsets[sentence]..self.offsets[sentence + 1]]
    }

    /// Ids of all sentences together, end symbols included.
    pub fn token_count(&self) -> usize {
        self.ids.len()
    }

    fn lengths(&self) -> impl Iterator<Item = usize> {
        self.offsets.windows(2).map(|ends| ends[1] - ends[0])
    }

    /// How many words the dictionary does not have.
    pub fn unknown(&self) -> usize {
        self.ids.iter().filter(|id| **id == UNKNOWN).count()
    }
}

/// A sentence and its translation as ids, each with its end symbol as the last one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SentencePair {
    /// What is translated.
    pub source: Vec<u32>,
    /// Its translation.
    pub target: Vec<u32>,
}

/// Sentences of one language and their translations into another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ParallelCorpus {
    /// What is translated.
    pub source: Sentences,
    /// The translations, as many.
    pub target: Sentences,
    /// Number of source ids; every one is below it.
    pub source_vocab_size: usize,
    /// Number of target ids; every one is below it.
    pub target_vocab_size: usize,
}

impl ParallelCorpus {
    /// Pairs of lines as ids.
    pub fn encode<'a>(
        pairs: impl IntoIterator<Item = (&'a str, &'a str)>,
        source: &Dictionary,
        target: &Dictionary,
    ) -> Self {
        let mut corpus = Self {
            source: Sentences::default(),
            target: Sentences::default(),
            source_vocab_size: source.size(),
            target_vocab_size: target.size(),
        };
        for (of_source, of_target) in pairs {
            corpus.source.push(&source.encode(of_source));
            corpus.target.push(&target.encode(of_target));
        }
        corpus
    }

    /// Adds the pairs of another corpus of the same dictionaries behind its own.
    pub fn append(&mut self, other: &Self) {
        for pair in 0..other.len() {
            self.source.push(other.source.ids(pair));
            self.target.push(other.target.ids(pair));
        }
    }

    /// Number of pairs.
    pub fn len(&self) -> usize {
        self.source.len()
    }

    /// Whether there is no pair.
    pub fn is_empty(&self) -> bool {
        self.source.is_empty()
    }

    /// Tokens of each pair, end symbols included.
    pub fn lengths(&self) -> Vec<PairLength> {
        let Ok(lengths) = pair_lengths(self);
        lengths
    }

    /// SHA-256, in hexadecimal, of what a model can learn from: the ids, and how many ids there are.
    pub fn content_hash(&self) -> String {
        let mut hasher = Sha256::new();
        for (sentences, vocab_size) in [
            (&self.source, self.source_vocab_size),
            (&self.target, self.target_vocab_size),
        ] {
            hasher.update((vocab_size as u64).to_le_bytes());
            hasher.update((sentences.len() as u64).to_le_bytes());
            for length in sentences.lengths() {
                hasher.update((length as u64).to_le_bytes());
            }
            for id in &sentences.ids {
                hasher.update(id.to_le_bytes());
            }
        }
        hasher.hex()
    }
}

impl Dataset<SentencePair, Infallible> for ParallelCorpus {
    fn get(&self, index: usize) -> Result<SentencePair, Infallible> {
        Ok(SentencePair {
            source: self.source.ids(index).to_vec(),
            target: self.target.ids(index).to_vec(),
        })
    }

    fn len(&self) -> usize {
        self.source.len()
    }
}

/// Tokens of each pair of a corpus, end symbols included: what batches of at most so many tokens are cut by.
///
/// # Errors
/// The corpus cannot give a pair.
pub fn pair_lengths<E: Error + Send + Sync + 'static>(
    corpus: &impl Dataset<SentencePair, E>,
) -> Result<Vec<PairLength>, E> {
    of_all(corpus, |pair| PairLength {
        source: pair.source.len(),
        target: pair.target.len(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pairs_are_encoded_and_joined_in_order() {
        let dictionary = Dictionary::build(["a b b", "c"], 0);
        let first = ParallelCorpus::encode([("a b", "b"), ("c", "zz")], &dictionary, &dictionary);
        let mut both = ParallelCorpus::encode([("b", "a")], &dictionary, &dictionary);
        both.append(&first);
        assert_eq!((both.len(), first.len()), (3, 2));
        assert_eq!(both.source.ids(1), dictionary.encode("a b"));
        assert_eq!(both.target.ids(2), [UNKNOWN, super::super::dictionary::END]);
        assert_eq!(both.target.unknown(), 1);
    }
}
