//! The encoder-decoder: scores, losses, and the states on the way.

use burn::tensor::Tensor;
use heads::HeadGrid;

use super::decoder::Decoder;
use super::encoder::Encoder;
use super::pass::{Walk, Watch};
use super::positions::Positions;
use super::{SourceBatch, TranslationBatch, TranslationConfig};
use crate::parameters::joined;
use crate::statistics::Statistician;
use crate::{
    AttentionStatistics, HeadGates, Initializer, Mode, Parameter, Parameters, Removal, TensorOptions,
    cross_entropy,
};

/// Post-norm encoder-decoder with ReLU, sinusoidal positions, and target embeddings that are the output projection too.
#[derive(Debug, Clone)]
pub struct TranslationModel {
    pub(super) encoder: Encoder,
    pub(super) decoder: Decoder,
    pub(super) positions: Positions,
    config: TranslationConfig,
    grid: HeadGrid,
}

impl TranslationModel {
    /// Fresh weights as fairseq draws them: embeddings normal with variance 1 / width, query, key and value
    /// Xavier-uniform with gain 1 / sqrt(2), attention outputs Xavier-uniform with bias 0, feed-forward layers and the
    /// biases of query, key and value uniform within 1 / sqrt(inputs), layer normalisation the identity. Attention modules have the heads
    /// that `config` leaves them, or none; a head keeps its width.
    ///
    /// # Errors
    /// A config that [`TranslationConfig::check`] refuses.
    pub fn new(config: &TranslationConfig, initial: &mut Initializer) -> Result<Self, String> {
        config.check()?;
        let grid = config.grid().map_err(|error| error.to_string())?;
        Ok(Self {
            positions: Positions::new(config.embed_dim, initial.options()),
            encoder: Encoder::new(config, &grid, initial),
            decoder: Decoder::new(config, &grid, initial),
            grid,
            config: config.clone(),
        })
    }

    /// The model that is left when heads are removed: without gates it computes what this one does under those of `removal`.
    ///
    /// # Panics
    /// If `removal` was made for other heads.
    #[must_use]
    pub fn removed(&self, removal: &Removal) -> Self {
        removal.assert_of(&self.grid);
        let config = match self.config.pruned(&removal.mask()) {
            Ok(config) => config,
            Err(reason) => unreachable!("the grid is that of the config: {reason}"),
        };
        Self {
            config,
            encoder: self.encoder.removed(removal),
            decoder: self.decoder.removed(removal),
            grid: removal.grid().clone(),
            ..self.clone()
        }
    }

    /// The heads of this model.
    pub fn grid(&self) -> &HeadGrid {
        &self.grid
    }

    /// Sizes, the heads that were removed, dropout and label smoothing.
    pub fn config(&self) -> &TranslationConfig {
        &self.config
    }

    /// Where and in which precision the model was made.
    pub fn options(&self) -> &TensorOptions {
        self.positions.options()
    }

    /// Takes the given rows for the first positions, row-major, in place of those of
    /// [`position_table`](super::position_table): another program's sines may differ in their last bit.
    pub fn set_position_table(&mut self, rows: Vec<f32>) {
        self.positions = Positions::from_table(rows, self.config.embed_dim, self.options());
    }

    /// Scores of the words to predict, `[rows, vocabulary]`, under `gates` or with every head as it is.
    pub fn forward(&self, batch: &TranslationBatch, gates: Option<&HeadGates>, mode: Mode) -> Tensor<2> {
        self.walked(batch, gates, mode, None)
    }

    /// [`forward`](Self::forward) in evaluation mode that shows the states on the way, each `[rows, width]`.
    pub fn forward_watched<'a>(
        &self,
        batch: &TranslationBatch,
        gates: Option<&'a HeadGates>,
        watch: Watch<'a>,
    ) -> Tensor<2> {
        self.walked(batch, gates, Mode::Evaluate, Some(watch))
    }

    /// What the heads attend to in evaluation mode, from every word of the source and from every word that precedes one to
    /// predict.
    ///
    /// # Errors
    /// What the device says when numbers cannot be read back.
    pub fn attention(
        &self,
        batch: &TranslationBatch,
        gates: Option<&HeadGates>,
    ) -> Result<AttentionStatistics, String> {
        let watch = Statistician::new(&self.grid);
        let mut walk = Walk::new(&batch.rows, gates, Mode::Evaluate, None);
        walk.pass = walk.pass.watched(&watch);
        let memory = self.encoder.forward(&batch.source, &self.positions, &mut walk);
        self.decoder.forward(batch, &memory, &self.positions, &mut walk);
        watch.found()
    }

    fn walked<'a>(
        &self,
        batch: &TranslationBatch,
        gates: Option<&'a HeadGates>,
        mode: Mode,
        watch: Option<Watch<'a>>,
    ) -> Tensor<2> {
        let mut walk = Walk::new(&batch.rows, gates, mode, watch);
        let memory = self.encoder.forward(&batch.source, &self.positions, &mut walk);
        self.decoder.forward(batch, &memory, &self.positions, &mut walk)
    }

    /// The label-smoothed cross-entropy in training mode, summed over the words to predict: one number. `seed` decides
    /// dropout.
    pub fn loss(&self, batch: &TranslationBatch, gates: Option<&HeadGates>, seed: u64) -> Tensor<1> {
        let scores = self.forward(batch, gates, Mode::Train { seed });
        let losses = cross_entropy(scores, &batch.target, self.config.label_smoothing);
        if batch.rows.count() == batch.tokens {
            losses.sum()
        } else {
            batch.rows.to_tokens(losses).sum()
        }
    }

    /// The plain cross-entropy in evaluation mode, summed over the words of each sentence: `[sentences]`.
    pub fn sentence_losses(&self, batch: &TranslationBatch, gates: Option<&HeadGates>) -> Tensor<1> {
        let losses = cross_entropy(self.forward(batch, gates, Mode::Evaluate), &batch.target, 0.0);
        batch.rows.to_tokens(losses).sum_dim(1).squeeze_dim(1)
    }

    /// States of the source words in evaluation mode, `[rows, width]`.
    pub(super) fn encode(&self, source: &SourceBatch, gates: Option<&HeadGates>) -> Tensor<2> {
        let mut walk = Walk::new(&source.rows, gates, Mode::Evaluate, None);
        self.encoder.forward(source, &self.positions, &mut walk)
    }
}

impl Parameters for TranslationModel {
    fn visit(&mut self, prefix: &str, visit: &mut dyn FnMut(&str, Parameter<'_>)) {
        self.encoder.visit(&joined(prefix, "encoder"), visit);
        self.decoder.visit(&joined(prefix, "decoder"), visit);
    }
}
