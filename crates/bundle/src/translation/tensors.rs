//! The tensors of an encoder-decoder, under fairseq's names.

use heads::{HeadRow, RowKind};

use super::TranslationConfig;
use crate::pruned::PrunedHeads;
use crate::tensors::{Part, Specs, TensorSpec};

impl TranslationConfig {
    /// Every tensor of such a model under fairseq's names, in the order in which the model shows them.
    pub fn tensors(&self) -> Vec<TensorSpec> {
        let mut specs = Specs::default();
        for (side, layers) in [("encoder", self.encoder_layers), ("decoder", self.decoder_layers)] {
            self.embedding(side, &mut specs);
            for number in 0..layers {
                self.layer(side, number, &self.pruned_heads, &mut specs);
            }
        }
        specs.0
    }

    /// The weights `[width, heads x head width]` over the contexts of the heads of an attention module.
    pub fn output_projection(&self, kind: RowKind, layer: usize) -> String {
        format!("{}.out_proj.weight", attention(kind, layer))
    }

    /// The linear layers of query, key and value of an attention module: each has a weight `[heads x head width, width]` and
    /// a bias.
    pub fn projections(&self, kind: RowKind, layer: usize) -> [String; 3] {
        ["k_proj", "v_proj", "q_proj"].map(|name| format!("{}.{name}", attention(kind, layer)))
    }

    /// Numbers in all tensors, without listing them.
    pub fn parameters(&self) -> u128 {
        let mut parameters: u128 = 0;
        for (side, layers) in [("encoder", self.encoder_layers), ("decoder", self.decoder_layers)] {
            let (mut embedding, mut layer) = (Specs::default(), Specs::default());
            self.embedding(side, &mut embedding);
            self.layer(side, 0, &PrunedHeads::default(), &mut layer);
            let count = |specs: &Specs| specs.0.iter().map(TensorSpec::count).sum::<u128>();
            parameters += count(&embedding) + layers as u128 * count(&layer);
        }
        parameters.saturating_sub(self.pruned_heads.parameters(self.embed_dim, self.attention_heads))
    }

    fn embedding(&self, side: &str, specs: &mut Specs) {
        let entries = match side {
            "encoder" => self.source_vocabulary,
            _ => self.target_vocabulary,
        };
        let name = format!("{side}.embed_tokens.weight");
        specs.tensor(name, &[entries, self.embed_dim], Part::Body);
    }

    fn layer(&self, side: &str, number: usize, pruned: &PrunedHeads, specs: &mut Specs) {
        let (width, inner) = (self.embed_dim, self.ffn_embed_dim);
        let of = |name: &str| format!("{side}.layers.{number}.{name}");
        let kinds: &[RowKind] = match side {
            "encoder" => &[RowKind::EncoderSelf],
            _ => &[RowKind::DecoderSelf, RowKind::EncoderDecoder],
        };
        for &kind in kinds {
            let row = HeadRow {
                kind,
                layer: number,
                heads: self.attention_heads,
            };
            let module = attention(kind, number);
            let widths = [width, pruned.width_left(row, width)];
            let joint = self.projections(kind, number);
            specs.attention(joint, &format!("{module}.out_proj"), widths);
            specs.norm(&format!("{module}_layer_norm"), width);
        }
        specs.linear(&of("fc1"), [width, inner], Part::Body);
        specs.linear(&of("fc2"), [inner, width], Part::Body);
        specs.norm(&of("final_layer_norm"), width);
    }
}

/// The name of an attention module.
fn attention(kind: RowKind, layer: usize) -> String {
    let [side, attention] = match kind {
        RowKind::EncoderSelf => ["encoder", "self_attn"],
        RowKind::EncoderDecoder => ["decoder", "encoder_attn"],
        RowKind::DecoderSelf => ["decoder", "self_attn"],
    };
    format!("{side}.layers.{layer}.{attention}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_number_of_parameters_is_that_of_the_tensors() {
        let mut config = TranslationConfig::of_sizes(9, 8, 4, 2, 2, 6);
        config.decoder_layers = 3;
        let listed: u128 = config.tensors().iter().map(TensorSpec::count).sum();
        assert_eq!(config.parameters(), listed);
    }

    #[test]
    fn heads_that_were_removed_are_missing_in_the_shapes_and_the_parameters() {
        let mut config = TranslationConfig::of_sizes(9, 8, 6, 2, 3, 7);
        for (kind, layer, head) in [
            (RowKind::EncoderSelf, 1, 0),
            (RowKind::EncoderSelf, 1, 2),
            (RowKind::DecoderSelf, 0, 0),
            (RowKind::DecoderSelf, 0, 1),
            (RowKind::DecoderSelf, 0, 2),
            (RowKind::EncoderDecoder, 1, 1),
        ] {
            config.pruned_heads.insert(kind, layer, head);
        }
        let tensors = config.tensors();
        let listed: u128 = tensors.iter().map(TensorSpec::count).sum();
        assert_eq!(config.parameters(), listed);
        let of = |module: &str| {
            let found = tensors.iter().filter_map(|spec| {
                let name = spec.name.strip_prefix(module)?.strip_prefix('.')?;
                Some((name, spec.shape.as_slice()))
            });
            found.collect::<Vec<_>>()
        };
        let left = |inner: &'static [usize; 2]| {
            [
                ("k_proj.weight", &inner[..]),
                ("k_proj.bias", &inner[..1]),
                ("v_proj.weight", inner),
                ("v_proj.bias", &inner[..1]),
                ("q_proj.weight", inner),
                ("q_proj.bias", &inner[..1]),
            ]
        };
        for (module, inner, output) in [
            ("encoder.layers.0.self_attn", &[6, 6], [6, 6]),
            ("encoder.layers.1.self_attn", &[2, 6], [6, 2]),
            ("decoder.layers.0.encoder_attn", &[6, 6], [6, 6]),
            ("decoder.layers.1.self_attn", &[6, 6], [6, 6]),
            ("decoder.layers.1.encoder_attn", &[4, 6], [6, 4]),
        ] {
            let outputs = [("out_proj.weight", &output[..]), ("out_proj.bias", &[6])];
            assert_eq!(of(module), [&left(inner)[..], &outputs].concat(), "{module}");
        }
        assert_eq!(of("decoder.layers.0.self_attn"), [("out_proj.bias", &[6][..])]);
        assert_eq!(of("decoder.layers.0.self_attn_layer_norm").len(), 2);
    }
}
