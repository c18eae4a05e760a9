//! The steps as single operations with backward passes of their own, on the pure Rust backend.

mod attend;
mod drop;
mod embed;
mod generate;
mod loss;
mod norm;
mod operation;
mod project;
mod storage;
mod update;

pub(super) use attend::{attend, attend_to};
pub(super) use drop::drop_rows;
pub(super) use embed::embed;
pub(super) use generate::{append_rows, log_probabilities};
pub(super) use loss::cross_entropy;
pub(super) use norm::{bias_add_norm, norm_dropout, project_add_norm};
pub(super) use project::{project, project_activate, scores};
pub(crate) use storage::Host;
pub(super) use update::{adam_step, sum_of_squares};

use std::sync::Arc;

use super::RowDropout;

/// Dropout of rows, to be kept for the backward pass.
#[derive(Debug, Clone)]
struct OwnedDropout {
    dropout: kernels::Dropout,
    keys: Arc<[u64]>,
}

impl OwnedDropout {
    fn new(RowDropout { dropout, rows }: RowDropout<'_>) -> Option<Self> {
        let dropout = dropout?;
        Some(Self {
            dropout: kernels::Dropout::new(dropout.rate, dropout.seed, dropout.site)?,
            keys: rows.shared_dropout_rows(),
        })
    }

    fn rows(&self) -> kernels::DropoutRows<'_> {
        kernels::DropoutRows {
            dropout: self.dropout,
            keys: &self.keys,
        }
    }
}
