//! Whether an encoder-decoder of such sizes can be computed.

use heads::RowKind;

use super::{SPECIAL_IDS, TranslationConfig};

/// No model has more layers on a side; a damaged number must not ask for more memory than there is.
const MOST_LAYERS: usize = 1 << 12;

/// No model that can be trained here has more parameters: 2^34, 64 GiB in single precision.
const MOST_PARAMETERS: u128 = 1 << 34;

impl TranslationConfig {
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
            return Err(format!("`{name}` is {share}, not in [0, 1)"));
        }
        if !(self.layer_norm_eps.is_finite() && self.layer_norm_eps > 0.0) {
            return Err(format!(
                "`layer_norm_eps` is {}, not a number above 0",
                self.layer_norm_eps
            ));
        }
        self.check_amount()
    }

    /// Refuses sizes that only damage explains, before memory is asked for.
    fn check_amount(&self) -> Result<(), String> {
        let layers = [
            ("encoder_layers", self.encoder_layers),
            ("decoder_layers", self.decoder_layers),
        ];
        if let Some((name, count)) = layers.iter().find(|(_, count)| *count > MOST_LAYERS) {
            return Err(format!("`{name}` is {count}, more than {MOST_LAYERS}"));
        }
        self.pruned_heads.check(
            &[
                (RowKind::EncoderSelf, "encoder_layers", self.encoder_layers),
                (RowKind::EncoderDecoder, "decoder_layers", self.decoder_layers),
                (RowKind::DecoderSelf, "decoder_layers", self.decoder_layers),
            ],
            ("attention_heads", self.attention_heads),
        )?;
        let parameters = self.parameters();
        if parameters > MOST_PARAMETERS {
            return Err(format!(
                "`embed_dim` {}, `ffn_embed_dim` {} and vocabularies of {} and {} make {parameters} parameters, more \
                 than {MOST_PARAMETERS}",
                self.embed_dim, self.ffn_embed_dim, self.source_vocabulary, self.target_vocabulary
            ));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
            ("`label_smoothing` is 1", |config| config.label_smoothing = 1.0),
        ];
        for (reason, change) in changes {
            let mut config = good.clone();
            change(&mut config);
            let refused = config.check().unwrap_err();
            assert!(refused.contains(reason), "{refused}");
        }
    }
}
