//! Encoders for sequence classification with gates on every head: embeddings, post-norm layers, classifier.

mod batch;
mod classifier;
mod head;
mod layer;
#[cfg(feature = "flex")]
mod packed;
mod scorer;

pub use batch::TokenBatch;
pub use bundle::encoder::EncoderConfig;
pub use classifier::{EncoderClassifier, EncoderOutput};
pub use scorer::{ScoreError, Scorer};
