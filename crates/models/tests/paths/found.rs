//! What every test of this folder asks of a model: its loss, with the derivatives by gates and weights.

use burn::tensor::{Device, Tensor};
use heads::HeadGrid;
use models::{HeadGates, Parameter, Parameters, TensorOptions};

/// Both paths, each with packed batches and with rectangles.
pub(crate) fn ways() -> [TensorOptions; 4] {
    let options = || TensorOptions::double(Device::flex());
    [
        options().plain(),
        options(),
        options().packed(),
        options().plain().packed(),
    ]
}

pub(crate) fn numbers<const D: usize>(tensor: Tensor<D>) -> Vec<f64> {
    tensor.inner().try_into_vec_as::<f64>().unwrap()
}

/// A loss, and its derivatives by the gates and by every weight under its name; none by weights that took no part.
#[derive(Debug)]
pub(crate) struct Found {
    pub(crate) loss: f64,
    pub(crate) gates: Vec<f64>,
    pub(crate) weights: Vec<(String, Option<Vec<f64>>)>,
}

pub(crate) fn found<M: Parameters + Clone>(model: &M, gates: &HeadGates, loss: Tensor<1>) -> Found {
    let mut gradients = loss.clone().backward();
    let gates = gates.gradient(&mut gradients).unwrap();
    let mut weights = Vec::new();
    model.clone().visit("", &mut |name, parameter| {
        let gradient = match parameter {
            Parameter::Vector(tensor) => tensor.grad_remove(&mut gradients).map(numbers),
            Parameter::Matrix(tensor, _) => tensor.grad_remove(&mut gradients).map(numbers),
        };
        weights.push((name.to_owned(), gradient));
    });
    Found {
        loss: numbers(loss)[0],
        gates,
        weights,
    }
}

pub(crate) fn assert_close(got: &[f64], want: &[f64], place: &str) {
    assert_eq!(got.len(), want.len(), "{place}");
    for (got, want) in got.iter().zip(want) {
        assert!(
            (got - want).abs() <= 1e-11 * (1.0 + want.abs()),
            "{place}: {got} {want}"
        );
    }
}

/// Layers whose weights are too small make everything equal to nothing.
pub(crate) fn enlarged<M: Parameters>(mut model: M) -> M {
    model.visit("", &mut |_, parameter| {
        if let Parameter::Matrix(tensor, _) = parameter {
            *tensor = tensor.clone().mul_scalar(3.0);
        }
    });
    model
}

/// Gates of so many examples that differ, those of the first row closed or not.
pub(crate) fn values(grid: &HeadGrid, examples: usize, closed: bool) -> Vec<f64> {
    (0..examples * grid.total())
        .map(|gate| {
            if closed && gate < grid.range(0).end {
                0.0
            } else {
                0.25 + (gate % 5) as f64 / 4.0
            }
        })
        .collect()
}

/// [`values`] of which a backward pass finds the derivatives.
pub(crate) fn leaf(options: &TensorOptions, grid: &HeadGrid, examples: usize, closed: bool) -> HeadGates {
    let values = values(grid, examples, closed);
    HeadGates::of_examples(&values, examples, grid, options)
        .unwrap()
        .tracked()
}

/// A rectangle of ids in `low..high` with `padding` behind each of the given lengths.
pub(crate) fn rectangle(lengths: &[usize], padding: i32, id: impl Fn(usize) -> i32) -> Vec<i32> {
    let longest = lengths.iter().copied().max().unwrap_or(0);
    let mut ids = vec![padding; lengths.len() * longest];
    for (row, &length) in lengths.iter().enumerate() {
        for column in 0..length {
            ids[row * longest + column] = id(row * 31 + column * 7);
        }
    }
    ids
}
