//! What is to be computed in single precision: a product, or a part of one.

use super::Write;
use super::target::Target;
use crate::{Matrix, MatrixMut};

/// A product, or some rows or columns of one; none of its sizes is zero.
pub(super) struct Part<'a> {
    pub(super) a: Matrix<'a, f32>,
    pub(super) b: Matrix<'a, f32>,
    pub(super) out: Target<'a>,
    pub(super) factor: f32,
    pub(super) write: Write,
}

impl<'a> Part<'a> {
    /// All of a product.
    pub(super) fn new(
        a: Matrix<'a, f32>,
        b: Matrix<'a, f32>,
        out: MatrixMut<'a, f32>,
        factor: f32,
        write: Write,
    ) -> Self {
        // The distance of a row from a next one that there is not may be anything.
        let out = Target::Matrix(out.data, out.row_stride.max(out.columns));
        Self {
            a,
            b,
            out,
            factor,
            write,
        }
    }
}
