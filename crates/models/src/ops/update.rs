//! What the optimizer does with a parameter and its gradient.

use burn::tensor::Tensor;
pub use kernels::optimizer::AdamStep;

use crate::TensorOptions;
use crate::pass::fused;

/// One step of Adam with decoupled weight decay: the new value and moments of a parameter `[count]` outside autodiff, from
/// its value, gradient and moments. In place where nobody else holds the tensors.
pub fn adam_step(
    [value, gradient, first, second]: [Tensor<1>; 4],
    step: &AdamStep,
    options: &TensorOptions,
) -> [Tensor<1>; 3] {
    #[cfg(feature = "flex")]
    if fused(options) {
        return super::fused::adam_step([value, gradient, first, second], step);
    }
    let _ = fused(options);
    // The clipping coefficient is folded into the factors: one pass less over each tensor.
    let square = gradient.clone() * gradient.clone();
    let first = first.mul_scalar(step.beta1) + gradient.mul_scalar((1.0 - step.beta1) * step.scale);
    let second =
        second.mul_scalar(step.beta2) + square.mul_scalar((1.0 - step.beta2) * step.scale * step.scale);
    let direction = first.clone() / second.clone().sqrt().add_scalar(step.epsilon);
    let times = |tensor: Tensor<1>, factor: f64| {
        if factor == 1.0 {
            tensor
        } else {
            tensor.mul_scalar(factor)
        }
    };
    let value = times(value, step.decay_before) - direction.mul_scalar(step.step_size);
    [times(value, step.decay_after), first, second]
}

/// The sum of the squares of all numbers of `tensors`.
///
/// # Errors
/// What the device says when numbers cannot be read back.
pub fn sum_of_squares(tensors: &[&Tensor<1>], options: &TensorOptions) -> Result<f64, String> {
    #[cfg(feature = "flex")]
    if fused(options) {
        return Ok(super::fused::sum_of_squares(tensors));
    }
    let _ = fused(options);
    if tensors.is_empty() {
        return Ok(0.0);
    }
    // Each tensor's sum stays on the device until one read.
    let squares = tensors
        .iter()
        .map(|&tensor| (tensor.clone() * tensor.clone()).sum())
        .collect();
    let sums = Tensor::cat(squares, 0)
        .try_into_vec_as::<f64>()
        .map_err(|error| format!("{error:?}"))?;
    Ok(sums.iter().sum())
}
