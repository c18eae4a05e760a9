//! The config.json of either kind of model: an encoder that classifies, or an encoder-decoder that translates.

use std::path::Path;

use heads::{GridError, HeadGrid, HeadMask, HeadRow};
use serde_json::{Map, Value};

use crate::encoder::EncoderConfig;
use crate::keys::read_object;
use crate::translation::TranslationConfig;
use crate::{BundleError, PrunedHeads, TensorSpec};

/// A key that every config.json of an encoder-decoder has, and none of an encoder.
const TRANSLATES: &str = "source_vocabulary";

/// What a config.json describes.
#[derive(Debug, Clone, PartialEq)]
pub enum ModelConfig {
    /// An encoder that classifies.
    Encoder(EncoderConfig),
    /// An encoder-decoder that translates.
    Translation(TranslationConfig),
}

impl ModelConfig {
    /// Reads and checks a config.json of either kind.
    ///
    /// # Errors
    /// A file that cannot be read, and what the kind that it is of refuses.
    pub fn read(path: &Path) -> Result<Self, BundleError> {
        let map = read_object(path)?;
        if map.contains_key(TRANSLATES) && !map.contains_key("model_type") {
            let config = TranslationConfig::from_keys(map).map(Self::Translation);
            config.map_err(|reason| BundleError::config(path, reason))
        } else {
            EncoderConfig::of_file(path, map).map(Self::Encoder)
        }
    }

    /// The keys of config.json.
    pub fn to_keys(&self) -> Map<String, Value> {
        match self {
            Self::Encoder(config) => config.to_keys(),
            Self::Translation(config) => config.to_keys(),
        }
    }

    /// The heads of such a model: those that are left where heads were removed.
    ///
    /// # Errors
    /// [`GridError::NoRows`] for a config without layers.
    pub fn grid(&self) -> Result<HeadGrid, GridError> {
        match self {
            Self::Encoder(config) => config.grid(),
            Self::Translation(config) => config.grid(),
        }
    }

    /// The heads of such a model before any was removed.
    ///
    /// # Errors
    /// [`GridError::NoRows`] for a config without layers.
    pub fn full_grid(&self) -> Result<HeadGrid, GridError> {
        match self {
            Self::Encoder(config) => config.full_grid(),
            Self::Translation(config) => config.full_grid(),
        }
    }

    /// The config of the model without the heads that `mask` leaves out, which has a flag for each head of
    /// [`grid`](Self::grid).
    ///
    /// # Errors
    /// A mask of another number of heads.
    pub fn pruned(&self, mask: &HeadMask) -> Result<Self, String> {
        Ok(match self {
            Self::Encoder(config) => Self::Encoder(config.pruned(mask)?),
            Self::Translation(config) => Self::Translation(config.pruned(mask)?),
        })
    }

    /// The config of the model before any head was removed.
    #[must_use]
    pub fn whole(&self) -> Self {
        let mut whole = self.clone();
        match &mut whole {
            Self::Encoder(config) => config.pruned_heads = PrunedHeads::default(),
            Self::Translation(config) => config.pruned_heads = PrunedHeads::default(),
        }
        whole
    }

    /// Heads that were removed.
    pub fn pruned_heads(&self) -> &PrunedHeads {
        match self {
            Self::Encoder(config) => &config.pruned_heads,
            Self::Translation(config) => &config.pruned_heads,
        }
    }

    /// Every tensor of such a model.
    pub fn tensors(&self) -> Vec<TensorSpec> {
        match self {
            Self::Encoder(config) => config.tensors(),
            Self::Translation(config) => config.tensors(),
        }
    }

    /// Numbers in all tensors.
    pub fn parameters(&self) -> u128 {
        match self {
            Self::Encoder(config) => config.parameters(),
            Self::Translation(config) => config.parameters(),
        }
    }

    /// Name of the weights `[width, heads x head width]` over the contexts of the heads of a row of the grid.
    pub fn output_projection(&self, row: &HeadRow) -> String {
        match self {
            Self::Encoder(config) => config.output_projection(row.layer),
            Self::Translation(config) => config.output_projection(row.kind, row.layer),
        }
    }

    /// Names of the linear layers of query, key and value of a row of the grid: each has a `weight`
    /// `[heads x head width, width]` and a `bias`.
    pub fn projections(&self, row: &HeadRow) -> [String; 3] {
        match self {
            Self::Encoder(config) => config.projections(row.layer),
            Self::Translation(config) => config.projections(row.kind, row.layer),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::write_config;
    use heads::RowKind;

    fn both() -> [ModelConfig; 2] {
        [
            ModelConfig::Encoder(EncoderConfig::of_sizes(11, 6, 3, 3, 7, 9)),
            ModelConfig::Translation(TranslationConfig::of_sizes(9, 8, 6, 2, 3, 7)),
        ]
    }

    #[test]
    fn each_kind_is_known_by_its_keys_and_read_back() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(crate::CONFIG_FILE);
        for config in both() {
            let heads = config.grid().unwrap().total();
            let mask = HeadMask::from_flags((0..heads).map(|head| head % 3 == 1).collect());
            let pruned = config.pruned(&mask).unwrap();
            write_config(folder.path(), pruned.to_keys()).unwrap();
            let read = ModelConfig::read(&path).unwrap();
            assert_eq!(read.pruned_heads(), pruned.pruned_heads());
            assert_eq!(read.grid(), pruned.grid());
            assert_eq!(read.whole().parameters(), config.parameters());
            assert_eq!(
                pruned
                    .pruned_heads()
                    .of(RowKind::EncoderSelf, 1)
                    .collect::<Vec<_>>(),
                [0, 2]
            );
        }
        std::fs::write(&path, "{\"model_type\": \"bart\", \"source_vocabulary\": 9}").unwrap();
        let refused = ModelConfig::read(&path).unwrap_err().to_string();
        assert!(refused.contains("`model_type` is \"bart\""), "{refused}");
    }

    #[test]
    fn every_row_of_heads_has_its_projections_among_the_tensors() {
        for config in both() {
            let tensors = config.tensors();
            for row in config.grid().unwrap().rows() {
                let joint = config.projections(row);
                let weights = joint.iter().map(|name| format!("{name}.weight"));
                for name in weights.chain([config.output_projection(row)]) {
                    let spec = tensors.iter().find(|spec| spec.name == name).unwrap();
                    assert_eq!(spec.shape, [6, 6], "{name}");
                }
                for name in joint.map(|name| format!("{name}.bias")) {
                    let spec = tensors.iter().find(|spec| spec.name == name).unwrap();
                    assert_eq!(spec.shape, [6], "{name}");
                }
            }
        }
    }
}
