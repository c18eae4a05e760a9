//! Numbers of tensors and rows, and the precisions they are recomputed in.

use burn::tensor::{DType, Tensor};
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

/// The largest magnitude; 0 of none.
pub(crate) fn largest(values: &[f64]) -> f64 {
    values.iter().fold(0.0, |largest, value| value.abs().max(largest))
}

/// L2 norm.
pub(crate) fn l2(values: &[f64]) -> f64 {
    values.iter().map(|value| value * value).sum::<f64>().sqrt()
}

/// Those of `on` in single precision always, in double where the device has it. Recordings are rectangles.
pub(crate) fn precisions(on: &TensorOptions) -> Vec<TensorOptions> {
    let of = |precision| TensorOptions {
        precision,
        packed: false,
        ..on.clone()
    };
    let mut precisions = vec![of(Precision::Single)];
    if on.device.supports_dtype(DType::F64) {
        precisions.push(of(Precision::Double));
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
