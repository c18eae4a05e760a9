//! A model of either kind as numbers: its heads, its parameters, what it answers to made-up inputs.

use std::path::Path;

use bundle::encoder::EncoderConfig;
use bundle::weights::Classifier;
use bundle::{CONFIG_FILE, ModelConfig};
use heads::{HeadGrid, HeadMask, SeededUniform, UniformStream};
use methods::ExecuteError;
use models::encoder::{EncoderClassifier, Scorer, TokenBatch};
use models::translation::{
    END, GenerationConfig, SPECIAL_IDS, TranslationBatch, TranslationConfig, TranslationModel,
};
use models::weights::{load_encoder, load_translation};
use models::{HeadGates, Initializer, Mode, Parameters, Removal, TensorOptions, parameter_count};

use super::options_on;

/// A model of either kind, in single precision.
#[derive(Clone)]
pub enum Network {
    /// An encoder that classifies, and its config.
    Encoder(Box<EncoderClassifier>, Box<EncoderConfig>, TensorOptions),
    /// An encoder-decoder that translates.
    Translation(Box<TranslationModel>),
}

/// Inputs of equal length.
pub enum Inputs {
    /// Texts to classify.
    Texts(TokenBatch),
    /// Sentences to translate, and translations of the same length.
    Pairs(TranslationBatch),
}

/// A model ready to answer: its weights are in the form that answering reads.
pub enum Answering {
    /// Classes of texts.
    Texts(Scorer),
    /// Translations of sentences.
    Sentences(Box<models::translation::Translator>),
}

/// How two models differ in what they answer.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Deviation {
    /// Largest distance between two scores.
    pub largest: f64,
    /// Predictions that are the same.
    pub equal: usize,
    /// Predictions: of a class for each text, of a word for each place of a translation.
    pub predictions: usize,
    /// Inputs.
    pub inputs: usize,
}

impl Network {
    /// The model of a folder.
    ///
    /// # Errors
    /// A folder that cannot be read or holds no whole model, and a device that cannot be used.
    pub fn open(folder: &Path, device: &str) -> Result<Self, ExecuteError> {
        let options = options_on(device)?;
        let config = ModelConfig::read(&folder.join(CONFIG_FILE)).map_err(ExecuteError::caused_by)?;
        match config {
            ModelConfig::Encoder(config) => {
                let (model, report) = load_encoder(folder, &config, Classifier::AsStored, 0, &options)
                    .map_err(ExecuteError::caused_by)?;
                if !report.fresh.is_empty() {
                    let (folder, missing) = (folder.display(), report.fresh.join(", "));
                    return Err(ExecuteError::new(format!("{folder} has no {missing}"))
                        .with_hint("name the folder of a model that was trained to its end"));
                }
                Ok(Self::Encoder(Box::new(model.plain()), Box::new(config), options))
            }
            ModelConfig::Translation(_) => {
                let (_, model, _) = load_translation(folder, &options).map_err(ExecuteError::caused_by)?;
                Ok(Self::Translation(Box::new(model.plain())))
            }
        }
    }

    /// A classifier of these sizes with random weights.
    ///
    /// # Errors
    /// Sizes that fit no model, and a device that cannot be used.
    pub fn random_encoder(config: EncoderConfig, device: &str) -> Result<Self, ExecuteError> {
        let options = options_on(device)?;
        let model = EncoderClassifier::new(&config, &mut Initializer::new(1, options.clone()))
            .map_err(ExecuteError::new)?;
        Ok(Self::Encoder(Box::new(model), Box::new(config), options))
    }

    /// An encoder-decoder of these sizes with random weights.
    ///
    /// # Errors
    /// As of [`random_encoder`](Self::random_encoder).
    pub fn random_translation(config: &TranslationConfig, device: &str) -> Result<Self, ExecuteError> {
        let mut initial = Initializer::new(1, options_on(device)?);
        let model = TranslationModel::new(config, &mut initial).map_err(ExecuteError::new)?;
        Ok(Self::Translation(Box::new(model)))
    }

