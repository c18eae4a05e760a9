//! Sizes of an encoder-decoder, as they are written to config.json.

use std::path::Path;

use heads::{GridError, HeadGrid, HeadRow, RowKind};
use serde::{Deserialize, Serialize};

use super::SPECIAL_IDS;
use crate::ModelError;

/// Sizes, dropout and label smoothing of an encoder-decoder; the names are fairseq's, where one width and one number of
/// heads hold for both sides.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TranslationConfig {
    /// Entries of the source vocabulary, special ones included.
    pub source_vocabulary: usize,
    /// Entries of the target vocabulary, special ones included.
    pub target_vocabulary: usize,
    /// Width of embeddings and hidden states.
    pub embed_dim: usize,
    /// Width inside the feed-forward layers.
    pub ffn_embed_dim: usize,
    /// Heads of each attention module.
    pub attention_heads: usize,
    /// Encoder layers.
    pub encoder_layers: usize,
    /// Decoder layers.
    pub decoder_layers: usize,
    /// Epsilon of layer normalisation.
    #[serde(default = "epsilon")]
    pub layer_norm_eps: f64,
    /// Dropout of embeddings and of what each sublayer adds.
    #[serde(default)]
    pub dropout: f64,
    /// Dropout of attention probabilities.
    #[serde(default)]
    pub attention_dropout: f64,
    /// Dropout inside the feed-forward layers, after the activation.
    #[serde(default)]
    pub activation_dropout: f64,
    /// Share of the training loss that is spread evenly over the target vocabulary.
    #[serde(default)]
    pub label_smoothing: f64,
    /// Longest target sentence, end symbol included; bounds what is generated.
    #[serde(default = "max_positions")]
    pub max_target_positions: usize,
}

fn epsilon() -> f64 {
    1e-5
}
fn max_positions() -> usize {
    1024
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
            layer_norm_eps: epsilon(),
            dropout: 0.0,
            attention_dropout: 0.0,
            activation_dropout: 0.0,
            label_smoothing: 0.0,
            max_target_positions: max_positions(),
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
        let head = self.embed_dim / self.attention_heads;
        (4 * self.embed_dim * head + 3 * head) as u64
    }

    /// Reads and checks a config.json.
    pub fn read(path: &Path) -> Result<Self, ModelError> {
        let text = std::fs::read_to_string(path).map_err(|source| ModelError::Io {
            path: path.to_owned(),
            source,
        })?;
        let refuse = |reason: String| ModelError::Config {
            path: path.to_owned(),
            reason,
        };
        let config: Self = serde_json::from_str(&text).map_err(|error| refuse(error.to_string()))?;
        config.check().map_err(refuse)?;
        Ok(config)
    }

    /// Why a model of these sizes cannot be built, if so.
    pub fn check(&self) -> Result<(), String> {
        let sizes = [
            ("ffn_embed_dim", self.ffn_embed_dim),
            ("attention_heads", self.attention_heads),
            ("encoder_layers", self.encoder_layers),
            ("decoder_layers", self.decoder_layers),
            ("max_target_positions", self.max_target_positions),
        ];
        if let Some((name, _)) = sizes.iter().find(|(_, size)| *size == 0) {
            return Err(format!("`{name}` is 0"));
        }
        let vocabularies = [
            ("source_vocabulary", self.source_vocabulary),
            ("target_vocabulary", self.target_vocabulary),
        ];
        if let Some((name, size)) = vocabularies.iter().find(|(_, size)| *size <= SPECIAL_IDS) {
            return Err(format!(
                "`{name}` of {size} entries has no words beside the special ones"
            ));
        }
        // Sines and cosines fill half of the width each; their frequencies are divided by that half minus one.
        if self.embed_dim < 4 || !self.embed_dim.is_multiple_of(2) {
            return Err(format!(
                "`embed_dim` {} is not an even number of at least 4",
                self.embed_dim
            ));
        }
        if !self.embed_dim.is_multiple_of(self.attention_heads) {
            return Err(format!(
                "`embed_dim` {} is not a multiple of `attention_heads` {}",
                self.embed_dim, self.attention_heads
            ));
        }
        let shares = [
            ("dropout", self.dropout),
            ("attention_dropout", self.attention_dropout),
            ("activation_dropout", self.activation_dropout),
            ("label_smoothing", self.label_smoothing),
        ];
        if let Some((name, share)) = shares.iter().find(|(_, share)| !(0.0..1.0).contains(share)) {
            return Err(format!("`{name}` {share} is not in [0, 1)"));
        }
        Ok(())
    }

    /// The heads of such a model: encoder self-attention, encoder-decoder attention, decoder self-attention, each from
    /// layer 0 upwards.
    pub fn grid(&self) -> Result<HeadGrid, GridError> {
        let rows = |kind, layers| (0..layers).map(move |layer| HeadRow { kind, layer });
        let rows = rows(RowKind::EncoderSelf, self.encoder_layers)
            .chain(rows(RowKind::EncoderDecoder, self.decoder_layers))
            .chain(rows(RowKind::DecoderSelf, self.decoder_layers))
            .collect();
        HeadGrid::new(rows, self.attention_heads)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_model_of_iwslt_has_72_heads_in_the_order_of_the_released_program() {
        let grid = TranslationConfig::iwslt(100, 100).grid().unwrap();
        assert_eq!(grid.total(), 72);
        let row = |kind, layer| HeadRow { kind, layer };
        assert_eq!(grid.rows()[5], row(RowKind::EncoderSelf, 5));
        assert_eq!(grid.rows()[6], row(RowKind::EncoderDecoder, 0));
        assert_eq!(grid.rows()[12], row(RowKind::DecoderSelf, 0));
        assert!((grid.xavier_bound() - 0.522_232_967_867_094).abs() < 1e-12);
    }

    #[test]
    fn a_config_is_read_back_and_what_is_left_out_has_a_default() {
        let config = TranslationConfig::iwslt(8848, 6632);
        let text = serde_json::to_string(&config).unwrap();
        assert_eq!(serde_json::from_str::<TranslationConfig>(&text).unwrap(), config);
        let short = r#"{"source_vocabulary": 9, "target_vocabulary": 8, "embed_dim": 4, "ffn_embed_dim": 6,
            "attention_heads": 2, "encoder_layers": 1, "decoder_layers": 1}"#;
        let config: TranslationConfig = serde_json::from_str(short).unwrap();
        assert_eq!(config, TranslationConfig::of_sizes(9, 8, 4, 1, 2, 6));
    }

    #[test]
    fn what_cannot_be_built_is_refused() {
        let good = TranslationConfig::of_sizes(9, 8, 12, 1, 2, 6);
        assert_eq!(good.check(), Ok(()));
        type Change = fn(&mut TranslationConfig);
        let changes: [(&str, Change); 6] = [
            ("`decoder_layers` is 0", |config| config.decoder_layers = 0),
            ("`source_vocabulary` of 4", |config| config.source_vocabulary = 4),
            ("`embed_dim` 13 is not an even", |config| config.embed_dim = 13),
            ("`embed_dim` 2 is not an even", |config| config.embed_dim = 2),
            ("not a multiple", |config| config.attention_heads = 5),
            ("`label_smoothing` 1", |config| config.label_smoothing = 1.0),
        ];
        for (reason, change) in changes {
            let mut config = good.clone();
            change(&mut config);
            let refused = config.check().unwrap_err();
            assert!(refused.contains(reason), "{refused}");
        }
    }
}
