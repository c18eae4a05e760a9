//! Weights in and out: model folders as Hugging Face has them (config.json, model.safetensors).

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use burn::tensor::Tensor;
use safetensors::tensor::{Dtype, SafeTensors, TensorView};
use serde::Serialize;

use crate::bert::{BertClassifier, BertConfig};
use crate::translation::{TranslationConfig, TranslationModel};
use crate::{Initializer, Layout, ModelError, Parameter, Parameters, TensorOptions};

/// Name of the config in a model folder.
pub const CONFIG_FILE: &str = "config.json";
/// Name of the weights in a model folder.
pub const WEIGHTS_FILE: &str = "model.safetensors";

/// What loading left undecided.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LoadReport {
    /// Parameters that the file lacks and that kept their start values (a classifier, when fine-tuning begins).
    pub fresh: Vec<String>,
    /// Tensors of the file that the model has no use for.
    pub unused: Vec<String>,
}

/// Loads a BERT classifier from a Hugging Face folder. Encoders without classifier get a fresh one for `labels`;
/// names may lack the prefix `bert.` and may say gamma and beta for layer normalisation.
pub fn load_bert(
    folder: &Path,
    labels: Option<&[String]>,
    seed: u64,
    options: &TensorOptions,
) -> Result<(BertConfig, BertClassifier, LoadReport), ModelError> {
    let config_path = folder.join(CONFIG_FILE);
    let mut config = BertConfig::read(&config_path)?;
    if let Some(labels) = labels {
        config.set_labels(labels);
    }
    let mut initial = Initializer::new(seed, options.clone());
    let mut model = BertClassifier::new(&config, &mut initial).map_err(|reason| ModelError::Config {
        path: config_path,
        reason,
    })?;
    let report = load_parameters(&folder.join(WEIGHTS_FILE), &mut model, options, labels.is_some())?;
    Ok((config, model, report))
}

/// Embedding of the target words, which is the output projection too.
const TIED_EMBEDDING: &str = "decoder.embed_tokens.weight";
/// Name under which fairseq lists that projection; it may be absent.
const TIED_OUTPUT: &str = "decoder.output_projection.weight";

/// Loads an encoder-decoder from a folder: our config.json, and weights under fairseq's names.
///
/// # Errors
/// [`ModelError::Untied`] where the file has an output projection other than the target embedding, and those of
/// [`load_parameters`].
pub fn load_translation(
    folder: &Path,
    options: &TensorOptions,
) -> Result<(TranslationConfig, TranslationModel, LoadReport), ModelError> {
    let config_path = folder.join(CONFIG_FILE);
    let config = TranslationConfig::read(&config_path)?;
    let mut initial = Initializer::new(0, options.clone());
    let mut model = TranslationModel::new(&config, &mut initial).map_err(|reason| ModelError::Config {
        path: config_path,
        reason,
    })?;
    let report = load_translation_parameters(&folder.join(WEIGHTS_FILE), &mut model)?;
    Ok((config, model, report))
}

/// Sets every parameter of an encoder-decoder from a safetensors file with fairseq's names.
///
/// # Errors
/// Those of [`load_translation`].
pub fn load_translation_parameters(
    path: &Path,
    model: &mut TranslationModel,
) -> Result<LoadReport, ModelError> {
    let options = model.options().clone();
    let mut report = load_parameters(path, model, &options, false)?;
    if let Some(place) = report.unused.iter().position(|name| name == TIED_OUTPUT) {
        report.unused.remove(place);
        let (bytes, damaged) = (read(path)?, damaged(path));
        let file = SafeTensors::deserialize(&bytes).map_err(&damaged)?;
        let (output, embedding) = (file.tensor(TIED_OUTPUT), file.tensor(TIED_EMBEDDING));
        let (output, embedding) = (output.map_err(&damaged)?, embedding.map_err(&damaged)?);
        if to_float64(&output) != to_float64(&embedding) {
            return Err(ModelError::Untied {
                path: path.to_owned(),
                output: TIED_OUTPUT,
                embedding: TIED_EMBEDDING,
            });
        }
    }
    Ok(report)
}

