//! A run's task as methods see it: a model is taken, trained, asked for derivatives, measured and saved.

use std::path::Path;

use heads::{HeadGrid, derive_seed};
use sweep::store::Measured;
use sweep::task::{Candidate, Derivatives, Fit, Task, Trained, Unit};
use sweep::{ExecuteError, Job, Progress, Update};
use train::{GateGradients, Trainable};

use super::interruption::Interruption;
use super::learning::Learning;
use super::{fitting, measuring, train_error};

/// A learning task with the model that was taken last.
pub(super) struct Session<'a, L: Learning> {
    pub(super) job: &'a Job<'a>,
    pub(super) learning: L,
    pub(super) interruption: &'a Interruption,
    model: Option<L::Model>,
    /// Whether a training of this run has chosen its model on a dev set.
    pub(super) selected: bool,
}

impl<'a, L: Learning> Session<'a, L> {
    /// A session in which no model is taken yet.
    pub(super) fn new(job: &'a Job<'a>, learning: L, interruption: &'a Interruption) -> Self {
        Self {
            job,
            learning,
            interruption,
            model: None,
            selected: false,
        }
    }

    /// The model taken.
    pub(super) fn model(&self) -> Result<&L::Model, ExecuteError> {
        self.model
            .as_ref()
            .ok_or_else(|| ExecuteError::new("no model was taken before it was used"))
    }
}

impl<L: Learning> Task for Session<'_, L> {
    fn grid(&self) -> &HeadGrid {
        self.learning.grid()
    }

    fn updates(&self, epochs: Option<f64>, updates: Option<usize>) -> usize {
        self.learning.updates(epochs, updates)
    }

    fn take_fresh(&mut self) -> Result<(), ExecuteError> {
        let seed = derive_seed(self.job.run.seed, "weights");
        self.model = Some(self.learning.fresh(seed)?);
        Ok(())
    }

    fn take_saved(&mut self, folder: &Path) -> Result<(), ExecuteError> {
        self.model = Some(self.learning.load(folder)?);
        Ok(())
    }

    fn train(&mut self, fit: Fit, progress: &mut dyn Progress) -> Result<Trained, ExecuteError> {
        let (model, trained) = fitting::train(self, fit, progress)?;
        self.model = Some(model);
        self.selected |= trained.selected.is_some();
        Ok(trained)
    }

    fn save(&mut self) -> Result<(), ExecuteError> {
        self.learning.save(self.job.folder, self.model()?)
    }

    fn derivatives(
        &mut self,
        request: &Derivatives<'_>,
        progress: &mut dyn Progress,
        add: &mut dyn FnMut(&[f64], usize),
    ) -> Result<(), ExecuteError> {
        let gradients = GateGradients::new(self.model()?, self.learning.options().clone());
        // The same batches at every look: scores then differ by the heads that are gone, not by the examples.
        let seed = derive_seed(self.job.run.seed, "batches of importance");
        let mut batch_at = self.learning.batches(seed);
        let all = self.learning.updates_per_epoch();
        let count = request.batches.map_or(all, |batches| batches.min(all)) as u64;
        for number in 0..count {
            let batch = batch_at(number);
            match request.unit {
                Unit::Batch => {
                    let gradient = gradients.of_batch(&batch, request.gates).map_err(train_error)?;
                    add(&gradient, L::Model::examples(&batch));
                }
                Unit::Example => {
                    let of_examples = gradients
                        .of_examples(&batch, request.gates)
                        .map_err(train_error)?;
                    of_examples.iter().for_each(|gradient| add(gradient, 1));
                }
            }
            progress.report(&Update {
                phase: "scores heads".to_owned(),
                done: number + 1,
                total: count,
                ..Update::default()
            });
        }
        Ok(())
    }

    fn measure(
        &mut self,
        candidates: &[Candidate],
        progress: &mut dyn Progress,
    ) -> Result<Measured, ExecuteError> {
        measuring::measure(self, candidates, progress)
    }
}
