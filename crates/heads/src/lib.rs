//! Grids, masks and gates of attention heads.
//!
//! A pruning method is a function from N importances to N gate values, and its pull-back; a model is a function
//! of a batch and N gate values. This crate holds what both sides must agree on, and nothing of either: which
//! heads there are ([`HeadGrid`]), which are kept ([`HeadMask`]), and what a method offers ([`HeadGate`]).

mod gate;
mod grid;
mod mask;
mod stream;

pub use gate::{GateError, HeadGate, ParameterGroup, ParameterGroupMut, finite_or_zero};
pub use grid::{GridError, HeadGrid, HeadRow, RowKind, UnknownKind};
pub use mask::{HeadMask, MaskError, margin};
pub use stream::{SeededUniform, UniformStream, derive_seed};
