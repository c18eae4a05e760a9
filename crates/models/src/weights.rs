//! The tensors of a model from files and into them.

use std::borrow::Cow;
use std::collections::HashMap;
use std::fs;
use std::path::Path;

use bundle::encoder::EncoderConfig;
use bundle::translation::TranslationConfig;
use bundle::weights::{Classifier, LoadReport, Number, Plan, StoredTensor, Weights};
use bundle::{BundleError, CONFIG_FILE, Part, TensorSpec, WEIGHTS_FILE};
use burn::tensor::Tensor;
use safetensors::tensor::{Dtype, View};
use serde_json::{Map, Value};

use crate::encoder::EncoderClassifier;
use crate::translation::TranslationModel;
use crate::{Initializer, Layout, Parameter, Parameters, Precision, TensorOptions};

/// Loads an encoder with its classifier from a Hugging Face folder, whose config.json is `config` but for the classes,
/// which are those of the model; `classifier` says what they have to do with the rows of the stored one. What stands
/// between the encoder and the classifier, and the classifier, begin anew from `seed` where the folder has none.
///
/// # Errors
/// Weights that cannot be found or are damaged, and all tensors that are not those of `config`, at once.
pub fn load_encoder(
    folder: &Path,
    config: &EncoderConfig,
    classifier: Classifier<'_>,
    seed: u64,
    options: &TensorOptions,
) -> Result<(EncoderClassifier, LoadReport), BundleError> {
    let weights = Weights::of_folder(folder)?;
    // Before the model is made: sizes that are those of a file are no more than there is memory for.
    let plan = Plan::encoder(config, &weights, classifier)?;
    let mut initial = Initializer::new(seed, options.clone());
    let mut model = EncoderClassifier::new(config, &mut initial).map_err(of_config(folder))?;
    fill(&mut model, &plan, &weights, options)?;
    Ok((model, plan.report))
}

/// Embedding of the target words, which is the output projection too.
const TIED_EMBEDDING: &str = "decoder.embed_tokens.weight";
/// Name under which fairseq lists that projection; it may be absent.
const TIED_OUTPUT: &str = "decoder.output_projection.weight";

/// Loads an encoder-decoder from a folder: our config.json, and weights under fairseq's names.
///
/// # Errors
/// Those of [`load_translation_parameters`], and a config that cannot be obeyed.
pub fn load_translation(
    folder: &Path,
    options: &TensorOptions,
) -> Result<(TranslationConfig, TranslationModel, LoadReport), BundleError> {
    let config = TranslationConfig::read(&folder.join(CONFIG_FILE))?;
    let weights = Weights::of_folder(folder)?;
    Plan::exact(&config.tensors(), &weights)?;
    let mut initial = Initializer::new(0, options.clone());
    let mut model = TranslationModel::new(&config, &mut initial).map_err(of_config(folder))?;
    let report = fill_translation(&mut model, &weights)?;
    Ok((config, model, report))
}

/// Sets every parameter of an encoder-decoder from a safetensors file with fairseq's names.
///
/// # Errors
/// [`BundleError::Untied`] where the file has an output projection other than the target embedding, and those of
/// [`load_parameters`].
pub fn load_translation_parameters(
    path: &Path,
    model: &mut TranslationModel,
) -> Result<LoadReport, BundleError> {
    fill_translation(model, &Weights::of_file(path)?)
}

fn fill_translation(model: &mut TranslationModel, weights: &Weights) -> Result<LoadReport, BundleError> {
    let options = model.options().clone();
    let mut report = fill_exactly(model, weights, &options)?;
    if let Some(place) = report.unused.iter().position(|name| name == TIED_OUTPUT) {
        report.unused.remove(place);
        let output: Vec<f64> = weights.read(TIED_OUTPUT)?;
        if output != weights.read::<f64>(TIED_EMBEDDING)? {
            return Err(BundleError::Untied {
                path: weights.place().to_owned(),
                output: TIED_OUTPUT,
                embedding: TIED_EMBEDDING,
            });
        }
    }
    Ok(report)
}

/// Sets every parameter of `model` from a safetensors file that has them all under their own names.
///
/// # Errors
/// A file that is missing or damaged, and all tensors that are not those of the model, at once.
pub fn load_parameters<M: Parameters + Clone>(
    path: &Path,
    model: &mut M,
    options: &TensorOptions,
) -> Result<LoadReport, BundleError> {
    fill_exactly(model, &Weights::of_file(path)?, options)
}

fn fill_exactly<M: Parameters + Clone>(
    model: &mut M,
    weights: &Weights,
    options: &TensorOptions,
) -> Result<LoadReport, BundleError> {
    let plan = Plan::exact(&specs(model), weights)?;
    fill(model, &plan, weights, options)?;
    Ok(plan.report)
}

/// The tensors of a model as they are stored.
fn specs<M: Parameters + Clone>(model: &M) -> Vec<TensorSpec> {
    let mut specs = Vec::new();
    model.clone().visit("", &mut |name, parameter| {
        specs.push(TensorSpec {
            name: name.to_owned(),
            shape: stored_shape(&parameter),
            part: Part::Body,
        });
    });
    specs
}

fn stored_shape(parameter: &Parameter<'_>) -> Vec<usize> {
    match parameter {
        Parameter::Vector(tensor) => tensor.dims().to_vec(),
        Parameter::Matrix(tensor, Layout::AsStored) => tensor.dims().to_vec(),
        Parameter::Matrix(tensor, Layout::Transposed) => tensor.dims().iter().rev().copied().collect(),
    }
}

