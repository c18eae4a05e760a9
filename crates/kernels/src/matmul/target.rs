//! Where a product is written: rows of a matrix or of some of its columns, so that several threads have their own.

use std::ops::Range;

/// The rows of a result, or of some of its columns.
pub(super) enum Target<'a> {
    /// Numbers, and how far apart rows begin.
    Matrix(&'a mut [f32], usize),
    /// The columns of each row.
    Rows(Vec<&'a mut [f32]>),
}

impl Target<'_> {
    /// Some columns of a row.
    #[inline(always)]
    pub(super) fn row(&mut self, row: usize, columns: &Range<usize>) -> &mut [f32] {
        match self {
            Self::Matrix(data, stride) => &mut data[row * *stride..][columns.clone()],
            Self::Rows(rows) => &mut rows[row][columns.clone()],
        }
    }

    /// The first `rows` rows, and the others.
    pub(super) fn cut_rows(self, rows: usize) -> (Self, Self) {
        match self {
            Self::Matrix(data, stride) => {
                let (first, others) = data.split_at_mut(rows * stride);
                (Self::Matrix(first, stride), Self::Matrix(others, stride))
            }
            Self::Rows(mut first) => {
                let others = first.split_off(rows);
                (Self::Rows(first), Self::Rows(others))
            }
        }
    }

    /// The first `columns` columns of `rows` rows, and the others.
    pub(super) fn cut_columns(self, rows: usize, columns: usize) -> (Self, Self) {
        let rows = match self {
            Self::Matrix(data, stride) => data.chunks_mut(stride).take(rows).collect(),
            Self::Rows(rows) => rows,
        };
        let (first, others) = rows.into_iter().map(|row| row.split_at_mut(columns)).unzip();
        (Self::Rows(first), Self::Rows(others))
    }
}
