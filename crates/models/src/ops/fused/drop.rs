//! Dropout alone.

use burn::backend::flex::FlexTensor;
use burn::tensor::Tensor;
use kernels::scale_by_dropout;

use super::OwnedDropout;
use super::operation::{Operand, Operation, Outcome, apply};
use super::storage::{into_buffer, sizes, tensor, with_real};
use crate::ops::RowDropout;

#[derive(Debug, Clone)]
struct DropRows(OwnedDropout);

pub(in crate::ops) fn drop_rows(x: Tensor<2>, dropout: RowDropout<'_>) -> Tensor<2> {
    match OwnedDropout::new(dropout) {
        Some(dropout) => apply(DropRows(dropout), [Operand::new(x)]),
        None => x,
    }
}

impl DropRows {
    fn dropped(&self, x: FlexTensor) -> FlexTensor {
        let [rows, width] = sizes(&x);
        with_real!(x, T => {
            let mut values = into_buffer::<T>(x);
            scale_by_dropout(&mut values, width, self.0.rows());
            tensor(values, [rows, width])
        })
    }
}

impl Operation<1> for DropRows {
    type Saved = ();

    fn forward(&self, [x]: [FlexTensor; 1], _: [bool; 1]) -> Outcome<()> {
        Outcome {
            result: self.dropped(x),
            saved: Some(()),
        }
    }

    fn backward(&self, (): (), gradient: FlexTensor, _: [bool; 1]) -> [Option<FlexTensor>; 1] {
        [Some(self.dropped(gradient))]
    }
}
