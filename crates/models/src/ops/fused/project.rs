//! Linear layers: several side by side, one with its activation, and the table of embeddings as one.

use burn::backend::flex::FlexTensor;
use burn::tensor::Tensor;
use kernels::activation::{
    column_sums, fill_rows, gelu_forward, gelu_tanh_forward, multiply, relu_dropout_backward,
    relu_dropout_forward, silu_forward,
};
use kernels::{Matrix, MatrixMut, Real, Write, buffers, matmul, scale_by_dropout};

use super::OwnedDropout;
use super::operation::{Operand, Operation, Outcome, apply};
use super::storage::{Number, into_buffer, numbers, recycle, sizes, tensor, whole, with_real};
use crate::Linear;
use crate::ops::{Activation, RowDropout};

/// `x W + b`, without gaps, for weights `[in, out]`.
pub(super) fn linear<T: Number>(x: &FlexTensor, weight: &FlexTensor, bias: &FlexTensor) -> Vec<T> {
    let ([rows, input], [_, output]) = (sizes(x), sizes(weight));
    let mut out = buffers::take::<T>(rows * output);
    fill_rows(&mut out, numbers(bias));
    matmul(
        Matrix::new(numbers(x), rows, input, input),
        Matrix::new(numbers(weight), input, output, output),
        MatrixMut::new(&mut out, rows, output, output),
        T::ONE,
        Write::Add,
    );
    out
}

/// Gradients of `x`, `weight` and `bias` of [`linear`], those that are `wanted`, from that of its result.
pub(super) fn linear_backward<T: Number>(
    x: &FlexTensor,
    weight: &FlexTensor,
    gradient: &[T],
    wanted: [bool; 3],
) -> [Option<FlexTensor>; 3] {
    let ([rows, input], [_, output]) = (sizes(x), sizes(weight));
    let gradient_rows = Matrix::new(gradient, rows, output, output);
    let of_x = wanted[0].then(|| {
        let weight = Matrix::new(numbers(weight), input, output, output);
        product(gradient_rows, weight.transposed(), [rows, input])
    });
    let of_weight = wanted[1].then(|| {
        let x = Matrix::new(numbers(x), rows, input, input);
        product(x.transposed(), gradient_rows, [input, output])
    });
    let of_bias = wanted[2].then(|| {
        let mut sums = buffers::take::<T>(output);
        column_sums(gradient, &mut sums);
        tensor(sums, [output])
    });
    [of_x, of_weight, of_bias]
}

fn product<T: Number>(a: Matrix<'_, T>, b: Matrix<'_, T>, shape: [usize; 2]) -> FlexTensor {
    let mut out = buffers::take::<T>(shape[0] * shape[1]);
    matmul(
        a,
        b,
        MatrixMut::new(&mut out, shape[0], shape[1], shape[1]),
        T::ONE,
        Write::Set,
    );
    tensor(out, shape)
}

/// Weights `[in, out]` of several layers as one matrix, `[in, sum of out]`: one product reads the input once.
enum SideBySide<'a, T> {
    One(&'a [T], [usize; 2]),
    Several(Vec<T>, [usize; 2]),
}

impl<'a, T: Number> SideBySide<'a, T> {
    fn new(weights: &[&'a FlexTensor], input: usize, total: usize) -> Self {
        if let [one] = weights {
            return Self::One(numbers(one), [input, total]);
        }
        let mut all = buffers::take::<T>(input * total);
        let mut first = 0;
        for weight in weights {
            let width = sizes(weight)[1];
            let rows = numbers::<T>(weight).chunks_exact(width);
            for (all, row) in all.chunks_exact_mut(total).zip(rows) {
                all[first..first + width].copy_from_slice(row);
            }
            first += width;
        }
        Self::Several(all, [input, total])
    }

    fn matrix(&self) -> Matrix<'_, T> {
        let (values, [rows, columns]) = match self {
            Self::One(values, sizes) => (*values, *sizes),
            Self::Several(values, sizes) => (values.as_slice(), *sizes),
        };
        Matrix::new(values, rows, columns, columns)
    }

    fn give(self) {
        if let Self::Several(values, _) = self {
            buffers::give(values);
        }
    }
}

/// Layers side by side: input x, then weight and bias of each.
#[derive(Debug, Clone)]
struct Project;

pub(in crate::ops) fn project(x: Tensor<2>, layers: &[&Linear]) -> Tensor<2> {
    let x = Operand::new(x);
    let operands = |layer: &Linear| {
        [
            Operand::new(layer.weight.clone()),
            Operand::new(layer.bias.clone()),
        ]
    };
    match *layers {
        [one] => {
            let [a, b] = operands(one);
            apply(Project, [x, a, b])
        }
        [one, two] => {
            let ([a, b], [c, d]) = (operands(one), operands(two));
            apply(Project, [x, a, b, c, d])
        }
        [one, two, three] => {
            let ([a, b], [c, d], [e, f]) = (operands(one), operands(two), operands(three));
            apply(Project, [x, a, b, c, d, e, f])
        }
        _ => unreachable!("attention has a query, a key and a value"),
    }
}

