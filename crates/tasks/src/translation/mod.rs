//! A translation task: its corpora, its encoder-decoder, and what its translations are worth.

mod corpora;
mod decoding;
mod predictions;
mod prepared;
mod scoring;
mod sizes;

use std::num::NonZeroUsize;
use std::path::Path;

use bundle::WEIGHTS_FILE;
use burn::tensor::Device;
use data::translation::{BatchLimit, MaxTokenBatches, TranslationOrder};
use experiment::{Experiment, GenerateSection, Keep, VALID};
use heads::{HeadGrid, HeadMask};
use methods::{ExecuteError, Worth};
use models::translation::{GenerationConfig, TranslationBatch, TranslationConfig, TranslationModel};
use models::weights::{load_translation_parameters, save_translation};
use models::{Initializer, TensorOptions};
use records::{PredictionsWriter, TranslationPrediction};
use train::translation_batch;

use self::corpora::{Corpora, Split};
use self::sizes::config_of;
use super::learning::{Asked, Learning, Scores};

/// The corpora and the sizes of one run.
pub struct Translation<'a> {
    experiment: &'a Experiment,
    corpora: Corpora,
    config: TranslationConfig,
    options: TensorOptions,
    grid: HeadGrid,
    updates_per_epoch: usize,
}

/// Loads what the runs of an experiment will load, and keeps nothing but a prepared corpus.
pub(super) fn check_inputs(experiment: &Experiment, root: &Path, device: Device) -> Result<(), ExecuteError> {
    let translation = Translation::prepare(experiment, root, TensorOptions::single(device))?;
    translation.corpora.warn();
    if experiment.model.weights.is_some() {
        translation.fresh(0)?;
    }
    Ok(())
}

impl<'a> Translation<'a> {
    /// Loads the corpora and decides the sizes; `root` is the folder of the sweep.
    pub(super) fn prepare(
        experiment: &'a Experiment,
        root: &Path,
        options: TensorOptions,
    ) -> Result<Self, ExecuteError> {
        let corpora = Corpora::load(experiment, root)?;
        let config = config_of(experiment, &corpora)?;
        let grid = config.grid().map_err(ExecuteError::new)?;
        let mut translation = Self {
            experiment,
            corpora,
            config,
            grid,
            options,
            updates_per_epoch: 0,
        };
        translation.check_beams()?;
        translation.check_longest()?;
        translation.updates_per_epoch = translation.training_batches(0)?.len();
        Ok(translation)
    }

    /// The sizes.
    pub fn config(&self) -> &TranslationConfig {
        &self.config
    }

    /// Refuses a beam that the vocabulary cannot fill, before anything is trained.
    fn check_beams(&self) -> Result<(), ExecuteError> {
        let Experiment { select, generate, .. } = self.experiment;
        let mut beams = vec![("generate.beam", generate.beam)];
        if select.model == Keep::Best {
            beams.push(("select.beam", select.beam));
        }
        let entries = self.config.target_vocabulary;
        match beams.into_iter().find(|(_, beam)| *beam >= entries.div_ceil(2)) {
            None => Ok(()),
            Some((key, beam)) => Err(ExecuteError::new(format!(
                "`{key}` is {beam}, but the target dictionary has {entries} entries only"
            ))
            .with_hint("twice the beam must be less than that")),
        }
    }

    /// Refuses a limit of tokens that a single training pair exceeds.
    fn check_longest(&self) -> Result<(), ExecuteError> {
        let lengths = self.corpora.train.lengths();
        let longest = lengths.iter().map(|pair| pair.longer()).max().unwrap_or(0);
        match self.experiment.train.max_tokens {
            Some(tokens) if tokens < longest => Err(ExecuteError::new(format!(
                "`train.max_tokens` is {tokens}, but a training sentence has {longest} tokens with its end symbol"
            ))
            .with_hint("raise train.max_tokens, or lower model.positions to leave such pairs out")),
            _ => Ok(()),
        }
    }

