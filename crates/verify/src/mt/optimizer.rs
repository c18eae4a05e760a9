//! The recorded optimizer: its constants and its rates.

use serde::Deserialize;
use train::{AdamConfig, Course, DecayOrder, LearningRate};

#[derive(Deserialize)]
pub(super) struct AdamConstants {
    beta1: f64,
    beta2: f64,
    eps: f64,
    weight_decay: f64,
}

impl AdamConstants {
    pub(super) fn config(&self) -> AdamConfig {
        AdamConfig {
            betas: (self.beta1, self.beta2),
            epsilon: self.eps,
            weight_decay: self.weight_decay,
            decay_order: DecayOrder::BeforeStep,
        }
    }
}

/// `lr_schedule`: an inverse square root.
#[derive(Deserialize)]
pub(super) struct Schedule {
    warmup: u64,
    peak: f64,
}

impl Schedule {
    pub(super) fn rate(&self, total: u64) -> LearningRate {
        LearningRate {
            peak: self.peak,
            course: Course::InverseSqrt,
            warmup: self.warmup,
            total,
        }
    }
}

/// The same rate at every update.
pub(super) fn constant(rate: f64, total: u64) -> LearningRate {
    LearningRate {
        peak: rate,
        course: Course::Constant,
        warmup: 0,
        total,
    }
}
