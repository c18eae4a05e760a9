//! Encoders whose weights follow from a formula, so that another program can make the same: number `j` of tensor `i`, in
//! the order of the config, is `((7 j + 13 i) mod 31 - 15) / 40`, and 1 more where it scales a layer normalisation.

use std::path::Path;

use bundle::encoder::{Activation, EncoderConfig, Family};
use bundle::{WEIGHTS_FILE, write_config};
use safetensors::tensor::{Dtype, TensorView};

/// Inputs that are looked at: single texts and pairs, padding on the right, a padding word among the others.
pub(crate) const IDS: [[i32; 6]; 3] = [[0, 7, 9, 2, 30, 2], [0, 5, 2, 1, 1, 1], [0, 12, 1, 13, 2, 1]];
pub(crate) const TYPES: [[i32; 6]; 3] = [[0, 0, 0, 0, 1, 1], [0; 6], [0, 0, 0, 1, 1, 0]];
pub(crate) const MASK: [[u8; 6]; 3] = [[1; 6], [1, 1, 1, 0, 0, 0], [1, 1, 1, 1, 1, 0]];

/// A small config of a family.
pub(crate) fn config(family: Family, activation: Activation) -> EncoderConfig {
    let mut config = EncoderConfig::of_sizes(32, 12, 2, 3, 20, 9);
    config.family = family;
    config.hidden_act = activation;
    config.pad_token_id = Some(1);
    // As a run writes it that has started anew.
    config.embedding_initializer_range = Some(0.5);
    config.set_labels(&["no", "yes", "maybe"].map(str::to_owned));
    if family == Family::DistilBert {
        config.type_vocab_size = 0;
    }
    config
}

/// Writes the folder of such a model.
pub(crate) fn write(folder: &Path, config: &EncoderConfig) {
    std::fs::create_dir_all(folder).unwrap();
    let number = |tensor: usize, place: usize, scales: bool| -> f32 {
        let number = ((7 * place + 13 * tensor) % 31) as f64 - 15.0;
        (number / 40.0 + if scales { 1.0 } else { 0.0 }) as f32
    };
    let specs = config.tensors();
    let bytes: Vec<Vec<u8>> = specs
        .iter()
        .enumerate()
        .map(|(tensor, spec)| {
            let norm = spec.name.contains("LayerNorm") || spec.name.contains("layer_norm");
            let scales = norm && spec.name.ends_with("weight");
            let count: usize = spec.shape.iter().product();
            (0..count)
                .flat_map(|place| number(tensor, place, scales).to_le_bytes())
                .collect()
        })
        .collect();
    let views = specs.iter().zip(&bytes).map(|(spec, bytes)| {
        (
            spec.name.as_str(),
            TensorView::new(Dtype::F32, spec.shape.clone(), bytes).unwrap(),
        )
    });
    let metadata = std::collections::HashMap::from([("format".to_owned(), "pt".to_owned())]);
    std::fs::write(
        folder.join(WEIGHTS_FILE),
        safetensors::serialize(views, Some(metadata)).unwrap(),
    )
    .unwrap();
    write_config(folder, config.to_keys()).unwrap();
}
