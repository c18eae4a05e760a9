//! Products of matrices too small for packing to pay: those of one attention head.

use pulp::{Simd, WithSimd};

use crate::matmul::Write;
use crate::vectorised::ARCH;
use crate::{Matrix, MatrixMut, Real};

/// A product to be computed with the vectors of some processor.
struct Product<'a, T> {
    a: Matrix<'a, T>,
    b: Matrix<'a, T>,
    out: MatrixMut<'a, T>,
    factor: T,
    write: Write,
}

/// [`matmul`](crate::matmul) for small sizes; the rows of `b` are contiguous, and either the rows or the columns of `a`.
///
/// Here vectors are spelt out: left to itself, the compiler keeps a block of sums in memory.
pub(crate) fn small_matmul<T: Real>(
    a: Matrix<'_, T>,
    b: Matrix<'_, T>,
    out: MatrixMut<'_, T>,
    factor: T,
    write: Write,
) {
    ARCH.dispatch(Product {
        a,
        b,
        out,
        factor,
        write,
    });
}

impl<T: Real> WithSimd for Product<'_, T> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(mut self, simd: S) {
        let lanes = T::lanes::<S>();
        let mut column = 0;
        while column + 2 * lanes <= self.out.columns {
            self.rows::<S, 2>(simd, column, lanes);
            column += 2 * lanes;
        }
        while column < self.out.columns {
            let count = lanes.min(self.out.columns - column);
            self.rows::<S, 1>(simd, column, count);
            column += count;
        }
    }
}

impl<T: Real> Product<'_, T> {
    /// All rows of `V` vectors of columns; the last vector has `last` numbers.
    #[inline(always)]
    fn rows<S: Simd, const V: usize>(&mut self, simd: S, column: usize, last: usize) {
        let mut row = 0;
        while row + 6 <= self.out.rows {
            self.tile::<S, 6, V>(simd, row, column, last);
            row += 6;
        }
        while row + 2 <= self.out.rows {
            self.tile::<S, 2, V>(simd, row, column, last);
            row += 2;
        }
        if row < self.out.rows {
            self.tile::<S, 1, V>(simd, row, column, last);
        }
    }

    /// `M` rows and `V` vectors of columns, kept in registers.
    #[inline(always)]
    fn tile<S: Simd, const M: usize, const V: usize>(
        &mut self,
        simd: S,
        row: usize,
        column: usize,
        last: usize,
    ) {
        let Self {
            a,
            b,
            out,
            factor,
            write,
        } = self;
        let lanes = T::lanes::<S>();
        let width = (V - 1) * lanes + last;
        let mut sums = [[T::splat(simd, T::ZERO); V]; M];
        if a.columns > 0 {
            let (a_data, b_data) = (&a.data[row * a.row_stride..], &b.data[column..]);
            for p in 0..a.columns {
                let b_row = &b_data[p * b.row_stride..][..width];
                let a_column = &a_data[p * a.column_stride..][..(M - 1) * a.row_stride + 1];
                let mut b_vectors = [T::splat(simd, T::ZERO); V];
                for v in 0..V {
                    b_vectors[v] = T::load(simd, &b_row[v * lanes..]);
                }
                for i in 0..M {
                    let factor = T::splat(simd, a_column[i * a.row_stride]);
                    for v in 0..V {
                        sums[i][v] = T::fused(simd, factor, b_vectors[v], sums[i][v]);
                    }
                }
            }
        }
        let factor = T::splat(simd, *factor);
        for (i, sums) in sums.iter().enumerate() {
            let begin = (row + i) * out.row_stride + column;
            let target = &mut out.data[begin..begin + width];
            for (v, &sum) in sums.iter().enumerate() {
                let target = &mut target[v * lanes..];
                let before = match write {
                    Write::Set => T::splat(simd, T::ZERO),
                    Write::Add => T::load(simd, target),
                };
                T::store(simd, target, T::fused(simd, factor, sum, before));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::matmul;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn small_products_are_those_of_any_size(
            m in 1_usize..20, k in 0_usize..20, n in 1_usize..40, gap in 0_usize..3, by_column: bool, add: bool,
        ) {
            let number = |i: usize, seed: usize| ((i * 13 + seed) % 17) as f64 - 8.0;
            let a: Vec<f64> = (0..(m + gap) * (k + gap)).map(|i| number(i, 1)).collect();
            let b: Vec<f64> = (0..k * (n + gap)).map(|i| number(i, 5)).collect();
            let a = if by_column {
                Matrix::new(&a, k, m, m + gap).transposed()
            } else {
                Matrix::new(&a, m, k, k + gap)
            };
            let b = Matrix::new(&b, k, n, n + gap);
            let write = if add { Write::Add } else { Write::Set };
            let (mut got, mut want) = (vec![2.0; m * (n + gap)], vec![2.0; m * (n + gap)]);
            small_matmul(a, b, MatrixMut::new(&mut got, m, n, n + gap), 0.5, write);
            matmul(a, b, MatrixMut::new(&mut want, m, n, n + gap), 0.5, write);
            prop_assert_eq!(got, want);
        }
    }
}
