//! Gated multi-head attention over sequences of any lengths, forward and backward.
//!
//! Queries, keys and values lie side by side in the rows of projections; heads are read where they lie. Every sequence is
//! attended by itself: padding costs nothing, and no mask is ever written.

mod backward;
mod forward;
mod kept;
mod memory;
mod softmax;

use std::ops::Range;

pub use backward::{AttentionGradient, attention_backward};
pub use forward::attention_forward;
pub use kept::Kept;
pub use memory::Memory;

use crate::flip::flip;
use crate::matmul::Write;
use crate::tile::small_matmul;
use crate::{Dropout, Matrix, MatrixMut, Real, matmul};

/// Columns of a row of probabilities are a multiple of this, so that rows are whole vectors.
const LANES: usize = 16;

/// Draws of dropout that a row of probabilities over `keys` keys takes: a whole number of vectors.
pub fn probability_row(keys: usize) -> usize {
    keys.next_multiple_of(LANES)
}

/// Operations of one product from which a product in blocks pays rather than small tiles.
const PACKED_FROM: usize = 1 << 20;

/// Operations of one attention from which sequences are shared out between threads.
const SHARED_FROM: usize = 1 << 24;

/// The rows of one sequence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Span {
    /// Rows of the queries.
    pub queries: Range<usize>,
    /// Rows of the keys and values that they attend to.
    pub keys: Range<usize>,
}

/// One of queries, keys or values in the rows of a projection: head `h` has the columns from `offset + h * head_width` on.
#[derive(Debug, Clone, Copy)]
pub struct Projected<'a, T> {
    /// Rows of `stride` numbers.
    pub rows: &'a [T],
    /// Numbers of a row.
    pub stride: usize,
    /// First column of head 0.
    pub offset: usize,
}

/// What attention reads.
#[derive(Debug, Clone, Copy)]
pub struct Attention<'a, T> {
    /// Queries, before scaling by 1 / sqrt(head_width).
    pub queries: Projected<'a, T>,
    /// Keys.
    pub keys: Projected<'a, T>,
    /// Values.
    pub values: Projected<'a, T>,
    /// The sequences, in the order of their rows; every row of the queries belongs to one.
    pub spans: &'a [Span],
    /// Number of heads.
    pub heads: usize,
    /// Dimensions of a head.
    pub head_width: usize,
    /// Whether query i of a sequence sees its keys up to the i-th only.
    pub causal: bool,
    /// Factor of each head's context: `[heads]` for all sequences, or `[sequences][heads]`; none leaves them as they are.
    pub gates: Option<&'a [T]>,
    /// Dropout of the probabilities, with the number that stands for each row of the queries in it.
    pub dropout: Option<(Dropout, &'a [u64])>,
}

impl<T: Real> Attention<'_, T> {
    /// Numbers of a row of probabilities of a sequence.
    fn row_length(span: &Span) -> usize {
        probability_row(span.keys.len())
    }

    /// Probabilities of all heads of a sequence.
    fn probabilities_of(&self, span: &Span) -> usize {
        self.heads * span.queries.len() * Self::row_length(span)
    }

    /// Numbers that the forward pass keeps for the backward pass.
    pub fn probabilities(&self) -> usize {
        self.spans.iter().map(|span| self.probabilities_of(span)).sum()
    }

    /// Width of a context: that of all heads.
    pub fn width(&self) -> usize {
        self.heads * self.head_width
    }

    fn gate(&self, sequence: usize, head: usize) -> T {
        match self.gates {
            None => T::ONE,
            Some(gates) if gates.len() == self.heads => gates[head],
            Some(gates) => gates[sequence * self.heads + head],
        }
    }

    /// 1 / sqrt(head_width).
    fn scale(&self) -> T {
        T::ONE / T::of(self.head_width as f64).sqrt()
    }

    fn shared_out(&self) -> bool {
        let cells: usize = self
            .spans
            .iter()
            .map(|span| span.queries.len() * span.keys.len())
            .sum();
        2 * cells * self.width() >= SHARED_FROM && rayon::current_num_threads() > 1
    }

    fn check(&self) {
        let width = self.width();
        for (name, part) in [
            ("queries", self.queries),
            ("keys", self.keys),
            ("values", self.values),
        ] {
            assert!(
                part.offset + width <= part.stride,
                "{name}: a row ends before the last head"
            );
        }
        if let Some(gates) = self.gates {
            let count = gates.len();
            assert!(
                count == self.heads || count == self.heads * self.spans.len(),
                "{count} gates for {} heads and {} sequences",
                self.heads,
                self.spans.len()
            );
        }
    }
}

impl<'a, T> Projected<'a, T> {
    /// Head `head` of the given rows.
    fn head(&self, rows: &Range<usize>, head: usize, head_width: usize) -> Matrix<'a, T> {
        let begin = (rows.start * self.stride + self.offset + head * head_width).min(self.rows.len());
        Matrix::new(&self.rows[begin..], rows.len(), head_width, self.stride)
    }
}

/// A product of the sizes of one head. `flipped` holds the transpose of `b` where that is not contiguous in rows and the
/// sizes are small.
fn head_matmul<T: Real>(
    a: Matrix<'_, T>,
    b: Matrix<'_, T>,
    out: MatrixMut<'_, T>,
    factor: T,
    write: Write,
    flipped: &mut [T],
) {
    if 2 * out.rows * out.columns * a.columns >= PACKED_FROM {
        matmul(a, b, out, factor, write);
    } else if b.column_stride == 1 {
        small_matmul(a, b, out, factor, write);
    } else {
        let stride = out.columns.next_multiple_of(LANES);
        let into = &mut flipped[..b.rows * stride];
        flip(b.transposed(), into, stride);
        // Whole vectors are faster than the part of one.
        let whole = out.row_stride == stride && out.data.len() >= out.rows * stride;
        let columns = if whole { stride } else { b.columns };
        let flipped = Matrix::new(into, b.rows, columns, stride);
        small_matmul(a, flipped, MatrixMut { columns, ..out }, factor, write);
    }
}

/// What one sequence after another is computed in.
#[derive(Debug, Default)]
struct Scratch<T> {
    /// Of one head, or derivatives by them.
    scores: Vec<T>,
    /// A transposed matrix of one head.
    flipped: Vec<T>,
    /// Factors of dropout of all heads.
    factors: Vec<T>,
    /// Probabilities of one head after dropout.
    dropped: Vec<T>,
}

/// Numbers that the transposed matrices of one head take, with rows of whole vectors.
fn flipped_size(queries: usize, keys: usize, head_width: usize) -> usize {
    head_width * queries.max(keys).next_multiple_of(LANES)
}

/// The parts of a buffer that belong to the sequences, of the given lengths and one after another.
fn parts<T>(mut buffer: &mut [T], lengths: impl Iterator<Item = usize>) -> Vec<&mut [T]> {
    lengths
        .map(|length| {
            let (part, rest) = std::mem::take(&mut buffer).split_at_mut(length);
            buffer = rest;
            part
        })
        .collect()
}
