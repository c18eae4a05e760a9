//! A classifier as an ONNX file: opset 17, weights in single precision, batch and length decided by each run.

mod encoder;
mod file;
mod graph;
mod proto;

use std::io::BufWriter;
use std::path::Path;

use bundle::encoder::EncoderConfig;
use bundle::weights::{Classifier, Plan, Weights};
use bundle::{BundleError, CONFIG_FILE, ModelConfig};
use files::{DraftFile, FileError};
use heads::HeadGrid;
use serde_json::json;

use crate::ExportError;
use file::{MOST_BYTES, OnnxFile, Placed};
use graph::Builder;
use proto::{Model, OperatorSet, Property};

/// Name of the file in a folder.
pub const MODEL_FILE: &str = "model.onnx";

/// The first with layer normalisation as an operator of its own.
const OPSET: i64 = 17;

/// The version of the format that came with that opset.
const IR_VERSION: i64 = 8;

/// Writes the classifier in `folder`, whole or with heads removed, to the file `path`, whole or not at all.
///
/// Inputs are `input_ids`, `attention_mask` and, of BERT, `token_type_ids`, all int64 `[batch, length]`; the output is
/// `logits`, float32 `[batch, classes]`, in the order of the classes in config.json, which the property `labels` repeats.
/// RoBERTa, XLM-RoBERTa and DistilBERT have no input for the kinds of tokens, as in Optimum's exports: their tokenisers
/// return none. RoBERTa's positions are counted in the graph, from ids that are not padding. Weights of any type of floats
/// become float32. One tensor is held in memory at a time.
///
/// Returns the bytes of the file.
///
/// # Errors
/// [`ExportError::NoClassifier`], [`ExportError::NotWhole`], [`ExportError::TooLarge`] beyond 2 GiB, a folder that cannot be
/// read, and a file that cannot be written.
pub fn write(folder: &Path, path: &Path) -> Result<u64, ExportError> {
    let ModelConfig::Encoder(config) = ModelConfig::read(&folder.join(CONFIG_FILE))? else {
        return Err(ExportError::NoClassifier {
            folder: folder.to_owned(),
        });
    };
    let weights = Weights::of_folder(folder)?;
    let plan = Plan::encoder(&config, &weights, Classifier::AsStored)?;
    if !plan.report.fresh.is_empty() {
        return Err(ExportError::NotWhole {
            folder: folder.to_owned(),
            names: plan.report.fresh,
        });
    }
    let grid = config.grid().map_err(|error| BundleError::Config {
        path: folder.join(CONFIG_FILE),
        reason: error.to_string(),
    })?;
    let Builder {
        graph,
        weights: wanted,
        ..
    } = encoder::classifier(&config, &grid);
    let tensors = config.tensors();
    let placed = wanted.iter().filter_map(|weight| {
        let spec = tensors.iter().find(|spec| spec.name == weight.tensor)?;
        let shape = &spec.shape;
        Some(Placed { weight, shape })
    });
    let file = OnnxFile::new(&model(&config, &grid), &graph, placed.collect());
    if file.length() > MOST_BYTES {
        return Err(ExportError::TooLarge {
            path: path.to_owned(),
            bytes: file.length(),
            most: MOST_BYTES,
        });
    }
    let read = |name: &str| {
        let stored = plan.read::<f32>(name, &weights)?;
        let numbers = stored.map(|stored| stored.numbers);
        numbers.ok_or_else(|| ExportError::NotWhole {
            folder: folder.to_owned(),
            names: vec![name.to_owned()],
        })
    };
    let failed = |source| ExportError::from(FileError::writing(path)(source));
    let mut out = BufWriter::new(DraftFile::new(path).map_err(failed)?);
    file.write(&mut out, read, failed)?;
    let out = out.into_inner().map_err(|error| failed(error.into_error()))?;
    out.publish().map_err(failed)?;
    Ok(file.length())
}

/// What the file says of itself.
fn model(config: &EncoderConfig, grid: &HeadGrid) -> Model {
    let heads: Vec<usize> = grid.rows().iter().map(|row| row.heads).collect();
    let full = config.num_hidden_layers * config.num_attention_heads;
    let properties = [
        ("model_type", config.family.model_type().to_owned()),
        ("labels", json!(config.labels).to_string()),
        ("heads", json!(heads).to_string()),
        ("longest_input", config.longest_input().to_string()),
    ];
    Model {
        ir_version: IR_VERSION,
        producer_name: "headcount".to_owned(),
        producer_version: env!("CARGO_PKG_VERSION").to_owned(),
        doc_string: format!(
            "{} that classifies, with {} of {full} attention heads. Property `labels`: the names of the classes in the order of \
             `logits`; `heads`: the attention heads of each layer; `longest_input`: the most tokens of an input.",
            config.family.model_type(),
            grid.total()
        ),
        opset_import: vec![OperatorSet {
            domain: String::new(),
            version: OPSET,
        }],
        metadata_props: properties
            .into_iter()
            .map(|(key, value)| Property {
                key: key.to_owned(),
                value,
            })
            .collect(),
    }
}

#[cfg(test)]
mod tests;
