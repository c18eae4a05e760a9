//! What only generating sentences asks for, outside any graph.

use burn::backend::Flex;
use burn::tensor::Tensor;
use kernels::{buffers, cross_entropy};

use super::storage::{constant, numbers, recycle, sizes, tensor, with_real};
use crate::Indices;

pub(in crate::ops) fn append_rows(
    tensors: [Tensor<2>; 2],
    length: usize,
    parents: Option<&Indices>,
) -> Tensor<2> {
    let [kept, new] = tensors.map(constant);
    let [sequences, width] = sizes(&new);
    let shape = [sequences * (length + 1), width];
    let appended = with_real!(kept, T => {
        let mut all = buffers::take::<T>(shape[0] * width);
        let (kept, new) = (numbers::<T>(&kept), numbers::<T>(&new));
        let rows = all.chunks_exact_mut((length + 1) * width).zip(new.chunks_exact(width));
        for (sequence, (all, new)) in rows.enumerate() {
            let parent = parents.map_or(sequence, |parents| parents.host()[sequence] as usize);
            let (earlier, last) = all.split_at_mut(length * width);
            earlier.copy_from_slice(&kept[parent * length * width..][..length * width]);
            last.copy_from_slice(new);
        }
        tensor(all, shape)
    });
    recycle(kept);
    recycle(new);
    Tensor::from_primitive::<Flex>(appended)
}

/// Numbers in this machine's memory can always be read.
pub(in crate::ops) fn log_probabilities(logits: Tensor<2>) -> Result<Vec<f64>, String> {
    let logits = constant(logits);
    let [_, classes] = sizes(&logits);
    let all = with_real!(logits, T => {
        let mut all = vec![0.0; logits.layout().num_elements()];
        cross_entropy::log_softmax(numbers::<T>(&logits), classes, &mut all);
        all
    });
    recycle(logits);
    Ok(all)
}
