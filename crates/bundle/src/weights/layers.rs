//! What the name of a tensor says of the layer and the module that it is of.

/// The numbered layer that a tensor is of, as the part of its name up to the number, if it is of one.
pub(super) fn layer_of(name: &str) -> Option<&str> {
    let is_number = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    let (mut end, mut before) = (0, "");
    for part in name.split('.') {
        end += part.len();
        if matches!(before, "layer" | "layers") && is_number(part) {
            return Some(&name[..end]);
        }
        (before, end) = (part, end + 1);
    }
    None
}

/// The module of a numbered layer that a tensor is of, as the part of its name up to that of the module, if it is of one.
pub(super) fn module_of(name: &str) -> Option<&str> {
    let layer = layer_of(name)?;
    let module = name[layer.len()..].strip_prefix('.')?.split('.').next()?;
    Some(&name[..=layer.len() + module.len()])
}

/// Whether a tensor is of the linear layers of an attention module, whose sizes depend on the heads.
pub(super) fn is_of_heads(name: &str) -> bool {
    let module = module_of(name).and_then(|module| module.rsplit('.').next());
    matches!(module, Some("attention" | "self_attn" | "encoder_attn")) && !name.contains(".LayerNorm.")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_say_layer_and_module_and_whether_sizes_depend_on_heads() {
        assert!(
            layer_of("decoder.layers.10.fc1.bias") == Some("decoder.layers.10")
                && layer_of("bert.encoder.layer.0.output.dense.bias") == Some("bert.encoder.layer.0")
        );
        assert_eq!(
            module_of("decoder.layers.10.self_attn.k_proj.bias"),
            Some("decoder.layers.10.self_attn")
        );
        assert_eq!(module_of("decoder.layers.10"), None);
        for (name, of_heads) in [
            ("bert.encoder.layer.0.attention.output.dense.bias", true),
            ("transformer.layer.1.attention.q_lin.weight", true),
            ("decoder.layers.10.encoder_attn.out_proj.weight", true),
            ("bert.encoder.layer.0.attention.output.LayerNorm.bias", false),
            ("decoder.layers.10.self_attn_layer_norm.weight", false),
            ("bert.encoder.layer.0.output.dense.bias", false),
        ] {
            assert_eq!(is_of_heads(name), of_heads, "{name}");
        }
        assert_eq!(layer_of("decoder.output_projection.weight"), None);
        assert_eq!(layer_of("encoder.layers.version"), None);
    }
}
