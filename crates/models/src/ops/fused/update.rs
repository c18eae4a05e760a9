//! The optimizer's work on buffers, in place.

use burn::backend::Flex;
use burn::tensor::Tensor;
use kernels::optimizer::{self, AdamStep};

use super::storage::{constant, into_buffer, numbers, recycle, tensor, with_real};

pub(in crate::ops) fn adam_step(tensors: [Tensor<1>; 4], step: &AdamStep) -> [Tensor<1>; 3] {
    let [value, gradient, first, second] = tensors.map(constant);
    let updated = with_real!(gradient, T => {
        let mut buffers = [value, first, second].map(into_buffer::<T>);
        let [value, first, second] = &mut buffers;
        optimizer::adam(value, numbers(&gradient), first, second, step);
        buffers.map(|buffer| {
            let count = buffer.len();
            tensor(buffer, [count])
        })
    });
    recycle(gradient);
    updated.map(Tensor::from_primitive::<Flex>)
}

/// Numbers in this machine's memory can always be read.
pub(in crate::ops) fn sum_of_squares(tensors: &[&Tensor<1>]) -> Result<f64, String> {
    let squares = tensors
        .iter()
        .map(|&tensor| {
            let tensor = constant(tensor.clone());
            with_real!(tensor, T => optimizer::sum_of_squares(numbers::<T>(&tensor)))
        })
        .sum();
    Ok(squares)
}
