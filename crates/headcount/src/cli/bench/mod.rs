//! `headcount bench`: what an update, a gate, an answer or a translation costs on this machine.

mod decode;
mod gate;
mod latency;
mod median;
mod predict;
mod step;

use clap::Subcommand;

use crate::problem::Result;

#[derive(Debug, Subcommand)]
pub(crate) enum Action {
    /// Time training updates of a model of given sizes or of an experiment, split into their parts.
    Step(step::Options),
    /// Time one sample and pull-back of the gate of differentiable subset pruning.
    Gate(gate::Options),
    /// Time models with all their heads, with some masked, and without them.
    Latency(latency::Options),
    /// Time beam search of an encoder-decoder of given sizes with and without caches.
    Decode(decode::Options),
    /// Time a classifier of a model folder on batches of token ids, and print its scores.
    Predict(predict::Options),
}

pub(crate) fn bench(action: &Action) -> Result<u8> {
    match action {
        Action::Step(options) => step::step(options),
        Action::Gate(options) => gate::gate(options),
        Action::Latency(options) => latency::latency(options),
        Action::Decode(options) => decode::decode(options),
        Action::Predict(options) => predict::predict(options),
    }
}
