//! Layer norm: after a linear layer, dropout and residual, and before the dropout of embeddings.

use burn::backend::flex::FlexTensor;
use burn::tensor::Tensor;
use kernels::activation::{column_sums, fill_rows};
use kernels::norm::{self, Norm};
use kernels::{buffers, scale_by_dropout};

use super::OwnedDropout;
use super::operation::{Operand, Operation, Outcome, apply};
use super::project::{linear, linear_backward};
use super::storage::{Number, into_buffer, numbers, recycle, sizes, tensor, whole, with_real};
use crate::ops::RowDropout;
use crate::{LayerNorm, Linear};

/// `norm(dropout(y) + residual)` of rows y that an operation has computed.
#[derive(Debug, Clone)]
struct AddNorm {
    epsilon: f64,
    dropout: Option<OwnedDropout>,
}

impl AddNorm {
    fn new(norm: &LayerNorm, dropout: RowDropout<'_>) -> Self {
        Self {
            epsilon: norm.epsilon,
            dropout: OwnedDropout::new(dropout),
        }
    }

    /// The result from y, residual, and scale and shift of the norm. To `keep` for the backward pass: scale of the norm,
    /// normalised sum, and the inverse deviation of each row.
    fn forward<T: Number>(
        &self,
        y: Vec<T>,
        [residual, gamma, beta]: [FlexTensor; 3],
        keep: bool,
    ) -> Outcome<[FlexTensor; 3]> {
        let shape = sizes(&residual);
        let mut normalised = y;
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
        let saved = if keep {
            Some([gamma, tensor(normalised, shape), tensor(inverse_std, [shape[0]])])
        } else {
            buffers::give(normalised);
            None
        };
        Outcome {
            result: tensor(out, shape),
            saved,
        }
    }

    /// What `of_y` makes of the gradient of y, and the gradients of residual, scale and shift, the last two where `wanted`.
    fn backward<T: Number, R>(
        &self,
        [gamma, normalised, inverse_std]: &[FlexTensor; 3],
        gradient: &FlexTensor,
        wanted: bool,
        of_y: impl FnOnce(&[T]) -> R,
    ) -> (R, [Option<FlexTensor>; 3]) {
        let shape = sizes(gradient);
        let mut d_sum = buffers::take::<T>(shape[0] * shape[1]);
        let mut d_y = self.dropout.as_ref().map(|_| buffers::take::<T>(d_sum.len()));
        let dropout = self.dropout.as_ref().map(OwnedDropout::rows);
        let mut parameters = wanted.then(|| (buffers::take::<T>(shape[1]), buffers::take::<T>(shape[1])));
        norm::backward(
            numbers(gamma),
            numbers(normalised),
            numbers(inverse_std),
            numbers(gradient),
            &mut d_sum,
            d_y.as_deref_mut().zip(dropout),
            parameters
                .as_mut()
                .map(|(d_gamma, d_beta)| (&mut d_gamma[..], &mut d_beta[..])),
        );
        let of_y = of_y(d_y.as_ref().unwrap_or(&d_sum));
        if let Some(d_y) = d_y {
            buffers::give(d_y);
        }
        let (of_gamma, of_beta) = parameters.map_or((None, None), |(d_gamma, d_beta)| {
            (
                Some(tensor(d_gamma, [shape[1]])),
                Some(tensor(d_beta, [shape[1]])),
            )
        });
        (of_y, [Some(tensor(d_sum, shape)), of_gamma, of_beta])
    }
}

/// An [`AddNorm`] of a linear layer, `y = x W + b`: input, weight, bias, residual, scale and shift of the norm.
#[derive(Debug, Clone)]
struct ProjectAddNorm(AddNorm);

pub(in crate::ops) fn project_add_norm(
    x: Tensor<2>,
    layer: &Linear,
    residual: Tensor<2>,
    norm: &LayerNorm,
    dropout: RowDropout<'_>,
) -> Tensor<2> {
    let inputs = [
        Operand::new(x),
        Operand::new(layer.weight.clone()),
        Operand::new(layer.bias.clone()),
        Operand::new(residual),
        Operand::new(norm.weight.clone()),
        Operand::new(norm.bias.clone()),
    ];
    apply(ProjectAddNorm(AddNorm::new(norm, dropout)), inputs)
}

