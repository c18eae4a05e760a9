//! Cross-entropy over classes or words, plain and label-smoothed.

use burn::tensor::Tensor;

use crate::Indices;
use crate::ops;
use crate::pass::body;

/// Cross-entropy of each row, `[rows]`, as fairseq has it: with `smoothing` e,
/// `(1 - e) (-log p[label]) + (e / classes) sum(-log p)`, p the softmax of `logits` `[rows, classes]` and the sum over all
/// classes, the label included.
pub fn cross_entropy(logits: Tensor<2>, labels: &Indices, smoothing: f64) -> Tensor<1> {
    ops::cross_entropy(body(labels.options()), logits, labels, smoothing)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::TensorOptions;
    use burn::tensor::Device;

    #[test]
    fn smoothing_moves_weight_from_the_label_to_all_classes() {
        let options = TensorOptions::single(Device::flex());
        let logits: Tensor<2> = options.float(&[0.0, 0.0, 0.0, 0.0, 2.0, 0.0, 0.0, -1.0], [2, 4]);
        let losses = |smoothing, options: &TensorOptions| -> Vec<f64> {
            cross_entropy(logits.clone(), &Indices::new(&[1, 0], options), smoothing)
                .try_into_vec_as::<f64>()
                .unwrap()
        };
        let normaliser = (2_f64.exp() + 2.0 + (-1_f64).exp()).ln();
        let own = normaliser - 2.0;
        let all = 4.0 * normaliser - 1.0;
        for smoothing in [0.0, 0.1, 0.5] {
            let want = [4_f64.ln(), (1.0 - smoothing) * own + smoothing / 4.0 * all];
            for options in [options.clone(), options.clone().plain()] {
                for (got, want) in losses(smoothing, &options).iter().zip(want) {
                    assert!((got - want).abs() < 1e-6, "{smoothing}: {got} {want}");
                }
            }
        }
    }
}
