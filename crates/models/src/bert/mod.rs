//! BERT with gates: embeddings, post-norm encoder, pooler and sequence classifier.

mod classifier;
mod config;
mod encoder;

pub use classifier::{BertClassifier, BertOutput, TokenBatch};
pub use config::BertConfig;
