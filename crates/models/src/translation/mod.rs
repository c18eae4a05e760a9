//! Encoder-decoder for translation with gates on every head: fairseq's `transformer_iwslt_de_en`.

mod batch;
mod decoder;
mod embedding;
mod encoder;
mod feed_forward;
mod generate;
#[cfg(feature = "flex")]
mod packed;
mod pass;
mod positions;
mod transformer;

pub use bundle::translation::{SPECIAL_IDS, TranslationConfig};

pub use batch::{SourceBatch, TranslationBatch};
pub use generate::{GenerationConfig, GenerationError, Hypothesis, Translator};
pub use pass::{Place, Watch};
pub use positions::position_table;
pub use transformer::TranslationModel;

use crate::attention::AttentionConfig;

/// Id of padding, in both vocabularies.
pub const PADDING: i32 = 1;
/// Id of the end of a sentence, in both vocabularies; the decoder starts from it too.
pub const END: i32 = 2;
/// Id of an unknown word, in both vocabularies.
pub const UNKNOWN: i32 = 3;

/// Sizes of every attention module, whatever heads it has.
fn attention_config(config: &TranslationConfig) -> AttentionConfig {
    AttentionConfig {
        width: config.embed_dim,
        head_width: config.embed_dim / config.attention_heads,
        dropout: config.attention_dropout,
    }
}
