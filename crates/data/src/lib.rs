//! Corpora, tokenisation, batching and the embedded demo corpora.

mod batch;
pub mod bpe;
mod cache;
pub mod corpus;
mod dataset;
pub mod demo;
mod encoded;
mod error;
mod labels;
mod line_error;
pub mod moses;
mod order;
pub mod prepare;
mod read;
mod text_file;
mod tokenizer;
pub mod translation;
mod vocabulary;

pub use batch::{Batch, EvalBatches, Padding, eval_batches};
pub use cache::{CacheUse, encode_cached};
pub use corpus::{Corpus, Example};
pub use dataset::{Dataset, DatasetError, TokenExample};
pub use encoded::EncodedCorpus;
pub use error::DataError;
pub use labels::NLI_LABELS;
pub use line_error::LineError;
pub use order::{BatchOrder, TrainBatches};
pub use read::{Format, Lines, ReadReport, read_corpus};
pub use text_file::read_lines;
pub use tokenizer::{Casing, Encoded, ModelTokenizer, SpecialTokens, WordPieceOptions, panics_are_caught};