/// Sets every parameter of `model` from a safetensors file. With `fresh_classifier`, a classifier that is absent or
/// has another number of classes keeps its start values.
pub fn load_parameters<M: Parameters>(
    path: &Path,
    model: &mut M,
    options: &TensorOptions,
    fresh_classifier: bool,
) -> Result<LoadReport, ModelError> {
    let bytes = read(path)?;
    let file = SafeTensors::deserialize(&bytes).map_err(damaged(path))?;
    let mut unused: BTreeMap<&str, ()> = file.names().into_iter().map(|name| (name, ())).collect();
    let mut report = LoadReport::default();
    let mut failure = None;
    model.visit("", &mut |name, parameter| {
        if failure.is_some() {
            return;
        }
        let spelled = spellings(name)
            .into_iter()
            .find(|spelling| unused.contains_key(spelling.as_str()));
        let is_classifier = fresh_classifier && name.starts_with("classifier.");
        let Some(spelled) = spelled else {
            if is_classifier {
                report.fresh.push(name.to_owned());
            } else {
                failure = Some(ModelError::Missing {
                    path: path.to_owned(),
                    name: name.to_owned(),
                });
            }
            return;
        };
        match file.tensor(&spelled).map_err(damaged(path)) {
            Ok(view) => match assign(parameter, &view, path, name, options) {
                Ok(()) => {
                    unused.remove(spelled.as_str());
                }
                Err(ModelError::Shape { .. }) if is_classifier => report.fresh.push(name.to_owned()),
                Err(error) => failure = Some(error),
            },
            Err(error) => failure = Some(error),
        }
    });
    report.unused = unused.into_keys().map(str::to_owned).collect();
    failure.map_or(Ok(report), Err)
}

fn read(path: &Path) -> Result<Vec<u8>, ModelError> {
    fs::read(path).map_err(|source| ModelError::Io {
        path: path.to_owned(),
        source,
    })
}

fn damaged(path: &Path) -> impl Fn(safetensors::SafeTensorError) -> ModelError {
    move |error| ModelError::Damaged {
        path: path.to_owned(),
        reason: error.to_string(),
    }
}

/// The names under which a parameter may stand in a file.
fn spellings(name: &str) -> Vec<String> {
    let mut names = vec![name.to_owned()];
    if let Some(bare) = name.strip_prefix("bert.") {
        names.push(bare.to_owned());
    }
    for index in 0..names.len() {
        let old = names[index].replace("LayerNorm.weight", "LayerNorm.gamma");
        names.push(old.replace("LayerNorm.bias", "LayerNorm.beta"));
    }
    names
}

fn assign(
    parameter: Parameter<'_>,
    view: &TensorView<'_>,
    path: &Path,
    name: &str,
    options: &TensorOptions,
) -> Result<(), ModelError> {
    let expected: Vec<usize> = match &parameter {
        Parameter::Vector(tensor) => tensor.dims().to_vec(),
        Parameter::Matrix(tensor, Layout::AsStored) => tensor.dims().to_vec(),
        Parameter::Matrix(tensor, Layout::Transposed) => tensor.dims().iter().rev().copied().collect(),
    };
    if view.shape() != expected {
        return Err(ModelError::Shape {
            path: path.to_owned(),
            name: name.to_owned(),
            found: view.shape().to_vec(),
            expected,
        });
    }
    let values = to_float64(view).ok_or_else(|| ModelError::Type {
        path: path.to_owned(),
        name: name.to_owned(),
        dtype: format!("{:?}", view.dtype()),
    })?;
    match parameter {
        Parameter::Vector(tensor) => *tensor = options.float(&values, [values.len()]),
        Parameter::Matrix(tensor, layout) => {
            let stored: Tensor<2> = options.float(&values, [expected[0], expected[1]]);
            *tensor = match layout {
                Layout::AsStored => stored,
                // Copied, not viewed, so that every later product sees a contiguous matrix.
                Layout::Transposed => {
                    let transposed = transpose(&values, expected[0], expected[1]);
                    options.float(&transposed, [expected[1], expected[0]])
                }
            };
        }
    }
    Ok(())
}

