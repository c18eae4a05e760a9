//! Steps of the optimizer, in place where nobody else holds a tensor.

use burn::backend::LibTorch;
use burn::backend::libtorch::TchTensor;
use burn::tensor::Tensor;
use kernels::optimizer::AdamStep;

use super::step::constant;

/// Numbers of a tensor in main memory that are stepped at once: its passes find them in the cache.
const BLOCK: i64 = 1 << 16;

pub(in crate::ops) fn adam_step(tensors: [Tensor<1>; 4], step: &AdamStep) -> [Tensor<1>; 3] {
    tch::no_grad(|| {
        let [value, gradient, first, second] = tensors.map(|tensor| writable(constant(tensor)));
        let count = value.size()[0];
        let block = if value.device().is_cuda() { count } else { BLOCK };
        for begin in (0..count).step_by(block.max(1) as usize) {
            let part = |tensor: &tch::Tensor| tensor.narrow(0, begin, block.min(count - begin));
            step_part([&value, &gradient, &first, &second].map(part), step);
        }
        [value, first, second].map(|tensor| Tensor::from_primitive::<LibTorch>(TchTensor::new(tensor)))
    })
}

fn step_part([mut value, mut gradient, mut first, mut second]: [tch::Tensor; 4], step: &AdamStep) {
    if step.scale != 1.0 {
        let _ = gradient.g_mul_scalar_(step.scale);
    }
    let _ = first.lerp_(&gradient, 1.0 - step.beta1);
    let _ = second.lerp_(&gradient.square_(), 1.0 - step.beta2);
    if step.decay_before != 1.0 {
        let _ = value.g_mul_scalar_(step.decay_before);
    }
    if step.step_size != 0.0 {
        let mut divisor = second.sqrt();
        let _ = divisor
            .g_add_scalar_(step.epsilon)
            .g_mul_scalar_(-step.step_size.recip());
        let _ = value.addcdiv_(&first, &divisor);
    }
    if step.decay_after != 1.0 {
        let _ = value.g_mul_scalar_(step.decay_after);
    }
}

/// The tensor itself where nobody else holds it, otherwise a copy.
fn writable(tensor: TchTensor) -> tch::Tensor {
    if tensor.can_mut() {
        tensor.tensor
    } else {
        tensor.tensor.copy()
    }
}

pub(in crate::ops) fn sum_of_squares(tensors: &[&Tensor<1>]) -> Result<f64, String> {
    if tensors.is_empty() {
        return Ok(0.0);
    }
    // The norms stay on the device until one read.
    let norms: Vec<tch::Tensor> = tensors
        .iter()
        .map(|&tensor| constant(tensor.clone()).tensor.norm())
        .collect();
    let norms = tch::Tensor::stack(&norms, 0).to_kind(tch::Kind::Double);
    let norms = Vec::<f64>::try_from(norms).map_err(|error| error.to_string())?;
    Ok(norms.iter().map(|norm| norm * norm).sum())
}
