//! Cross-entropy over classes or words, plain and label-smoothed.

use burn::tensor::activation::log_softmax;
use burn::tensor::{Int, Tensor};

/// Mean over the batch of `-log softmax(logits)[label]`; `logits`: `[batch, classes]`, `labels`: `[batch]`.
pub fn cross_entropy(logits: Tensor<2>, labels: Tensor<1, Int>) -> Tensor<1> {
    example_cross_entropy(logits, labels).mean()
}

/// `-log softmax(logits)[label]` of each example, `[batch]`; arguments as those of [`cross_entropy`].
pub fn example_cross_entropy(logits: Tensor<2>, labels: Tensor<1, Int>) -> Tensor<1> {
    log_softmax(logits, 1)
        .gather(1, labels.unsqueeze_dim(1))
        .squeeze_dim(1)
        .neg()
}

/// Label-smoothed cross-entropy of each example, `[batch]`, as fairseq has it: with `smoothing` e,
/// `(1 - e) (-log p[label]) + (e / classes) sum(-log p)`, the sum over all classes, the label included. Arguments as
/// those of [`cross_entropy`].
pub fn smoothed_cross_entropy(logits: Tensor<2>, labels: Tensor<1, Int>, smoothing: f64) -> Tensor<1> {
    if smoothing == 0.0 {
        return example_cross_entropy(logits, labels);
    }
    let [_, classes] = logits.dims();
    let log_probabilities = log_softmax(logits, 1);
    let of_labels: Tensor<1> = log_probabilities
        .clone()
        .gather(1, labels.unsqueeze_dim(1))
        .squeeze_dim(1);
    let of_all: Tensor<1> = log_probabilities.sum_dim(1).squeeze_dim(1);
    of_labels.mul_scalar(smoothing - 1.0) - of_all.mul_scalar(smoothing / classes as f64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use burn::tensor::Device;

    #[test]
    fn smoothing_moves_weight_from_the_label_to_all_classes() {
        let device = Device::flex();
        let logits = Tensor::<2>::from_floats([[0.0, 0.0, 0.0, 0.0], [2.0, 0.0, 0.0, -1.0]], &device);
        let labels = || Tensor::<1, Int>::from_ints([1, 0], &device);
        let losses = |smoothing| -> Vec<f64> {
            smoothed_cross_entropy(logits.clone(), labels(), smoothing)
                .try_into_vec_as::<f64>()
                .unwrap()
        };
        let normaliser = (2_f64.exp() + 2.0 + (-1_f64).exp()).ln();
        let own = normaliser - 2.0;
        let all = 4.0 * normaliser - 1.0;
        for smoothing in [0.0, 0.1, 0.5] {
            let got = losses(smoothing);
            let want = [4_f64.ln(), (1.0 - smoothing) * own + smoothing / 4.0 * all];
            for (got, want) in got.iter().zip(want) {
                assert!((got - want).abs() < 1e-6, "{smoothing}: {got} {want}");
            }
        }
    }
}
