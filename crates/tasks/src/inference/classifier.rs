//! A classifier of a folder: texts or pairs of texts in, scores of its classes out.

use std::path::Path;

use bundle::encoder::EncoderConfig;
use bundle::weights;
use bundle::{CONFIG_FILE, TokenizerFiles};
use data::{Corpus, EncodedCorpus, Example, ModelTokenizer, Padding};
use heads::HeadMask;
use methods::ExecuteError;
use models::TensorOptions;
use models::encoder::Scorer;
use models::weights::load_encoder;
use train::token_batch;

use super::network::{Inputs, largest};
use super::{options_on, removal};

/// Examples of one forward pass.
const BATCH: usize = 32;

/// A classifier with all that its folder says of inputs and classes.
pub struct Classifier {
    scorer: Scorer,
    labels: Vec<String>,
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
        let is_finite = logits.iter().all(|score| score.is_finite());
        let class = is_finite.then(|| largest(&logits));
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
    /// Reads a folder: whole, or with heads removed; of `mask`, the heads that it leaves out are removed now. Inputs are cut to `max_length` tokens, or to the longest that the model
    /// has positions for.
    ///
    /// # Errors
    /// A folder that cannot be read or has no classifier, a mask or a tokeniser that does not fit it, a device that cannot be
    /// used.
    pub fn open(
        folder: &Path,
        mask: Option<&HeadMask>,
        max_length: Option<usize>,
        device: &str,
    ) -> Result<Self, ExecuteError> {
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
        check_classes(&config, &path)?;
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
        let model = match removal(mask, model.grid())? {
            Some(removal) => model.removed(&removal),
            None => model,
        };
        let mut warnings = tokenizer.warnings().to_vec();
        if !report.left_out.is_empty() {
            let (folder, left) = (folder.display(), report.left_out.join(", "));
            warnings.push(format!("{folder}: the config has no place for {left}, left out"));
        }
        Ok(Self {
            scorer: model.scorer(&options),
            labels: config.labels,
            tokenizer,
            options,
            longest: max_length.unwrap_or(longest),
            warnings,
        })
    }

    /// Texts or pairs as its batches have them, those of like length together.
    ///
    /// # Errors
    /// A tokeniser that fails on a text.
    pub fn inputs(&self, texts: &[(&str, Option<&str>)]) -> Result<Vec<Inputs>, ExecuteError> {
        let corpus = self.encode(texts)?;
        let order = by_length(&corpus);
        let batch =
            |examples: &[usize]| token_batch(&corpus.batch(examples, Padding::Longest), &self.options);
        Ok(order
            .chunks(BATCH)
            .map(|examples| Inputs::Texts(batch(examples)))
            .collect())
    }

    /// What its user should know of the folder.
    pub fn warnings(&self) -> &[String] {
        &self.warnings
    }

    /// Names of its classes, in the order of their scores.
    pub fn labels(&self) -> &[String] {
        &self.labels
    }

    /// Scores of one or more texts, or pairs, each as `(text, pair)`, in their order. Texts of like length go through the
    /// model together.
    ///
    /// # Errors
    /// A tokeniser that fails on a text, a device that cannot give the scores.
    pub fn answer(&self, texts: &[(&str, Option<&str>)]) -> Result<Vec<Answer>, ExecuteError> {
        match texts.is_empty() {
            true => Ok(Vec::new()),
            false => self.answer_encoded(&self.encode(texts)?),
        }
    }

    fn encode(&self, texts: &[(&str, Option<&str>)]) -> Result<EncodedCorpus, ExecuteError> {
        let example = |&(text, pair): &(&str, Option<&str>)| Example {
            text: text.to_owned(),
            pair: pair.map(str::to_owned),
            label: 0,
        };
        let corpus = Corpus {
            name: String::new(),
            label_names: self.labels.clone(),
            examples: texts.iter().map(example).collect(),
        };
        EncodedCorpus::encode(&corpus, &self.tokenizer, self.longest).map_err(ExecuteError::caused_by)
    }

    fn answer_encoded(&self, corpus: &EncodedCorpus) -> Result<Vec<Answer>, ExecuteError> {
        let mut answers = vec![Vec::new(); corpus.len()];
        for examples in by_length(corpus).chunks(BATCH) {
            let batch = token_batch(&corpus.batch(examples, Padding::Longest), &self.options);
            let scores = self.scorer.scores(&batch, None).map_err(ExecuteError::new)?;
            for (&example, row) in examples.iter().zip(scores) {
                answers[example] = row.iter().map(|&score| score as f32).collect();
            }
        }
        Ok(answers.into_iter().map(Answer::new).collect())
    }
}

/// All examples of a corpus, the shortest first.
fn by_length(corpus: &EncodedCorpus) -> Vec<usize> {
    let mut order: Vec<usize> = (0..corpus.len()).collect();
    order.sort_by_key(|&example| corpus.ids(example).len());
    order
}

/// Refuses scores that are no classes, and classes that cannot be told apart.
fn check_classes(config: &EncoderConfig, path: &Path) -> Result<(), ExecuteError> {
    config.must_choose(path).map_err(ExecuteError::caused_by)?;
    let mut names: Vec<&String> = config.labels.iter().collect();
    names.sort();
    let Some(pair) = names.windows(2).find(|pair| pair[0] == pair[1]) else {
        return Ok(());
    };
    let (path, name) = (path.display(), pair[0]);
    let message = format!("{path}: two classes are called `{name}` in `id2label`");
    Err(ExecuteError::new(message).with_hint("give each class a name of its own"))
}
