//! What a model folder says: read, reconciled, written. Nothing here knows a tensor library.

pub mod encoder;
mod error;
mod file;
mod keys;
mod labels;
mod model;
mod multiply_adds;
mod pruned;
mod tensors;
mod tokenizer;
pub mod translation;
pub mod weights;

pub use error::BundleError;
pub use keys::write_config;
pub use labels::Classes;
pub use model::ModelConfig;
pub use multiply_adds::{InputLengths, PairLengths};
pub use pruned::PrunedHeads;
pub use tensors::{Part, TensorSpec};
pub use tokenizer::{TOKENIZER_FILES, TokenizerFiles, VOCABULARY_FILE};
pub use weights::weight_files;

/// Name of the config in a model folder.
pub const CONFIG_FILE: &str = "config.json";
/// Name of the weights in a model folder.
pub const WEIGHTS_FILE: &str = "model.safetensors";
/// Name of the list of files that the weights are in where they are in several.
pub const INDEX_FILE: &str = "model.safetensors.index.json";
