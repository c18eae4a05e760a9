//! A run's task as methods see it: a model is taken, trained, asked for derivatives, measured and saved.

use std::path::Path;

use bundle::WEIGHTS_FILE;
use heads::{HeadGrid, derive_seed};
use methods::{
    Attention, Candidate, Derivatives, ExecuteError, Fit, Progress, ProgressReport, Split, Task, Trained,
    Unit, Worth,
};
use models::{AttentionStatistics, HeadGates, Parameters};
use records::Measured;
use train::{GateGradients, Trainable};

use super::context::Context;
use super::fitting::ORDER_OF_EXAMPLES;
use super::learning::{Asked, Learning};
use super::{fitting, measuring};

/// A learning task with the model that was taken last.
pub(crate) struct Session<'a, L: Learning> {
    context: Context<'a, L>,
    model: Option<L::Model>,
    /// Whether a training of this run has chosen its model on a dev set.
    selected: bool,
    /// Examples that passed the model.
    cost: u64,
}

impl<'a, L: Learning> Session<'a, L> {
    /// A session in which no model is taken yet.
    pub(crate) fn new(context: Context<'a, L>) -> Self {
        Self {
            context,
            model: None,
            selected: false,
            cost: 0,
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
        if !folder.join(WEIGHTS_FILE).is_file() {
            let message = format!(
                "{} holds no whole model, and this run starts from it",
                folder.display()
            );
            return Err(ExecuteError::new(message).with_hint(
                "it was done with store.full = false: remove that folder, and the same command does it anew",
            ));
        }
        self.model = Some(self.context.learning.load(folder)?);
        Ok(())
    }

    fn train(&mut self, fit: Fit, progress: &mut dyn Progress) -> Result<Trained, ExecuteError> {
        let order = derive_seed(self.context.job.seed, ORDER_OF_EXAMPLES);
        // All of them, also those that an earlier process of this run has seen.
        self.cost += self.context.learning.examples_of(order, fit.updates);
        let (model, trained) = fitting::train(&self.context, self.model()?, fit, progress)?;
        self.model = Some(model);
        self.selected |= trained.selected.is_some();
        Ok(trained)
    }

    fn save(&mut self) -> Result<(), ExecuteError> {
        match self.context.job.keeps_model() {
            true => self.context.learning.save(self.context.job.folder, self.model()?),
            false => Ok(()),
        }
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
                Unit::Batch | Unit::Position => {
                    let gradient = match request.unit {
                        Unit::Position => gradients.absolute_of_positions(&batch, request.gates),
                        _ => gradients.of_batch(&batch, request.gates),
                    };
                    let gradient = gradient.map_err(ExecuteError::caused_by)?;
                    add(&gradient, L::Model::examples(&batch));
                }
                Unit::Example => {
                    let of_examples = gradients
                        .of_examples(&batch, request.gates)
                        .map_err(ExecuteError::caused_by)?;
                    of_examples.iter().for_each(|gradient| add(gradient, 1));
                }
            }
            self.cost += L::Model::examples(&batch) as u64;
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
        self.cost += self.context.learning.examples(Asked::Look)? as u64;
        self.context.learning.dev_score(self.model()?, gates)
    }

    fn splits(&self) -> Vec<String> {
        self.context.learning.splits()
    }

    fn worth(
        &mut self,
        on: Split<'_>,
        gates: &[f64],
        examples: Option<usize>,
    ) -> Result<Worth, ExecuteError> {
        let worth = self
            .context
            .learning
            .worth(self.model()?, asked(on), gates, examples)?;
        self.cost += worth.examples as u64;
        Ok(worth)
    }

    fn attention(
        &mut self,
        on: Split<'_>,
        gates: &[f64],
        examples: Option<usize>,
    ) -> Result<Attention, ExecuteError> {
        let learning = &self.context.learning;
        let model = self.model()?.plain();
        let gates = HeadGates::new(gates, model.grid(), learning.options()).map_err(ExecuteError::new)?;
        let mut sums = AttentionStatistics::new(model.grid().total());
        let examples = learning.look_at(asked(on), examples, &mut |batch| {
            let found = model.attention(batch, Some(&gates));
            sums.add(&found.map_err(ExecuteError::new)?);
            Ok(())
        })?;
        self.cost += examples as u64;
        Ok(Attention {
            entropy: sums.mean(&sums.entropy),
            largest: sums.mean(&sums.largest),
            examples,
        })
    }

    fn cost(&self) -> u64 {
        self.cost
    }

    fn add_cost(&mut self, examples: u64) {
        self.cost += examples;
    }

    fn measure(
        &mut self,
        candidates: &[Candidate],
        progress: &mut dyn Progress,
    ) -> Result<Measured, ExecuteError> {
        measuring::measure(&self.context, self.model()?, self.selected, candidates, progress)
    }
}

fn asked(on: Split<'_>) -> Asked<'_> {
    match on {
        Split::Tuning => Asked::Tuning,
        Split::Reported(split) => Asked::Result(split),
    }
}
