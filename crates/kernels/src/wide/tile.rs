//! Tiles of a product: rows and vectors of columns whose sums stay in registers.

use super::{Wide, fetch};

/// Rows, at most 8, and vectors of columns, at most 3, whose sums are computed together.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Tile {
    pub(crate) rows: usize,
    pub(crate) vectors: usize,
}

impl Tile {
    /// Of 32 registers.
    pub(super) const LARGE: Self = Self { rows: 8, vectors: 3 };
    /// Of 16 registers.
    pub(super) const SMALL: Self = Self { rows: 6, vectors: 2 };
}

/// Numbers of a cache line.
pub(crate) const LINE: usize = 16;

/// `with_sizes!((rows, vectors) as (M, V) => call)`: the call with constants `M`, of 1 to 8, and `V`, of 1 to 3, that are
/// the numbers of rows and of vectors.
macro_rules! with_sizes {
    (($rows:expr, $vectors:expr) as ($m:ident, $v:ident) => $call:expr) => {
        with_sizes!(@rows ($rows, $vectors), $m, $v, $call, 1 2 3 4 5 6 7 8)
    };
    (@rows $sizes:expr, $m:ident, $v:ident, $call:expr, $($number:literal)*) => {
        match $sizes {
            $(
                ($number, 3) => with_sizes!(@call $number, 3, $m, $v, $call),
                ($number, 2) => with_sizes!(@call $number, 2, $m, $v, $call),
                ($number, 1) => with_sizes!(@call $number, 1, $m, $v, $call),
            )*
            (rows, vectors) => unreachable!("a tile of {rows} rows and {vectors} vectors"),
        }
    };
    (@call $rows:literal, $vectors:literal, $m:ident, $v:ident, $call:expr) => {{
        const $m: usize = $rows;
        const $v: usize = $vectors;
        $call
    }};
}
pub(crate) use with_sizes;

/// What the weights of one input are multiplied by: a number for each row of a tile.
pub(crate) trait Factors<const M: usize> {
    /// That of a row.
    fn of(&self, row: usize) -> f32;
}

impl<const M: usize> Factors<M> for &[f32; M] {
    #[inline(always)]
    fn of(&self, row: usize) -> f32 {
        self[row]
    }
}

/// An input of contiguous rows.
pub(crate) struct Input<'a, const M: usize> {
    numbers: &'a [f32],
    /// How far apart rows begin.
    stride: usize,
    /// In each of `M` rows there is such an input.
    input: usize,
}

impl<const M: usize> Factors<M> for Input<'_, M> {
    #[inline(always)]
    #[expect(unsafe_code, reason = "a check for each number takes as long as the products")]
    fn of(&self, row: usize) -> f32 {
        // Known where it is compiled: no tile asks for a row that it does not have.
        assert!(row < M, "a row of the tile");
        // SAFETY: `inputs` has seen that the last input of the last of `M` rows lies within the numbers.
        unsafe { *self.numbers.get_unchecked(row * self.stride + self.input) }
    }
}

/// The first `count` inputs of `M` rows that begin `stride` apart.
///
/// # Panics
/// If `numbers` ends before the last.
#[inline(always)]
pub(crate) fn inputs<const M: usize>(
    numbers: &[f32],
    stride: usize,
    count: usize,
) -> impl Iterator<Item = Input<'_, M>> {
    assert!(
        ends(M, stride, count) <= numbers.len(),
        "a row ends behind its numbers"
    );
    (0..count).map(move |input| Input {
        numbers,
        stride,
        input,
    })
}

/// Where the last of some pieces of a length ends that begin `stride` apart, if there are any; never less than it is.
#[inline(always)]
fn ends(pieces: usize, stride: usize, length: usize) -> usize {
    let last = pieces.saturating_sub(1).saturating_mul(stride);
    last.saturating_add(length)
}

/// The first `width` of the numbers of each input, which lie `stride` apart.
#[derive(Clone)]
pub(crate) struct Strided<'a> {
    numbers: &'a [f32],
    stride: usize,
    width: usize,
    /// Where the next ones begin.
    begin: usize,
    /// Inputs to come: `begin + (left - 1) * stride + width` is at most the length of `numbers`, unless there are none.
    left: usize,
}

impl<'a> Strided<'a> {
    /// Those of `count` inputs.
    ///
    /// # Panics
    /// If `numbers` ends before the last.
    #[inline(always)]
    pub(crate) fn new(numbers: &'a [f32], stride: usize, width: usize, count: usize) -> Self {
        assert!(
            count == 0 || ends(count, stride, width) <= numbers.len(),
            "a block ends behind its numbers"
        );
        Self {
            numbers,
            stride,
            width,
            begin: 0,
            left: count,
        }
    }
}

impl<'a> Iterator for Strided<'a> {
    type Item = &'a [f32];

    #[inline(always)]
    #[expect(
        unsafe_code,
        reason = "a check for each input takes as long as half of a tile of short vectors"
    )]
    fn next(&mut self) -> Option<&'a [f32]> {
        if self.left == 0 {
            return None;
        }
        // SAFETY: `begin + width` is at most the length, by what holds of `left`.
        let numbers = unsafe { self.numbers.get_unchecked(self.begin..self.begin + self.width) };
        self.left -= 1;
        // Used only if another input is left, and then it lies within the numbers.
        self.begin = self.begin.wrapping_add(self.stride);
        Some(numbers)
    }
}

/// `before` with the products added of the factors of each input and its `weights`, of which as many are used as `V` vectors
/// have. Ends where the weights of an input are fewer.
///
/// A function of its own, whose sums are reached by constant indices alone: so they stay in registers. No check in the loop
/// may panic, or they would be kept in memory.
#[inline(always)]
pub(crate) fn summed<'a, W: Wide, F: Factors<M>, const M: usize, const V: usize>(
    wide: W,
    factors: impl Iterator<Item = F>,
    weights: impl Iterator<Item = &'a [f32]>,
    ahead: usize,
    before: [[W::Vector; V]; M],
) -> [[W::Vector; V]; M] {
    let mut sums: [[W::Vector; V]; M] = std::array::from_fn(|row| std::array::from_fn(|v| before[row][v]));
    for (factors, weights) in factors.zip(weights) {
        let Some(weights) = weights.get(..V * W::LANES) else {
            break;
        };
        let mut vectors = [wide.splat(0.0); V];
        for v in 0..V {
            vectors[v] = wide.load(&weights[v * W::LANES..(v + 1) * W::LANES]);
        }
        for line in 0..(V * W::LANES).div_ceil(LINE) {
            fetch(weights, ahead + line * LINE);
        }
        #[expect(
            clippy::needless_range_loop,
            reason = "indices that are constants once it is unrolled"
        )]
        for row in 0..M {
            let factor = wide.splat(factors.of(row));
            for v in 0..V {
                sums[row][v] = wide.fused(factor, vectors[v], sums[row][v]);
            }
        }
    }
    std::array::from_fn(|row| std::array::from_fn(|v| sums[row][v]))
}

/// The fewest pieces of `0..total` that have at most `most`, as even as they can be: a tile of one row reads as many weights
/// as one of eight.
#[inline(always)]
pub(crate) fn even(total: usize, most: usize) -> impl Iterator<Item = std::ops::Range<usize>> + Clone {
    let pieces = total.div_ceil(most);
    let (size, longer) = (total / pieces.max(1), total % pieces.max(1));
    (0..pieces).map(move |piece| {
        let begin = piece * size + piece.min(longer);
        begin..begin + size + usize::from(piece < longer)
    })
}