fn transpose(values: &[f64], rows: usize, columns: usize) -> Vec<f64> {
    let mut out = vec![0.0; values.len()];
    for row in 0..rows {
        for column in 0..columns {
            out[column * rows + row] = values[row * columns + column];
        }
    }
    out
}

/// The numbers of a float tensor; none for other types.
pub fn to_float64(view: &TensorView<'_>) -> Option<Vec<f64>> {
    let bytes = view.data();
    Some(match view.dtype() {
        Dtype::F64 => bytes
            .as_chunks()
            .0
            .iter()
            .map(|&b| f64::from_le_bytes(b))
            .collect(),
        Dtype::F32 => bytes
            .as_chunks()
            .0
            .iter()
            .map(|&b| f64::from(f32::from_le_bytes(b)))
            .collect(),
        Dtype::F16 => bytes
            .as_chunks()
            .0
            .iter()
            .map(|&b| half::f16::from_le_bytes(b).to_f64())
            .collect(),
        Dtype::BF16 => bytes
            .as_chunks()
            .0
            .iter()
            .map(|&b| half::bf16::from_le_bytes(b).to_f64())
            .collect(),
        _ => return None,
    })
}

/// Writes config.json and model.safetensors of a classifier into `folder`.
pub fn save_bert(folder: &Path, config: &BertConfig, model: &BertClassifier) -> Result<(), ModelError> {
    save(folder, config, model)
}

/// Writes config.json and model.safetensors of an encoder-decoder into `folder`; the output projection is not stored
/// beside the target embedding that it is.
pub fn save_translation(folder: &Path, model: &TranslationModel) -> Result<(), ModelError> {
    save(folder, model.config(), model)
}

fn save<M: Parameters + Clone>(folder: &Path, config: &impl Serialize, model: &M) -> Result<(), ModelError> {
    fs::create_dir_all(folder).map_err(|source| ModelError::Write {
        path: folder.to_owned(),
        source,
    })?;
    save_parameters(&folder.join(WEIGHTS_FILE), model)?;
    let path = folder.join(CONFIG_FILE);
    let text = serde_json::to_string_pretty(config).map_err(|error| ModelError::Config {
        path: path.clone(),
        reason: error.to_string(),
    })?;
    files::write(&path, (text + "\n").as_bytes()).map_err(|source| ModelError::Write { path, source })
}

/// Writes every parameter of `model` to a safetensors file in the layout of Hugging Face, 32-bit floats.
pub fn save_parameters<M: Parameters + Clone>(path: &Path, model: &M) -> Result<(), ModelError> {
    let mut stored: Vec<(String, Vec<usize>, Vec<u8>)> = Vec::new();
    model.clone().visit("", &mut |name, parameter| {
        let (shape, values) = match parameter {
            Parameter::Vector(tensor) => (tensor.dims().to_vec(), single(tensor.clone())),
            Parameter::Matrix(tensor, Layout::AsStored) => (tensor.dims().to_vec(), single(tensor.clone())),
            Parameter::Matrix(tensor, Layout::Transposed) => {
                let transposed = tensor.clone().transpose();
                (transposed.dims().to_vec(), single(transposed))
            }
        };
        stored.push((
            name.to_owned(),
            shape,
            values.iter().flat_map(|value| value.to_le_bytes()).collect(),
        ));
    });
    let mut views = Vec::with_capacity(stored.len());
    for (name, shape, bytes) in &stored {
        let view = TensorView::new(Dtype::F32, shape.clone(), bytes).map_err(damaged(path))?;
        views.push((name.as_str(), view));
    }
    let metadata = std::collections::HashMap::from([("format".to_owned(), "pt".to_owned())]);
    let bytes = safetensors::serialize(views, Some(metadata)).map_err(damaged(path))?;
    files::write(path, &bytes).map_err(|source| ModelError::Write {
        path: path.to_owned(),
        source,
    })
}

pub(crate) fn single<const D: usize>(tensor: Tensor<D>) -> Vec<f32> {
    // A float tensor always converts to 32-bit floats.
    tensor.inner().try_into_vec_as::<f32>().unwrap_or_default()
}
