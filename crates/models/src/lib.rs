//! Gated transformer models and their weights.
//!
//! A model is a function of a batch and N gate values. The gates enter as one tensor `[1, rows, heads]`, or with values
//! for each example as `[examples, rows, heads]`, and scale the context of each head; where they come from is not the
//! model's business.

mod attention;
mod average;
pub mod bert;
mod device;
mod dropout;
mod error;
mod initial;
mod layers;
mod loss;
mod parameters;
pub mod translation;
pub mod weights;

pub use attention::{AttentionConfig, GatedAttention, KeysValues};
pub use average::load_mean;
pub use device::{DEVICE_NAMES, DeviceError, DeviceStatus, Precision, TensorOptions, devices, open_device};
pub use dropout::dropout;
pub use error::ModelError;
pub use initial::Initializer;
pub use layers::{Embedding, LayerNorm, Linear};
pub use loss::{cross_entropy, example_cross_entropy, smoothed_cross_entropy};
pub use parameters::{Layout, Parameter, Parameters, parameter_count};
