//! A run of a classification task: its corpora, its model, its training and its measurements.

use std::num::NonZeroUsize;
use std::path::Path;

use burn::tensor::Device;
use data::{BatchOrder, Padding, TrainBatches};
use heads::{HeadGrid, HeadMask, derive_seed};
use models::bert::{BertClassifier, BertConfig};
use models::weights::{WEIGHTS_FILE, load_bert, load_parameters, save_bert};
use models::{Initializer, TensorOptions, parameter_count};
use sweep::experiment::{PaddingRule, ScheduleName};
use sweep::store::{Measured, Row, write_atomically};
use sweep::{ExecuteError, Job, Progress, Update};
use train::{
    AdamConfig, Checkpointer, Course, DecayOrder, Evaluation, GateLog, GateTraining, LearningRate,
    MetricsLog, Observer, TrainError, Trainer, TrainerConfig, UpdateRecord, evaluate, fit, token_batch,
};

use super::corpora::Corpora;
use super::model_config::{CACHE, config_of};
use super::{failed, model_error, predictions, train_error};

/// Examples of one forward pass in evaluation; small enough for the caches of a small model.
const EVALUATION_BATCH: NonZeroUsize = NonZeroUsize::MIN.saturating_add(63);

/// Everything of a run that does not depend on its method.
pub(super) struct Classification<'a> {
    pub(super) job: &'a Job<'a>,
    corpora: Corpora,
    config: BertConfig,
    grid: HeadGrid,
    options: TensorOptions,
    updates: usize,
    batch: NonZeroUsize,
}

/// What a training leaves.
pub(super) struct Trained {
    pub(super) model: BertClassifier,
    pub(super) importances: Vec<f64>,
    pub(super) overflows: usize,
}

impl<'a> Classification<'a> {
    /// Loads the corpora and decides the sizes.
    pub(super) fn prepare(job: &'a Job<'a>, device: Device) -> Result<Self, ExecuteError> {
        let experiment = job.experiment;
        let root = job.folder.ancestors().nth(2).unwrap_or(job.folder);
        let corpora = Corpora::load(&experiment.data, &root.join(CACHE))?;
        let config = config_of(experiment, &corpora)?;
        let grid = config.grid().map_err(failed)?;
        let batch = NonZeroUsize::new(experiment.train.batch).ok_or_else(|| failed("train.batch is 0"))?;
        let an_epoch = corpora.train.len().div_ceil(batch.get());
        let by_epochs = experiment
            .train
            .epochs
            .map(|epochs| (epochs * an_epoch as f64).ceil() as usize);
        let updates = by_epochs
            .into_iter()
            .chain(experiment.train.updates)
            .min()
            .ok_or_else(|| failed("neither train.epochs nor train.updates is set"))?;
        Ok(Self {
            job,
            corpora,
            config,
            grid,
            options: TensorOptions::single(device),
            updates,
            batch,
        })
    }

    /// N.
    pub(super) fn heads(&self) -> usize {
        self.grid.total()
    }

    /// K of the run.
    pub(super) fn k(&self) -> Result<usize, ExecuteError> {
        self.job
            .run
            .k
            .ok_or_else(|| failed("the run names no number of heads"))
    }

    /// Updates of the weights.
    pub(super) fn updates(&self) -> usize {
        self.updates
    }

    /// Constants of Adam, for weights and importances alike.
    pub(super) fn adam(&self) -> AdamConfig {
        let section = &self.job.experiment.train;
        AdamConfig {
            betas: section.betas,
            epsilon: section.epsilon,
            weight_decay: section.weight_decay,
            decay_order: DecayOrder::AfterStep,
        }
    }

    /// The model before any training: pretrained where the experiment names weights, random otherwise.
    pub(super) fn fresh_model(&self) -> Result<BertClassifier, ExecuteError> {
        let seed = derive_seed(self.job.run.seed, "weights");
        match &self.job.experiment.model.weights {
            Some(folder) => {
                let labels = &self.corpora.train.label_names;
                let (_, model, report) =
                    load_bert(folder, Some(labels), seed, &self.options).map_err(model_error)?;
                if !report.fresh.is_empty() {
                    eprintln!("begins with random values: {}", report.fresh.join(", "));
                }
                Ok(model)
            }
            None => BertClassifier::new(&self.config, &mut Initializer::new(seed, self.options.clone()))
                .map_err(failed),
        }
    }

