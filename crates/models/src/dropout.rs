//! Inverted dropout.

use burn::tensor::{Distribution, Tensor};

/// Sets entries to 0 with probability `rate` and scales the others by 1 / (1 - rate); the identity at rate 0.
///
/// The draws are those of the device, which the training loop seeds anew at each update.
pub fn dropout<const D: usize>(tensor: Tensor<D>, rate: f64) -> Tensor<D> {
    if rate == 0.0 {
        return tensor;
    }
    let keep = 1.0 - rate;
    let kept = tensor
        .clone()
        .inner()
        .random_like(Distribution::Bernoulli(keep))
        .div_scalar(keep);
    if tensor.is_autodiff() {
        tensor * kept.autodiff()
    } else {
        tensor * kept
    }
}
