//! Gated transformer models and their weights.
//!
//! A model is a function of a batch and N gate values. The gates enter as one value ([`HeadGates`]), N for all examples
//! or N for each, and scale the context of each head; where they come from is not the model's business. An attention
//! module may have fewer heads than the model began with, or none.
//!
//! Models are written as steps (`ops/mod.rs`), each of which runs as a fused kernel where the tensors are in the memory of the
//! pure Rust backend and as operations of the tensor library elsewhere.

mod accelerators;
mod attention;
mod average;
mod device;
pub mod encoder;
mod gates;
mod indices;
mod initial;
mod layers;
mod loss;
mod ops;
mod options;
#[cfg(feature = "flex")]
mod packed;
mod parameters;
mod pass;
mod removal;
mod rows;
mod statistics;
pub mod translation;
pub mod weights;

pub use accelerators::{ACCELERATOR_VARIABLE, accelerators};
pub use average::load_mean;
pub use device::{AUTO, BACKENDS, Backend, DeviceError, DeviceStatus, devices, open_device, resolve_device};
pub use gates::{GatesError, HeadGates};
pub use indices::Indices;
pub use initial::Initializer;
pub use layers::{Embedding, LayerNorm, Linear};
pub use loss::cross_entropy;
pub use ops::{AdamStep, adam_step, sum_of_squares};
pub use options::{Precision, TensorOptions};
pub use parameters::{Layout, Parameter, Parameters, parameter_count};
pub use pass::Mode;
pub use removal::{Removal, RemovalError};
pub use rows::SequenceRows;
pub use statistics::AttentionStatistics;
