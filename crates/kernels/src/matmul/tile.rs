//! One tile of a product: the sums of a block of inputs, in registers, and what is made of them.

use std::ops::Range;

use super::target::Target;
use crate::wide::tile::{LINE, Strided, inputs, summed};
use crate::wide::{Wide, fetch};

/// How many rows of weights ahead are fetched.
const AHEAD: usize = 8;

/// Some rows of the left matrix, from the first input of a block on.
#[derive(Clone, Copy)]
pub(super) enum Left<'a> {
    /// Rows that are contiguous, and numbers from one to the next.
    Rows(&'a [f32], usize),
    /// Columns that are contiguous, and numbers from one to the next.
    Columns(&'a [f32], usize),
}

/// Some columns of the right matrix, from the first input of a block on: rows that are contiguous, at least as long as the
/// tile is wide, and numbers from one to the next.
#[derive(Clone, Copy)]
pub(super) struct Right<'a>(pub(super) &'a [f32], pub(super) usize);

/// What is made of the sums of a block.
#[derive(Clone, Copy)]
pub(super) struct Finish {
    /// They are multiplied by it.
    pub(super) factor: f32,
    /// They are added to what is there.
    pub(super) add: bool,
}

/// Rows of a tile of the result, from one on, and columns.
pub(super) struct Place {
    pub(super) row: usize,
    pub(super) columns: Range<usize>,
}

/// The sums over `count` inputs of `M` rows and `V` vectors of columns.
#[inline(always)]
pub(super) fn tile<W: Wide, const M: usize, const V: usize>(
    wide: W,
    (left, right, count): (Left<'_>, Right<'_>, usize),
    target: &mut Target<'_>,
    place: &Place,
    finish: Finish,
) {
    if M > W::TILE.rows || V > W::TILE.vectors {
        // Never so: nothing is compiled for it.
        return;
    }
    for row in 0..M {
        let row = target.row(place.row + row, &place.columns);
        for line in 0..(V * W::LANES).div_ceil(LINE) {
            fetch(row, line * LINE);
        }
    }
    let zero = [[wide.splat(0.0); V]; M];
    let Right(weights, stride) = right;
    let (weights, ahead) = (Strided::new(weights, stride, V * W::LANES, count), AHEAD * stride);
    let sums = match left {
        Left::Rows(numbers, stride) => {
            summed::<_, _, M, V>(wide, inputs::<M>(numbers, stride, count), weights, ahead, zero)
        }
        Left::Columns(numbers, stride) => {
            let columns = Strided::new(numbers, stride, M, count).map_while(<[f32]>::first_chunk::<M>);
            summed::<_, _, M, V>(wide, columns, weights, ahead, zero)
        }
    };
    let factor = wide.splat(finish.factor);
    let finished = |sum: W::Vector, target: &mut [f32]| {
        let before = if finish.add {
            wide.load(target)
        } else {
            wide.splat(0.0)
        };
        wide.store(target, wide.fused(factor, sum, before));
    };
    for (row, sums) in sums.iter().enumerate() {
        let target = target.row(place.row + row, &place.columns);
        // Vectors that are known to be whole are written without a question for each.
        if let Some(whole) = target.get_mut(..V * W::LANES) {
            for (v, &sum) in sums.iter().enumerate() {
                finished(sum, &mut whole[v * W::LANES..(v + 1) * W::LANES]);
            }
        } else {
            for (target, &sum) in target.chunks_mut(W::LANES).zip(sums) {
                finished(sum, target);
            }
        }
    }
}
