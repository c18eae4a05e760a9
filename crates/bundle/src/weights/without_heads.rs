//! Attention modules that have lost all their heads, and which stored tensors are of them.

use std::collections::BTreeSet;

use super::layers::module_of;
use super::spelling::own_name;
use crate::encoder::Family;
use crate::{ModelConfig, TensorSpec};

/// The attention modules of a model that have no head.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WithoutHeads {
    modules: BTreeSet<String>,
    /// That of an encoder, whose tensors have several spellings.
    family: Option<Family>,
}

impl WithoutHeads {
    /// Those of such a model.
    pub fn of(config: &ModelConfig) -> Self {
        Self {
            modules: modules_without_heads(&config.tensors()),
            family: match config {
                ModelConfig::Encoder(config) => Some(config.family),
                ModelConfig::Translation(_) => None,
            },
        }
    }

    /// Whether a stored tensor is of one of them. [`Plan`](super::Plan) refuses such tensors, but for those that the config
    /// lists.
    pub fn has(&self, stored: &str) -> bool {
        match self.family {
            Some(family) => is_of(&own_name(stored, family), &self.modules),
            None => is_of(stored, &self.modules),
        }
    }
}

/// The modules with a bias alone among the tensors of a model: without heads, that of the output is all that is left.
pub(super) fn modules_without_heads(tensors: &[TensorSpec]) -> BTreeSet<String> {
    let names: BTreeSet<&str> = tensors.iter().map(|spec| spec.name.as_str()).collect();
    let is_alone = |name: &&str| {
        let layer = name.strip_suffix(".bias");
        layer.is_some_and(|layer| !names.contains(format!("{layer}.weight").as_str()))
    };
    let alone = names.iter().copied().filter(is_alone);
    alone.filter_map(module_of).map(str::to_owned).collect()
}

/// Whether a tensor is of one of these modules.
pub(super) fn is_of(name: &str, modules: &BTreeSet<String>) -> bool {
    module_of(name).is_some_and(|module| modules.contains(module))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::encoder::EncoderConfig;
    use crate::translation::TranslationConfig;
    use heads::HeadMask;

    #[test]
    fn tensors_of_modules_without_heads_are_known_under_every_spelling() {
        let config = ModelConfig::Encoder(EncoderConfig::of_sizes(7, 4, 2, 2, 6, 5));
        let left = config.pruned(&HeadMask::from_flags(vec![true, false, false, false]));
        let gone = WithoutHeads::of(&left.unwrap());
        for (name, is_of_them) in [
            ("bert.encoder.layer.1.attention.self.query.weight", true),
            ("module.encoder.layer.1.attention.self.distance.weight", true),
            ("bert.encoder.layer.0.attention.self.query.weight", false),
            ("bert.encoder.layer.1.output.dense.bias", false),
            ("cls.predictions.bias", false),
        ] {
            assert_eq!(gone.has(name), is_of_them, "{name}");
            assert!(!WithoutHeads::of(&config).has(name), "{name}");
        }
        let config = ModelConfig::Translation(TranslationConfig::of_sizes(9, 8, 6, 1, 1, 7));
        let left = config.pruned(&HeadMask::from_flags(vec![true, false, true]));
        let gone = WithoutHeads::of(&left.unwrap());
        for (name, is_of_them) in [
            ("decoder.layers.0.encoder_attn.out_proj.weight", true),
            ("module.decoder.layers.0.encoder_attn.out_proj.weight", false),
            ("decoder.layers.0.encoder_attn_layer_norm.weight", false),
            ("decoder.layers.0.self_attn.out_proj.weight", false),
        ] {
            assert_eq!(gone.has(name), is_of_them, "{name}");
        }
    }
}
