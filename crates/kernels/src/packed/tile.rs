//! A product of packed weights, tile by tile: rows and vectors of columns whose sums stay in registers.

use std::ops::Range;

use super::Packed;
use crate::wide::{Wide, WithWide, fetch, widest};

/// Inputs of a part of a sum: as many rows of a panel stay in a second-level cache.
const INPUTS: usize = 1024;

/// How many numbers ahead weights are fetched. Where rows are few nothing else takes as long as waiting for them, and the
/// processor by itself stops at the end of each page.
const AHEAD: usize = 1024;

/// Numbers of a cache line.
const LINE: usize = 16;

/// Panels that one thread takes at least.
const LEAST_PANELS: usize = 4;

/// Rows times some of the panels.
pub(super) struct Product<'a> {
    packed: &'a Packed,
    x: &'a [f32],
    /// The columns of the panels of each row of the result.
    out: Vec<&'a mut [f32]>,
    panels: Range<usize>,
}

impl<'a> Product<'a> {
    /// All of `x`, `[rows, inputs]`, into the rows of `out`.
    pub(super) fn new(packed: &'a Packed, x: &'a [f32], out: Vec<&'a mut [f32]>) -> Self {
        Self {
            packed,
            x,
            out,
            panels: 0..packed.panels(),
        }
    }

    /// Computes it, on several threads where it is `shared`.
    pub(super) fn run(self, shared: bool) {
        let count = self.panels.len();
        if !shared || count < 2 * LEAST_PANELS {
            return widest(self);
        }
        let middle = self.panels.start + count / 2;
        let columns = count / 2 * self.packed.panel;
        let (left, right) = self.out.into_iter().map(|row| row.split_at_mut(columns)).unzip();
        let part = |out, panels| Self { out, panels, ..self };
        let (left, right) = (
            part(left, self.panels.start..middle),
            part(right, middle..self.panels.end),
        );
        rayon::join(|| left.run(true), || right.run(true));
    }
}

impl WithWide for Product<'_> {
    #[inline(always)]
    fn with<W: Wide>(mut self, wide: W) {
        let (inputs, rows) = (self.packed.inputs, self.out.len());
        let parts = inputs.div_ceil(INPUTS).max(1);
        let length = inputs.div_ceil(parts);
        let tiles = rows.div_ceil(W::TILE.rows);
        for part in 0..parts {
            let part = part * length..inputs.min((part + 1) * length);
            for panel in self.panels.clone() {
                let mut first = 0;
                for tile in 0..tiles {
                    // As even as they can be: a tile of one row reads as many weights as one of eight.
                    let rows = (rows - first).div_ceil(tiles - tile);
                    self.tile_of(wide, panel, &part, first, rows);
                    first += rows;
                }
            }
        }
    }
}

/// Calls a function for a number of rows, of 1 to 8, and of vectors, of 1 to 3.
macro_rules! with_sizes {
    ($self:ident, $rows:expr, $vectors:expr, $($argument:expr),*) => {
        with_sizes!(@rows $self, $rows, $vectors, ($($argument),*), 1 2 3 4 5 6 7 8)
    };
    (@rows $self:ident, $rows:expr, $vectors:expr, $arguments:tt, $($number:literal)*) => {
        match ($rows, $vectors) {
            $(
                ($number, 3) => with_sizes!(@call $self, $number, 3, $arguments),
                ($number, 2) => with_sizes!(@call $self, $number, 2, $arguments),
                ($number, 1) => with_sizes!(@call $self, $number, 1, $arguments),
            )*
            (rows, vectors) => unreachable!("a tile of {rows} rows and {vectors} vectors"),
        }
    };
    (@call $self:ident, $rows:literal, $vectors:literal, ($($argument:expr),*)) => {
        $self.tile::<W, $rows, $vectors>($($argument),*)
    };
}

impl Product<'_> {
    #[inline(always)]
    fn tile_of<W: Wide>(&mut self, wide: W, panel: usize, part: &Range<usize>, first: usize, rows: usize) {
        let vectors = self.packed.panel(panel).1.div_ceil(W::LANES);
        with_sizes!(self, rows, vectors, wide, panel, part, first);
    }

    /// The sums over the inputs of `part` of `M` rows from `first` on and the `V` vectors of columns of a panel.
    #[inline(always)]
    fn tile<W: Wide, const M: usize, const V: usize>(
        &mut self,
        wide: W,
        panel: usize,
        part: &Range<usize>,
        first: usize,
    ) {
        let (packed, x) = (self.packed, self.x);
        let column = (panel - self.panels.start) * packed.panel;
        let (numbers, columns) = packed.panel(panel);
        let width = V * W::LANES;
        let numbers = &numbers[part.start * width..part.end * width];
        let count = part.len();
        let rows: [&[f32]; M] = std::array::from_fn(|row| {
            let begin = (first + row) * packed.inputs + part.start;
            &x[begin..][..count]
        });
        let mut sums = [[wide.splat(0.0); V]; M];
        if part.start > 0 {
            for (row, sums) in sums.iter_mut().enumerate() {
                let before = &self.out[first + row][column..column + columns];
                for (v, sum) in sums.iter_mut().enumerate() {
                    *sum = wide.load(&before[v * W::LANES..]);
                }
            }
        }
        let sums = summed(wide, rows, numbers, sums);
        let last = part.end == packed.inputs;
        let bias = &packed.bias[panel * packed.panel..][..columns];
        for (row, sums) in sums.iter().enumerate() {
            let target = &mut self.out[first + row][column..column + columns];
            for (v, &sum) in sums.iter().enumerate() {
                let sum = if last {
                    wide.fused(wide.splat(1.0), sum, wide.load(&bias[v * W::LANES..]))
                } else {
                    sum
                };
                wide.store(&mut target[v * W::LANES..], sum);
            }
        }
    }
}

/// The sums with the products of rows of inputs and of a panel's `numbers` added.
///
/// A function of its own, whose sums are reached by constant indices alone: so they stay in registers.
#[inline(always)]
fn summed<W: Wide, const M: usize, const V: usize>(
    wide: W,
    rows: [&[f32]; M],
    numbers: &[f32],
    before: [[W::Vector; V]; M],
) -> [[W::Vector; V]; M] {
    let mut sums: [[W::Vector; V]; M] = std::array::from_fn(|row| std::array::from_fn(|v| before[row][v]));
    let count = rows[0].len();
    let rows: [&[f32]; M] = std::array::from_fn(|row| &rows[row][..count]);
    for (p, numbers) in numbers.chunks_exact(V * W::LANES).enumerate() {
        // Never so; but a check that fails inside would keep the sums in memory.
        if p >= count {
            break;
        }
        let mut weights = [wide.splat(0.0); V];
        for v in 0..V {
            weights[v] = wide.load(&numbers[v * W::LANES..(v + 1) * W::LANES]);
        }
        for line in 0..(V * W::LANES).div_ceil(LINE) {
            fetch(numbers, AHEAD + line * LINE);
        }
        for row in 0..M {
            let factor = wide.splat(rows[row][p]);
            for v in 0..V {
                sums[row][v] = wide.fused(factor, weights[v], sums[row][v]);
            }
        }
    }
    std::array::from_fn(|row| std::array::from_fn(|v| sums[row][v]))
}