    /// The heads that it has.
    pub fn grid(&self) -> &HeadGrid {
        match self {
            Self::Encoder(model, ..) => model.grid(),
            Self::Translation(model) => model.grid(),
        }
    }

    /// Numbers in all its tensors.
    pub fn parameters(&self) -> u64 {
        match self {
            Self::Encoder(model, ..) => parameter_count(model.as_ref()) as u64,
            Self::Translation(model) => parameter_count(model.as_ref()) as u64,
        }
    }

    /// Tokens of the longest input.
    pub fn longest(&self) -> usize {
        match self {
            Self::Encoder(_, config, _) => config.longest_input(),
            Self::Translation(model) => model.config().max_target_positions,
        }
    }

    /// Multiply-adds of an input of so many tokens, and of a translation as long.
    pub fn multiply_adds(&self, length: usize) -> u64 {
        match self {
            Self::Encoder(model, config, _) => {
                config.multiply_adds(model.grid(), &[length].into_iter().collect())
            }
            Self::Translation(model) => {
                let lengths = [(length, length)].into_iter().collect();
                model.config().multiply_adds(model.grid(), &lengths)
            }
        }
    }

    /// The model without the heads that `mask` leaves out.
    ///
    /// # Errors
    /// A mask of another number of heads.
    pub fn removed(&self, mask: &HeadMask) -> Result<Self, ExecuteError> {
        let removal = Removal::of_mask(self.grid(), mask).map_err(ExecuteError::new)?;
        Ok(match self {
            Self::Encoder(model, config, options) => {
                let config = config.pruned(mask).map_err(ExecuteError::new)?;
                Self::Encoder(
                    Box::new(model.removed(&removal)),
                    Box::new(config),
                    options.clone(),
                )
            }
            Self::Translation(model) => Self::Translation(Box::new(model.removed(&removal))),
        })
    }

    /// The mask as gates of this model.
    ///
    /// # Errors
    /// A mask of another number of heads.
    fn gates(&self, mask: &HeadMask) -> Result<HeadGates, ExecuteError> {
        let options = match self {
            Self::Encoder(_, _, options) => options,
            Self::Translation(model) => model.options(),
        };
        HeadGates::new(&mask.gates(), self.grid(), options).map_err(ExecuteError::new)
    }

    /// So many inputs of so many random tokens, which `seed` decides.
    pub fn random_inputs(&self, count: usize, length: usize, seed: u64) -> Inputs {
        match self {
            Self::Encoder(_, config, options) => {
                // Above the small ids, among which special tokens are, padding above all.
                let first = (config.vocab_size / 20)
                    .min(1000)
                    .max(config.pad_token_id.map_or(0, |id| id + 1));
                let first = first.min(config.vocab_size - 1);
                let ids = random_ids(count * length, first, config.vocab_size, seed);
                let (types, tokens) = (vec![0; ids.len()], vec![true; ids.len()]);
                Inputs::Texts(TokenBatch::new(&ids, &types, &tokens, &vec![0; count], options))
            }
            Self::Translation(model) => {
                let config = model.config();
                let [source, target] = [config.source_vocabulary, config.target_vocabulary].map(|words| {
                    let mut ids = random_ids(count * length, SPECIAL_IDS, words, seed);
                    let rows = ids.chunks_mut(length.max(1));
                    rows.filter_map(<[i32]>::last_mut).for_each(|last| *last = END);
                    ids
                });
                Inputs::Pairs(TranslationBatch::new(&source, &target, count, model.options()))
            }
        }
    }

    /// Scores of the inputs under gates, or with every head as it is: a row for each prediction.
    ///
    /// # Errors
    /// A device that cannot give them.
    ///
    /// # Panics
    /// If the inputs are of a model of the other kind.
    fn scores(&self, inputs: &Inputs, gates: Option<&HeadGates>) -> Result<(Vec<f32>, usize), ExecuteError> {
        let scores = match (self, inputs) {
            (Self::Encoder(model, ..), Inputs::Texts(batch)) => model.forward(batch, gates, Mode::Evaluate),
            (Self::Translation(model), Inputs::Pairs(batch)) => model.forward(batch, gates, Mode::Evaluate),
            _ => unreachable!("inputs of the other kind of model"),
        };
        let columns = scores.dims()[1];
        let scores = scores.try_into_vec_as::<f32>().map_err(ExecuteError::new)?;
        Ok((scores, columns))
    }

