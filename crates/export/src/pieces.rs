//! Tensors that are made of pieces of heads, and the bytes of each piece.

use heads::{HeadGrid, HeadMask, HeadRow};

/// The heads of a tensor, one behind the other along an axis.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Pieces<'a> {
    /// For each head whether it is kept.
    pub(crate) kept: &'a [bool],
    /// The axis.
    pub(crate) axis: usize,
}

impl<'a> Pieces<'a> {
    /// For each piece of a tensor, in the order of its bytes, whether its head is kept, and how many bytes a piece has; none
    /// for a tensor without bytes. `bytes` is the length of the tensor, `shape` that with all heads.
    pub(crate) fn of(
        &self,
        bytes: usize,
        shape: &[usize],
    ) -> Option<(impl Iterator<Item = bool> + 'a, usize)> {
        let outer: usize = shape.iter().take(self.axis).product();
        let pieces = outer * self.kept.len();
        let length = bytes.checked_div(pieces).filter(|&length| length > 0)?;
        Some((self.kept.iter().copied().cycle().take(pieces), length))
    }
}

/// The rows of a grid, each with the flags of its heads.
pub(crate) fn rows<'a>(
    grid: &'a HeadGrid,
    mask: &'a HeadMask,
) -> impl Iterator<Item = (&'a HeadRow, &'a [bool])> {
    grid.rows().iter().zip(grid.cut(mask.flags()))
}
