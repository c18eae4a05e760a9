//! The loop: step, then observers.

use crate::{TrainError, Trainable, Trainer, UpdateRecord};

/// Something that looks on after each update: a log, a checkpoint, a progress bar.
pub trait Observer<M> {
    /// Called after each update.
    fn after_update(&mut self, trainer: &Trainer<M>, record: &UpdateRecord) -> Result<(), TrainError>;
}

/// Trains until `updates` updates are finished; `batch_at(n)` gives the batch of update n.
pub fn fit<M: Trainable>(
    trainer: &mut Trainer<M>,
    updates: u64,
    mut batch_at: impl FnMut(u64) -> M::Batch,
    observers: &mut [&mut dyn Observer<M>],
) -> Result<(), TrainError> {
    while trainer.finished() < updates {
        let batch = batch_at(trainer.finished());
        let record = trainer.step(&batch)?;
        for observer in &mut *observers {
            observer.after_update(trainer, &record)?;
        }
    }
    Ok(())
}
