//! Matrix products, on several threads where they are large.
//!
//! In single precision each number of a product is a chain of fused multiply-adds over the inputs in order, in blocks of
//! 512 inputs: from 0, `sum = a * b + sum` for each input of a block, and then `out = factor * sum + out`, where
//! the first block of [`Write::Set`] adds to 0. Vectors, caches and threads change no byte of it. Double precision, which
//! only checks the mathematics, goes through gemm.

mod blocks;
mod double;
mod pack;
mod part;
mod single;
mod target;
#[cfg(test)]
mod tests;
mod tile;

use crate::{Matrix, MatrixMut, Real};

/// What a product does with what is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Write {
    /// It is overwritten.
    Set,
    /// It is added to.
    Add,
}

/// A type that there are products of.
pub trait Product: Sized {
    /// [`matmul`] for sizes that fit, none of them zero, on several threads where it is `shared`.
    fn product(
        a: Matrix<'_, Self>,
        b: Matrix<'_, Self>,
        out: MatrixMut<'_, Self>,
        factor: Self,
        write: Write,
        shared: bool,
    );
}

/// Floating-point operations below which a product stays on this thread: waking another costs more.
const SHARED_FROM: usize = 1 << 24;

/// `out = factor a b`, or `out += factor a b`.
///
/// The same bytes come out whatever the number of threads, and in single precision on every processor with fused
/// multiply-add: each number is a chain of them, over the inputs in order and in blocks of 512 inputs.
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
    if a.columns == 0 {
        if write == Write::Set {
            let rows = out.data.chunks_mut(out.row_stride.max(out.columns));
            rows.take(out.rows)
                .for_each(|row| row[..out.columns].fill(T::ZERO));
        }
        return;
    }
    let shared = 2 * a.rows * a.columns * b.columns >= SHARED_FROM && rayon::current_num_threads() > 1;
    T::product(a, b, out, factor, write, shared);
}
