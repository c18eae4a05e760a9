//! The training loop, optimizers, schedules, checkpoints and seeds.
//!
//! The loop knows neither the task nor the method: a [`Trainable`] model gives a loss for a batch under N gates, a
//! [`heads::HeadGate`] gives the gates and takes their derivatives. Order of one update: set the temperature, draw the
//! gates, forward, backward, pull the gate gradient back to the importances, one global norm over weights and
//! importances, clip, step both. [`GateGradients`] gives derivatives of a finished model.

mod adam;
mod checkpoint;
mod classify;
mod error;
mod fit;
mod gate_gradients;
mod log;
mod schedule;
mod trainable;
mod trainer;
mod translate;

pub use adam::{Adam, AdamConfig, DecayOrder, HostAdam};
pub use checkpoint::Checkpointer;
pub use classify::{Evaluation, evaluate, token_batch};
pub use error::TrainError;
pub use fit::{Observer, fit};
pub use gate_gradients::GateGradients;
pub use log::{GateLog, MetricsLog, open_heads_of};
pub use schedule::{Course, LearningRate};
pub use trainable::Trainable;
pub use trainer::{GateTraining, Seconds, Trainer, TrainerConfig, UpdateRecord};
pub use translate::translation_batch;
