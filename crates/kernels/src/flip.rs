//! Transposing a small matrix, block by block.

use crate::{Matrix, Real};

/// Rows and columns of a block.
pub(crate) const BLOCK: usize = 8;

type Block<T> = [[T; BLOCK]; BLOCK];

vectorised! {
    /// The transpose of `source`, whose rows are contiguous, into rows of `stride` numbers, a multiple of [`BLOCK`]; what
    /// stands behind the transpose becomes 0.
    pub(crate) fn flip<'a, T>(source: Matrix<'a, T>, into: &'a mut [T], stride: usize) {
        debug_assert!(stride.is_multiple_of(BLOCK) && source.column_stride == 1);
        for (group, into) in into.chunks_mut(BLOCK * stride).enumerate() {
            let first = group * BLOCK;
            let width = BLOCK.min(source.columns - first);
            for row in (0..stride).step_by(BLOCK) {
                let mut block = [[T::ZERO; BLOCK]; BLOCK];
                for (block, row) in block.iter_mut().zip(row..source.rows) {
                    let numbers = &source.data[row * source.row_stride + first..][..width];
                    match numbers.first_chunk() {
                        Some(whole) => *block = *whole,
                        None => block[..width].copy_from_slice(numbers),
                    }
                }
                let block = transposed(block);
                for (into, block) in into.chunks_exact_mut(stride).zip(&block) {
                    into[row..row + BLOCK].copy_from_slice(block);
                }
            }
        }
    }
}

#[inline(always)]
fn transposed<T: Real>(block: Block<T>) -> Block<T> {
    let mut out = [[T::ZERO; BLOCK]; BLOCK];
    for (row, block) in block.iter().enumerate() {
        for (column, &value) in block.iter().enumerate() {
            out[column][row] = value;
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn rows_become_columns_and_nothing_else_is_left(rows in 1_usize..40, columns in 1_usize..20, gap in 0_usize..3) {
            let source: Vec<f32> = (0..rows * (columns + gap)).map(|number| number as f32).collect();
            let stride = rows.next_multiple_of(BLOCK);
            let mut into = vec![f32::NAN; columns * stride];
            flip(Matrix::new(&source, rows, columns, columns + gap), &mut into, stride);
            for column in 0..columns {
                for row in 0..stride {
                    let expected = if row < rows { source[row * (columns + gap) + column] } else { 0.0 };
                    prop_assert_eq!(into[column * stride + row], expected);
                }
            }
        }
    }
}
