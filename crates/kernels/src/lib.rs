//! Arithmetic on slices for training and answering on a CPU: forward and backward passes of whole layers, in as few passes over memory
//! as the mathematics allows.
//!
//! Everything here is a function of slices and sizes; tensors, graphs and models are not its business. Work is cut into
//! pieces that depend on the sizes alone, and sums run in a fixed order: the same bytes come out whatever the number of
//! threads. Every kernel exists in single precision for training and in double precision for checking the mathematics, but for
//! those of models that only answer ([`Packed`], [`Kept`], [`Memory`], [`best_words`]): those are in single precision.

#[macro_use]
mod vectorised;
pub mod activation;
mod attention;
mod best;
pub mod buffers;
pub mod cross_entropy;
pub mod double;
mod dropout;
pub mod embedding;
mod flip;
pub mod lanes;
mod matmul;
mod matrix;
pub mod norm;
pub mod optimizer;
mod packed;
mod random;
mod real;
mod rows;
#[cfg(test)]
mod testing;
mod tile;
mod vectors;
mod wide;

pub use attention::{
    Attention, AttentionGradient, Kept, Memory, Projected, Span, attention_backward, attention_forward,
    probability_row,
};
pub use best::{Words, best_words};
pub use dropout::{Dropout, DropoutRows, scale_by_dropout};
pub use matmul::{Write, matmul};
pub use matrix::{Matrix, MatrixMut};
pub use packed::Packed;
#[doc(hidden)]
pub use pulp;
pub use real::Real;
#[doc(hidden)]
pub use vectorised::ARCH;