    /// The trained model that this run starts from.
    pub(super) fn base_model(&self) -> Result<BertClassifier, ExecuteError> {
        let folder = self
            .job
            .starts_from
            .as_deref()
            .ok_or_else(|| failed("the run starts from no other run"))?;
        let mut initial = Initializer::new(0, self.options.clone());
        let mut model = BertClassifier::new(&self.config, &mut initial).map_err(failed)?;
        load_parameters(&folder.join(WEIGHTS_FILE), &mut model, &self.options, false).map_err(model_error)?;
        Ok(model)
    }

    /// Writes the model as a Hugging Face folder, vocabulary included, into the folder of the run.
    pub(super) fn save_model(&self, model: &BertClassifier) -> Result<(), ExecuteError> {
        save_bert(self.job.folder, &self.config, model).map_err(model_error)?;
        let vocabulary = self.corpora.vocabulary.join("\n") + "\n";
        write_atomically(&self.job.folder.join("vocab.txt"), vocabulary.as_bytes()).map_err(failed)
    }

    /// Trains weights, and importances where there is a gate, going on from a checkpoint where there is one.
    pub(super) fn train(
        &self,
        model: BertClassifier,
        gate: Option<GateTraining>,
        progress: &mut dyn Progress,
    ) -> Result<Trained, ExecuteError> {
        let (section, seed) = (&self.job.experiment.train, self.job.run.seed);
        let updates = self.updates as u64;
        let rate = LearningRate {
            peak: section.learning_rate,
            course: course(section.schedule),
            warmup: section.warmup as u64,
            total: updates,
        };
        let config = TrainerConfig {
            weights: Some((self.adam(), rate)),
            clip: section.clip,
            seed,
        };
        let mut trainer = Trainer::new(&model, gate, config, self.options.clone());
        let folder = self.job.folder;
        let key = self.job.run.key.to_string();
        let mut checkpointer = Checkpointer::new(
            &folder.join("checkpoint.safetensors"),
            &key,
            section.checkpoint_every as u64,
        );
        if let Some(found) = checkpointer.resume(&mut trainer) {
            eprintln!("{found}");
        }

        let finished = trainer.finished();
        let mut metrics = MetricsLog::open(&folder.join("metrics.csv"), finished).map_err(train_error)?;
        let mut gates = match trainer.gate() {
            None => None,
            Some(gate) => Some(
                GateLog::open(
                    &folder.join("gates.csv"),
                    gate.parameters().len(),
                    updates,
                    finished,
                )
                .map_err(train_error)?,
            ),
        };
        let order = BatchOrder {
            batch_size: self.batch,
            seed: derive_seed(seed, "order of examples"),
            bucket: section.bucket_by_length,
        };
        let mut order = TrainBatches::new(&self.corpora.train, order);
        let padding = self.padding();
        let mut watch = Watch {
            progress,
            updates,
            overflows: 0,
        };
        let mut observers: Vec<&mut dyn Observer<BertClassifier>> =
            vec![&mut metrics, &mut watch, &mut checkpointer];
        if let Some(gates) = &mut gates {
            observers.push(gates);
        }
        let batch_at = |update: u64| {
            let batch = self
                .corpora
                .train
                .batch(order.batch_indices(update as usize), padding);
            token_batch(&batch, &self.options)
        };
        fit(&mut trainer, updates, batch_at, &mut observers).map_err(train_error)?;
        checkpointer.remove();
        let importances = trainer
            .gate()
            .map_or(Vec::new(), |gate| gate.parameters().to_vec());
        Ok(Trained {
            model: trainer.model().clone(),
            importances,
            overflows: watch.overflows,
        })
    }