impl Operation<6> for ProjectAddNorm {
    /// Input and weight, and what the norm keeps.
    type Saved = ([FlexTensor; 2], [FlexTensor; 3]);

    fn forward(&self, inputs: [FlexTensor; 6], wanted: [bool; 6]) -> Outcome<Self::Saved> {
        let [x, weight, bias, residual, gamma, beta] = inputs.map(whole);
        with_real!(x, T => {
            let y = linear::<T>(&x, &weight, &bias);
            let Outcome { result, saved } =
                self.0.forward(y, [residual, gamma, beta], wanted.contains(&true));
            Outcome {
                result,
                saved: saved.map(|saved| ([x, weight], saved)),
            }
        })
    }

    fn backward(
        &self,
        ([x, weight], saved): Self::Saved,
        gradient: FlexTensor,
        wanted: [bool; 6],
    ) -> [Option<FlexTensor>; 6] {
        let gradient = whole(gradient);
        let of_layer = [wanted[0], wanted[1], wanted[2]];
        let found = with_real!(gradient, T => {
            let of_y = |d_y: &[T]| linear_backward(&x, &weight, d_y, of_layer);
            let ([of_x, of_weight, of_bias], [of_residual, of_gamma, of_beta]) =
                self.0.backward(&saved, &gradient, wanted[4] || wanted[5], of_y);
            [of_x, of_weight, of_bias, of_residual, of_gamma, of_beta]
        });
        let [_, normalised, inverse_std] = saved;
        for tensor in [gradient, normalised, inverse_std, x] {
            recycle(tensor);
        }
        found
    }
}

/// An [`AddNorm`] of a bias in every row: bias, residual, scale and shift of the norm.
#[derive(Debug, Clone)]
struct BiasAddNorm(AddNorm);

pub(in crate::ops) fn bias_add_norm(
    bias: &Tensor<1>,
    residual: Tensor<2>,
    norm: &LayerNorm,
    dropout: RowDropout<'_>,
) -> Tensor<2> {
    let inputs = [
        Operand::new(bias.clone()),
        Operand::new(residual),
        Operand::new(norm.weight.clone()),
        Operand::new(norm.bias.clone()),
    ];
    apply(BiasAddNorm(AddNorm::new(norm, dropout)), inputs)
}

impl Operation<4> for BiasAddNorm {
    /// What the norm keeps.
    type Saved = [FlexTensor; 3];

    fn forward(&self, inputs: [FlexTensor; 4], wanted: [bool; 4]) -> Outcome<Self::Saved> {
        let [bias, residual, gamma, beta] = inputs.map(whole);
        let [rows, width] = sizes(&residual);
        with_real!(residual, T => {
            let mut y = buffers::take::<T>(rows * width);
            fill_rows(&mut y, numbers(&bias));
            self.0.forward(y, [residual, gamma, beta], wanted.contains(&true))
        })
    }

    fn backward(
        &self,
        saved: Self::Saved,
        gradient: FlexTensor,
        wanted: [bool; 4],
    ) -> [Option<FlexTensor>; 4] {
        let gradient = whole(gradient);
        let [_, width] = sizes(&gradient);
        let found = with_real!(gradient, T => {
            let of_y = |d_y: &[T]| {
                wanted[0].then(|| {
                    let mut sums = buffers::take::<T>(width);
                    column_sums(d_y, &mut sums);
                    tensor(sums, [width])
                })
            };
            let (of_bias, [of_residual, of_gamma, of_beta]) =
                self.0.backward(&saved, &gradient, wanted[2] || wanted[3], of_y);
            [of_bias, of_residual, of_gamma, of_beta]
        });
        let [_, normalised, inverse_std] = saved;
        for tensor in [gradient, normalised, inverse_std] {
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
