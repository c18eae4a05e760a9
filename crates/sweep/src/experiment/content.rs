//! What stands behind a path: the hash of its bytes, and the sizes of a model folder.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use serde::Deserialize;
use sha2::{Digest, Sha256};

use super::schema::ModelSection;
use super::validate::Finding;
use crate::SweepError;

/// Files of a model folder that decide a run's numbers.
const WEIGHTS_FILES: [&str; 3] = ["config.json", "model.safetensors", "vocab.txt"];

/// Lower-case hexadecimal SHA-256.
pub(crate) fn sha256(bytes: &[u8]) -> String {
    hex(Sha256::new_with_prefix(bytes))
}

/// SHA-256 of a file's bytes.
pub(super) fn file_sha256(path: &Path) -> Result<String, SweepError> {
    let hash = || -> io::Result<String> {
        let mut file = File::open(path)?;
        let mut hasher = Sha256::new();
        let mut buffer = vec![0; 1 << 18];
        loop {
            match file.read(&mut buffer)? {
                0 => return Ok(hex(hasher)),
                count => hasher.update(&buffer[..count]),
            }
        }
    };
    hash().map_err(|source| SweepError::io("read", path, source))
}

/// SHA-256 over the hashes of a model folder's files.
pub(super) fn weights_sha256(folder: &Path) -> Result<String, SweepError> {
    let mut listing = String::new();
    for name in WEIGHTS_FILES {
        let path = folder.join(name);
        if path.is_file() {
            listing.push_str(&format!("{name} {}\n", file_sha256(&path)?));
        }
    }
    Ok(sha256(listing.as_bytes()))
}

fn hex(hasher: Sha256) -> String {
    hasher
        .finalize()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

/// The sizes in a Hugging Face `config.json`.
#[derive(Debug, Deserialize)]
pub(super) struct Sizes {
    num_hidden_layers: usize,
    num_attention_heads: usize,
    hidden_size: usize,
    intermediate_size: usize,
    max_position_embeddings: usize,
    layer_norm_eps: Option<f64>,
}

impl Sizes {
    pub(super) fn replace(&self, model: &mut ModelSection) {
        model.layers = self.num_hidden_layers;
        model.heads = self.num_attention_heads;
        model.width = self.hidden_size;
        model.feed_forward = self.intermediate_size;
        model.positions = self.max_position_embeddings;
        model.layer_norm_eps = self.layer_norm_eps.unwrap_or(model.layer_norm_eps);
    }
}

/// The sizes of the model in this folder.
pub(super) fn weights_sizes(folder: &Path) -> Result<Sizes, Finding> {
    let config = folder.join("config.json");
    let weights = folder.join("model.safetensors");
    for path in [&config, &weights] {
        if !path.is_file() {
            return Err(Finding::new(
                "model.weights",
                format!("needs {}, which is no file", path.display()),
            )
            .hint("name a Hugging Face folder with config.json and model.safetensors"));
        }
    }
    let text = std::fs::read_to_string(&config).map_err(|error| {
        Finding::new(
            "model.weights",
            format!("cannot be used: {}: {error}", config.display()),
        )
    })?;
    serde_json::from_str(&text).map_err(|error| {
        Finding::new(
            "model.weights",
            format!("cannot be used: {}: {error}", config.display()),
        )
    })
}
