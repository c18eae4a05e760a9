//! Numbers of tensors and rows, and the precisions they are recomputed in.

use burn::tensor::{DType, Device, Tensor};
use models::{Precision, TensorOptions};

/// Rows after one another.
pub(crate) fn flat(rows: &[Vec<f64>]) -> Vec<f64> {
    rows.concat()
}

/// The numbers of a tensor, row-major.
pub(crate) fn numbers<const D: usize>(tensor: Tensor<D>) -> Vec<f64> {
    // A tensor that cannot be read gives no numbers, which no recorded list equals.
    tensor.inner().try_into_vec_as::<f64>().unwrap_or_default()
}

/// L2 norm.
pub(crate) fn l2(values: &[f64]) -> f64 {
    values.iter().map(|value| value * value).sum::<f64>().sqrt()
}

/// Single precision always, double where the device has it.
pub(crate) fn precisions(device: &Device) -> Vec<TensorOptions> {
    let mut precisions = vec![TensorOptions::single(device.clone())];
    if device.supports_dtype(DType::F64) {
        precisions.push(TensorOptions::double(device.clone()));
    }
    precisions
}

/// The name of the precision in the table.
pub(crate) fn name(options: &TensorOptions) -> &'static str {
    match options.precision {
        Precision::Single => "float32",
        Precision::Double => "float64",
    }
}
