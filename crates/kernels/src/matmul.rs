//! Matrix products: through gemm, on several threads where they are large.

use crate::{Matrix, MatrixMut, Real};

/// What a product does with what is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Write {
    /// It is overwritten.
    Set,
    /// It is added to.
    Add,
}

/// Floating-point operations below which a product stays on this thread: waking another costs more.
const SHARED_FROM: usize = 1 << 24;

/// `out = factor a b`, or `out += factor a b`.
///
/// Each number is summed by one thread in an order that the sizes decide: the same bytes come out whatever the number of
/// threads.
///
/// # Panics
/// If the sizes do not fit.
pub fn matmul<T: Real>(a: Matrix<'_, T>, b: Matrix<'_, T>, out: MatrixMut<'_, T>, factor: T, write: Write) {
    assert_eq!(a.columns, b.rows, "inner sizes of a product differ");
    assert_eq!(
        (a.rows, b.columns),
        (out.rows, out.columns),
        "the product has another shape"
    );
    if out.rows == 0 || out.columns == 0 {
        return;
    }
    let work = 2 * a.rows * a.columns * b.columns;
    let parallelism = match rayon::current_num_threads() {
        threads if threads > 1 && work >= SHARED_FROM => gemm::Parallelism::Rayon(threads),
        _ => gemm::Parallelism::None,
    };
    product(a, b, out, factor, write, parallelism);
}

#[expect(unsafe_code, reason = "gemm takes pointers and strides")]
fn product<T: Real>(
    a: Matrix<'_, T>,
    b: Matrix<'_, T>,
    out: MatrixMut<'_, T>,
    factor: T,
    write: Write,
    parallelism: gemm::Parallelism,
) {
    // SAFETY: a view lies within its slice (asserted where views are made), `out` is borrowed mutably and so overlaps
    // neither of the others, and its elements are distinct because rows do not overlap. Strides are below the length of a
    // slice and so fit isize.
    unsafe {
        gemm::gemm(
            out.rows,
            out.columns,
            a.columns,
            out.data.as_mut_ptr(),
            1,
            out.row_stride as isize,
            write == Write::Add,
            a.data.as_ptr(),
            a.column_stride as isize,
            a.row_stride as isize,
            b.data.as_ptr(),
            b.column_stride as isize,
            b.row_stride as isize,
            T::ONE,
            factor,
            false,
            false,
            false,
            parallelism,
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Numbers of which every product and sum is exact.
    fn numbers(count: usize, seed: usize) -> Vec<f64> {
        (0..count).map(|i| ((i * 7 + seed) % 11) as f64 - 5.0).collect()
    }

    fn by_hand(a: Matrix<'_, f64>, b: Matrix<'_, f64>) -> Vec<f64> {
        let at = |m: Matrix<'_, f64>, row, column| m.data[row * m.row_stride + column * m.column_stride];
        let mut out = Vec::new();
        for row in 0..a.rows {
            for column in 0..b.columns {
                out.push((0..a.columns).map(|p| at(a, row, p) * at(b, p, column)).sum());
            }
        }
        out
    }

    #[test]
    fn strided_and_transposed_products_are_those_by_hand() {
        let (m, k, n) = (5, 7, 3);
        let (a, b) = (numbers(m * 9, 1), numbers(n * 8, 2));
        let a = Matrix::new(&a, m, k, 9);
        let b = Matrix::new(&b, n, k, 8).transposed();
        let mut out = vec![1.0; m * 4];
        matmul(a, b, MatrixMut::new(&mut out, m, n, 4), 2.0, Write::Add);
        let want = by_hand(a, b);
        for row in 0..m {
            for column in 0..n {
                assert_eq!(out[row * 4 + column], 1.0 + 2.0 * want[row * n + column]);
            }
            assert_eq!(out.get(row * 4 + n), Some(&1.0), "gaps between rows stay");
        }
        matmul(a, b, MatrixMut::new(&mut out, m, n, 4), 1.0, Write::Set);
        assert_eq!(out[0], want[0]);
    }

    #[test]
    fn a_sum_of_nothing_is_zero() {
        let mut out = [3.0; 4];
        matmul(
            Matrix::new(&[], 2, 0, 0),
            Matrix::new(&[], 0, 2, 2),
            MatrixMut::contiguous(&mut out, 2),
            1.0,
            Write::Set,
        );
        assert_eq!(out, [0.0; 4]);
    }

    #[test]
    fn large_products_have_the_same_bytes_on_one_two_and_three_threads() {
        let (m, k, n) = (1000, 160, 130);
        let a: Vec<f32> = (0..m * k).map(|i| (i as f32 * 0.37).sin()).collect();
        let b: Vec<f32> = (0..n * k).map(|i| (i as f32 * 0.11).cos()).collect();
        let on = |threads| {
            let pool = rayon::ThreadPoolBuilder::new()
                .num_threads(threads)
                .build()
                .unwrap();
            let mut out = vec![0.0; m * n];
            pool.install(|| {
                matmul(
                    Matrix::contiguous(&a, k),
                    Matrix::contiguous(&b, n),
                    MatrixMut::contiguous(&mut out, n),
                    1.0,
                    Write::Set,
                );
            });
            out
        };
        let one = on(1);
        assert!(one == on(2) && one == on(3));
        let a: Vec<f64> = a.into_iter().map(f64::from).collect();
        let b: Vec<f64> = b.into_iter().map(f64::from).collect();
        let want = by_hand(Matrix::contiguous(&a, k), Matrix::contiguous(&b, n));
        for (got, want) in one.iter().zip(&want) {
            assert!((f64::from(*got) - want).abs() < 1e-4, "{got} {want}");
        }
    }
}
