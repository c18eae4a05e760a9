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

/// Factors of the contexts of all heads of a model, in the flat order of its grid: N for all examples, N for each, or N
/// for each position.
#[derive(Debug, Clone)]
pub struct HeadGates {
    values: Values,
    /// Columns of the heads of each row of the grid.
    columns: Vec<Range<usize>>,
}

/// How gates lie in tensors.
#[derive(Debug, Clone)]
enum Values {
    /// `[copies, N]`: rows of heads of any lengths lie side by side.
    Copies(Box<Tensor<2>>),
    /// `[positions, heads]` for each row of the grid, whose modules attend from different positions.
    Positions(Vec<Tensor<2>>),
}

/// The gates of one attention module.
#[derive(Debug, Clone)]
pub(crate) enum GatesOfModule<'a> {
    /// Of all examples, or of each.
    Copies(ModuleGates<'a>),
    /// `[positions, heads]`: of each position that attends.
    Positions(&'a Tensor<2>),
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
            values: Values::Copies(Box::new(options.float(values, [examples, grid.total()]))),
            columns: grid.iter().map(|(_, columns)| columns).collect(),
        })
    }

    /// Gates of each position, constants: N values in the flat order of `grid`, the same at every position; `positions` says
    /// from how many the module of each row of the grid attends. Every module then computes its contexts first and multiplies
    /// them after, which takes longer than gates of examples do.
    ///
    /// # Errors
    /// [`GatesError`] unless there is one value for each head.
    pub fn of_positions(
        values: &[f64],
        positions: &[usize],
        grid: &HeadGrid,
        options: &TensorOptions,
    ) -> Result<Self, GatesError> {
        if values.len() != grid.total() || positions.len() != grid.rows().len() {
            return Err(GatesError {
                values: values.len(),
                examples: 1,
                heads: grid.total(),
            });
        }
        let columns: Vec<Range<usize>> = grid.iter().map(|(_, columns)| columns).collect();
        let of_row = |(columns, &positions): (&Range<usize>, &usize)| {
            let own = &values[columns.clone()];
            options.float(&own.repeat(positions), [positions, own.len()])
        };
        Ok(Self {
            values: Values::Positions(columns.iter().zip(positions).map(of_row).collect()),
            columns,
        })
    }

    /// These gates as a leaf of the autodiff graph, so that a backward pass finds their [`gradient`](Self::gradient).
    #[must_use]
    pub fn tracked(self) -> Self {
        let leaf = |tensor: Tensor<2>| tensor.autodiff().require_grad();
        Self {
            values: match self.values {
                Values::Copies(values) => Values::Copies(Box::new(leaf(*values))),
                Values::Positions(rows) => Values::Positions(rows.into_iter().map(leaf).collect()),
            },
            ..self
        }
    }

    /// Takes the derivatives by [`tracked`](Self::tracked) gates out of those that a backward pass found: as many values
    /// as there are gates, in their order; 0 by gates that took no part. Those of positions come row after row of the grid,
    /// and in each position after position.
    ///
    /// # Errors
    /// What the device says when numbers cannot be read back.
    pub fn gradient(&self, gradients: &mut Gradients) -> Result<Vec<f64>, String> {
        let mut take = |values: &Tensor<2>| match values.grad_remove(gradients) {
            Some(gradient) => gradient
                .try_into_vec_as::<f64>()
                .map_err(|error| format!("{error:?}")),
            None => Ok(vec![0.0; values.dims().iter().product()]),
        };
        match &self.values {
            Values::Copies(values) => take(values),
            Values::Positions(rows) => {
                let rows: Vec<Vec<f64>> = rows.iter().map(take).collect::<Result<_, _>>()?;
                Ok(rows.concat())
            }
        }
    }

    /// The gates of row number `row` of the grid.
    pub(crate) fn of_row(&self, row: usize) -> GatesOfModule<'_> {
        match &self.values {
            Values::Copies(all) => GatesOfModule::Copies(ModuleGates {
                all,
                columns: self.columns[row].clone(),
            }),
            Values::Positions(rows) => GatesOfModule::Positions(&rows[row]),
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
            let of_row = |row| match gates.of_row(row) {
                GatesOfModule::Copies(gates) => gates,
                GatesOfModule::Positions(_) => unreachable!("they are of examples"),
            };
            let ranges: Vec<Range<usize>> = (0..3).map(|row| of_row(row).columns).collect();
            assert_eq!(ranges, [0..2, 2..2, 2..3]);
            // The loss of the last row's gates alone: g^2 of each copy.
            let ModuleGates { all, columns } = of_row(2);
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
    fn gates_of_positions_are_those_of_each_module_and_their_derivatives_come_row_after_row() {
        let options = TensorOptions::double(Device::flex());
        let grid = grid(&[2, 0, 1]);
        let gates = HeadGates::of_positions(&[1.0, 2.0, 3.0], &[2, 5, 3], &grid, &options);
        let gates = gates.unwrap().tracked();
        let GatesOfModule::Positions(last) = gates.of_row(2) else {
            panic!("they are of positions");
        };
        assert_eq!(last.dims(), [3, 1]);
        let mut found = (last.clone() * last.clone()).sum().backward();
        let want = vec![0.0, 0.0, 0.0, 0.0, 6.0, 6.0, 6.0];
        assert_eq!(gates.gradient(&mut found), Ok(want));
        for (values, rows) in [(2, 3), (3, 2)] {
            let refused = HeadGates::of_positions(&vec![1.0; values], &vec![1; rows], &grid, &options);
            assert!(refused.is_err(), "{values} {rows}");
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
