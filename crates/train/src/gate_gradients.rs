//! Derivatives of the loss of a frozen model with respect to its gates, of a batch as a whole or of each example.

use burn::tensor::Gradients;
use models::{HeadGates, TensorOptions};

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
    /// [`TrainError::Gates`] where there is not one gate for each head, [`TrainError::Device`] where numbers cannot be
    /// read back.
    pub fn of_batch(&self, batch: &M::Batch, gates: &[f64]) -> Result<Vec<f64>, TrainError> {
        self.at_copies(batch, gates, 1)
    }

    /// [`of_batch`](Self::of_batch) for the loss of each example, `[examples][N]`, in one backward pass: every example
    /// has gates of its own, on which no other example's loss depends.
    ///
    /// # Errors
    /// Those of [`of_batch`](Self::of_batch).
    pub fn of_examples(&self, batch: &M::Batch, gates: &[f64]) -> Result<Vec<Vec<f64>>, TrainError> {
        let examples = M::examples(batch);
        let gradient = self.at_copies(batch, gates, examples)?;
        let of_example = |example: usize| gradient[example * gates.len()..][..gates.len()].to_vec();
        Ok((0..examples).map(of_example).collect())
    }

    /// For each head the absolute derivative of the loss of the examples of `batch` by a gate of its own at each position,
    /// summed over positions: N numbers. It is |context . dL/dcontext| of the context at gate 1, which is what Michel et
    /// al.'s program sums over tokens; a gate scales one context of one position, so that the derivatives by both are one.
    ///
    /// # Errors
    /// Those of [`of_batch`](Self::of_batch).
    pub fn absolute_of_positions(&self, batch: &M::Batch, gates: &[f64]) -> Result<Vec<f64>, TrainError> {
        let (grid, positions) = (self.model.grid(), self.model.positions(batch));
        let all = HeadGates::of_positions(gates, &positions, grid, &self.options)?.tracked();
        if gates.is_empty() {
            return Ok(Vec::new());
        }
        let mut gradients = self.backward(batch, &all);
        let gradient = all.gradient(&mut gradients).map_err(TrainError::Device)?;
        let (mut rest, mut sums) = (gradient.as_slice(), Vec::with_capacity(gates.len()));
        for ((_, heads), positions) in grid.iter().zip(positions) {
            let (own, others) = rest.split_at(positions * heads.len());
            let of_head = |head: usize| own.iter().skip(head).step_by(heads.len()).map(|d| d.abs()).sum();
            sums.extend((0..heads.len()).map(of_head).collect::<Vec<f64>>());
            rest = others;
        }
        Ok(sums)
    }

    /// Derivative of the summed loss at `copies` copies of `gates`: one for all examples, or one for each.
    fn at_copies(&self, batch: &M::Batch, gates: &[f64], copies: usize) -> Result<Vec<f64>, TrainError> {
        let grid = self.model.grid();
        let all = HeadGates::of_examples(&gates.repeat(copies), copies, grid, &self.options)?.tracked();
        if gates.is_empty() {
            // The graph of a model without heads has no leaf.
            return Ok(Vec::new());
        }
        let mut gradients = self.backward(batch, &all);
        all.gradient(&mut gradients).map_err(TrainError::Device)
    }

    fn backward(&self, batch: &M::Batch, gates: &HeadGates) -> Gradients {
        self.model.example_losses(batch, Some(gates)).sum().backward()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use burn::tensor::Device;
    use heads::HeadMask;
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
            let (values, grid) = (vec![1.0; 4 * copies], model.grid());
            let gates = HeadGates::of_examples(&values, copies, grid, &gradients.options);
            let gates = gates.unwrap().tracked();
            let mut found = gradients.backward(&batch, &gates);
            gradients
                .model
                .clone()
                .visit("", &mut |name, parameter| match parameter {
                    Parameter::Vector(tensor) => assert!(tensor.grad_remove(&mut found).is_none(), "{name}"),
                    Parameter::Matrix(tensor, _) => {
                        assert!(tensor.grad_remove(&mut found).is_none(), "{name}");
                    }
                });
            let gradient = gates.gradient(&mut found).unwrap();
            assert_eq!(gradient.len(), 4 * copies);
            assert!(gradient.iter().all(|number| *number != 0.0));
        }
    }

    #[test]
    fn a_model_without_heads_has_no_derivatives_and_too_few_gates_are_refused() {
        let options = TensorOptions::single(Device::flex());
        let config = EncoderConfig::of_sizes(20, 8, 2, 2, 16, 12);
        let mut initial = Initializer::new(1, options.clone());
        let config = config.pruned(&HeadMask::from_flags(vec![false; 4])).unwrap();
        let model = EncoderClassifier::new(&config, &mut initial).unwrap();
        let batch = TokenBatch::new(&[2, 5, 3, 2, 7, 3], &[0; 6], &[true; 6], &[0, 1], &options);
        let gradients = GateGradients::new(&model, options);
        assert!(gradients.of_batch(&batch, &[]).unwrap().is_empty());
        let of_examples = gradients.of_examples(&batch, &[]).unwrap();
        assert_eq!(of_examples, vec![Vec::<f64>::new(); 2]);
        let refused = gradients.of_batch(&batch, &[1.0]).unwrap_err();
        assert_eq!(refused.to_string(), "1 gate values for 1 times 0 heads");
    }
}
