//! A product of packed weights, tile by tile: rows and vectors of columns whose sums stay in registers.

use std::ops::Range;

use super::Packed;
use crate::wide::tile::{even, inputs, summed, with_sizes};
use crate::wide::{Wide, WithWide, widest};

/// Inputs of a part of a sum: as many rows of a panel stay in a second-level cache.
const INPUTS: usize = 1024;

/// How many numbers ahead weights are fetched. Where rows are few nothing else takes as long as waiting for them, and the
/// processor by itself stops at the end of each page.
const AHEAD: usize = 1024;

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
        for part in 0..parts {
            let part = part * length..inputs.min((part + 1) * length);
            for panel in self.panels.clone() {
                for rows in even(rows, W::TILE.rows) {
                    self.tile_of(wide, panel, &part, rows.start, rows.len());
                }
            }
        }
    }
}

impl Product<'_> {
    #[inline(always)]
    fn tile_of<W: Wide>(&mut self, wide: W, panel: usize, part: &Range<usize>, first: usize, rows: usize) {
        let vectors = self.packed.panel(panel).1.div_ceil(W::LANES);
        with_sizes!((rows, vectors) as (M, V) => self.tile::<W, M, V>(wide, panel, part, first));
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
        if M > W::TILE.rows || V > W::TILE.vectors {
            // Never so: nothing is compiled for it.
            return;
        }
        let (packed, x) = (self.packed, self.x);
        let column = (panel - self.panels.start) * packed.panel;
        let (numbers, columns) = packed.panel(panel);
        let width = V * W::LANES;
        let numbers = &numbers[part.start * width..part.end * width];
        // Hidden from the compiler, which would work it out anew for each input and have no registers left for sums.
        let count = std::hint::black_box(part.len());
        let x = &x[first * packed.inputs + part.start..];
        let mut sums = [[wide.splat(0.0); V]; M];
        if part.start > 0 {
            for (row, sums) in sums.iter_mut().enumerate() {
                let before = &self.out[first + row][column..column + columns];
                for (v, sum) in sums.iter_mut().enumerate() {
                    *sum = wide.load(&before[v * W::LANES..]);
                }
            }
        }
        let weights = numbers.chunks_exact(width);
        let sums = summed(wide, inputs::<M>(x, packed.inputs, count), weights, AHEAD, sums);
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
