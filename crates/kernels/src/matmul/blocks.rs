//! How a product is cut into tiles that find what they read in a near cache.

use std::ops::Range;

use super::Write;
use super::pack::{pack_left, pack_right};
use super::part::Part;
use super::tile::{Finish, Left, Place, Right, tile};
use crate::wide::tile::{even, with_sizes};
use crate::wide::{Wide, WithWide};

/// Inputs of a block; the last block of a sum may have fewer. It is part of what a product is: another number gives other
/// last digits.
pub(super) const INPUTS: usize = 512;

/// Columns of a block at most: half of a second-level cache of 1 MiB.
const COLUMNS: usize = 288;

/// Numbers of a panel that a first-level cache of 32 KiB holds.
const NEAR: usize = 1 << 13;

/// Rows that are multiplied by a panel before the next panel: several tiles where the panel stays in a first-level cache, or
/// else one, whose rows stay there.
const fn rows_of_block<W: Wide>() -> usize {
    let panel = INPUTS * W::TILE.vectors * W::LANES;
    if panel <= NEAR {
        4 * W::TILE.rows
    } else {
        W::TILE.rows
    }
}

/// Rows, for each number of a vector, up to which a right matrix is read where it is: packing it would take longer than is
/// gained. Longer vectors read it fewer times, and longer pieces of its rows.
const FEW_ROWS: usize = 8;

/// A part to be computed on this thread.
pub(super) struct Blocks<'a> {
    pub(super) part: Part<'a>,
    /// For what is packed.
    pub(super) buffer: &'a mut Vec<f32>,
}

impl WithWide for Blocks<'_> {
    #[inline(always)]
    fn with<W: Wide>(self, wide: W) {
        let Self { part, buffer } = self;
        let inputs = part.a.columns;
        let vectors = part.b.columns.div_ceil(W::LANES);
        let longest = inputs.min(INPUTS);
        let right = longest * W::LANES * vectors.min(COLUMNS / W::LANES);
        let left = longest * part.a.rows.min(rows_of_block::<W>());
        // A vector that crosses a cache line is read twice.
        let size = right + left + 16;
        if buffer.len() < size {
            buffer.resize(size, 0.0);
        }
        let begin = buffer.as_ptr().align_offset(64).min(16);
        let (right, left) = buffer[begin..].split_at_mut(right);
        let mut blocks = Packing { part, right, left };
        for vectors in even(vectors, COLUMNS / W::LANES) {
            for first in (0..inputs).step_by(INPUTS) {
                blocks.block(wide, &vectors, &(first..inputs.min(first + INPUTS)));
            }
        }
    }
}

/// A part, and where its blocks are packed.
struct Packing<'a> {
    part: Part<'a>,
    right: &'a mut [f32],
    left: &'a mut [f32],
}

impl Packing<'_> {
    /// Adds the products of some inputs to all rows of some vectors of columns.
    #[inline(always)]
    fn block<W: Wide>(&mut self, wide: W, vectors: &Range<usize>, inputs: &Range<usize>) {
        let Self { part, right, left } = self;
        let Part {
            a, b, factor, write, ..
        } = *part;
        let out = &mut part.out;
        let count = inputs.len();
        let finish = Finish {
            factor,
            add: write == Write::Add || inputs.start > 0,
        };
        let panels = even(vectors.len(), W::TILE.vectors).map(|panel| {
            let first = (vectors.start + panel.start) * W::LANES;
            let width = panel.len() * W::LANES;
            Panel {
                columns: first..b.columns.min(first + width),
                width,
                begin: panel.start * W::LANES * count,
            }
        });
        let few = a.rows <= FEW_ROWS * W::LANES && b.column_stride == 1;
        let direct = |panel: &Panel| few && panel.columns.len() == panel.width;
        for panel in panels.clone().filter(|panel| !direct(panel)) {
            let into = &mut right[panel.begin..][..panel.width * count];
            pack_right(wide, b, inputs, &panel.columns, into, panel.width);
        }
        for block in even(a.rows, rows_of_block::<W>()) {
            let tiles = even(block.len(), W::TILE.rows);
            let packed = a.column_stride != 1 && a.row_stride != 1;
            if packed {
                for tile in tiles.clone() {
                    let rows = block.start + tile.start..block.start + tile.end;
                    pack_left(a, inputs, &rows, &mut left[tile.start * count..]);
                }
            }
            for panel in panels.clone() {
                let right = if direct(&panel) {
                    let begin = inputs.start * b.row_stride + panel.columns.start;
                    Right(&b.data[begin..], b.row_stride)
                } else {
                    Right(&right[panel.begin..], panel.width)
                };
                for tile_rows in tiles.clone() {
                    let row = block.start + tile_rows.start;
                    let numbers = &a.data[row * a.row_stride + inputs.start * a.column_stride..];
                    let left = if packed {
                        Left::Columns(&left[tile_rows.start * count..], tile_rows.len())
                    } else if a.column_stride == 1 {
                        Left::Rows(numbers, a.row_stride)
                    } else {
                        Left::Columns(numbers, a.column_stride)
                    };
                    let place = Place {
                        row,
                        columns: panel.columns.clone(),
                    };
                    with_sizes!((tile_rows.len(), panel.width / W::LANES) as (M, V) => {
                        tile::<W, M, V>(wide, (left, right, count), out, &place, finish)
                    });
                }
            }
        }
    }
}

/// Columns that are as wide as a tile.
struct Panel {
    columns: Range<usize>,
    /// Of whole vectors.
    width: usize,
    /// Where it is packed.
    begin: usize,
}
