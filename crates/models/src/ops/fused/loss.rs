//! Cross-entropy of rows.

use std::sync::Arc;

use burn::backend::flex::FlexTensor;
use burn::tensor::Tensor;
use kernels::buffers;
use kernels::cross_entropy::{self, Targets};

use super::operation::{Operand, Operation, Outcome, apply};
use super::storage::{numbers, recycle, sizes, tensor, whole, with_real};
use crate::Indices;

#[derive(Debug, Clone)]
struct CrossEntropy {
    labels: Arc<[u32]>,
    smoothing: f64,
}

pub(in crate::ops) fn cross_entropy(logits: Tensor<2>, labels: &Indices, smoothing: f64) -> Tensor<1> {
    let operation = CrossEntropy {
        labels: labels.shared(),
        smoothing,
    };
    apply(operation, [Operand::new(logits)])
}

impl Operation<1> for CrossEntropy {
    /// The logits and the logarithm of each row's sum of exponentials.
    type Saved = [FlexTensor; 2];

    fn forward(&self, [logits]: [FlexTensor; 1], _: [bool; 1]) -> Outcome<Self::Saved> {
        let logits = whole(logits);
        let [rows, classes] = sizes(&logits);
        with_real!(logits, T => {
            let (mut losses, mut normalisers) = (buffers::take::<T>(rows), buffers::take::<T>(rows));
            let targets = Targets {
                logits: numbers::<T>(&logits),
                labels: &self.labels,
                classes,
                smoothing: self.smoothing,
            };
            cross_entropy::forward(targets, None, &mut losses, &mut normalisers);
            Outcome {
                result: tensor(losses, [rows]),
                saved: Some([logits, tensor(normalisers, [rows])]),
            }
        })
    }

    fn backward(
        &self,
        [logits, normalisers]: Self::Saved,
        gradient: FlexTensor,
        _: [bool; 1],
    ) -> [Option<FlexTensor>; 1] {
        let gradient = whole(gradient);
        let [rows, classes] = sizes(&logits);
        let found = with_real!(logits, T => {
            let mut d_logits = buffers::take::<T>(rows * classes);
            let targets = Targets {
                logits: numbers::<T>(&logits),
                labels: &self.labels,
                classes,
                smoothing: self.smoothing,
            };
            cross_entropy::backward(targets, numbers(&normalisers), numbers(&gradient), &mut d_logits);
            tensor(d_logits, [rows, classes])
        });
        recycle(logits);
        [Some(found)]
    }
}
