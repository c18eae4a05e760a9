//! Sums of rows of tables.

use std::sync::Arc;

use burn::backend::flex::FlexTensor;
use burn::tensor::Tensor;
use kernels::{Real, buffers, embedding};

use super::operation::{Operand, Operation, Outcome, apply};
use super::storage::{numbers, recycle, sizes, tensor, whole, with_real};
use crate::ops::Lookup;

/// Tables, of each the rows named and their factor.
#[derive(Debug, Clone)]
struct Embed<const N: usize> {
    rows: [(Arc<[u32]>, f64); N],
}

pub(in crate::ops) fn embed<const N: usize>(tables: [Lookup<'_>; N]) -> Tensor<2> {
    let rows = tables.map(|lookup| (lookup.indices.shared(), lookup.factor));
    apply(
        Embed { rows },
        tables.map(|lookup| Operand::new(lookup.table.clone())),
    )
}

impl<const N: usize> Operation<N> for Embed<N> {
    /// Entries of each table.
    type Saved = [usize; N];

    fn forward(&self, inputs: [FlexTensor; N], _: [bool; N]) -> Outcome<Self::Saved> {
        let tables = inputs.map(whole);
        let width = sizes(&tables[0])[1];
        let count = self.rows[0].0.len();
        let result = with_real!(tables[0], T => {
            let mut out = buffers::take::<T>(count * width);
            for (place, (table, (ids, factor))) in tables.iter().zip(&self.rows).enumerate() {
                let (table, factor) = (numbers(table), T::of(*factor));
                if place == 0 {
                    embedding::gather(table, width, ids, factor, &mut out);
                } else {
                    embedding::gather_add(table, width, ids, factor, &mut out);
                }
            }
            tensor(out, [count, width])
        });
        Outcome {
            result,
            saved: Some(tables.map(|table| sizes(&table)[0])),
        }
    }

    fn backward(
        &self,
        entries: Self::Saved,
        gradient: FlexTensor,
        wanted: [bool; N],
    ) -> [Option<FlexTensor>; N] {
        let gradient = whole(gradient);
        let [_, width] = sizes(&gradient);
        let found = std::array::from_fn(|place| {
            wanted[place].then(|| {
                let (ids, factor) = &self.rows[place];
                with_real!(gradient, T => {
                    let mut d_table = buffers::zeros::<T>(entries[place] * width);
                    embedding::scatter_add(numbers(&gradient), width, ids, T::of(*factor), &mut d_table);
                    tensor(d_table, [entries[place], width])
                })
            })
        });
        recycle(gradient);
        found
    }
}
