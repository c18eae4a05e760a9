//! The names under which a tensor of a model may stand in a file.

use crate::encoder::Family;

/// What programs put before the names of a model that they have wrapped.
const WRAPPERS: [&str; 3] = ["module.", "_orig_mod.", "model."];

/// Buffers that are no weights; older programs saved them too.
const BUFFERS: [&str; 2] = ["embeddings.position_ids", "embeddings.token_type_ids"];

/// The family's own name of what a file calls `stored`: wrappers are left out, the encoder's prefix is put before names
/// that lack it, and gamma and beta of layer normalisation are weight and bias.
pub(super) fn own_name(stored: &str, family: Family) -> String {
    let mut name = stored;
    while let Some(inner) = WRAPPERS.iter().find_map(|wrapper| name.strip_prefix(wrapper)) {
        name = inner;
    }
    let layers = family.layers().split('.').next().unwrap_or_default();
    let bare = ["embeddings", layers, "pooler"]
        .iter()
        .any(|part| name.strip_prefix(part).is_some_and(|rest| rest.starts_with('.')));
    let name = if bare {
        format!("{}.{name}", family.prefix())
    } else {
        name.to_owned()
    };
    for (old, new) in [
        ("LayerNorm.gamma", "LayerNorm.weight"),
        ("LayerNorm.beta", "LayerNorm.bias"),
    ] {
        if let Some(norm) = name.strip_suffix(old) {
            return format!("{norm}{new}");
        }
    }
    name
}

/// Whether a name is that of a buffer, which has no place in a model.
pub(super) fn is_buffer(name: &str) -> bool {
    BUFFERS.iter().any(|buffer| name.ends_with(buffer))
}

/// Whether a name is that of a tensor within the encoder.
pub(super) fn is_of_encoder(name: &str, family: Family) -> bool {
    let inside = name
        .strip_prefix(family.prefix())
        .and_then(|name| name.strip_prefix('.'));
    inside.is_some_and(|name| !name.starts_with("pooler."))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_spelling_leads_to_the_familys_own_name() {
        for (family, stored, own) in [
            (Family::Bert, "bert.pooler.dense.bias", "bert.pooler.dense.bias"),
            (Family::Bert, "pooler.dense.bias", "bert.pooler.dense.bias"),
            (
                Family::Bert,
                "module.embeddings.LayerNorm.gamma",
                "bert.embeddings.LayerNorm.weight",
            ),
            (
                Family::Bert,
                "_orig_mod.module.bert.encoder.layer.0.output.LayerNorm.beta",
                "bert.encoder.layer.0.output.LayerNorm.bias",
            ),
            (Family::Bert, "classifier.weight", "classifier.weight"),
            (Family::Bert, "model.classifier.weight", "classifier.weight"),
            (Family::Bert, "encoder_of_mine.weight", "encoder_of_mine.weight"),
            (
                Family::XlmRoberta,
                "encoder.layer.1.output.dense.weight",
                "roberta.encoder.layer.1.output.dense.weight",
            ),
            (
                Family::DistilBert,
                "transformer.layer.1.ffn.lin1.bias",
                "distilbert.transformer.layer.1.ffn.lin1.bias",
            ),
            (Family::DistilBert, "pre_classifier.bias", "pre_classifier.bias"),
        ] {
            assert_eq!(own_name(stored, family), own);
        }
    }

    #[test]
    fn the_encoder_is_told_from_the_heads_of_other_tasks() {
        assert!(is_of_encoder(
            "bert.encoder.layer.12.output.dense.bias",
            Family::Bert
        ));
        for name in [
            "roberta.pooler.dense.weight",
            "lm_head.bias",
            "roberta_of_mine.weight",
        ] {
            assert!(!is_of_encoder(name, Family::Roberta), "{name}");
        }
        assert!(is_buffer("bert.embeddings.position_ids") && !is_buffer("bert.embeddings.LayerNorm.bias"));
    }
}
