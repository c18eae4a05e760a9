//! The mean of the weights of several checkpoints of one model.

use std::path::PathBuf;

use bundle::BundleError;
use burn::tensor::Tensor;

use crate::weights::{load_parameters, single};
use crate::{Parameter, Parameters, TensorOptions};

/// Sets every parameter of `model` to its mean over the given safetensors files, summed in float64 in their order; no
/// file at all leaves the model as it is.
///
/// # Errors
/// A file that cannot be read or is of another model.
pub fn load_mean<M: Parameters + Clone>(
    files: &[PathBuf],
    model: &mut M,
    options: &TensorOptions,
) -> Result<(), BundleError> {
    let mut sums: Vec<Vec<f64>> = Vec::new();
    for file in files {
        load_parameters(file, model, options)?;
        let mut index = 0;
        model.visit("", &mut |_, parameter| {
            let values = match parameter {
                Parameter::Vector(tensor) => single(tensor.clone()),
                Parameter::Matrix(tensor, _) => single(tensor.clone()),
            };
            let values = values.into_iter().map(f64::from);
            match sums.get_mut(index) {
                Some(sum) => sum.iter_mut().zip(values).for_each(|(sum, value)| *sum += value),
                None => sums.push(values.collect()),
            }
            index += 1;
        });
    }
    let mut means = sums.into_iter();
    model.visit("", &mut |_, parameter| {
        let Some(mut mean) = means.next() else { return };
        mean.iter_mut().for_each(|sum| *sum /= files.len() as f64);
        match parameter {
            Parameter::Vector(tensor) => set(tensor, &mean, options),
            Parameter::Matrix(tensor, _) => set(tensor, &mean, options),
        }
    });
    Ok(())
}

fn set<const D: usize>(tensor: &mut Tensor<D>, values: &[f64], options: &TensorOptions) {
    *tensor = options.float(values, tensor.dims());
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Initializer;
    use crate::translation::{TranslationConfig, TranslationModel};
    use crate::weights::save_parameters;
    use burn::tensor::Device;

    fn values(model: &TranslationModel) -> Vec<f32> {
        let mut all = Vec::new();
        model.clone().visit("", &mut |_, parameter| {
            all.extend(match parameter {
                Parameter::Vector(tensor) => single(tensor.clone()),
                Parameter::Matrix(tensor, _) => single(tensor.clone()),
            });
        });
        all
    }

    #[test]
    fn every_weight_is_the_mean_of_the_files() {
        let options = TensorOptions::single(Device::flex());
        let config = TranslationConfig::of_sizes(9, 8, 4, 1, 2, 6);
        let model =
            |seed| TranslationModel::new(&config, &mut Initializer::new(seed, options.clone())).unwrap();
        let folder = tempfile::tempdir().unwrap();
        let models: Vec<_> = (1..=3).map(model).collect();
        let files: Vec<PathBuf> = (0..3)
            .map(|at| folder.path().join(format!("{at}.safetensors")))
            .collect();
        for (model, file) in models.iter().zip(&files) {
            save_parameters(file, model).unwrap();
        }
        let mut mean = model(4);
        load_mean(&files, &mut mean, &options).unwrap();
        let each: Vec<Vec<f32>> = models.iter().map(values).collect();
        for (at, found) in values(&mean).into_iter().enumerate() {
            let expected = each.iter().map(|model| f64::from(model[at])).sum::<f64>() / 3.0;
            assert!(
                (f64::from(found) - expected).abs() <= 1e-7,
                "{at}: {found} is not {expected}"
            );
        }
        assert!(values(&mean) != each[0]);
    }
}
