//! The gates of all heads as a model takes them: the one place that knows how they lie in a tensor.

use std::ops::Range;

use burn::tensor::{Gradients, Tensor};
use heads::HeadGrid;

use crate::TensorOptions;

/// Values that are not one gate for each head.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{values} gate values for {examples} times {heads} heads")]
pub struct GatesError {
    /// Values given.
    pub values: usize,
    /// Examples with gates of their own; 1 where all share theirs.
    pub examples: usize,
    /// Heads of the model.
    pub heads: usize,
}

/// Factors of the contexts of all heads of a model, in the flat order of its grid: N for all examples, or N for each.
#[derive(Debug, Clone)]
pub struct HeadGates {
    /// `[copies, N]`: rows of heads of any lengths lie side by side.
    values: Tensor<2>,
    /// Columns of the heads of each row of the grid.
    columns: Vec<Range<usize>>,
}

/// The gates of one attention module within those of all heads.
#[derive(Debug, Clone)]
pub(crate) struct ModuleGates<'a> {
    /// `[copies, N]`.
    pub(crate) all: &'a Tensor<2>,
    /// Columns of the heads of this module.
    pub(crate) columns: Range<usize>,
}

impl HeadGates {
    /// Gates of all examples, constants: N values in the flat order of `grid`.
    ///
    /// # Errors
    /// [`GatesError`] unless there is one value for each head.
    pub fn new(values: &[f64], grid: &HeadGrid, options: &TensorOptions) -> Result<Self, GatesError> {
        Self::of_examples(values, 1, grid, options)
    }

    /// Gates of each of so many examples, constants: N values for the first, then N for the second, and so on.
    ///
    /// # Errors
    /// [`GatesError`] unless there is one value for each head of each example.
    pub fn of_examples(
        values: &[f64],
        examples: usize,
        grid: &HeadGrid,
        options: &TensorOptions,
    ) -> Result<Self, GatesError> {
        if values.len() != examples * grid.total() {
            return Err(GatesError {
                values: values.len(),
                examples,
                heads: grid.total(),
            });
        }
        Ok(Self {
            values: options.float(values, [examples, grid.total()]),
            columns: grid.iter().map(|(_, columns)| columns).collect(),
        })
    }

    /// These gates as a leaf of the autodiff graph, so that a backward pass finds their [`gradient`](Self::gradient).
    #[must_use]
    pub fn tracked(self) -> Self {
        Self {
            values: self.values.autodiff().require_grad(),
            ..self
        }
    }

    /// Takes the derivatives by [`tracked`](Self::tracked) gates out of those that a backward pass found: as many values
    /// as there are gates, in their order; 0 by gates that took no part.
    ///
    /// # Errors
    /// What the device says when numbers cannot be read back.
    pub fn gradient(&self, gradients: &mut Gradients) -> Result<Vec<f64>, String> {
        match self.values.grad_remove(gradients) {
            Some(gradient) => gradient
                .try_into_vec_as::<f64>()
                .map_err(|error| format!("{error:?}")),
            None => Ok(vec![0.0; self.values.dims().iter().product()]),
        }
    }

    /// The gates of row number `row` of the grid.
    pub(crate) fn of_row(&self, row: usize) -> ModuleGates<'_> {
        ModuleGates {
            all: &self.values,
            columns: self.columns[row].clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use burn::tensor::Device;
    use heads::{HeadRow, RowKind};

    fn grid(heads: &[usize]) -> HeadGrid {
        let row = |(layer, &heads)| HeadRow {
            kind: RowKind::EncoderSelf,
            layer,
            heads,
        };
        HeadGrid::new(heads.iter().enumerate().map(row).collect()).unwrap()
    }

    #[test]
    fn each_module_finds_its_own_and_the_derivatives_come_back_in_order() {
        for options in [
            TensorOptions::double(Device::flex()),
            TensorOptions::single(Device::flex()),
        ] {
            let grid = grid(&[2, 0, 1]);
            let values = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0];
            let gates = HeadGates::of_examples(&values, 2, &grid, &options)
                .unwrap()
                .tracked();
            let ranges: Vec<Range<usize>> = (0..3).map(|row| gates.of_row(row).columns).collect();
            assert_eq!(ranges, [0..2, 2..2, 2..3]);
            // The loss of the last row's gates alone: g^2 of each copy.
            let ModuleGates { all, columns } = gates.of_row(2);
            let last = all.clone().slice_dim(1, columns);
            let mut found = (last.clone() * last).sum().backward();
            assert_eq!(
                gates.gradient(&mut found),
                Ok(vec![0.0, 0.0, 6.0, 0.0, 0.0, 12.0])
            );
            // Taken.
            assert_eq!(gates.gradient(&mut found), Ok(vec![0.0; 6]));
        }
    }

    #[test]
    fn values_that_are_not_those_of_the_grid_are_refused() {
        let options = TensorOptions::single(Device::flex());
        for (values, examples, heads) in [(0, 1, 3), (6, 1, 3), (3, 2, 3), (2, 1, 0)] {
            let all = vec![1.0; values];
            let refused = HeadGates::of_examples(&all, examples, &grid(&[heads]), &options).err();
            assert_eq!(
                refused,
                Some(GatesError {
                    values,
                    examples,
                    heads
                })
            );
        }
        assert!(HeadGates::new(&[], &grid(&[0, 0]), &options).is_ok());
    }
}
