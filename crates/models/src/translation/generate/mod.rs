//! Translating: greedy and beam search with cached keys and values.

mod cached;
#[cfg(feature = "flex")]
mod packed;
mod recomputed;
mod search;

use burn::tensor::Tensor;
use serde::{Deserialize, Serialize};

use self::cached::Cached;
#[cfg(feature = "flex")]
use self::packed::{PackedModel, PackedSteps};
use self::recomputed::Recomputed;
use self::search::{Next, Search};
use super::pass::Walk;
use super::{END, SourceBatch, TranslationModel};
#[cfg(feature = "flex")]
use crate::packed::PackedGates;
#[cfg(feature = "flex")]
use crate::pass::packs;
use crate::{GatesError, HeadGates, Mode, Parameters, ops};

/// Settings of beam search under fairseq's names; the defaults are those of its test runs.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct GenerationConfig {
    /// Hypotheses kept for each sentence; 1 is greedy search.
    pub beam: usize,
    /// Most words of a translation, end symbol aside: `max_len_a` times the padded width of the sources ...
    pub max_len_a: f64,
    /// ... plus `max_len_b`.
    pub max_len_b: f64,
    /// Fewest words of a translation, end symbol aside.
    pub min_len: usize,
    /// Scores are divided by the length, end symbol included, to this power: above 1 favours long translations.
    pub lenpen: f64,
    /// Subtracted from the log-probability of the unknown word.
    pub unkpen: f64,
    /// Whether scores are left undivided.
    pub unnormalized: bool,
}

impl Default for GenerationConfig {
    fn default() -> Self {
        Self {
            beam: 5,
            max_len_a: 0.0,
            max_len_b: 200.0,
            min_len: 1,
            lenpen: 1.0,
            unkpen: 0.0,
            unnormalized: false,
        }
    }
}

/// A finished translation.
#[derive(Debug, Clone, PartialEq)]
pub struct Hypothesis {
    /// Word ids, the end symbol included.
    pub tokens: Vec<i32>,
    /// By which hypotheses are ranked: summed log-probability, divided by the length unless unnormalised.
    pub score: f64,
    /// Log-probability of each token, the penalty of the unknown word included.
    pub positional_scores: Vec<f64>,
}

/// Why nothing could be generated.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum GenerationError {
    /// A beam of 0, or one that the vocabulary cannot fill.
    #[error("a beam of {beam} does not fit a vocabulary of {vocabulary} entries")]
    Beam {
        /// Hypotheses asked for.
        beam: usize,
        /// Entries of the target vocabulary.
        vocabulary: usize,
    },
    /// Not one gate for each head.
    #[error(transparent)]
    Gates(#[from] GatesError),
    /// A number could not be read back from the device.
    #[error("reading from the device failed: {0}")]
    Device(String),
}

/// A search under way, word by word.
trait Steps {
    /// Finds the best continuations of the hypotheses, whose last words are `words`, sentence by sentence; none when every
    /// sentence is done.
    fn advance(&mut self, words: &[i32], search: &mut Search) -> Result<Option<Next>, GenerationError>;

    /// Brings what is kept into the order of the hypotheses and sentences that go on.
    fn follow(&mut self, next: &Next);
}

/// How the scores of next words are computed as tensors.
trait Decoding {
    /// Scores of the next word of each hypothesis, `[rows, vocabulary]`, whose last words are `words`, sentence by
    /// sentence; `active` sentences are being translated.
    fn scores(&mut self, words: &[i32], active: usize, walk: &mut Walk<'_>) -> Tensor<2>;

    /// As [`Steps::follow`].
    fn follow(&mut self, next: &Next);
}

/// A search over scores that are tensors.
struct OfTensors<'a, D> {
    decoding: D,
    walk: Walk<'a>,
}

impl<D: Decoding> Steps for OfTensors<'_, D> {
    fn advance(&mut self, words: &[i32], search: &mut Search) -> Result<Option<Next>, GenerationError> {
        let scores = self.decoding.scores(words, search.active(), &mut self.walk);
        let vocabulary = scores.dims()[1];
        let scores = ops::log_probabilities(&self.walk.pass, scores).map_err(GenerationError::Device)?;
        let rows = scores.chunks(vocabulary);
        Ok(search.advance(rows.map(|row| (0..).zip(row.iter().copied()))))
    }

    fn follow(&mut self, next: &Next) {
        self.decoding.follow(next);
    }
}

/// A model ready to translate: its weights are brought into the form that decoding reads, once for all batches.
#[derive(Debug)]
pub struct Translator {
    model: TranslationModel,
    /// On the pure Rust backend in single precision.
    #[cfg(feature = "flex")]
    packed: Option<Box<PackedModel>>,
}

