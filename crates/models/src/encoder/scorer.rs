//! A classifier that answers and is not trained.

#[cfg(feature = "flex")]
use super::packed::PackedClassifier;
use super::{EncoderClassifier, TokenBatch};
#[cfg(feature = "flex")]
use crate::packed::PackedGates;
#[cfg(feature = "flex")]
use crate::pass::packs;
use crate::{GatesError, HeadGates, Mode, Parameters, TensorOptions};

/// A classifier ready to score: its weights are brought into the form that scoring reads, once for all batches.
#[derive(Debug)]
pub struct Scorer {
    way: Way,
    options: TensorOptions,
}

#[derive(Debug)]
enum Way {
    /// On the pure Rust backend in single precision.
    #[cfg(feature = "flex")]
    Packed(Box<PackedClassifier>),
    Tensors(Box<EncoderClassifier>),
}

/// Why there are no scores.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ScoreError {
    /// Not one gate for each head.
    #[error(transparent)]
    Gates(#[from] GatesError),
    /// They could not be read back from the device.
    #[error("reading from the device failed: {0}")]
    Device(String),
}

impl EncoderClassifier {
    /// The model (in whatever state; scores are computed outside autodiff, without dropout) ready to score batches that are
    /// made with `options`.
    pub fn scorer(&self, options: &TensorOptions) -> Scorer {
        let model = self.plain();
        #[cfg(feature = "flex")]
        if packs(options) {
            return Scorer {
                way: Way::Packed(Box::new(model.packed())),
                options: options.clone(),
            };
        }
        Scorer {
            way: Way::Tensors(Box::new(model)),
            options: options.clone(),
        }
    }
}

impl Scorer {
    /// Class scores, `[examples][classes]`, under `gates`, N values in the order of the grid, or with every head as it is.
    ///
    /// # Errors
    /// [`ScoreError::Gates`] unless there is one gate for each head, [`ScoreError::Device`] where scores cannot be read.
    pub fn scores(&self, batch: &TokenBatch, gates: Option<&[f64]>) -> Result<Vec<Vec<f64>>, ScoreError> {
        let scores: Vec<f64> = match &self.way {
            #[cfg(feature = "flex")]
            Way::Packed(model) => {
                let gates = gates.map(|gates| PackedGates::new(gates, &model.grid));
                let scores = model.scores(batch, gates.transpose()?.as_ref());
                scores.into_iter().map(f64::from).collect()
            }
            Way::Tensors(model) => {
                let gates = gates.map(|gates| HeadGates::new(gates, model.grid(), &self.options));
                let scores = model.forward(batch, gates.transpose()?.as_ref(), Mode::Evaluate);
                let scores = scores.try_into_vec_as::<f64>();
                scores.map_err(|error| ScoreError::Device(format!("{error:?}")))?
            }
        };
        let classes = scores.len() / batch.len().max(1);
        Ok(scores.chunks(classes.max(1)).map(<[f64]>::to_vec).collect())
    }
}
