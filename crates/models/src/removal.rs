//! Heads taken out of a model for good: what is left computes what the whole model does under gates that close the others.

use burn::tensor::Tensor;
use heads::{GridError, HeadGrid, HeadMask, HeadRow};

/// Which heads of a model stay, and the factor that their contexts take with them into the output projection.
#[derive(Debug, Clone, PartialEq)]
pub struct Removal {
    /// The heads that there were.
    of: HeadGrid,
    /// The heads that are left.
    grid: HeadGrid,
    /// For each row of the whole grid its heads that stay, with their factors.
    kept: Vec<Vec<(usize, f64)>>,
}

/// Gates that say nothing about what to remove.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum RemovalError {
    /// Not one for each head.
    #[error("{gates} gates for a model of {heads} heads")]
    Count {
        /// Gates given.
        gates: usize,
        /// Heads of the model.
        heads: usize,
    },
    /// A gate that is no number.
    #[error("the gate of head {head} is {value}")]
    NotFinite {
        /// Flat index of the head.
        head: usize,
        /// Its gate.
        value: f64,
    },
    /// The rows that are left are no grid.
    #[error(transparent)]
    Grid(#[from] GridError),
}

impl Removal {
    /// Keeps the heads of `mask`.
    ///
    /// # Errors
    /// [`RemovalError::Count`] unless the mask has one flag for each head of `grid`.
    pub fn of_mask(grid: &HeadGrid, mask: &HeadMask) -> Result<Self, RemovalError> {
        Self::of_gates(grid, &mask.gates())
    }

    /// Removes the heads whose gate is 0; what another gate than 1 does to a context, the output projection does
    /// afterwards. `gates` are N values in the flat order of `grid`.
    ///
    /// # Errors
    /// [`RemovalError::Count`] unless there is one gate for each head, [`RemovalError::NotFinite`] for one that is no number.
    pub fn of_gates(grid: &HeadGrid, gates: &[f64]) -> Result<Self, RemovalError> {
        if gates.len() != grid.total() {
            return Err(RemovalError::Count {
                gates: gates.len(),
                heads: grid.total(),
            });
        }
        if let Some(head) = gates.iter().position(|gate| !gate.is_finite()) {
            return Err(RemovalError::NotFinite {
                head,
                value: gates[head],
            });
        }
        let open = |row: &[f64]| -> Vec<(usize, f64)> {
            let heads = row.iter().copied().enumerate();
            heads.filter(|&(_, gate)| gate != 0.0).collect()
        };
        let kept: Vec<Vec<(usize, f64)>> = grid.cut(gates).map(open).collect();
        let rows = grid.rows().iter().zip(&kept).map(|(&row, kept)| HeadRow {
            heads: kept.len(),
            ..row
        });
        Ok(Self {
            of: grid.clone(),
            grid: HeadGrid::new(rows.collect())?,
            kept,
        })
    }

    /// A removal from one model says nothing about another.
    pub(crate) fn assert_of(&self, grid: &HeadGrid) {
        assert!(self.of == *grid, "a removal of the heads of another model");
    }

    /// The heads that are left.
    pub fn grid(&self) -> &HeadGrid {
        &self.grid
    }

    /// Which heads stay.
    pub fn mask(&self) -> HeadMask {
        let mut flags = vec![false; self.of.total()];
        for ((_, range), kept) in self.of.iter().zip(&self.kept) {
            kept.iter()
                .for_each(|&(head, _)| flags[range.start + head] = true);
        }
        HeadMask::from_flags(flags)
    }

    /// The heads that stay of row number `row` of the whole grid, within the row, and their factors.
    pub(crate) fn of_row(&self, row: usize) -> &[(usize, f64)] {
        &self.kept[row]
    }
}

/// The columns of `heads`, each `width` wide, of `[rows, all heads x width]`.
pub(crate) fn columns_of(heads: &[(usize, f64)], width: usize, of: &Tensor<2>) -> Tensor<2> {
    let part = |&(head, _): &(usize, f64)| of.clone().slice_dim(1, head * width..(head + 1) * width);
    Tensor::cat(heads.iter().map(part).collect(), 1)
}

/// The entries of `heads`, each `width` wide, of `[all heads x width]`.
pub(crate) fn entries_of(heads: &[(usize, f64)], width: usize, of: &Tensor<1>) -> Tensor<1> {
    let part = |&(head, _): &(usize, f64)| of.clone().slice_dim(0, head * width..(head + 1) * width);
    Tensor::cat(heads.iter().map(part).collect(), 0)
}

/// The rows of `heads`, each `width` high, of `[all heads x width, columns]`, times the factor of each.
pub(crate) fn rows_of(heads: &[(usize, f64)], width: usize, of: &Tensor<2>) -> Tensor<2> {
    let part = |&(head, factor): &(usize, f64)| {
        let rows = of.clone().slice_dim(0, head * width..(head + 1) * width);
        if factor == 1.0 {
            rows
        } else {
            rows.mul_scalar(factor)
        }
    };
    Tensor::cat(heads.iter().map(part).collect(), 0)
}