    /// The model ready to answer as a user has it answer.
    pub fn answering(&self) -> Answering {
        match self {
            Self::Encoder(model, _, options) => Answering::Texts(model.scorer(options)),
            Self::Translation(model) => Answering::Sentences(Box::new(model.translator())),
        }
    }

    /// How this model under `mask` and `removed`, which has lost the other heads, differ in what they answer to `inputs`.
    ///
    /// # Errors
    /// A mask of another number of heads, a device that cannot give the scores.
    pub fn deviation(
        &self,
        mask: &HeadMask,
        removed: &Self,
        inputs: &[Inputs],
    ) -> Result<Deviation, ExecuteError> {
        let gates = self.gates(mask)?;
        let mut deviation = Deviation {
            largest: 0.0,
            equal: 0,
            predictions: 0,
            inputs: 0,
        };
        for batch in inputs {
            let (masked, columns) = self.scores(batch, Some(&gates))?;
            let (left, _) = removed.scores(batch, None)?;
            if !masked.iter().chain(&left).all(|score| score.is_finite()) {
                return Err(ExecuteError::new("the scores of the model are not numbers")
                    .with_hint("its weights are damaged, or its training diverged"));
            }
            for (one, other) in masked.iter().zip(&left) {
                deviation.largest = deviation.largest.max(f64::from((one - other).abs()));
            }
            for (one, other) in masked.chunks(columns).zip(left.chunks(columns)) {
                deviation.predictions += 1;
                deviation.equal += usize::from(largest(one) == largest(other));
            }
            deviation.inputs += match batch {
                Inputs::Texts(batch) => batch.len(),
                Inputs::Pairs(batch) => batch.sentences(),
            };
        }
        Ok(deviation)
    }
}

impl Answering {
    /// Scores texts, or translates sentences, exactly as long as these, with so many hypotheses each.
    ///
    /// # Errors
    /// A device that cannot give the answers.
    ///
    /// # Panics
    /// If the inputs are of a model of the other kind.
    pub fn answer(&self, inputs: &Inputs, mask: Option<&HeadMask>, beam: usize) -> Result<(), ExecuteError> {
        let gates = mask.map(HeadMask::gates);
        match (self, inputs) {
            (Self::Texts(scorer), Inputs::Texts(batch)) => {
                let scores = scorer.scores(batch, gates.as_deref());
                scores.map(|_| ()).map_err(ExecuteError::new)
            }
            (Self::Sentences(translator), Inputs::Pairs(batch)) => {
                let words = batch.source.rows.length().saturating_sub(1).max(1);
                let config = GenerationConfig {
                    beam,
                    max_len_a: 0.0,
                    max_len_b: words as f64,
                    min_len: words,
                    ..GenerationConfig::default()
                };
                let found = translator.generate(&batch.source, gates.as_deref(), &config);
                found.map(|_| ()).map_err(ExecuteError::new)
            }
            _ => unreachable!("inputs of the other kind of model"),
        }
    }
}

/// Index of the largest score; the lowest among equals.
pub(super) fn largest(scores: &[f32]) -> usize {
    let mut best = 0;
    for (index, score) in scores.iter().enumerate() {
        if *score > scores[best] {
            best = index;
        }
    }
    best
}

fn random_ids(count: usize, first: usize, end: usize, seed: u64) -> Vec<i32> {
    let mut draws = vec![0.0; count];
    SeededUniform::at_update(seed, 0).fill(&mut draws);
    let width = end.saturating_sub(first) as f64;
    draws
        .iter()
        .map(|draw| (first as f64 + draw * width) as i32)
        .collect()
}