    /// Accuracy on every split under each mask; the predictions are stored.
    pub(super) fn measure(
        &self,
        model: &BertClassifier,
        masks: &[(String, HeadMask)],
        progress: &mut dyn Progress,
    ) -> Result<Measured, ExecuteError> {
        let params_before = parameter_count(model) as u64;
        let mut rows = Vec::new();
        let steps = (masks.len() * self.corpora.splits.len()) as u64;
        let mut done = 0;
        for (split, corpus) in &self.corpora.splits {
            let mut evaluations: Vec<(String, Evaluation)> = Vec::new();
            for (variant, mask) in masks {
                progress.report(&Update {
                    phase: format!("evaluates on {split}"),
                    done: self.trained_steps() + done,
                    total: self.trained_steps() + steps,
                    ..Update::default()
                });
                let gates = (mask.kept() < mask.total()).then(|| mask.gates());
                let evaluation = evaluate(
                    model,
                    corpus,
                    gates.as_deref(),
                    EVALUATION_BATCH,
                    self.padding(),
                    &self.options,
                )
                .map_err(train_error)?;
                rows.push(self.row(variant, mask, split, &evaluation, params_before));
                evaluations.push((variant.clone(), evaluation));
                done += 1;
            }
            predictions::write(self.job.folder, split, corpus, &evaluations)?;
        }
        let mask = match masks {
            [(_, mask)] => {
                let rows = mask.flags().chunks(self.grid.heads_per_row());
                Some(
                    rows.map(|row| row.iter().map(|&kept| u8::from(kept)).collect())
                        .collect(),
                )
            }
            _ => None,
        };
        let measured = Measured {
            n_heads: self.heads(),
            params_before,
            train_updates: 0,
            rows,
            mask,
            margin: None,
            warnings: Vec::new(),
        };
        write_mask(self.job.folder, measured.mask.as_deref())?;
        Ok(measured)
    }

    fn row(
        &self,
        variant: &str,
        mask: &HeadMask,
        split: &str,
        evaluation: &Evaluation,
        params_before: u64,
    ) -> Row {
        let removed = (mask.total() - mask.kept()) as u64;
        Row {
            variant: variant.to_owned(),
            k_target: self.job.run.k.unwrap_or(mask.total()),
            k_actual: mask.kept(),
            split: split.to_owned(),
            metric: "accuracy".to_owned(),
            value: evaluation.accuracy,
            n_examples: evaluation.predictions.len(),
            signature: String::new(),
            params_after: params_before - removed * self.config.parameters_per_head(),
        }
    }

    /// Steps that training takes in the count of the progress.
    fn trained_steps(&self) -> u64 {
        if self.job.starts_from.is_some() {
            0
        } else {
            self.updates as u64
        }
    }

    fn padding(&self) -> Padding {
        match self.job.experiment.train.padding {
            PaddingRule::Longest => Padding::Longest,
            PaddingRule::MaxLength => Padding::Fixed(self.job.experiment.data.max_length),
        }
    }
}

/// Passes what happens on to the progress display, and counts what it must not hide.
struct Watch<'p> {
    progress: &'p mut dyn Progress,
    updates: u64,
    overflows: usize,
}

impl<M> Observer<M> for Watch<'_> {
    fn after_update(&mut self, _: &Trainer<M>, record: &UpdateRecord) -> Result<(), TrainError> {
        self.overflows += usize::from(record.gate_overflow);
        self.progress.report(&Update {
            phase: "trains".to_owned(),
            done: record.update + 1,
            total: self.updates,
            loss: Some(record.loss),
            tau: record.temperature,
        });
        Ok(())
    }
}

/// The course that a schedule name stands for.
pub(super) fn course(name: ScheduleName) -> Course {
    match name {
        ScheduleName::Linear => Course::Linear,
        ScheduleName::InverseSqrt => Course::InverseSqrt,
        ScheduleName::Constant => Course::Constant,
    }
}

fn write_mask(folder: &Path, mask: Option<&[Vec<u8>]>) -> Result<(), ExecuteError> {
    let Some(mask) = mask else {
        return Ok(());
    };
    let text = serde_json::json!({ "schema_version": 1, "mask": mask }).to_string() + "\n";
    write_atomically(&folder.join("mask.json"), text.as_bytes()).map_err(failed)
}
