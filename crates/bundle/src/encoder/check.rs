//! Whether a model of such sizes can be computed.

use heads::RowKind;

use super::EncoderConfig;

/// No encoder has more layers; a damaged number must not ask for more memory than there is.
const MOST_LAYERS: usize = 1 << 12;

/// No encoder that can be trained here has more parameters: 2^34, 64 GiB in single precision.
const MOST_PARAMETERS: u128 = 1 << 34;

impl EncoderConfig {
    /// Why such a model cannot be built, if so, by key and value.
    ///
    /// # Errors
    /// A size of 0 or beyond all models, sizes that do not fit each other, heads removed that there never were, a rate that is none.
    pub fn check(&self) -> Result<(), String> {
        let sizes = [
            ("vocab_size", self.vocab_size),
            ("hidden_size", self.hidden_size),
            ("num_hidden_layers", self.num_hidden_layers),
            ("num_attention_heads", self.num_attention_heads),
            ("intermediate_size", self.intermediate_size),
            ("max_position_embeddings", self.max_position_embeddings),
        ];
        let none = |&(_, size): &(&str, usize)| size == 0;
        if let Some((key, _)) = sizes.into_iter().find(none) {
            return Err(format!("`{}` is 0", self.family.key(key)));
        }
        if self.type_vocab_size == 0 && !self.family.has_no_types() {
            return Err("`type_vocab_size` is 0".to_owned());
        }
        if self.labels.is_empty() {
            return Err("there is no class".to_owned());
        }
        if self.num_hidden_layers > MOST_LAYERS {
            return Err(format!(
                "`{}` is {}, more than {MOST_LAYERS}",
                self.family.key("num_hidden_layers"),
                self.num_hidden_layers
            ));
        }
        if !self.hidden_size.is_multiple_of(self.num_attention_heads) {
            return Err(format!(
                "`{}` {} is not a multiple of `{}` {}",
                self.family.key("hidden_size"),
                self.hidden_size,
                self.family.key("num_attention_heads"),
                self.num_attention_heads
            ));
        }
        let layers = self.family.key("num_hidden_layers");
        self.pruned_heads.check(
            &[(RowKind::EncoderSelf, layers, self.num_hidden_layers)],
            (self.family.key("num_attention_heads"), self.num_attention_heads),
        )?;
        self.check_padding()?;
        self.check_numbers()?;
        let parameters = self.parameters();
        if parameters > MOST_PARAMETERS {
            return Err(format!(
                "`vocab_size` {}, `{}` {} and `{}` {} make {parameters} parameters, more than {MOST_PARAMETERS}",
                self.vocab_size,
                self.family.key("hidden_size"),
                self.hidden_size,
                self.family.key("num_hidden_layers"),
                self.num_hidden_layers
            ));
        }
        Ok(())
    }

    fn check_padding(&self) -> Result<(), String> {
        match self.pad_token_id {
            Some(id) if id >= self.vocab_size => Err(format!(
                "`pad_token_id` is {id}, but `vocab_size` is {}",
                self.vocab_size
            )),
            None if self.family.is_roberta() => {
                Err("`pad_token_id` is null, but positions begin behind it".to_owned())
            }
            _ if self.longest_input() == 0 => Err(format!(
                "`max_position_embeddings` {} leaves no position behind that of padding, {}",
                self.max_position_embeddings,
                self.first_position() - 1
            )),
            _ => Ok(()),
        }
    }

    fn check_numbers(&self) -> Result<(), String> {
        let rates = [
            ("hidden_dropout_prob", Some(self.hidden_dropout_prob)),
            (
                "attention_probs_dropout_prob",
                Some(self.attention_probs_dropout_prob),
            ),
            ("classifier_dropout", self.classifier_dropout),
        ];
        for (key, rate) in rates {
            if let Some(rate) = rate.filter(|rate| !(0.0..1.0).contains(rate)) {
                return Err(format!("`{}` is {rate}, not in [0, 1)", self.family.key(key)));
            }
        }
        let spreads = [
            ("initializer_range", self.initializer_range),
            ("embedding_initializer_range", self.embedding_std()),
        ];
        for (key, spread) in spreads {
            if !(spread.is_finite() && spread >= 0.0) {
                return Err(format!("`{key}` is {spread}, not a number of at least 0"));
            }
        }
        if !(self.layer_norm_eps.is_finite() && self.layer_norm_eps > 0.0) {
            return Err(format!(
                "`layer_norm_eps` is {}, not a number above 0",
                self.layer_norm_eps
            ));
        }
        Ok(())
    }
}
