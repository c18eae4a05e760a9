//! Encoders for sequence classification with gates on every head: embeddings, post-norm layers, classifier.

mod batch;
mod classifier;
mod head;
mod layer;

pub use batch::TokenBatch;
pub use bundle::encoder::EncoderConfig;
pub use classifier::{EncoderClassifier, EncoderOutput};