impl<const N: usize> Operation<N> for Project {
    /// The input and the weights.
    type Saved = Vec<FlexTensor>;

    fn forward(&self, inputs: [FlexTensor; N], wanted: [bool; N]) -> Outcome<Self::Saved> {
        let inputs = inputs.map(whole);
        let [rows, input] = sizes(&inputs[0]);
        let widths: Vec<usize> = inputs[1..]
            .iter()
            .step_by(2)
            .map(|weight| sizes(weight)[1])
            .collect();
        let total = widths.iter().sum();
        let result = with_real!(inputs[0], T => {
            let mut out = buffers::take::<T>(rows * total);
            let biases: Vec<T> = inputs[2..].iter().step_by(2).flat_map(numbers::<T>).copied().collect();
            fill_rows(&mut out, &biases);
            let weights: Vec<&FlexTensor> = inputs[1..].iter().step_by(2).collect();
            let weights = SideBySide::<T>::new(&weights, input, total);
            matmul(
                Matrix::new(numbers(&inputs[0]), rows, input, input),
                weights.matrix(),
                MatrixMut::new(&mut out, rows, total, total),
                T::ONE,
                Write::Add,
            );
            weights.give();
            tensor(out, [rows, total])
        });
        let saved = wanted.contains(&true).then(|| {
            let weights = inputs[1..].iter().step_by(2);
            [&inputs[0]].into_iter().chain(weights).cloned().collect()
        });
        Outcome { result, saved }
    }

    fn backward(
        &self,
        saved: Self::Saved,
        gradient: FlexTensor,
        wanted: [bool; N],
    ) -> [Option<FlexTensor>; N] {
        let gradient = whole(gradient);
        let mut found = [const { None }; N];
        with_real!(gradient, T => {
            let values = numbers::<T>(&gradient);
            let [rows, total] = sizes(&gradient);
            let [_, input] = sizes(&saved[0]);
            let part = Matrix::new(values, rows, total, total);
            found[0] = wanted[0].then(|| {
                let weights: Vec<&FlexTensor> = saved[1..].iter().collect();
                let weights = SideBySide::<T>::new(&weights, input, total);
                let of_x = product(part, weights.matrix().transposed(), [rows, input]);
                weights.give();
                of_x
            });
            let of = |parameter: usize| (parameter..N).step_by(2).any(|place| wanted[place]);
            let widths = || saved[1..].iter().map(|weight| sizes(weight)[1]).enumerate();
            if of(1) {
                let x = Matrix::new(numbers(&saved[0]), rows, input, input);
                let mut all = buffers::take::<T>(input * total);
                matmul(x.transposed(), part, MatrixMut::new(&mut all, input, total, total), T::ONE, Write::Set);
                if N == 3 {
                    found[1] = Some(tensor(all, [input, total]));
                } else {
                    let mut first = 0;
                    for (layer, width) in widths() {
                        let mut own = buffers::take::<T>(input * width);
                        for (own, row) in own.chunks_exact_mut(width).zip(all.chunks_exact(total)) {
                            own.copy_from_slice(&row[first..first + width]);
                        }
                        found[1 + 2 * layer] = Some(tensor(own, [input, width]));
                        first += width;
                    }
                    buffers::give(all);
                }
            }
            if of(2) {
                let mut sums = vec![T::ZERO; total];
                column_sums(values, &mut sums);
                let mut first = 0;
                for (layer, width) in widths() {
                    found[2 + 2 * layer] = Some(tensor(sums[first..first + width].to_vec(), [width]));
                    first += width;
                }
            }
        });
        recycle(gradient);
        if let Some(x) = saved.into_iter().next() {
            recycle(x);
        }
        found
    }
}

/// A layer and its activation: input, weight, bias.
#[derive(Debug, Clone)]
struct ProjectActivate {
    activation: Activation,
    dropout: Option<OwnedDropout>,
}

pub(in crate::ops) fn project_activate(
    x: Tensor<2>,
    layer: &Linear,
    activation: Activation,
    dropout: RowDropout<'_>,
) -> Tensor<2> {
    let operation = ProjectActivate {
        activation,
        dropout: OwnedDropout::new(dropout),
    };
    let parameters = (
        Operand::new(layer.weight.clone()),
        Operand::new(layer.bias.clone()),
    );
    apply(operation, [Operand::new(x), parameters.0, parameters.1])
}

