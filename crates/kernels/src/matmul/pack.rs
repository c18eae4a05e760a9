//! Copies of blocks of matrices, laid out as tiles read them.

use std::ops::Range;

use crate::Matrix;
use crate::flip::{BLOCK, flip};
use crate::wide::Wide;

/// Some columns of the right matrix: a row of `into`, `width` numbers of whole vectors, for each of the `inputs`. What stands
/// behind the last column becomes 0.
#[inline(always)]
pub(super) fn pack_right<W: Wide>(
    wide: W,
    b: Matrix<'_, f32>,
    inputs: &Range<usize>,
    columns: &Range<usize>,
    into: &mut [f32],
    width: usize,
) {
    if b.column_stride == 1 {
        for (input, into) in inputs.clone().zip(into.chunks_exact_mut(width)) {
            let from = &b.data[input * b.row_stride + columns.start..][..columns.len()];
            for (v, into) in into.chunks_exact_mut(W::LANES).enumerate() {
                wide.store(into, wide.load(&from[v * W::LANES..]));
            }
        }
    } else if b.row_stride == 1 && width.is_multiple_of(BLOCK) {
        let source = Matrix {
            data: &b.data[columns.start * b.column_stride + inputs.start..],
            rows: columns.len(),
            columns: inputs.len(),
            row_stride: b.column_stride,
            column_stride: 1,
        };
        flip(source, into, width);
    } else {
        for (input, into) in inputs.clone().zip(into.chunks_exact_mut(width)) {
            into.fill(0.0);
            for (column, into) in columns.clone().zip(into) {
                *into = b.data[input * b.row_stride + column * b.column_stride];
            }
        }
    }
}

/// Some rows of the left matrix, of any strides: the numbers of each of the `inputs` one after another.
#[inline(always)]
pub(super) fn pack_left(a: Matrix<'_, f32>, inputs: &Range<usize>, rows: &Range<usize>, into: &mut [f32]) {
    for (input, into) in inputs.clone().zip(into.chunks_exact_mut(rows.len())) {
        for (row, into) in rows.clone().zip(into) {
            *into = a.data[row * a.row_stride + input * a.column_stride];
        }
    }
}
