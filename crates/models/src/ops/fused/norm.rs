//! Layer norm: after a linear layer, dropout and residual, and before the dropout of embeddings.

use burn::backend::flex::FlexTensor;
use burn::tensor::Tensor;
use kernels::norm::{self, Norm};
use kernels::{buffers, scale_by_dropout};

use super::OwnedDropout;
use super::operation::{Operand, Operation, Outcome, apply};
use super::project::{linear, linear_backward};
use super::storage::{into_buffer, numbers, recycle, sizes, tensor, whole, with_real};
use crate::ops::RowDropout;
use crate::{LayerNorm, Linear};

/// `norm(dropout(x W + b) + residual)`: input, weight, bias, residual, scale and shift of the norm.
#[derive(Debug, Clone)]
struct ProjectAddNorm {
    epsilon: f64,
    dropout: Option<OwnedDropout>,
}

pub(in crate::ops) fn project_add_norm(
    x: Tensor<2>,
    layer: &Linear,
    residual: Tensor<2>,
    norm: &LayerNorm,
    dropout: RowDropout<'_>,
) -> Tensor<2> {
    let operation = ProjectAddNorm {
        epsilon: norm.epsilon,
        dropout: OwnedDropout::new(dropout),
    };
    let inputs = [
        Operand::new(x),
        Operand::new(layer.weight.clone()),
        Operand::new(layer.bias.clone()),
        Operand::new(residual),
        Operand::new(norm.weight.clone()),
        Operand::new(norm.bias.clone()),
    ];
    apply(operation, inputs)
}

impl Operation<6> for ProjectAddNorm {
    /// Input, weight, scale of the norm, normalised sum, and the inverse deviation of each row.
    type Saved = [FlexTensor; 5];

    fn forward(&self, inputs: [FlexTensor; 6], wanted: [bool; 6]) -> Outcome<Self::Saved> {
        let [x, weight, bias, residual, gamma, beta] = inputs.map(whole);
        let shape = sizes(&residual);
        with_real!(x, T => {
            let mut normalised = linear::<T>(&x, &weight, &bias);
            let mut out = buffers::take::<T>(normalised.len());
            let mut inverse_std = buffers::take::<T>(shape[0]);
            norm::forward(
                Norm {
                    gamma: numbers(&gamma),
                    beta: numbers(&beta),
                    epsilon: self.epsilon,
                },
                &mut normalised,
                Some(numbers(&residual)),
                self.dropout.as_ref().map(OwnedDropout::rows),
                &mut out,
                &mut inverse_std,
            );
            let saved = if wanted.contains(&true) {
                Some([x, weight, gamma, tensor(normalised, shape), tensor(inverse_std, [shape[0]])])
            } else {
                buffers::give(normalised);
                None
            };
            Outcome {
                result: tensor(out, shape),
                saved,
            }
        })
    }

    fn backward(
        &self,
        [x, weight, gamma, normalised, inverse_std]: Self::Saved,
        gradient: FlexTensor,
        wanted: [bool; 6],
    ) -> [Option<FlexTensor>; 6] {
        let gradient = whole(gradient);
        let shape = sizes(&gradient);
        let found = with_real!(gradient, T => {
            let mut d_sum = buffers::take::<T>(shape[0] * shape[1]);
            let mut d_input = self.dropout.as_ref().map(|_| buffers::take::<T>(d_sum.len()));
            let dropout = self.dropout.as_ref().map(OwnedDropout::rows);
            let mut parameters = (wanted[4] || wanted[5])
                .then(|| (buffers::take::<T>(shape[1]), buffers::take::<T>(shape[1])));
            norm::backward(
                numbers(&gamma),
                numbers(&normalised),
                numbers(&inverse_std),
                numbers(&gradient),
                &mut d_sum,
                d_input.as_deref_mut().zip(dropout),
                parameters.as_mut().map(|(d_gamma, d_beta)| (&mut d_gamma[..], &mut d_beta[..])),
            );
            let of_layer = [wanted[0], wanted[1], wanted[2]];
            let d_layer = d_input.as_ref().unwrap_or(&d_sum);
            let [of_x, of_weight, of_bias] = linear_backward(&x, &weight, d_layer, of_layer);
            if let Some(d_input) = d_input {
                buffers::give(d_input);
            }
            let (of_gamma, of_beta) = parameters.map_or((None, None), |(d_gamma, d_beta)| {
                (Some(tensor(d_gamma, [shape[1]])), Some(tensor(d_beta, [shape[1]])))
            });
            [of_x, of_weight, of_bias, Some(tensor(d_sum, shape)), of_gamma, of_beta]
        });
        for tensor in [gradient, normalised, inverse_std, x] {
            recycle(tensor);
        }
        found
    }
}

