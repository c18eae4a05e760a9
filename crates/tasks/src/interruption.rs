//! A run that is asked to stop saves its training first, if it is in one.

use std::sync::atomic::{AtomicBool, Ordering};

use train::{Checkpointer, Observer, TrainError, Trainer, UpdateRecord};

/// Whether this process was asked to stop, and whether there is something to save before it does.
///
/// Everything else that a run leaves is written whole or not at all, so outside a training it may end at any moment.
#[derive(Debug, Default)]
pub struct Interruption {
    requested: AtomicBool,
    training: AtomicBool,
}

impl Interruption {
    /// Asks to stop, as a signal does. Returns whether a training will end by itself; if not, the process may be ended at
    /// once.
    pub fn request(&self) -> bool {
        self.requested.store(true, Ordering::SeqCst);
        self.training.load(Ordering::SeqCst)
    }

    /// Whether it was asked.
    pub fn is_requested(&self) -> bool {
        self.requested.load(Ordering::SeqCst)
    }

    /// Has the process wait for a training until the guard is dropped.
    pub(crate) fn training(&self) -> TrainingGuard<'_> {
        self.training.store(true, Ordering::SeqCst);
        TrainingGuard(self)
    }
}

/// A training is going on.
pub(crate) struct TrainingGuard<'a>(&'a Interruption);

impl Drop for TrainingGuard<'_> {
    fn drop(&mut self) {
        self.0.training.store(false, Ordering::SeqCst);
    }
}

/// Writes checkpoints when they are due, and one more when the process is asked to stop.
pub(crate) struct Saving<'a> {
    pub(crate) checkpointer: &'a mut Checkpointer,
    pub(crate) interruption: &'a Interruption,
}

impl<M: train::Trainable> Observer<M> for Saving<'_> {
    fn after_update(&mut self, trainer: &Trainer<M>, record: &UpdateRecord) -> Result<(), TrainError> {
        if self.interruption.is_requested() {
            self.checkpointer.save_last(trainer)?;
            return Err(TrainError::Interrupted {
                finished: trainer.finished(),
            });
        }
        self.checkpointer.after_update(trainer, record)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_process_waits_for_a_training_only() {
        let interruption = Interruption::default();
        assert!(!interruption.is_requested());
        let guard = interruption.training();
        assert!(interruption.request() && interruption.is_requested());
        drop(guard);
        assert!(!interruption.request());
    }
}