/// Sets the parameters that the plan has from files, one after the other.
fn fill<M: Parameters>(
    model: &mut M,
    plan: &Plan,
    weights: &Weights,
    options: &TensorOptions,
) -> Result<(), BundleError> {
    let mut outcome = Ok(());
    model.visit("", &mut |name, parameter| {
        if outcome.is_ok() {
            outcome = match options.precision {
                Precision::Single => fill_one::<f32>(name, parameter, plan, weights, options),
                Precision::Double => fill_one::<f64>(name, parameter, plan, weights, options),
            };
        }
    });
    outcome
}

fn fill_one<T: HostNumber>(
    name: &str,
    parameter: Parameter<'_>,
    plan: &Plan,
    weights: &Weights,
    options: &TensorOptions,
) -> Result<(), BundleError> {
    let Some(StoredTensor { shape, numbers }) = plan.read::<T>(name, weights)? else {
        return Ok(());
    };
    debug_assert_eq!(shape, stored_shape(&parameter), "the plan is one of this model");
    match parameter {
        Parameter::Vector(tensor) => *tensor = T::tensor(numbers, [shape[0]], options),
        Parameter::Matrix(tensor, Layout::AsStored) => {
            *tensor = T::tensor(numbers, [shape[0], shape[1]], options);
        }
        // Copied, not viewed, so that every later product sees a contiguous matrix.
        Parameter::Matrix(tensor, Layout::Transposed) => {
            let numbers = transpose(&numbers, shape[0], shape[1]);
            *tensor = T::tensor(numbers, [shape[1], shape[0]], options);
        }
    }
    Ok(())
}

/// A number that tensors are made of, in the precision of the model.
trait HostNumber: Number {
    fn tensor<const D: usize>(numbers: Vec<Self>, shape: [usize; D], options: &TensorOptions) -> Tensor<D>;
}

impl HostNumber for f32 {
    fn tensor<const D: usize>(numbers: Vec<f32>, shape: [usize; D], options: &TensorOptions) -> Tensor<D> {
        options.float32(numbers, shape)
    }
}

impl HostNumber for f64 {
    fn tensor<const D: usize>(numbers: Vec<f64>, shape: [usize; D], options: &TensorOptions) -> Tensor<D> {
        options.float(&numbers, shape)
    }
}

fn transpose<T: Copy>(values: &[T], rows: usize, columns: usize) -> Vec<T> {
    debug_assert_eq!(values.len(), rows * columns, "a matrix");
    let mut turned = Vec::with_capacity(values.len());
    for column in 0..columns {
        turned.extend(values[column..].iter().step_by(columns));
    }
    turned
}

/// Writes config.json and model.safetensors of an encoder with its classifier into `folder`, as transformers reads them.
pub fn save_encoder(
    folder: &Path,
    config: &EncoderConfig,
    model: &EncoderClassifier,
) -> Result<(), BundleError> {
    save(folder, config.to_keys(), model)
}

/// Writes config.json and model.safetensors of an encoder-decoder into `folder`; the output projection is not stored
/// beside the target embedding that it is.
pub fn save_translation(folder: &Path, model: &TranslationModel) -> Result<(), BundleError> {
    save(folder, model.config().to_keys(), model)
}

fn save<M: Parameters + Clone>(
    folder: &Path,
    keys: Map<String, Value>,
    model: &M,
) -> Result<(), BundleError> {
    fs::create_dir_all(folder).map_err(|source| BundleError::Write {
        path: folder.to_owned(),
        source,
    })?;
    save_parameters(&folder.join(WEIGHTS_FILE), model)?;
    bundle::write_config(folder, keys)
}

/// Writes every parameter of `model` to a safetensors file in the layout of Hugging Face, 32-bit floats.
pub fn save_parameters<M: Parameters + Clone>(path: &Path, model: &M) -> Result<(), BundleError> {
    let mut stored: Vec<(String, ToStore)> = Vec::new();
    model.clone().visit("", &mut |name, parameter| {
        let shape = stored_shape(&parameter);
        let tensor = match parameter {
            Parameter::Vector(tensor) => tensor.clone().unsqueeze(),
            Parameter::Matrix(tensor, Layout::AsStored) => tensor.clone(),
            Parameter::Matrix(tensor, Layout::Transposed) => tensor.clone().transpose(),
        };
        stored.push((name.to_owned(), ToStore { shape, tensor }));
    });
    let metadata = HashMap::from([("format".to_owned(), "pt".to_owned())]);
    let bytes = safetensors::serialize(stored, Some(metadata)).map_err(|error| BundleError::Write {
        path: path.to_owned(),
        source: std::io::Error::other(error.to_string()),
    })?;
    files::write(path, &bytes).map_err(|source| BundleError::Write {
        path: path.to_owned(),
        source,
    })
}

/// A tensor whose bytes are made when it is written.
struct ToStore {
    shape: Vec<usize>,
    tensor: Tensor<2>,
}

impl View for ToStore {
    fn dtype(&self) -> Dtype {
        Dtype::F32
    }
    fn shape(&self) -> &[usize] {
        &self.shape
    }
    fn data(&self) -> Cow<'_, [u8]> {
        let numbers = single(self.tensor.clone());
        Cow::Owned(numbers.into_iter().flat_map(f32::to_le_bytes).collect())
    }
    fn data_len(&self) -> usize {
        self.shape.iter().product::<usize>() * size_of::<f32>()
    }
}

pub(crate) fn single<const D: usize>(tensor: Tensor<D>) -> Vec<f32> {
    // A float tensor always converts to 32-bit floats.
    tensor.inner().try_into_vec_as::<f32>().unwrap_or_default()
}

fn of_config(folder: &Path) -> impl FnOnce(String) -> BundleError {
    let path = folder.join(CONFIG_FILE);
    |reason| BundleError::Config { path, reason }
}
