//! Sizes of an encoder-decoder, as they are written to config.json.

use std::path::Path;

use heads::{GridError, HeadGrid, HeadRow, RowKind};
use serde_json::{Map, Value, json};

use crate::BundleError;
use crate::keys::{Keys, read_object};
use crate::tensors::{Part, Specs, TensorSpec};

/// Ids that are no words: the start of a sentence (0, never used), padding, end, unknown word.
pub const SPECIAL_IDS: usize = 4;

/// No model has more layers on a side; a damaged number must not ask for more memory than there is.
const MOST_LAYERS: usize = 1 << 12;

/// No model that can be trained here has more parameters: 2^34, 64 GiB in single precision.
const MOST_PARAMETERS: u128 = 1 << 34;

/// Longest target sentence where a config does not say.
const POSITIONS: usize = 1024;

/// Epsilon of layer normalisation where a config does not say.
const EPSILON: f64 = 1e-5;

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
    /// Heads of each attention module.
    pub attention_heads: usize,
    /// Encoder layers.
    pub encoder_layers: usize,
    /// Decoder layers.
    pub decoder_layers: usize,
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
            layer_norm_eps: EPSILON,
            dropout: 0.0,
            attention_dropout: 0.0,
            activation_dropout: 0.0,
            label_smoothing: 0.0,
            max_target_positions: POSITIONS,
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
    ///
    /// # Errors
    /// A file that cannot be read, or a key that is missing, unknown, or has a value that cannot be obeyed.
    pub fn read(path: &Path) -> Result<Self, BundleError> {
        let map = read_object(path)?;
        Self::from_keys(map).map_err(|reason| BundleError::config(path, reason))
    }

    /// Reads and checks the keys of a config.json.
    ///
    /// # Errors
    /// A key that is missing, unknown, or has a value that cannot be obeyed, by name and value.
    pub fn from_keys(map: Map<String, Value>) -> Result<Self, String> {
        if let Some(value) = map.get("model_type") {
            return Err(format!(
                "`model_type` is {value}; the encoder-decoders that can be read have no such key"
            ));
        }
        let mut keys = Keys::new(map);
        let config = Self {
            source_vocabulary: keys.required("source_vocabulary")?,
            target_vocabulary: keys.required("target_vocabulary")?,
            embed_dim: keys.required("embed_dim")?,
            ffn_embed_dim: keys.required("ffn_embed_dim")?,
            attention_heads: keys.required("attention_heads")?,
            encoder_layers: keys.required("encoder_layers")?,
            decoder_layers: keys.required("decoder_layers")?,
            layer_norm_eps: keys.positive("layer_norm_eps", EPSILON)?,
            dropout: keys.share("dropout", 0.0)?,
            attention_dropout: keys.share("attention_dropout", 0.0)?,
            activation_dropout: keys.share("activation_dropout", 0.0)?,
            label_smoothing: keys.share("label_smoothing", 0.0)?,
            max_target_positions: keys.size("max_target_positions", 1, POSITIONS)?,
        };
        if let Some(name) = keys.rest().keys().next() {
            return Err(format!("`{name}` is no key of an encoder-decoder"));
        }
        config.check()?;
        Ok(config)
    }

    /// The keys of config.json.
    pub fn to_keys(&self) -> Map<String, Value> {
        let keys = json!({
            "source_vocabulary": self.source_vocabulary,
            "target_vocabulary": self.target_vocabulary,
            "embed_dim": self.embed_dim,
            "ffn_embed_dim": self.ffn_embed_dim,
            "attention_heads": self.attention_heads,
            "encoder_layers": self.encoder_layers,
            "decoder_layers": self.decoder_layers,
            "layer_norm_eps": self.layer_norm_eps,
            "dropout": self.dropout,
            "attention_dropout": self.attention_dropout,
            "activation_dropout": self.activation_dropout,
            "label_smoothing": self.label_smoothing,
            "max_target_positions": self.max_target_positions,
        });
        match keys {
            Value::Object(keys) => keys,
            _ => Map::new(),
        }
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

    /// The heads of such a model: encoder self-attention, encoder-decoder attention, decoder self-attention, each from
    /// layer 0 upwards.
    pub fn grid(&self) -> Result<HeadGrid, GridError> {
        let heads = self.attention_heads;
        let rows = |kind, layers| (0..layers).map(move |layer| HeadRow { kind, layer, heads });
        let rows = rows(RowKind::EncoderSelf, self.encoder_layers)
            .chain(rows(RowKind::EncoderDecoder, self.decoder_layers))
            .chain(rows(RowKind::DecoderSelf, self.decoder_layers))
            .collect();
        HeadGrid::new(rows)
    }

    /// Every tensor of such a model under fairseq's names, in the order in which the model shows them.
    pub fn tensors(&self) -> Vec<TensorSpec> {
        let mut specs = Specs::default();
        for (side, layers) in [("encoder", self.encoder_layers), ("decoder", self.decoder_layers)] {
            self.embedding(side, &mut specs);
            for number in 0..layers {
                self.layer(side, number, &mut specs);
            }
        }
        specs.0
    }

    /// Numbers in all tensors, without listing them.
    pub fn parameters(&self) -> u128 {
        let mut parameters = 0;
        for (side, layers) in [("encoder", self.encoder_layers), ("decoder", self.decoder_layers)] {
            let (mut embedding, mut layer) = (Specs::default(), Specs::default());
            self.embedding(side, &mut embedding);
            self.layer(side, 0, &mut layer);
            let count = |specs: &Specs| specs.0.iter().map(TensorSpec::count).sum::<u128>();
            parameters += count(&embedding) + layers as u128 * count(&layer);
        }
        parameters
    }

    fn embedding(&self, side: &str, specs: &mut Specs) {
        let entries = match side {
            "encoder" => self.source_vocabulary,
            _ => self.target_vocabulary,
        };
        let name = format!("{side}.embed_tokens.weight");
        specs.tensor(name, &[entries, self.embed_dim], Part::Body);
    }

    fn layer(&self, side: &str, number: usize, specs: &mut Specs) {
        let (width, inner) = (self.embed_dim, self.ffn_embed_dim);
        let of = |name: &str| format!("{side}.layers.{number}.{name}");
        let attentions: &[&str] = match side {
            "encoder" => &["self_attn"],
            _ => &["self_attn", "encoder_attn"],
        };
        for attention in attentions {
            for projection in ["k_proj", "v_proj", "q_proj", "out_proj"] {
                specs.linear(
                    &of(&format!("{attention}.{projection}")),
                    [width, width],
                    Part::Body,
                );
            }
            specs.norm(&of(&format!("{attention}_layer_norm")), width);
        }
        specs.linear(&of("fc1"), [width, inner], Part::Body);
        specs.linear(&of("fc2"), [inner, width], Part::Body);
        specs.norm(&of("final_layer_norm"), width);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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

    fn read(text: &str) -> Result<TranslationConfig, String> {
        TranslationConfig::from_keys(serde_json::from_str(text).unwrap())
    }

    const SHORT: &str = r#"{"source_vocabulary": 9, "target_vocabulary": 8, "embed_dim": 4, "ffn_embed_dim": 6,
        "attention_heads": 2, "encoder_layers": 1, "decoder_layers": 1}"#;

    #[test]
    fn a_config_is_read_back_and_what_is_left_out_has_a_default() {
        let config = TranslationConfig::iwslt(8848, 6632);
        assert_eq!(TranslationConfig::from_keys(config.to_keys()), Ok(config));
        assert_eq!(read(SHORT), Ok(TranslationConfig::of_sizes(9, 8, 4, 1, 2, 6)));
    }

    #[test]
    fn keys_that_cannot_be_obeyed_are_refused_by_name() {
        let with = |entry: &str| format!("{}, {entry}}}", SHORT.trim_end_matches('}'));
        for (entry, wanted) in [
            ("\"model_type\": \"bert\"", "`model_type` is \"bert\""),
            ("\"heads\": 2", "`heads` is no key"),
            ("\"dropout\": 1", "`dropout` is 1, not in [0, 1)"),
            ("\"dropout\": \"0\"", "`dropout` is \"0\""),
            ("\"layer_norm_eps\": 0", "`layer_norm_eps` is 0"),
            ("\"max_target_positions\": 0.5", "`max_target_positions` is 0.5"),
            (
                "\"encoder_layers\": 99999",
                "`encoder_layers` is 99999, more than",
            ),
            ("\"ffn_embed_dim\": 17000000000", "parameters, more than"),
        ] {
            let refused = read(&with(entry)).unwrap_err();
            assert!(refused.contains(wanted), "{entry}: {refused}");
        }
        let missing = read(&SHORT.replace("embed_dim", "embedding"));
        assert_eq!(missing.unwrap_err(), "`embed_dim` is missing");
    }

    #[test]
    fn the_number_of_parameters_is_that_of_the_tensors() {
        let mut config = TranslationConfig::of_sizes(9, 8, 4, 2, 2, 6);
        config.decoder_layers = 3;
        let listed: u128 = config.tensors().iter().map(TensorSpec::count).sum();
        assert_eq!(config.parameters(), listed);
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