/// `dropout(norm(x))`: input, scale and shift of the norm.
#[derive(Debug, Clone)]
struct NormDropout {
    epsilon: f64,
    dropout: Option<OwnedDropout>,
}

pub(in crate::ops) fn norm_dropout(x: Tensor<2>, norm: &LayerNorm, dropout: RowDropout<'_>) -> Tensor<2> {
    let operation = NormDropout {
        epsilon: norm.epsilon,
        dropout: OwnedDropout::new(dropout),
    };
    let inputs = [
        Operand::new(x),
        Operand::new(norm.weight.clone()),
        Operand::new(norm.bias.clone()),
    ];
    apply(operation, inputs)
}

impl Operation<3> for NormDropout {
    /// Scale of the norm, normalised input, and the inverse deviation of each row.
    type Saved = [FlexTensor; 3];

    fn forward(&self, [x, gamma, beta]: [FlexTensor; 3], wanted: [bool; 3]) -> Outcome<Self::Saved> {
        let (gamma, beta) = (whole(gamma), whole(beta));
        let shape = sizes(&x);
        with_real!(x, T => {
            let mut normalised = into_buffer::<T>(x);
            let mut out = buffers::take::<T>(normalised.len());
            let mut inverse_std = buffers::take::<T>(shape[0]);
            let norm = Norm {
                gamma: numbers(&gamma),
                beta: numbers(&beta),
                epsilon: self.epsilon,
            };
            norm::forward(norm, &mut normalised, None, None, &mut out, &mut inverse_std);
            if let Some(dropout) = &self.dropout {
                scale_by_dropout(&mut out, shape[1], dropout.rows());
            }
            let saved = wanted
                .contains(&true)
                .then(|| [gamma, tensor(normalised, shape), tensor(inverse_std, [shape[0]])]);
            Outcome {
                result: tensor(out, shape),
                saved,
            }
        })
    }

    fn backward(
        &self,
        [gamma, normalised, inverse_std]: Self::Saved,
        gradient: FlexTensor,
        wanted: [bool; 3],
    ) -> [Option<FlexTensor>; 3] {
        let shape = sizes(&gradient);
        let found = with_real!(gradient, T => {
            let mut d_out = into_buffer::<T>(gradient);
            if let Some(dropout) = &self.dropout {
                scale_by_dropout(&mut d_out, shape[1], dropout.rows());
            }
            let mut d_x = buffers::take::<T>(d_out.len());
            let mut parameters = (wanted[1] || wanted[2])
                .then(|| (buffers::take::<T>(shape[1]), buffers::take::<T>(shape[1])));
            norm::backward(
                numbers(&gamma),
                numbers(&normalised),
                numbers(&inverse_std),
                &d_out,
                &mut d_x,
                None,
                parameters.as_mut().map(|(d_gamma, d_beta)| (&mut d_gamma[..], &mut d_beta[..])),
            );
            buffers::give(d_out);
            let (of_gamma, of_beta) = parameters.map_or((None, None), |(d_gamma, d_beta)| {
                (Some(tensor(d_gamma, [shape[1]])), Some(tensor(d_beta, [shape[1]])))
            });
            [Some(tensor(d_x, shape)), of_gamma, of_beta]
        });
        recycle(normalised);
        recycle(inverse_std);
        found
    }
}
