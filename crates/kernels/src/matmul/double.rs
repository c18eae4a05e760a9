//! Products in double precision: through gemm, whose sums follow the sizes of the processor's caches.

use super::{Product, Write};
use crate::{Matrix, MatrixMut};

impl Product for f64 {
    #[expect(unsafe_code, reason = "gemm takes pointers and strides")]
    fn product(
        a: Matrix<'_, Self>,
        b: Matrix<'_, Self>,
        out: MatrixMut<'_, Self>,
        factor: Self,
        write: Write,
        shared: bool,
    ) {
        let parallelism = if shared {
            gemm::Parallelism::Rayon(rayon::current_num_threads())
        } else {
            gemm::Parallelism::None
        };
        // SAFETY: a view lies within its slice (asserted where views are made), `out` is borrowed mutably and so overlaps
        // neither of the others, and its elements are distinct because rows do not overlap. Strides are below the length of
        // a slice and so fit isize.
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
                1.0,
                factor,
                false,
                false,
                false,
                parallelism,
            );
        }
    }
}
