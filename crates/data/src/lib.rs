//! Corpora, tokenisation, batching and the embedded demo corpora.

mod batch;
mod cache;
pub mod corpus;
pub mod demo;
mod encoded;
mod error;
mod order;
mod read;
mod wordpiece;

pub use batch::{Batch, Padding, eval_batches};
pub use cache::{CacheUse, encode_cached};
pub use corpus::{Corpus, Example, NLI_LABELS};
pub use encoded::EncodedCorpus;
pub use error::{DataError, LineError};
pub use order::{BatchOrder, TrainBatches};
pub use read::{Format, ReadReport, read_corpus};
pub use wordpiece::{Encoded, WordPieceTokenizer};
