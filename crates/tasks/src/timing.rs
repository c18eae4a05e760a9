//! Updates of a training, each timed in its parts: for `bench step`, and for what is said before a large sweep.

use std::time::Instant;

use dsp_gate::{SubsetGate, TemperatureSchedule};
use heads::{GateError, HeadGrid, SeededUniform};
use train::{AdamConfig, Course, GateTraining, LearningRate, Seconds, TrainError, Trainable, Trainer};

/// Seconds of one update.
pub struct Parts {
    /// Until the batch is on the device.
    pub data: f64,
    /// The update itself.
    pub seconds: Seconds,
    /// All of it.
    pub total: f64,
}

/// The next update of a training, on the batch of that number, which comes back with its time.
///
/// # Errors
/// The loss is no number, or the device fails.
pub fn timed_update<M: Trainable>(
    trainer: &mut Trainer<M>,
    batches: &mut dyn FnMut(u64) -> M::Batch,
    number: u64,
) -> Result<(Parts, M::Batch), TrainError> {
    let started = Instant::now();
    let batch = batches(number);
    let data = started.elapsed().as_secs_f64();
    let record = trainer.step(&batch)?;
    let parts = Parts {
        data,
        seconds: record.seconds,
        total: started.elapsed().as_secs_f64(),
    };
    Ok((parts, batch))
}

/// A gate of K heads at the temperature at which it costs most.
///
/// # Errors
/// There are no such subsets.
pub fn timed_gate(k: usize, grid: &HeadGrid, adam: AdamConfig) -> Result<GateTraining, GateError> {
    let schedule = TemperatureSchedule::constant(1.0)?;
    let mut noise = SeededUniform::at_update(1, 0);
    let gate = SubsetGate::xavier(grid, k, schedule, &mut noise)?;
    Ok(GateTraining::new(Box::new(gate), adam, constant(0.5)))
}

/// Always the same rate.
pub fn constant(peak: f64) -> LearningRate {
    LearningRate {
        peak,
        course: Course::Constant,
        warmup: 0,
        total: 1,
    }
}
