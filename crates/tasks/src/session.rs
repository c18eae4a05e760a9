//! A run's task as methods see it: a model is taken, trained, asked for derivatives, measured and saved.

use std::path::Path;

use heads::{HeadGrid, derive_seed};
use methods::{Candidate, Derivatives, ExecuteError, Fit, Progress, ProgressReport, Task, Trained, Unit};
use records::Measured;
use train::{GateGradients, Trainable};

use super::context::Context;
use super::learning::Learning;
use super::{fitting, measuring};

/// A learning task with the model that was taken last.
pub(crate) struct Session<'a, L: Learning> {
    context: Context<'a, L>,
    model: Option<L::Model>,
    /// Whether a training of this run has chosen its model on a dev set.
    selected: bool,
}

impl<'a, L: Learning> Session<'a, L> {
    /// A session in which no model is taken yet.
    pub(crate) fn new(context: Context<'a, L>) -> Self {
        Self {
            context,
            model: None,
            selected: false,
        }
    }

    /// The model taken.
    fn model(&self) -> Result<&L::Model, ExecuteError> {
        self.model
            .as_ref()
            .ok_or_else(|| ExecuteError::new("no model was taken before it was used"))
    }
}

impl<L: Learning> Task for Session<'_, L> {
    fn grid(&self) -> &HeadGrid {
        self.context.learning.grid()
    }

    fn updates(&self, epochs: Option<f64>, updates: Option<usize>) -> usize {
        self.context.learning.updates(epochs, updates)
    }

    fn take_fresh(&mut self) -> Result<(), ExecuteError> {
        let seed = derive_seed(self.context.job.seed, "weights");
        self.model = Some(self.context.learning.fresh(seed)?);
        Ok(())
    }

    fn take_saved(&mut self, folder: &Path) -> Result<(), ExecuteError> {
        self.model = Some(self.context.learning.load(folder)?);
        Ok(())
    }

    fn train(&mut self, fit: Fit, progress: &mut dyn Progress) -> Result<Trained, ExecuteError> {
        let (model, trained) = fitting::train(&self.context, self.model()?, fit, progress)?;
        self.model = Some(model);
        self.selected |= trained.selected.is_some();
        Ok(trained)
    }

    fn save(&mut self) -> Result<(), ExecuteError> {
        self.context.learning.save(self.context.job.folder, self.model()?)
    }

    fn derivatives(
        &mut self,
        request: &Derivatives<'_>,
        progress: &mut dyn Progress,
        add: &mut dyn FnMut(&[f64], usize),
    ) -> Result<(), ExecuteError> {
        let gradients = GateGradients::new(self.model()?, self.context.learning.options().clone());
        // The same batches at every look: scores then differ by the heads that are gone, not by the examples.
        let seed = derive_seed(self.context.job.seed, "batches of importance");
        let mut batch_at = self.context.learning.batches(seed);
        let all = self.context.learning.updates_per_epoch();
        let count = request.batches.map_or(all, |batches| batches.min(all)) as u64;
        for number in 0..count {
            let batch = batch_at(number);
            match request.unit {
                Unit::Batch => {
                    let gradient = gradients
                        .of_batch(&batch, request.gates)
                        .map_err(ExecuteError::caused_by)?;
                    add(&gradient, L::Model::examples(&batch));
                }
                Unit::Example => {
                    let of_examples = gradients
                        .of_examples(&batch, request.gates)
                        .map_err(ExecuteError::caused_by)?;
                    of_examples.iter().for_each(|gradient| add(gradient, 1));
                }
            }
            progress.report(&ProgressReport {
                phase: "scores heads".to_owned(),
                done: number + 1,
                total: count,
                ..ProgressReport::default()
            });
        }
        Ok(())
    }

    fn score(&mut self, gates: Option<&[f64]>) -> Result<f64, ExecuteError> {
        self.context.learning.dev_score(self.model()?, gates)
    }

    fn measure(
        &mut self,
        candidates: &[Candidate],
        progress: &mut dyn Progress,
    ) -> Result<Measured, ExecuteError> {
        measuring::measure(&self.context, self.model()?, self.selected, candidates, progress)
    }
}
