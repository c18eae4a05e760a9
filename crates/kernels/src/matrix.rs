//! Matrices as views of slices, with any distance between neighbouring rows or columns.

/// A matrix to read.
#[derive(Debug, Clone, Copy)]
pub struct Matrix<'a, T> {
    pub(crate) data: &'a [T],
    pub(crate) rows: usize,
    pub(crate) columns: usize,
    pub(crate) row_stride: usize,
    pub(crate) column_stride: usize,
}

/// A matrix to write, whose columns are neighbours in memory.
#[derive(Debug)]
pub struct MatrixMut<'a, T> {
    pub(crate) data: &'a mut [T],
    pub(crate) rows: usize,
    pub(crate) columns: usize,
    pub(crate) row_stride: usize,
}

/// Elements from the first to the last of a matrix, both included.
fn span(rows: usize, columns: usize, row_stride: usize, column_stride: usize) -> usize {
    if rows == 0 || columns == 0 {
        0
    } else {
        (rows - 1) * row_stride + (columns - 1) * column_stride + 1
    }
}

impl<'a, T> Matrix<'a, T> {
    /// The first `columns` elements of each of `rows` rows that begin `row_stride` elements apart.
    ///
    /// # Panics
    /// If `data` ends before the last element.
    pub fn new(data: &'a [T], rows: usize, columns: usize, row_stride: usize) -> Self {
        assert!(
            span(rows, columns, row_stride, 1) <= data.len(),
            "a matrix ends behind its data"
        );
        Self {
            data,
            rows,
            columns,
            row_stride,
            column_stride: 1,
        }
    }

    /// Rows without gaps, as many as `data` has.
    ///
    /// # Panics
    /// If the last row is incomplete.
    pub fn contiguous(data: &'a [T], columns: usize) -> Self {
        assert_eq!(data.len() % columns.max(1), 0, "the last row is incomplete");
        Self::new(data, data.len() / columns.max(1), columns, columns)
    }

    /// Rows for columns and columns for rows; nothing moves.
    #[must_use]
    pub fn transposed(self) -> Self {
        Self {
            data: self.data,
            rows: self.columns,
            columns: self.rows,
            row_stride: self.column_stride,
            column_stride: self.row_stride,
        }
    }
}

impl<'a, T> MatrixMut<'a, T> {
    /// The first `columns` elements of each of `rows` rows that begin `row_stride` elements apart.
    ///
    /// # Panics
    /// If `data` ends before the last element, or rows overlap.
    pub fn new(data: &'a mut [T], rows: usize, columns: usize, row_stride: usize) -> Self {
        assert!(
            span(rows, columns, row_stride, 1) <= data.len(),
            "a matrix ends behind its data"
        );
        assert!(rows < 2 || columns <= row_stride, "rows overlap");
        Self {
            data,
            rows,
            columns,
            row_stride,
        }
    }

    /// Rows without gaps, as many as `data` has.
    ///
    /// # Panics
    /// If the last row is incomplete.
    pub fn contiguous(data: &'a mut [T], columns: usize) -> Self {
        assert_eq!(data.len() % columns.max(1), 0, "the last row is incomplete");
        let rows = data.len() / columns.max(1);
        Self::new(data, rows, columns, columns)
    }
}
