//! The steps as PyTorch's own operations, on its backend: those that its eager mode runs, differentiated by PyTorch.
//!
//! Operations of the tensor library are each differentiated by themselves there, softmax and layer norm in a dozen of pieces,
//! each of which is a pass over memory and, on a GPU, a launch.

mod attend;
mod rows;
mod step;
mod update;

pub(super) use super::plain::{append_rows, log_probabilities};
pub(super) use attend::{attend, attend_to};
pub(super) use rows::{
    bias_add_norm, cross_entropy, drop_rows, embed, norm_dropout, project, project_activate,
    project_add_norm, scores,
};
pub(super) use update::{adam_step, sum_of_squares};
