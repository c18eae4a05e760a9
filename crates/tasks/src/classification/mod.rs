//! A classification task: its corpora, its model, and what the model's answers are worth.

mod corpora;
mod groups;
mod model_config;
mod predictions;
mod sample;
mod start;

use std::num::NonZeroUsize;
use std::path::Path;

use bundle::WEIGHTS_FILE;
use data::{BatchOrder, EncodedCorpus, EvalBatches, Padding, TrainBatches};
use experiment::{Experiment, PaddingRule, VALID};
use heads::{HeadGrid, HeadMask};
use methods::{ExecuteError, Worth};
use models::encoder::{EncoderClassifier, EncoderConfig, TokenBatch};
use models::weights::{load_parameters, save_encoder};
use models::{Initializer, TensorOptions};
use records::{ClassPrediction, PredictionsWriter};
use train::{Evaluation, evaluate, token_batch};

use self::corpora::Corpora;
use self::model_config::config_of;
use self::start::Start;
use super::CACHE;
use super::learning::{Asked, Learning, Score, Scores};

pub(super) use self::model_config::check_inputs;

/// Examples of one forward pass in evaluation; small enough for the caches of a small model.
const EVALUATION_BATCH: NonZeroUsize = NonZeroUsize::MIN.saturating_add(63);

/// The corpora and the sizes of one run.
pub struct Classification<'a> {
    experiment: &'a Experiment,
    corpora: Corpora,
    start: Option<Start>,
    config: EncoderConfig,
    options: TensorOptions,
    grid: HeadGrid,
    batch: NonZeroUsize,
}

impl<'a> Classification<'a> {
    /// Loads the corpora and decides the sizes; `root` is the folder of the sweep.
    pub(super) fn prepare(
        experiment: &'a Experiment,
        root: &Path,
        options: TensorOptions,
    ) -> Result<Self, ExecuteError> {
        let start = Start::of(experiment)?;
        let corpora = Corpora::load(&experiment.data, start.as_ref(), &root.join(CACHE))?;
        let config = config_of(experiment, start.as_ref(), &corpora)?;
        let grid = config.grid().map_err(ExecuteError::new)?;
        let batch =
            NonZeroUsize::new(experiment.train.batch).ok_or_else(|| ExecuteError::new("train.batch is 0"))?;
        Ok(Self {
            experiment,
            corpora,
            start,
            config,
            grid,
            options,
            batch,
        })
    }

    /// The sizes.
    pub fn config(&self) -> &EncoderConfig {
        &self.config
    }

    fn padding(&self) -> Padding {
        match self.experiment.train.padding {
            // Without padding a batch is a rectangle on its way to the device only.
            PaddingRule::None | PaddingRule::Longest => Padding::Longest,
            PaddingRule::MaxLength => Padding::Fixed(self.experiment.data.max_length),
        }
    }

    fn asked(&self, asked: Asked<'_>) -> Result<&EncodedCorpus, ExecuteError> {
        match asked {
            Asked::Result(split) => self.split(split),
            Asked::Look => self.split(&self.experiment.select.split),
            Asked::Tuning => self.split(self.experiment.tuning_split()),
        }
    }

    /// Leaves a model of this config in a folder, with what prepares its inputs.
    fn save_with(
        &self,
        folder: &Path,
        config: &EncoderConfig,
        model: &EncoderClassifier,
    ) -> Result<(), ExecuteError> {
        save_encoder(folder, config, model).map_err(ExecuteError::caused_by)?;
        for (name, bytes) in &self.corpora.tokenizer {
            files::store(&folder.join(name), bytes)?;
        }
        Ok(())
    }

    fn split(&self, name: &str) -> Result<&EncodedCorpus, ExecuteError> {
        let found = self.corpora.splits.iter().find(|(split, _)| split == name);
        found
            .map(|(_, corpus)| corpus)
            .or(self.corpora.valid.as_ref().filter(|_| name == VALID))
            .ok_or_else(|| ExecuteError::new(format!("`{name}` is no evaluation split")))
    }
}

