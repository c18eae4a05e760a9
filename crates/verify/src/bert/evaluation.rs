//! The recorded evaluation of a classifier under a mask: logits, accuracy and loss.

use models::encoder::{EncoderClassifier, TokenBatch};
use models::{HeadGates, Mode, TensorOptions, cross_entropy};

use super::recording::Evaluated;
use crate::numbers::{flat, numbers};
use crate::tally::Tally;

/// A model outside autodiff and the batches it is evaluated on.
pub(super) struct Evaluator<'a> {
    pub(super) model: &'a EncoderClassifier,
    pub(super) batches: &'a [TokenBatch],
    pub(super) options: &'a TensorOptions,
}

impl Evaluator<'_> {
    /// Evaluates under `gates`, or with every head as it is, and compares: logits and mean loss within `tolerance` of a
    /// recorded number, accuracy exactly.
    pub(super) fn compare(
        &self,
        tally: &mut Tally,
        place: &str,
        gates: Option<&[f64]>,
        recorded: &Evaluated,
        tolerance: &dyn Fn(f64) -> f64,
    ) {
        let of_model = gates.map(|gates| HeadGates::new(gates, self.model.grid(), self.options));
        let gates = match of_model.transpose() {
            Ok(gates) => gates,
            Err(error) => {
                tally.differs(format!("{place}: {error}"));
                return;
            }
        };
        let (mut logits, mut labels, mut losses) = (Vec::new(), Vec::new(), Vec::new());
        for batch in self.batches {
            let scores = self.model.forward(batch, gates.as_ref(), Mode::Evaluate);
            losses.extend(numbers(cross_entropy(scores.clone(), &batch.labels, 0.0).mean()));
            logits.extend(numbers(scores));
            labels.extend(batch.labels.host().iter().map(|&label| i64::from(label)));
        }
        let want = flat(&recorded.logits);
        tally.equal(&format!("{place} number of logits"), &logits.len(), &want.len());
        for (&got, &want) in logits.iter().zip(&want) {
            tally.number(&format!("{place} logits"), got, want, tolerance(want));
        }
        if let Some(want) = recorded.mean_loss {
            let got = losses.iter().sum::<f64>() / losses.len() as f64;
            tally.number(&format!("{place} mean loss"), got, want, tolerance(want));
        }
        let got = accuracy(&logits, &labels);
        tally.equal(&format!("{place} accuracy"), &got, &recorded.accuracy);
    }
}

fn accuracy(logits: &[f64], labels: &[i64]) -> f64 {
    let classes = logits.len() / labels.len().max(1);
    let right = logits
        .chunks(classes.max(1))
        .zip(labels)
        .filter(|(scores, label)| {
            let best = (0..scores.len())
                .max_by(|&a, &b| scores[a].total_cmp(&scores[b]))
                .unwrap_or(0);
            best as i64 == **label
        })
        .count();
    right as f64 / labels.len() as f64
}