impl Operation<3> for ProjectActivate {
    /// The input, the weight, and the slope of the activation or, of ReLU, the result.
    type Saved = [FlexTensor; 3];

    fn forward(&self, inputs: [FlexTensor; 3], wanted: [bool; 3]) -> Outcome<Self::Saved> {
        let [x, weight, bias] = inputs.map(whole);
        let shape = [sizes(&x)[0], sizes(&weight)[1]];
        let keep = wanted.contains(&true);
        let (result, slope) = with_real!(x, T => {
            let mut values = linear::<T>(&x, &weight, &bias);
            let dropout = self.dropout.as_ref().map(OwnedDropout::rows);
            match self.activation {
                Activation::Relu => {
                    relu_dropout_forward(&mut values, shape[1], dropout);
                    let result = tensor(values, shape);
                    (result.clone(), keep.then_some(result))
                }
                Activation::Gelu | Activation::GeluTanh | Activation::Silu => {
                    let mut slope = keep.then(|| buffers::take::<T>(values.len()));
                    smooth_forward(self.activation, &mut values, slope.as_deref_mut());
                    if let Some(dropout) = dropout {
                        scale_by_dropout(&mut values, shape[1], dropout);
                    }
                    (tensor(values, shape), slope.map(|slope| tensor(slope, shape)))
                }
            }
        });
        Outcome {
            result,
            saved: slope.map(|slope| [x, weight, slope]),
        }
    }

    fn backward(
        &self,
        [x, weight, slope]: Self::Saved,
        gradient: FlexTensor,
        wanted: [bool; 3],
    ) -> [Option<FlexTensor>; 3] {
        with_real!(gradient, T => {
            let mut values = into_buffer::<T>(gradient);
            let dropout = self.dropout.as_ref();
            match self.activation {
                Activation::Relu => {
                    let scale = dropout.map_or(1.0, |dropout| dropout.dropout.scale());
                    relu_dropout_backward(&mut values, numbers(&slope), scale);
                }
                Activation::Gelu | Activation::GeluTanh | Activation::Silu => {
                    if let Some(dropout) = dropout {
                        scale_by_dropout(&mut values, sizes(&slope)[1], dropout.rows());
                    }
                    multiply(&mut values, numbers(&slope));
                }
            }
            let found = linear_backward(&x, &weight, &values, wanted);
            buffers::give(values);
            recycle(slope);
            recycle(x);
            found
        })
    }
}

/// A smooth activation in place, and its slope.
fn smooth_forward<T: Number>(activation: Activation, values: &mut [T], slope: Option<&mut [T]>) {
    match activation {
        Activation::Gelu => gelu_forward(values, slope),
        Activation::GeluTanh => gelu_tanh_forward(values, slope),
        Activation::Silu => silu_forward(values, slope),
        Activation::Relu => unreachable!("its slope is in its result"),
    }
}

/// Scores of the rows of a table: input, table.
#[derive(Debug, Clone)]
struct Scores;

pub(in crate::ops) fn scores(x: Tensor<2>, table: &Tensor<2>) -> Tensor<2> {
    apply(Scores, [Operand::new(x), Operand::new(table.clone())])
}

impl Operation<2> for Scores {
    type Saved = [FlexTensor; 2];

    fn forward(&self, inputs: [FlexTensor; 2], wanted: [bool; 2]) -> Outcome<Self::Saved> {
        let [x, table] = inputs.map(whole);
        let ([rows, width], [entries, _]) = (sizes(&x), sizes(&table));
        let result = with_real!(x, T => {
            let rows_of_x = Matrix::new(numbers::<T>(&x), rows, width, width);
            let table = Matrix::new(numbers::<T>(&table), entries, width, width);
            product(rows_of_x, table.transposed(), [rows, entries])
        });
        Outcome {
            result,
            saved: wanted.contains(&true).then_some([x, table]),
        }
    }

    fn backward(
        &self,
        [x, table]: Self::Saved,
        gradient: FlexTensor,
        wanted: [bool; 2],
    ) -> [Option<FlexTensor>; 2] {
        let gradient = whole(gradient);
        let ([rows, width], [entries, _]) = (sizes(&x), sizes(&table));
        let found = with_real!(gradient, T => {
            let scores = Matrix::new(numbers::<T>(&gradient), rows, entries, entries);
            let of_x = wanted[0].then(|| {
                product(scores, Matrix::new(numbers::<T>(&table), entries, width, width), [rows, width])
            });
            let of_table = wanted[1].then(|| {
                let x = Matrix::new(numbers::<T>(&x), rows, width, width);
                product(scores.transposed(), x, [entries, width])
            });
            [of_x, of_table]
        });
        recycle(gradient);
        recycle(x);
        found
    }
}