    /// Batches of the training set; how many does not depend on the seed.
    fn training_batches(&self, seed: u64) -> Result<MaxTokenBatches, ExecuteError> {
        let section = &self.experiment.train;
        let limit = BatchLimit {
            max_tokens: section.max_tokens.and_then(NonZeroUsize::new),
            max_sentences: match section.max_tokens {
                Some(_) => None,
                None => NonZeroUsize::new(section.batch),
            },
            longest: None,
        };
        MaxTokenBatches::shuffled(&self.corpora.train.lengths(), limit, seed).map_err(ExecuteError::caused_by)
    }

    /// The order of the training batches that a seed decides.
    fn order(&self, seed: u64) -> TranslationOrder {
        #[expect(
            clippy::expect_used,
            reason = "the same batches were cut when the corpora were loaded"
        )]
        let batches = self
            .training_batches(seed)
            .expect("a corpus is cut into batches again");
        TranslationOrder::new(batches, seed)
    }

    /// The sentences that are translated for this, and the hypotheses of the search.
    fn asked(&self, asked: Asked<'_>) -> Result<(&Split, usize), ExecuteError> {
        let select = &self.experiment.select;
        Ok(match asked {
            Asked::Result(split) => (self.split(split)?, self.experiment.generate.beam),
            Asked::Look => (self.split(&select.split)?, select.beam),
            Asked::Tuning => (self.split(self.experiment.tuning_split())?, select.beam),
        })
    }

    fn split(&self, name: &str) -> Result<&Split, ExecuteError> {
        let found = self.corpora.splits.iter().find(|(split, _)| split == name);
        found
            .map(|(_, split)| split)
            .or(self.corpora.valid.as_ref().filter(|_| name == VALID))
            .ok_or_else(|| ExecuteError::new(format!("`{name}` is no evaluation split")))
    }
}

/// Settings of the search with so many hypotheses.
fn generation(section: &GenerateSection, beam: usize) -> GenerationConfig {
    GenerationConfig {
        beam,
        max_len_a: section.max_len_a,
        max_len_b: section.max_len_b,
        min_len: section.min_len,
        lenpen: section.length_penalty,
        ..GenerationConfig::default()
    }
}