impl Translator {
    /// Translates `source` under `gates`, N values in the order of the grid, or with every head as it is: the hypotheses of
    /// each sentence, best first.
    ///
    /// Each step of the search takes the `2 beam` best continuations of a sentence. End symbols among the first `beam`
    /// of them finish their hypotheses, and the best `beam` others go on. A sentence is done when it has `beam` finished
    /// hypotheses; at the largest length every hypothesis is ended.
    ///
    /// # Errors
    /// [`GenerationError::Beam`] unless the beam is at least 1 and twice the beam is below the size of the vocabulary,
    /// [`GenerationError::Gates`] unless there is one gate for each head.
    pub fn generate(
        &self,
        source: &SourceBatch,
        gates: Option<&[f64]>,
        config: &GenerationConfig,
    ) -> Result<Vec<Vec<Hypothesis>>, GenerationError> {
        let model = &self.model;
        #[cfg(feature = "flex")]
        if let Some(packed) = &self.packed {
            let gates = gates.map(|gates| PackedGates::new(gates, model.grid()));
            let gates = gates.transpose()?;
            return model.search(source, config, |longest| {
                PackedSteps::new(packed, source, gates, longest)
            });
        }
        let gates = model.gates(gates)?;
        model.search(source, config, |_| {
            let (walk, memory) = model.encoded(source, gates.as_ref());
            let decoding = Cached::new(model.clone(), &memory, source, &walk);
            OfTensors { decoding, walk }
        })
    }
}

impl TranslationModel {
    /// The model (in whatever state; generation runs outside autodiff, without dropout) ready to translate.
    pub fn translator(&self) -> Translator {
        let model = self.plain();
        Translator {
            #[cfg(feature = "flex")]
            packed: packs(model.options()).then(|| Box::new(PackedModel::new(&model))),
            model,
        }
    }

    /// [`Translator::generate`] of one batch.
    ///
    /// # Errors
    /// Those of [`Translator::generate`].
    pub fn generate(
        &self,
        source: &SourceBatch,
        gates: Option<&[f64]>,
        config: &GenerationConfig,
    ) -> Result<Vec<Vec<Hypothesis>>, GenerationError> {
        self.translator().generate(source, gates, config)
    }

    /// [`generate`](Self::generate) without caches: at every step each hypothesis is decoded from its first word on.
    /// The reference that the cached way is tested and timed against.
    ///
    /// # Errors
    /// Those of [`generate`](Self::generate).
    pub fn generate_recomputing(
        &self,
        source: &SourceBatch,
        gates: Option<&[f64]>,
        config: &GenerationConfig,
    ) -> Result<Vec<Vec<Hypothesis>>, GenerationError> {
        let model = self.plain();
        let gates = model.gates(gates)?;
        model.search(source, config, |_| {
            let (walk, memory) = model.encoded(source, gates.as_ref());
            let decoding = Recomputed::new(model.clone(), memory, source);
            OfTensors { decoding, walk }
        })
    }

    fn gates(&self, gates: Option<&[f64]>) -> Result<Option<HeadGates>, GenerationError> {
        let gates = gates.map(|gates| HeadGates::new(gates, self.grid(), self.options()));
        Ok(gates.transpose()?)
    }

    /// A pass over a batch, and the encoder's states.
    fn encoded<'a>(&self, source: &SourceBatch, gates: Option<&'a HeadGates>) -> (Walk<'a>, Tensor<2>) {
        let walk = Walk::new(&source.rows, gates, Mode::Evaluate, None);
        (walk, self.encode(source, gates))
    }

    /// The search, by the steps that `begin` makes from the largest number of words.
    fn search<S: Steps>(
        &self,
        source: &SourceBatch,
        config: &GenerationConfig,
        begin: impl FnOnce(usize) -> S,
    ) -> Result<Vec<Vec<Hypothesis>>, GenerationError> {
        let vocabulary = self.config().target_vocabulary;
        if config.beam == 0 || config.beam >= vocabulary.div_ceil(2) {
            return Err(GenerationError::Beam {
                beam: config.beam,
                vocabulary,
            });
        }
        let (sentences, width) = (source.sentences(), source.rows.length());
        if sentences == 0 {
            return Ok(Vec::new());
        }
        let longest = self.longest(config, width);
        let mut steps = begin(longest);
        let mut search = Search::new(*config, longest, sentences);
        let mut words = vec![END; sentences];
        while let Some(next) = steps.advance(&words, &mut search)? {
            steps.follow(&next);
            words = next.words;
        }
        Ok(search.finish())
    }

    /// Most words of a translation, end symbol aside.
    fn longest(&self, config: &GenerationConfig, width: usize) -> usize {
        let asked = config.max_len_a * width as f64 + config.max_len_b;
        (asked as usize).min(self.config().max_target_positions - 1)
    }
}