impl Learning for Classification<'_> {
    type Model = EncoderClassifier;
    type Answers = Evaluation;

    fn grid(&self) -> &HeadGrid {
        &self.grid
    }

    fn options(&self) -> &TensorOptions {
        &self.options
    }

    fn updates_per_epoch(&self) -> usize {
        self.corpora.train.len().div_ceil(self.batch.get())
    }

    fn fresh(&self, seed: u64) -> Result<EncoderClassifier, ExecuteError> {
        match &self.start {
            Some(start) => Ok(start.load(&self.config, seed, &self.options)?.model),
            None => EncoderClassifier::new(&self.config, &mut Initializer::new(seed, self.options.clone()))
                .map_err(ExecuteError::new),
        }
    }

    fn load(&self, folder: &Path) -> Result<EncoderClassifier, ExecuteError> {
        let mut initial = Initializer::new(0, self.options.clone());
        let mut model = EncoderClassifier::new(&self.config, &mut initial).map_err(ExecuteError::new)?;
        load_parameters(&folder.join(WEIGHTS_FILE), &mut model, &self.options)
            .map_err(ExecuteError::caused_by)?;
        Ok(model)
    }

    fn save(&self, folder: &Path, model: &EncoderClassifier) -> Result<(), ExecuteError> {
        self.save_with(folder, &self.config, model)
    }

    fn batches(&self, seed: u64) -> Box<dyn FnMut(u64) -> TokenBatch + '_> {
        let order = BatchOrder {
            batch_size: self.batch,
            seed,
            bucket: self.experiment.train.bucket_by_length,
        };
        let Ok(mut order) = TrainBatches::new(&self.corpora.train, order);
        Box::new(move |update| {
            let examples = order.batch_indices(update as usize);
            token_batch(&self.corpora.train.batch(examples, self.padding()), &self.options)
        })
    }

    fn examples_of(&self, _: u64, updates: usize) -> u64 {
        let (all, epoch) = (self.corpora.train.len(), self.updates_per_epoch());
        // The smaller batch of an epoch may be anywhere in it; it counts where it stands without buckets, at the end.
        let of_rest = (updates % epoch * self.batch.get()).min(all);
        (updates / epoch * all + of_rest) as u64
    }

    fn splits(&self) -> Vec<String> {
        let all = || self.corpora.splits.iter().map(|(name, _)| name.clone()).collect();
        self.experiment.sweep.splits.clone().unwrap_or_else(all)
    }

    fn answer(
        &self,
        model: &EncoderClassifier,
        split: &str,
        gates: Option<&[f64]>,
    ) -> Result<Evaluation, ExecuteError> {
        let corpus = self.split(split)?;
        let batches = EvalBatches {
            size: EVALUATION_BATCH,
            padding: self.padding(),
            pad_id: corpus.pad_id,
        };
        evaluate(model, corpus, gates, batches, &self.options).map_err(ExecuteError::caused_by)
    }

    fn examples(&self, asked: Asked<'_>) -> Result<usize, ExecuteError> {
        Ok(self.asked(asked)?.len())
    }

    fn answer_some(
        &self,
        model: &EncoderClassifier,
        asked: Asked<'_>,
        examples: usize,
    ) -> Result<usize, ExecuteError> {
        sample::answer(model, self.asked(asked)?, examples, self.padding(), &self.options)
    }

    fn scores(&self, _: &str, answers: &Evaluation) -> Result<Scores, ExecuteError> {
        Ok(Scores {
            examples: answers.predictions.len(),
            measures: vec![Score {
                metric: "accuracy",
                value: answers.accuracy,
                signature: String::new(),
            }],
        })
    }

    fn dev_score(&self, model: &EncoderClassifier, gates: Option<&[f64]>) -> Result<f64, ExecuteError> {
        Ok(self.answer(model, &self.experiment.select.split, gates)?.accuracy)
    }

    fn worth(
        &self,
        model: &EncoderClassifier,
        asked: Asked<'_>,
        gates: &[f64],
        examples: Option<usize>,
    ) -> Result<Worth, ExecuteError> {
        let corpus = self.asked(asked)?;
        sample::worth(model, corpus, gates, examples, (self.padding(), &self.options))
    }

    fn look_at(
        &self,
        asked: Asked<'_>,
        examples: Option<usize>,
        look: &mut dyn FnMut(&TokenBatch) -> Result<(), ExecuteError>,
    ) -> Result<usize, ExecuteError> {
        let corpus = self.asked(asked)?;
        let chosen = sample::by_length(corpus, examples.unwrap_or(corpus.len()));
        for batch in chosen.chunks(EVALUATION_BATCH.get()) {
            look(&token_batch(&corpus.batch(batch, self.padding()), &self.options))?;
        }
        Ok(chosen.len())
    }

    fn multiply_adds(&self, split: &str, grid: &HeadGrid) -> Result<u64, ExecuteError> {
        let corpus = self.split(split)?;
        let lengths = (0..corpus.len())
            .map(|example| corpus.ids(example).len())
            .collect();
        Ok(self.config.multiply_adds(grid, &lengths))
    }

    fn save_removed(
        &self,
        folder: &Path,
        model: &EncoderClassifier,
        mask: &HeadMask,
    ) -> Result<(), ExecuteError> {
        let config = self.config.pruned(mask).map_err(ExecuteError::new)?;
        self.save_with(folder, &config, model)
    }

    fn answers_file(&self, folder: &Path, split: &str) -> Result<PredictionsWriter, ExecuteError> {
        Ok(PredictionsWriter::new::<ClassPrediction<'_>>(folder, split)?)
    }

    fn store_answers(
        &self,
        file: &mut PredictionsWriter,
        split: &str,
        variant: &str,
        answers: &Evaluation,
    ) -> Result<(), ExecuteError> {
        Ok(file.write(predictions::rows(self.split(split)?, variant, answers))?)
    }
}
