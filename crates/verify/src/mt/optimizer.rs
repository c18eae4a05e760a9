//! The recorded optimizer: its constants, its rates, and importances stepped along recorded gradients.

use serde::Deserialize;
use train::{AdamConfig, Course, DecayOrder, HostAdam, LearningRate};

use super::compare::STEP_ALONE;
use super::trajectory::Run;
use crate::VerifyError;
use crate::tally::Tally;

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

/// Steps w along the recorded gradients, from the recorded w each time.
pub(super) fn step_alone(tally: &mut Tally, run: &Run<'_>) -> Result<(), VerifyError> {
    let (values, gradients) = (run.of_updates("w")?, run.of_updates("w_grad")?);
    let n = run.heads();
    let mut adam = HostAdam::new(run.file.adam.config(), n);
    let wanted = values.chunks(n).skip(1);
    for (update, ((before, gradient), want)) in
        values.chunks(n).zip(gradients.chunks(n)).zip(wanted).enumerate()
    {
        let mut stepped = before.to_vec();
        adam.step(&mut stepped, gradient, 1.0, run.file.w_lr, update as u64 + 1);
        tally.close(&format!("update {update} step alone"), &stepped, want, STEP_ALONE);
    }
    Ok(())
}
