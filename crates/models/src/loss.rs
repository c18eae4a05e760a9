//! Cross-entropy of a classifier.

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
