//! Parallel text for translation: dictionaries, pairs of sentences, and batches of at most so many tokens.

mod batch;
mod batches;
mod dictionary;
mod files;
mod order;
mod pairs;

pub use batch::TranslationBatch;
pub use batches::{BatchLimit, LONGEST_SENTENCE, MaxTokenBatches, PairLength};
pub use dictionary::{Dictionary, END, PAD, START, UNKNOWN};
pub use files::{PairRules, ParallelReport, Unusable};
pub use order::TranslationOrder;
pub use pairs::{ParallelCorpus, SentencePair, Sentences, pair_lengths};
