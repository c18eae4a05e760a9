//! Translating: greedy and beam search with cached keys and values.

mod cached;
mod recomputed;
mod search;

use burn::tensor::Tensor;
use serde::{Deserialize, Serialize};

use self::cached::Cached;
use self::recomputed::Recomputed;
use self::search::{Next, Search};
use super::pass::Walk;
use super::{END, SourceBatch, TranslationModel};
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

/// How the scores of next words are computed: the search asks for one row of scores a hypothesis.
trait Decoding {
    /// Scores of the next word of each hypothesis, `[rows, vocabulary]`, whose last words are `words`, sentence by
    /// sentence; `active` sentences are being translated.
    fn scores(&mut self, words: &[i32], active: usize, walk: &mut Walk<'_>) -> Tensor<2>;

    /// Brings what is kept into the order of the hypotheses and sentences that go on.
    fn follow(&mut self, next: &Next);
}

impl TranslationModel {
    /// Translates `source` (the model in whatever state; generation runs outside autodiff, without dropout) under
    /// `gates`, N values in the order of the grid, or with every head as it is: the hypotheses of each sentence, best
    /// first.
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
        self.search(source, gates, config, |model, memory, walk| {
            Cached::new(model, &memory, source, walk)
        })
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
        self.search(source, gates, config, |model, memory, _| {
            Recomputed::new(model, memory, source)
        })
    }

    fn search<D>(
        &self,
        source: &SourceBatch,
        gates: Option<&[f64]>,
        config: &GenerationConfig,
        decoding: impl FnOnce(Self, Tensor<2>, &Walk<'_>) -> D,
    ) -> Result<Vec<Vec<Hypothesis>>, GenerationError>
    where
        D: Decoding,
    {
        let vocabulary = self.config().target_vocabulary;
        if config.beam == 0 || 2 * config.beam >= vocabulary {
            return Err(GenerationError::Beam {
                beam: config.beam,
                vocabulary,
            });
        }
        let (sentences, width) = (source.sentences(), source.rows.length());
        if sentences == 0 {
            return Ok(Vec::new());
        }
        let model = self.plain();
        let gates = gates
            .map(|gates| HeadGates::new(gates, self.grid(), self.options()))
            .transpose()?;

        let memory = model.encode(source, gates.as_ref());
        let mut walk = Walk::new(&source.rows, gates.as_ref(), Mode::Evaluate, None);
        let mut decoding = decoding(model, memory, &walk);
        let mut search = Search::new(*config, self.longest(config, width), sentences);
        let mut words = vec![END; sentences];
        loop {
            let scores = decoding.scores(&words, search.active(), &mut walk);
            let scores = ops::log_probabilities(&walk.pass, scores).map_err(GenerationError::Device)?;
            let Some(next) = search.advance(&scores, vocabulary) else {
                return Ok(search.finish());
            };
            decoding.follow(&next);
            words = next.words;
        }
    }

    /// Most words of a translation, end symbol aside.
    fn longest(&self, config: &GenerationConfig, width: usize) -> usize {
        let asked = config.max_len_a * width as f64 + config.max_len_b;
        (asked as usize).min(self.config().max_target_positions - 1)
    }
}
