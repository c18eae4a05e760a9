//! What makes class scores of the state of the first token: a layer, its activation, and the classifier.

use bundle::encoder::{EncoderConfig, Family};
use burn::tensor::Tensor;

#[cfg(feature = "flex")]
use super::packed::PackedHead;
use crate::ops::{self, Activation, RowDropout};
#[cfg(feature = "flex")]
use crate::packed::packed;
use crate::pass::Pass;
use crate::{Initializer, Linear, Parameter, Parameters, SequenceRows};

/// The classifier of an encoder, in the form of its family.
#[derive(Debug, Clone)]
pub(super) struct Head {
    family: Family,
    dense: Linear,
    classifier: Linear,
    dropout: f64,
}

/// Class scores, and what they were made from.
pub(super) struct Scores {
    /// After the activation, `[examples, width]`.
    pub(super) pooled: Tensor<2>,
    /// `[examples, classes]`.
    pub(super) logits: Tensor<2>,
}

impl Head {
    pub(super) fn new(config: &EncoderConfig, initial: &mut Initializer) -> Self {
        let (width, std) = (config.hidden_size, config.initializer_range);
        Self {
            family: config.family,
            dense: Linear::new(width, width, std, initial),
            classifier: Linear::new(width, config.classes(), std, initial),
            dropout: config.head_dropout(),
        }
    }

    /// The head with packed weights.
    #[cfg(feature = "flex")]
    pub(super) fn packed(&self) -> PackedHead {
        PackedHead {
            dense: packed(&[&self.dense]),
            relu: self.family == Family::DistilBert,
            classifier: packed(&[&self.classifier]),
        }
    }

    /// Scores from the states of first tokens, `[examples, width]`.
    pub(super) fn forward(&self, first: Tensor<2>, examples: &SequenceRows, pass: &Pass<'_>) -> Scores {
        let dropout = || RowDropout {
            dropout: pass.dropout(self.dropout),
            rows: examples,
        };
        let dense = |first| ops::project(pass, first, &[&self.dense]).tanh();
        let (pooled, dropped) = match self.family {
            Family::Bert => {
                let pooled = dense(first);
                (pooled.clone(), ops::drop_rows(pass, pooled, dropout()))
            }
            Family::Roberta | Family::XlmRoberta => {
                let pooled = dense(ops::drop_rows(pass, first, dropout()));
                (pooled.clone(), ops::drop_rows(pass, pooled, dropout()))
            }
            Family::DistilBert => {
                let pooled = ops::project_activate(pass, first, &self.dense, Activation::Relu, dropout());
                (pooled.clone(), pooled)
            }
        };
        Scores {
            pooled,
            logits: ops::project(pass, dropped, &[&self.classifier]),
        }
    }
}

impl Parameters for Head {
    fn visit(&mut self, _: &str, visit: &mut dyn FnMut(&str, Parameter<'_>)) {
        self.dense.visit(self.family.head(), visit);
        self.classifier.visit(self.family.classifier(), visit);
    }
}
