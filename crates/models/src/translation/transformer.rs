//! The encoder-decoder: scores, losses, and the states on the way.

use burn::tensor::{Int, Tensor};
use heads::HeadGrid;

use super::decoder::Decoder;
use super::encoder::Encoder;
use super::pass::{Pass, Place};
use super::positions::Positions;
use super::{SourceBatch, TranslationBatch, TranslationConfig};
use crate::parameters::joined;
use crate::{
    Initializer, Parameter, Parameters, TensorOptions, example_cross_entropy, smoothed_cross_entropy,
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
    /// biases of query, key and value uniform within 1 / sqrt(inputs), layer normalisation the identity.
    ///
    /// # Errors
    /// A config that [`TranslationConfig::check`] refuses.
    pub fn new(config: &TranslationConfig, initial: &mut Initializer) -> Result<Self, String> {
        config.check()?;
        Ok(Self {
            positions: Positions::new(config.embed_dim, initial.options()),
            encoder: Encoder::new(config, initial),
            decoder: Decoder::new(config, initial),
            grid: config.grid().map_err(|error| error.to_string())?,
            config: config.clone(),
        })
    }

    /// The heads of this model.
    pub fn grid(&self) -> &HeadGrid {
        &self.grid
    }

    /// Sizes, dropout and label smoothing.
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

    /// Scores of the words to predict, `[sentences * length, vocabulary]`, under `gates` or with every head as it is.
    /// `gates`: `[1, rows, heads]` for all sentences or `[sentences, rows, heads]` for each. `train` switches dropout on.
    pub fn forward(&self, batch: &TranslationBatch, gates: Option<&Tensor<3>>, train: bool) -> Tensor<2> {
        self.forward_watched(batch, gates, train, &mut |_, _| ())
    }

    /// [`forward`](Self::forward) that shows the states on the way, each `[sentences * length, width]`.
    pub fn forward_watched(
        &self,
        batch: &TranslationBatch,
        gates: Option<&Tensor<3>>,
        train: bool,
        watch: &mut dyn FnMut(Place, &Tensor<2>),
    ) -> Tensor<2> {
        let mut pass = self.pass(gates, train, watch);
        let memory = self.encoder.forward(&batch.source, &self.positions, &mut pass);
        self.decoder.forward(batch, &memory, &self.positions, &mut pass)
    }

    /// The label-smoothed cross-entropy in training mode, summed over the words to predict: one number.
    pub fn loss(&self, batch: &TranslationBatch, gates: Option<&Tensor<3>>) -> Tensor<1> {
        let scores = self.forward(batch, gates, true);
        let losses = smoothed_cross_entropy(scores, target(batch), self.config.label_smoothing);
        (losses * flat(&batch.words)).sum()
    }

    /// The plain cross-entropy in evaluation mode, summed over the words of each sentence: `[sentences]`.
    pub fn sentence_losses(&self, batch: &TranslationBatch, gates: Option<&Tensor<3>>) -> Tensor<1> {
        let losses = example_cross_entropy(self.forward(batch, gates, false), target(batch));
        (losses.reshape(batch.words.dims()) * batch.words.clone())
            .sum_dim(1)
            .squeeze_dim(1)
    }

    /// States of the source words in evaluation mode, `[sentences * length, width]`.
    pub(super) fn encode(&self, source: &SourceBatch, gates: Option<&Tensor<3>>) -> Tensor<2> {
        let mut watch = |_: Place, _: &Tensor<2>| ();
        let mut pass = self.pass(gates, false, &mut watch);
        self.encoder.forward(source, &self.positions, &mut pass)
    }

    pub(super) fn pass<'a>(
        &self,
        gates: Option<&'a Tensor<3>>,
        train: bool,
        watch: &'a mut dyn FnMut(Place, &Tensor<2>),
    ) -> Pass<'a> {
        Pass {
            gates,
            layers: (self.config.encoder_layers, self.config.decoder_layers),
            train,
            watch,
        }
    }
}

/// Words to predict, `[sentences * length]`.
fn target(batch: &TranslationBatch) -> Tensor<1, Int> {
    let cells = batch.target.dims().iter().product::<usize>();
    batch.target.clone().reshape([cells])
}

fn flat(tensor: &Tensor<2>) -> Tensor<1> {
    let cells = tensor.dims().iter().product::<usize>();
    tensor.clone().reshape([cells])
}

impl Parameters for TranslationModel {
    fn visit(&mut self, prefix: &str, visit: &mut dyn FnMut(&str, Parameter<'_>)) {
        self.encoder.visit(&joined(prefix, "encoder"), visit);
        self.decoder.visit(&joined(prefix, "decoder"), visit);
    }
}
