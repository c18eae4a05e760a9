//! Sizes of an encoder-decoder, as they are written to config.json.

mod check;
mod read;
mod tensors;
mod write;

use heads::{GridError, HeadGrid, HeadMask, HeadRow, RowKind};

use crate::pruned::{self, PrunedHeads};

/// Ids that are no words: the start of a sentence (0, never used), padding, end, unknown word.
pub const SPECIAL_IDS: usize = 4;

/// Sizes, dropout and label smoothing of an encoder-decoder; the names are fairseq's, where one width and one number of
/// heads hold for both sides.
#[derive(Debug, Clone, PartialEq)]
pub struct TranslationConfig {
    /// Entries of the source vocabulary, special ones included.
    pub source_vocabulary: usize,
    /// Entries of the target vocabulary, special ones included.
    pub target_vocabulary: usize,
    /// Width of embeddings and hidden states.
    pub embed_dim: usize,
    /// Width inside the feed-forward layers.
    pub ffn_embed_dim: usize,
    /// Heads of each attention module, before any was removed.
    pub attention_heads: usize,
    /// Encoder layers.
    pub encoder_layers: usize,
    /// Decoder layers.
    pub decoder_layers: usize,
    /// Heads that were removed.
    pub pruned_heads: PrunedHeads,
    /// Epsilon of layer normalisation.
    pub layer_norm_eps: f64,
    /// Dropout of embeddings and of what each sublayer adds.
    pub dropout: f64,
    /// Dropout of attention probabilities.
    pub attention_dropout: f64,
    /// Dropout inside the feed-forward layers, after the activation.
    pub activation_dropout: f64,
    /// Share of the training loss that is spread evenly over the target vocabulary.
    pub label_smoothing: f64,
    /// Longest target sentence, end symbol included; bounds what is generated.
    pub max_target_positions: usize,
    /// Codes of the source and the target language, which end the names of the dictionaries beside it; none where nobody said.
    pub languages: Option<[String; 2]>,
}

impl TranslationConfig {
    /// A config of the given sizes with as many decoder as encoder layers, without dropout or label smoothing.
    pub fn of_sizes(
        source_vocabulary: usize,
        target_vocabulary: usize,
        embed_dim: usize,
        layers: usize,
        attention_heads: usize,
        ffn_embed_dim: usize,
    ) -> Self {
        Self {
            source_vocabulary,
            target_vocabulary,
            embed_dim,
            ffn_embed_dim,
            attention_heads,
            encoder_layers: layers,
            decoder_layers: layers,
            pruned_heads: PrunedHeads::default(),
            layer_norm_eps: read::EPSILON,
            dropout: 0.0,
            attention_dropout: 0.0,
            activation_dropout: 0.0,
            label_smoothing: 0.0,
            max_target_positions: read::POSITIONS,
            languages: None,
        }
    }

    /// The sizes of `transformer_iwslt_de_en`, 6 + 6 layers of 4 heads, with dropout 0.3 and label smoothing 0.1 as
    /// Li et al. (2021) train it.
    pub fn iwslt(source_vocabulary: usize, target_vocabulary: usize) -> Self {
        Self {
            dropout: 0.3,
            label_smoothing: 0.1,
            ..Self::of_sizes(source_vocabulary, target_vocabulary, 512, 6, 4, 1024)
        }
    }

    /// Parameters that go when one head is removed: its columns of query, key and value with their biases, and its rows
    /// of the output.
    pub fn parameters_per_head(&self) -> u64 {
        pruned::parameters_per_head(self.embed_dim, self.attention_heads) as u64
    }

    /// The heads of such a model: encoder self-attention, encoder-decoder attention, decoder self-attention, each from
    /// layer 0 upwards. Those that are left where heads were removed.
    ///
    /// # Errors
    /// [`GridError::NoRows`] for a config without layers.
    pub fn grid(&self) -> Result<HeadGrid, GridError> {
        self.pruned_heads.grid(&self.full_grid()?)
    }

    /// The heads of such a model before any was removed.
    ///
    /// # Errors
    /// [`GridError::NoRows`] for a config without layers.
    pub fn full_grid(&self) -> Result<HeadGrid, GridError> {
        let heads = self.attention_heads;
        let rows = |kind, layers| (0..layers).map(move |layer| HeadRow { kind, layer, heads });
        let rows = rows(RowKind::EncoderSelf, self.encoder_layers)
            .chain(rows(RowKind::EncoderDecoder, self.decoder_layers))
            .chain(rows(RowKind::DecoderSelf, self.decoder_layers))
            .collect();
        HeadGrid::new(rows)
    }

    /// The config of the model without the heads that `mask` leaves out, which has a flag for each head of
    /// [`grid`](Self::grid).
    ///
    /// # Errors
    /// A mask of another number of heads.
    pub fn pruned(&self, mask: &HeadMask) -> Result<Self, String> {
        let full = self.full_grid().map_err(|error| error.to_string())?;
        Ok(Self {
            pruned_heads: self.pruned_heads.with_masked(&full, mask)?,
            ..self.clone()
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn the_model_of_iwslt_has_72_heads_in_the_order_of_the_released_program() {
        let grid = TranslationConfig::iwslt(100, 100).grid().unwrap();
        assert_eq!(grid.total(), 72);
        let row = |kind, layer| HeadRow {
            kind,
            layer,
            heads: 4,
        };
        assert_eq!(grid.rows()[5], row(RowKind::EncoderSelf, 5));
        assert_eq!(grid.rows()[6], row(RowKind::EncoderDecoder, 0));
        assert_eq!(grid.rows()[12], row(RowKind::DecoderSelf, 0));
        assert!((grid.xavier_bound() - 0.522_232_967_867_094).abs() < 1e-12);
    }

    #[test]
    fn a_mask_has_a_flag_for_each_head_that_is_left() {
        let mut whole = TranslationConfig::of_sizes(9, 8, 12, 1, 3, 6);
        whole.decoder_layers = 2;
        let mask = HeadMask::from_digits("011111100000111").unwrap();
        let pruned = whole.pruned(&mask).unwrap();
        assert_eq!(pruned.full_grid(), whole.grid());
        let heads = |config: &TranslationConfig| {
            let grid = config.grid().unwrap();
            grid.rows().iter().map(|row| row.heads).collect::<Vec<_>>()
        };
        assert_eq!(heads(&whole), [3; 5]);
        assert_eq!(heads(&pruned), [2, 3, 1, 0, 3]);
        let further = pruned
            .pruned(&HeadMask::from_digits("101011101").unwrap())
            .unwrap();
        assert_eq!(
            further.pruned_heads.to_kinds(),
            Some(json!({
                "encoder-self": {"0": [0, 2]},
                "encoder-decoder": {"0": [1], "1": [1, 2]},
                "decoder-self": {"0": [0, 1, 2], "1": [1]},
            }))
        );
        let refused = further.pruned(&mask).unwrap_err();
        assert_eq!(refused, "a mask of 15 heads does not fit a model that has 6");
    }
}
