//! Products in single precision: on one thread, or cut into parts of the result for several.

use std::cell::Cell;
use std::ops::Range;

use super::blocks::Blocks;
use super::part::Part;
use super::{Product, Write};
use crate::wide::widest;
use crate::{Matrix, MatrixMut};

/// Between threads the result is cut where tiles begin: their rows and columns divide these, whatever the vectors.
const TILE: [usize; 2] = [24, 48];

thread_local! {
    /// What blocks are packed into, where the last product of this thread left it in a cache.
    static BUFFER: Cell<Vec<f32>> = const { Cell::new(Vec::new()) };
}

impl Product for f32 {
    fn product(
        a: Matrix<'_, Self>,
        b: Matrix<'_, Self>,
        out: MatrixMut<'_, Self>,
        factor: Self,
        write: Write,
        shared: bool,
    ) {
        let pieces = if shared { rayon::current_num_threads() } else { 1 };
        Part::new(a, b, out, factor, write).run(pieces);
    }
}

impl Part<'_> {
    /// Computes it in so many pieces at once.
    fn run(self, pieces: usize) {
        if pieces <= 1 {
            self.here(|blocks| widest(blocks));
        } else {
            let first = pieces / 2;
            let (left, right) = self.cut(first, pieces);
            match right {
                Some(right) => {
                    rayon::join(|| left.run(first), || right.run(pieces - first));
                }
                None => left.run(1),
            }
        }
    }

    /// Computes it on this thread.
    pub(super) fn here(self, compute: impl FnOnce(Blocks<'_>)) {
        let mut buffer = BUFFER.take();
        compute(Blocks {
            part: self,
            buffer: &mut buffer,
        });
        BUFFER.set(buffer);
    }

    /// The first `first` of `pieces` pieces, and the others unless there are too few tiles: of its rows or of its columns,
    /// whichever are more tiles.
    fn cut(self, first: usize, pieces: usize) -> (Self, Option<Self>) {
        let Self {
            a, b, factor, write, ..
        } = self;
        let by_rows = a.rows * TILE[1] >= b.columns * TILE[0];
        let (size, tile) = if by_rows {
            (a.rows, TILE[0])
        } else {
            (b.columns, TILE[1])
        };
        let middle = (size * first / pieces).next_multiple_of(tile);
        if middle >= size {
            return (self, None);
        }
        let part = |a, b, out| Part {
            a,
            b,
            out,
            factor,
            write,
        };
        if by_rows {
            let (upper, lower) = self.out.cut_rows(middle);
            (
                part(rows(a, 0..middle), b, upper),
                Some(part(rows(a, middle..size), b, lower)),
            )
        } else {
            let columns = |range| rows(b.transposed(), range).transposed();
            let (left, right) = self.out.cut_columns(a.rows, middle);
            (
                part(a, columns(0..middle), left),
                Some(part(a, columns(middle..size), right)),
            )
        }
    }
}

/// Some rows of a matrix.
fn rows(matrix: Matrix<'_, f32>, rows: Range<usize>) -> Matrix<'_, f32> {
    Matrix {
        data: &matrix.data[rows.start * matrix.row_stride..],
        rows: rows.len(),
        ..matrix
    }
}
