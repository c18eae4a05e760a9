//! What stands behind a path: the hash of its bytes, and the sizes of a model folder.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use serde::Deserialize;
use sha2::{Digest, Sha256};

use super::schema::ModelSection;
use super::task::Task;
use super::validate::Finding;
use crate::SweepError;

/// Files of a model folder that decide a run's numbers; so do its dictionaries.
const WEIGHTS_FILES: [&str; 3] = ["config.json", "model.safetensors", "vocab.txt"];

/// Lower-case hexadecimal SHA-256.
pub(crate) fn sha256(bytes: &[u8]) -> String {
    hex(Sha256::new_with_prefix(bytes))
}

/// SHA-256 of a file's bytes.
pub(crate) fn file_sha256(path: &Path) -> Result<String, SweepError> {
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
pub(super) fn weights_sha256(folder: &Path, languages: &(String, String)) -> Result<String, SweepError> {
    let mut listing = String::new();
    let (source, target) = languages;
    let dictionaries = [source, target].map(|language| format!("dict.{language}.txt"));
    for name in WEIGHTS_FILES.map(str::to_owned).into_iter().chain(dictionaries) {
        let path = folder.join(&name);
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

/// The sizes that a model folder's config.json gives.
#[derive(Debug)]
pub(super) enum Sizes {
    /// Of an encoder.
    Encoder(EncoderSizes),
    /// Of an encoder-decoder.
    EncoderDecoder(EncoderDecoderSizes),
}

/// The sizes in a Hugging Face `config.json`.
#[derive(Debug, Deserialize)]
pub(super) struct EncoderSizes {
    num_hidden_layers: usize,
    num_attention_heads: usize,
    hidden_size: usize,
    intermediate_size: usize,
    max_position_embeddings: usize,
    layer_norm_eps: Option<f64>,
}

/// The sizes in the `config.json` of an encoder-decoder.
#[derive(Debug, Deserialize)]
pub(super) struct EncoderDecoderSizes {
    encoder_layers: usize,
    decoder_layers: usize,
    attention_heads: usize,
    embed_dim: usize,
    ffn_embed_dim: usize,
    max_target_positions: Option<usize>,
    layer_norm_eps: Option<f64>,
}

impl Sizes {
    pub(super) fn replace(&self, model: &mut ModelSection) {
        match self {
            Self::Encoder(sizes) => {
                model.layers = sizes.num_hidden_layers;
                model.heads = sizes.num_attention_heads;
                model.width = sizes.hidden_size;
                model.feed_forward = sizes.intermediate_size;
                model.positions = sizes.max_position_embeddings;
                model.layer_norm_eps = sizes.layer_norm_eps.unwrap_or(model.layer_norm_eps);
            }
            Self::EncoderDecoder(sizes) => {
                model.layers = sizes.encoder_layers;
                model.decoder_layers = Some(sizes.decoder_layers);
                model.heads = sizes.attention_heads;
                model.width = sizes.embed_dim;
                model.feed_forward = sizes.ffn_embed_dim;
                model.positions = sizes.max_target_positions.unwrap_or(model.positions);
                model.layer_norm_eps = sizes.layer_norm_eps.unwrap_or(model.layer_norm_eps);
            }
        }
    }
}

/// The sizes of the model in this folder.
pub(super) fn weights_sizes(folder: &Path, task: Task) -> Result<Sizes, Finding> {
    let config = folder.join("config.json");
    let weights = folder.join("model.safetensors");
    for path in [&config, &weights] {
        if !path.is_file() {
            return Err(Finding::new(
                "model.weights",
                format!("needs {}, which is no file", path.display()),
            )
            .hint(match task {
                Task::Nli => "name a Hugging Face folder with config.json and model.safetensors",
                Task::Translation => {
                    "name a folder with config.json, model.safetensors and dictionaries, such as that of a dense run"
                }
            }));
        }
    }
    let text = std::fs::read_to_string(&config).map_err(|error| {
        Finding::new(
            "model.weights",
            format!("cannot be used: {}: {error}", config.display()),
        )
    })?;
    let sizes = match task {
        Task::Nli => serde_json::from_str(&text).map(Sizes::Encoder),
        Task::Translation => serde_json::from_str(&text).map(Sizes::EncoderDecoder),
    };
    sizes.map_err(|error| {
        Finding::new(
            "model.weights",
            format!("cannot be used: {}: {error}", config.display()),
        )
    })
}
