//! Derivatives of the loss of a frozen model with respect to its gates, of a batch as a whole or of each example.

use burn::tensor::{Gradients, Tensor};
use models::TensorOptions;

use crate::{TrainError, Trainable};

/// Takes dL/dgate of a model in evaluation mode, whose weights are constants: no weight gradient is computed.
#[derive(Debug, Clone)]
pub struct GateGradients<M> {
    model: M,
    options: TensorOptions,
}

impl<M: Trainable> GateGradients<M> {
    /// Derivatives of `model`, in whatever state it is; `options` are those of its tensors.
    pub fn new(model: &M, options: TensorOptions) -> Self {
        Self {
            model: model.frozen(),
            options,
        }
    }

    /// dL/dgate at `gates` (N values in the order of the grid) of the loss summed over the examples of `batch`: N
    /// numbers, as they come, finite or not. A head whose gate is 0 has a derivative too.
    ///
    /// # Errors
    /// [`TrainError::Device`] where numbers cannot be read back.
    pub fn of_batch(&self, batch: &M::Batch, gates: &[f64]) -> Result<Vec<f64>, TrainError> {
        self.at_copies(batch, gates, 1)
    }

    /// [`of_batch`](Self::of_batch) for the loss of each example, `[examples][N]`, in one backward pass: every example
    /// has gates of its own, on which no other example's loss depends.
    ///
    /// # Errors
    /// [`TrainError::Device`] where numbers cannot be read back.
    pub fn of_examples(&self, batch: &M::Batch, gates: &[f64]) -> Result<Vec<Vec<f64>>, TrainError> {
        let gradient = self.at_copies(batch, gates, M::examples(batch))?;
        Ok(gradient.chunks(gates.len()).map(<[f64]>::to_vec).collect())
    }

    /// Derivative of the summed loss at `copies` copies of `gates`: one for all examples, or one for each.
    fn at_copies(&self, batch: &M::Batch, gates: &[f64], copies: usize) -> Result<Vec<f64>, TrainError> {
        let (leaf, mut gradients) = self.backward(batch, gates, copies);
        match leaf.grad_remove(&mut gradients) {
            Some(gradient) => gradient.try_into_vec_as::<f64>().map_err(TrainError::device),
            None => Ok(vec![0.0; gates.len() * copies]),
        }
    }

    fn backward(&self, batch: &M::Batch, gates: &[f64], copies: usize) -> (Tensor<3>, Gradients) {
        let grid = self.model.grid();
        let shape = [copies, grid.rows().len(), grid.heads_per_row()];
        let leaf: Tensor<3> = self
            .options
            .float(&gates.repeat(copies), shape)
            .autodiff()
            .require_grad();
        let losses = self.model.example_losses(batch, Some(&leaf));
        let gradients = losses.sum().backward();
        (leaf, gradients)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use burn::tensor::Device;
    use models::encoder::{EncoderClassifier, EncoderConfig, TokenBatch};
    use models::{Initializer, Parameter, Parameters};

    #[test]
    fn no_weight_has_a_gradient() {
        let options = TensorOptions::single(Device::flex());
        let config = EncoderConfig::of_sizes(20, 8, 2, 2, 16, 12);
        let model = EncoderClassifier::new(&config, &mut Initializer::new(1, options.clone())).unwrap();
        let batch = TokenBatch::new(&[2, 5, 3, 2, 7, 3], &[0; 6], &[true; 6], &[0, 1], &options);
        let gradients = GateGradients::new(&model.trainable(), options);
        for copies in [1, 2] {
            let (leaf, mut found) = gradients.backward(&batch, &[1.0; 4], copies);
            gradients
                .model
                .clone()
                .visit("", &mut |name, parameter| match parameter {
                    Parameter::Vector(tensor) => assert!(tensor.grad_remove(&mut found).is_none(), "{name}"),
                    Parameter::Matrix(tensor, _) => {
                        assert!(tensor.grad_remove(&mut found).is_none(), "{name}");
                    }
                });
            assert_eq!(
                leaf.grad(&found).map(|gradient| gradient.dims()),
                Some([copies, 2, 2])
            );
        }
    }
}