impl Learning for Translation<'_> {
    type Model = TranslationModel;
    /// A translation of each sentence, in words.
    type Answers = Vec<String>;

    fn grid(&self) -> &HeadGrid {
        &self.grid
    }

    fn options(&self) -> &TensorOptions {
        &self.options
    }

    fn updates_per_epoch(&self) -> usize {
        self.updates_per_epoch
    }

    fn fresh(&self, seed: u64) -> Result<TranslationModel, ExecuteError> {
        match &self.experiment.model.weights {
            Some(folder) => self.load(folder),
            None => TranslationModel::new(&self.config, &mut Initializer::new(seed, self.options.clone()))
                .map_err(ExecuteError::new),
        }
    }

    fn load(&self, folder: &Path) -> Result<TranslationModel, ExecuteError> {
        let mut initial = Initializer::new(0, self.options.clone());
        let mut model = TranslationModel::new(&self.config, &mut initial).map_err(ExecuteError::new)?;
        load_translation_parameters(&folder.join(WEIGHTS_FILE), &mut model)
            .map_err(ExecuteError::caused_by)?;
        Ok(model)
    }

    fn save(&self, folder: &Path, model: &TranslationModel) -> Result<(), ExecuteError> {
        save_translation(folder, model).map_err(ExecuteError::caused_by)?;
        self.corpora.save_words(folder, &self.experiment.data.languages)
    }

    fn batches(&self, seed: u64) -> Box<dyn FnMut(u64) -> TranslationBatch + '_> {
        let mut order = self.order(seed);
        Box::new(move |update| {
            let batch = self.corpora.train.batch(order.batch(update as usize));
            translation_batch(&batch, &self.options)
        })
    }

    fn examples_of(&self, seed: u64, updates: usize) -> u64 {
        let mut order = self.order(seed);
        (0..updates).map(|update| order.batch(update).len() as u64).sum()
    }

    fn splits(&self) -> Vec<String> {
        let all = || self.corpora.splits.iter().map(|(name, _)| name.clone()).collect();
        self.experiment.sweep.splits.clone().unwrap_or_else(all)
    }

    fn answer(
        &self,
        model: &TranslationModel,
        split: &str,
        gates: Option<&[f64]>,
    ) -> Result<Vec<String>, ExecuteError> {
        let section = &self.experiment.generate;
        let config = generation(section, section.beam);
        decoding::translate(
            model,
            self.split(split)?,
            &self.corpora.target,
            gates,
            &config,
            section.batch,
        )
    }

    fn examples(&self, asked: Asked<'_>) -> Result<usize, ExecuteError> {
        Ok(self.asked(asked)?.0.corpus.len())
    }

    fn answer_some(
        &self,
        model: &TranslationModel,
        asked: Asked<'_>,
        examples: usize,
    ) -> Result<usize, ExecuteError> {
        let (split, beam) = self.asked(asked)?;
        let section = &self.experiment.generate;
        let config = generation(section, beam);
        decoding::translate_some(model, &split.corpus, examples, &config, section.batch)
    }

    fn scores(&self, split: &str, answers: &Vec<String>) -> Result<Scores, ExecuteError> {
        scoring::scores(answers, self.split(split)?, &self.experiment.data.languages.1)
    }

    fn dev_score(&self, model: &TranslationModel, gates: Option<&[f64]>) -> Result<f64, ExecuteError> {
        let (split, beam) = self.asked(Asked::Look)?;
        let section = &self.experiment.generate;
        let config = generation(section, beam);
        let translations =
            decoding::translate(model, split, &self.corpora.target, gates, &config, section.batch)?;
        scoring::tokenised_bleu(&translations, split)
    }

    fn worth(
        &self,
        model: &TranslationModel,
        asked: Asked<'_>,
        gates: &[f64],
        examples: Option<usize>,
    ) -> Result<Worth, ExecuteError> {
        let (split, _) = self.asked(asked)?;
        let sentences = self.experiment.generate.batch;
        decoding::worth(model, &split.corpus, gates, examples, sentences)
    }

    fn look_at(
        &self,
        asked: Asked<'_>,
        examples: Option<usize>,
        look: &mut dyn FnMut(&TranslationBatch) -> Result<(), ExecuteError>,
    ) -> Result<usize, ExecuteError> {
        let (split, _) = self.asked(asked)?;
        let chosen = decoding::by_length(&split.corpus, examples.unwrap_or(split.corpus.len()));
        for pairs in chosen.chunks(self.experiment.generate.batch.max(1)) {
            look(&translation_batch(&split.corpus.batch(pairs), &self.options))?;
        }
        Ok(chosen.len())
    }

    fn multiply_adds(&self, split: &str, grid: &HeadGrid) -> Result<u64, ExecuteError> {
        let lengths = self.split(split)?.corpus.lengths();
        let lengths = lengths.iter().map(|pair| (pair.source, pair.target)).collect();
        Ok(self.config.multiply_adds(grid, &lengths))
    }

    fn save_removed(
        &self,
        folder: &Path,
        model: &TranslationModel,
        _: &HeadMask,
    ) -> Result<(), ExecuteError> {
        // Its config knows which heads are gone.
        self.save(folder, model)
    }

    fn answers_file(&self, folder: &Path, split: &str) -> Result<PredictionsWriter, ExecuteError> {
        Ok(PredictionsWriter::new::<TranslationPrediction<'_>>(
            folder, split,
        )?)
    }

    fn store_answers(
        &self,
        file: &mut PredictionsWriter,
        split: &str,
        variant: &str,
        answers: &Vec<String>,
    ) -> Result<(), ExecuteError> {
        Ok(file.write(predictions::rows(self.split(split)?, variant, answers))?)
    }
}
