//! The recorded files as they are written, and what is made of them.

use std::collections::BTreeMap;
use std::path::Path;

use bundle::{CONFIG_FILE, PrunedHeads};
use burn::tensor::{Gradients, Tensor};
use models::translation::{TranslationBatch, TranslationConfig, TranslationModel};
use models::weights::load_translation_parameters;
use models::{Initializer, Layout, Parameter, Parameters, Precision, TensorOptions};
use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::VerifyError;
use crate::numbers::numbers;
use crate::tensors::Tensors;

/// `config.json`.
#[derive(Deserialize)]
pub(super) struct Config {
    encoder_layers: usize,
    decoder_layers: usize,
    heads: usize,
    embed_dim: usize,
    ffn_dim: usize,
    src_vocab: usize,
    tgt_vocab: usize,
    activation: String,
    normalize_before: bool,
    layer_norm_eps: f64,
    dropout: f64,
    share_decoder_input_output_embed: bool,
    output_bias: bool,
    learned_positions: bool,
    max_positions: usize,
    pub(super) gate_rows: Vec<GateRow>,
}

#[derive(Deserialize)]
pub(super) struct GateRow {
    pub(super) module: String,
}

/// A batch as it is written; rows are padded.
#[derive(Deserialize)]
pub(super) struct RecordedBatch {
    src_tokens: Vec<Vec<i32>>,
    pub(super) prev_output_tokens: Vec<Vec<i32>>,
    target: Vec<Vec<i32>>,
    pub(super) ntokens: usize,
}

impl RecordedBatch {
    pub(super) fn on_device(&self, options: &TensorOptions) -> TranslationBatch {
        let (source, target) = (self.src_tokens.concat(), self.target.concat());
        TranslationBatch::new(&source, &target, self.src_tokens.len(), options)
    }
}

/// `train_batches.json`.
#[derive(Deserialize)]
struct BatchFile {
    batches: Vec<RecordedBatch>,
}

/// The training batches beside a recording.
pub(super) fn train_batches(
    path: &Path,
    options: &TensorOptions,
) -> Result<Vec<TranslationBatch>, VerifyError> {
    let path = path.with_file_name("train_batches.json");
    let text = std::fs::read_to_string(&path).map_err(|source| VerifyError::io(&path, source))?;
    let file: BatchFile = parse(&text, &path)?;
    Ok(file
        .batches
        .iter()
        .map(|batch| batch.on_device(options))
        .collect())
}

pub(super) fn parse<T: DeserializeOwned>(text: &str, path: &Path) -> Result<T, VerifyError> {
    serde_json::from_str(text).map_err(|error| VerifyError::malformed(path, error))
}

/// The text of config.json beside a recording.
pub(super) fn config_text(path: &Path) -> Option<String> {
    std::fs::read_to_string(path.with_file_name(CONFIG_FILE)).ok()
}

/// The config beside a recording.
pub(super) fn config(path: &Path) -> Result<Config, VerifyError> {
    let path = path.with_file_name(CONFIG_FILE);
    let text = std::fs::read_to_string(&path).map_err(|source| VerifyError::io(&path, source))?;
    let config: Config = parse(&text, &path)?;
    let known = config.activation == "relu"
        && !config.normalize_before
        && config.share_decoder_input_output_embed
        && !config.output_bias
        && !config.learned_positions;
    if known {
        Ok(config)
    } else {
        Err(VerifyError::malformed(&path, "names a form that is not built"))
    }
}

/// The recorded model with the weights of one file beside `path`.
///
/// The recordings in double precision widen a table of positions made in single precision, whose last bits are those
/// of the reference's sine; for them it is taken from the file.
pub(super) fn model(
    path: &Path,
    weights: &str,
    label_smoothing: f64,
    options: &TensorOptions,
) -> Result<TranslationModel, VerifyError> {
    let recorded = config(path)?;
    let config = TranslationConfig {
        source_vocabulary: recorded.src_vocab,
        target_vocabulary: recorded.tgt_vocab,
        embed_dim: recorded.embed_dim,
        ffn_embed_dim: recorded.ffn_dim,
        attention_heads: recorded.heads,
        encoder_layers: recorded.encoder_layers,
        decoder_layers: recorded.decoder_layers,
        layer_norm_eps: recorded.layer_norm_eps,
        dropout: recorded.dropout,
        attention_dropout: 0.0,
        activation_dropout: 0.0,
        label_smoothing,
        max_target_positions: recorded.max_positions,
        languages: None,
        pruned_heads: PrunedHeads::default(),
    };
    let mut initial = Initializer::new(0, options.clone());
    let mut model = TranslationModel::new(&config, &mut initial)
        .map_err(|reason| VerifyError::malformed(&path.with_file_name(CONFIG_FILE), reason))?;
    let path_of_weights = path.with_file_name(weights);
    load_translation_parameters(&path_of_weights, &mut model)
        .map_err(|error| VerifyError::malformed(&path_of_weights, error))?;
    if options.precision == Precision::Double {
        let table = position_table(path)?;
        model.set_position_table(table.into_iter().map(|number| number as f32).collect());
    }
    Ok(model)
}

/// The first rows of the recorded table of positions.
pub(super) fn position_table(path: &Path) -> Result<Vec<f64>, VerifyError> {
    let tensors = Tensors::read(&path.with_file_name("forward.safetensors"))?;
    Ok(tensors.floats("position_table")?.values)
}

/// The tensors of a model under their names, in the layout of the files.
pub(super) fn stored(model: &TranslationModel) -> BTreeMap<String, Vec<f64>> {
    let mut stored = BTreeMap::new();
    model.clone().visit("", &mut |name, parameter| {
        let values = match parameter {
            Parameter::Vector(tensor) => numbers(tensor.clone()),
            Parameter::Matrix(tensor, layout) => in_layout(tensor.clone(), layout),
        };
        stored.insert(name.to_owned(), values);
    });
    stored
}

/// The gradients of a trainable model under the names of its tensors, in the layout of the files.
pub(super) fn stored_gradients(
    model: &TranslationModel,
    gradients: &mut Gradients,
) -> BTreeMap<String, Vec<f64>> {
    let mut stored = BTreeMap::new();
    model.clone().visit("", &mut |name, parameter| {
        let values = match parameter {
            Parameter::Vector(tensor) => tensor.grad_remove(gradients).map(numbers),
            Parameter::Matrix(tensor, layout) => tensor
                .grad_remove(gradients)
                .map(|gradient| in_layout(gradient, layout)),
        };
        // One that is missing has no numbers, which no recorded list equals.
        stored.insert(name.to_owned(), values.unwrap_or_default());
    });
    stored
}

fn in_layout(tensor: Tensor<2>, layout: Layout) -> Vec<f64> {
    match layout {
        Layout::AsStored => numbers(tensor),
        Layout::Transposed => numbers(tensor.inner().transpose()),
    }
}
