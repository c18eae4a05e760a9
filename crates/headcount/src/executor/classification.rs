//! A classification task as methods see it: its corpora, its model, and what can be asked of them.

use std::num::NonZeroUsize;
use std::path::Path;

use burn::tensor::Device;
use data::{BatchOrder, Padding, TrainBatches};
use heads::{HeadGrid, derive_seed};
use models::bert::{BertClassifier, BertConfig};
use models::weights::{WEIGHTS_FILE, load_bert, load_parameters, save_bert};
use models::{Initializer, TensorOptions};
use sweep::experiment::PaddingRule;
use sweep::store::{Measured, write_atomically};
use sweep::task::{Candidate, Derivatives, Fit, Task, Trained, Unit};
use sweep::{ExecuteError, Job, Progress, Update};
use train::{GateGradients, token_batch};

use super::corpora::Corpora;
use super::model_config::{CACHE, config_of};
use super::{fitting, measuring, model_error, train_error};

/// The corpora and the model of one run.
pub(super) struct Classification<'a> {
    pub(super) job: &'a Job<'a>,
    pub(super) corpora: Corpora,
    pub(super) config: BertConfig,
    pub(super) options: TensorOptions,
    grid: HeadGrid,
    batch: NonZeroUsize,
    model: Option<BertClassifier>,
    /// Whether a training of this run has chosen its model on a dev set.
    pub(super) selected: bool,
}

impl<'a> Classification<'a> {
    /// Loads the corpora and decides the sizes.
    pub(super) fn prepare(job: &'a Job<'a>, device: Device) -> Result<Self, ExecuteError> {
        let experiment = job.experiment;
        let root = job.folder.ancestors().nth(2).unwrap_or(job.folder);
        let corpora = Corpora::load(&experiment.data, &root.join(CACHE))?;
        let config = config_of(experiment, &corpora)?;
        let grid = config.grid().map_err(ExecuteError::new)?;
        let batch =
            NonZeroUsize::new(experiment.train.batch).ok_or_else(|| ExecuteError::new("train.batch is 0"))?;
        Ok(Self {
            job,
            corpora,
            config,
            grid,
            options: TensorOptions::single(device),
            batch,
            model: None,
            selected: false,
        })
    }

    /// The model taken.
    pub(super) fn model(&self) -> Result<&BertClassifier, ExecuteError> {
        self.model
            .as_ref()
            .ok_or_else(|| ExecuteError::new("no model was taken before it was used"))
    }

    /// Batches of the training set in an order of their own for each purpose.
    pub(super) fn batches(&self, purpose: &str) -> TrainBatches {
        let order = BatchOrder {
            batch_size: self.batch,
            seed: derive_seed(self.job.run.seed, purpose),
            bucket: self.job.experiment.train.bucket_by_length,
        };
        TrainBatches::new(&self.corpora.train, order)
    }

    pub(super) fn padding(&self) -> Padding {
        match self.job.experiment.train.padding {
            PaddingRule::Longest => Padding::Longest,
            PaddingRule::MaxLength => Padding::Fixed(self.job.experiment.data.max_length),
        }
    }
}

impl Task for Classification<'_> {
    fn grid(&self) -> &HeadGrid {
        &self.grid
    }

    fn updates(&self, epochs: Option<f64>, updates: Option<usize>) -> usize {
        let an_epoch = self.corpora.train.len().div_ceil(self.batch.get());
        let by_epochs = epochs.map(|epochs| (epochs * an_epoch as f64).ceil() as usize);
        by_epochs.into_iter().chain(updates).min().unwrap_or(0)
    }

    fn take_fresh(&mut self) -> Result<(), ExecuteError> {
        let seed = derive_seed(self.job.run.seed, "weights");
        let model = match &self.job.experiment.model.weights {
            Some(folder) => {
                let labels = &self.corpora.train.label_names;
                let (_, model, report) =
                    load_bert(folder, Some(labels), seed, &self.options).map_err(model_error)?;
                if !report.fresh.is_empty() {
                    eprintln!("begins with random values: {}", report.fresh.join(", "));
                }
                model
            }
            None => BertClassifier::new(&self.config, &mut Initializer::new(seed, self.options.clone()))
                .map_err(ExecuteError::new)?,
        };
        self.model = Some(model);
        Ok(())
    }

    fn take_saved(&mut self, folder: &Path) -> Result<(), ExecuteError> {
        let mut initial = Initializer::new(0, self.options.clone());
        let mut model = BertClassifier::new(&self.config, &mut initial).map_err(ExecuteError::new)?;
        load_parameters(&folder.join(WEIGHTS_FILE), &mut model, &self.options, false).map_err(model_error)?;
        self.model = Some(model);
        Ok(())
    }

    fn train(&mut self, fit: Fit, progress: &mut dyn Progress) -> Result<Trained, ExecuteError> {
        let (model, trained) = fitting::train(self, fit, progress)?;
        self.model = Some(model);
        self.selected |= trained.selected.is_some();
        Ok(trained)
    }

    fn save(&mut self) -> Result<(), ExecuteError> {
        save_bert(self.job.folder, &self.config, self.model()?).map_err(model_error)?;
        let vocabulary = self.corpora.vocabulary.join("\n") + "\n";
        write_atomically(&self.job.folder.join("vocab.txt"), vocabulary.as_bytes()).map_err(ExecuteError::new)
    }

    fn derivatives(
        &mut self,
        request: &Derivatives<'_>,
        progress: &mut dyn Progress,
        add: &mut dyn FnMut(&[f64], usize),
    ) -> Result<(), ExecuteError> {
        let gradients = GateGradients::new(self.model()?, self.options.clone());
        // The same batches at every look: scores then differ by the heads that are gone, not by the examples.
        let mut order = self.batches("batches of importance");
        let all = order.batches_per_epoch();
        let count = request.batches.map_or(all, |batches| batches.min(all));
        for number in 0..count {
            let batch = self
                .corpora
                .train
                .batch(order.batch_indices(number), self.padding());
            let tokens = token_batch(&batch, &self.options);
            match request.unit {
                Unit::Batch => {
                    let gradient = gradients.of_batch(&tokens, request.gates).map_err(train_error)?;
                    add(&gradient, batch.labels.len());
                }
                Unit::Example => {
                    let of_examples = gradients
                        .of_examples(&tokens, request.gates)
                        .map_err(train_error)?;
                    of_examples.iter().for_each(|gradient| add(gradient, 1));
                }
            }
            progress.report(&Update {
                phase: "scores heads".to_owned(),
                done: number as u64 + 1,
                total: count as u64,
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
