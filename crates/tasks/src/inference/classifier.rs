//! A classifier of a folder: texts or pairs of texts in, scores of its classes out.

use std::path::Path;

use bundle::encoder::EncoderConfig;
use bundle::weights;
use bundle::{CONFIG_FILE, TokenizerFiles};
use data::{Corpus, EncodedCorpus, Example, ModelTokenizer, Padding};
use heads::HeadGrid;
use methods::ExecuteError;
use models::encoder::EncoderClassifier;
use models::weights::load_encoder;
use models::{Mode, Parameters, TensorOptions, parameter_count};
use train::token_batch;

use super::{options_on, removal_beside};

/// Examples of one forward pass.
const BATCH: usize = 32;

/// A classifier with all that its folder says of inputs and classes.
pub struct Classifier {
    model: EncoderClassifier,
    config: EncoderConfig,
    tokenizer: ModelTokenizer,
    options: TensorOptions,
    longest: usize,
    warnings: Vec<String>,
}

/// What a classifier says of an example.
#[derive(Debug, Clone, PartialEq)]
pub struct Answer {
    /// Score of each class, in the order of the labels.
    pub logits: Vec<f32>,
    /// Index of the class with the largest score, the lowest among equals; none where a score is no number.
    pub class: Option<usize>,
}

impl Answer {
    fn new(logits: Vec<f32>) -> Self {
        let mut class = 0;
        for (index, score) in logits.iter().enumerate() {
            if *score > logits[class] {
                class = index;
            }
        }
        let class = logits.iter().all(|score| score.is_finite()).then_some(class);
        Self { logits, class }
    }

    /// Probability of each class.
    pub fn probabilities(&self) -> Vec<f64> {
        let scores = || self.logits.iter().map(|&score| f64::from(score));
        let largest = scores().fold(f64::NEG_INFINITY, f64::max);
        let sum: f64 = scores().map(|score| (score - largest).exp()).sum();
        scores().map(|score| (score - largest).exp() / sum).collect()
    }
}

impl Classifier {
    /// Reads a folder: whole, or with heads removed. Inputs are cut to `max_length` tokens, or to the longest that the model
    /// has positions for.
    ///
    /// # Errors
    /// A folder that cannot be read or has no classifier, a tokeniser that does not fit it, a device that cannot be used.
    pub fn open(folder: &Path, max_length: Option<usize>, device: &str) -> Result<Self, ExecuteError> {
        let options = options_on(device)?;
        let path = folder.join(CONFIG_FILE);
        let config = EncoderConfig::read(&path).map_err(ExecuteError::caused_by)?;
        let tokenizer = TokenizerFiles::new(folder, config.family)
            .read(None)
            .map_err(ExecuteError::caused_by)?;
        let pieces = tokenizer.vocabulary().len();
        if pieces > config.vocab_size {
            let path = path.display();
            let (message, embedded) = ("the tokenizer knows", config.vocab_size);
            let message = format!("{path}: {message} {pieces} pieces, `vocab_size` is {embedded}");
            return Err(
                ExecuteError::new(message).with_hint("take the tokenizer that the model was trained with")
            );
        }
        let longest = config.longest_input();
        if let Some(length) = max_length.filter(|&length| length > longest || length == 0) {
            let message = format!("inputs of {length} tokens: the model has {longest} positions");
            return Err(ExecuteError::new(message).with_hint("give a number from 1 to that"));
        }
        let stored = weights::Classifier::AsStored;
        let (model, report) =
            load_encoder(folder, &config, stored, 0, &options).map_err(ExecuteError::caused_by)?;
        if !report.fresh.is_empty() {
            let (folder, fresh) = (folder.display(), report.fresh.join(", "));
            let message = format!("{folder} is no whole classifier: it has no {fresh}");
            return Err(ExecuteError::new(message)
                .with_hint("fine-tune it first, or name the folder of a fine-tuned model"));
        }
        let (model, config) = match removal_beside(folder, model.grid())? {
            Some(removal) => {
                let config = config.pruned(&removal.mask()).map_err(ExecuteError::new)?;
                (model.removed(&removal), config)
            }
            None => (model, config),
        };
        let mut warnings = tokenizer.warnings().to_vec();
        if !report.left_out.is_empty() {
            let (folder, left) = (folder.display(), report.left_out.join(", "));
            warnings.push(format!("{folder}: the config has no place for {left}, left out"));
        }
        Ok(Self {
            model: model.plain(),
            config,
            tokenizer,
            options,
            longest: max_length.unwrap_or(longest),
            warnings,
        })
    }

    /// What its user should know of the folder.
    pub fn warnings(&self) -> &[String] {
        &self.warnings
    }

    /// Names of its classes, in the order of their scores.
    pub fn labels(&self) -> &[String] {
        &self.config.labels
    }

    /// What config.json says.
    pub fn config(&self) -> &EncoderConfig {
        &self.config
    }

    /// The heads that it has.
    pub fn grid(&self) -> &HeadGrid {
        self.model.grid()
    }

    /// Numbers in all its tensors.
    pub fn parameters(&self) -> u64 {
        parameter_count(&self.model) as u64
    }

    /// Scores of one or more texts, or pairs, each as `(text, pair)`, in their order. Texts of like length go through the
    /// model together.
    ///
    /// # Errors
    /// A tokeniser that fails on a text, a device that cannot give the scores.
    pub fn answer(&self, texts: &[(&str, Option<&str>)]) -> Result<Vec<Answer>, ExecuteError> {
        if texts.is_empty() {
            return Ok(Vec::new());
        }
        let example = |&(text, pair): &(&str, Option<&str>)| Example {
            text: text.to_owned(),
            pair: pair.map(str::to_owned),
            label: 0,
        };
        let corpus = Corpus {
            name: String::new(),
            label_names: self.config.labels.clone(),
            examples: texts.iter().map(example).collect(),
        };
        let corpus =
            EncodedCorpus::encode(&corpus, &self.tokenizer, self.longest).map_err(ExecuteError::caused_by)?;
        self.answer_encoded(&corpus)
    }

    /// The same of a corpus that is encoded already.
    ///
    /// # Errors
    /// A device that cannot give the scores.
    pub fn answer_encoded(&self, corpus: &EncodedCorpus) -> Result<Vec<Answer>, ExecuteError> {
        let mut order: Vec<usize> = (0..corpus.len()).collect();
        order.sort_by_key(|&example| corpus.ids(example).len());
        let mut answers = vec![Vec::new(); corpus.len()];
        for examples in order.chunks(BATCH) {
            let batch = token_batch(&corpus.batch(examples, Padding::Longest), &self.options);
            let scores = self.model.forward(&batch, None, Mode::Evaluate);
            let classes = scores.dims()[1];
            let scores = scores.try_into_vec_as::<f32>().map_err(ExecuteError::new)?;
            for (&example, row) in examples.iter().zip(scores.chunks(classes)) {
                answers[example] = row.to_vec();
            }
        }
        Ok(answers.into_iter().map(Answer::new).collect())
    }
}
