//! `headcount bench`: what an update, a gate or a translation costs on this machine.

mod decode;
mod gate;
mod step;

use clap::Subcommand;

use crate::problem::Result;

#[derive(Debug, Subcommand)]
pub(crate) enum Action {
    /// Time training updates of a model of given sizes or of an experiment, split into their parts.
    Step(step::Options),
    /// Time one sample and pull-back of the gate of differentiable subset pruning.
    Gate(gate::Options),
    /// Time beam search of an encoder-decoder of given sizes with and without caches.
    Decode(decode::Options),
}

pub(crate) fn bench(action: &Action) -> Result<u8> {
    match action {
        Action::Step(options) => step::step(options),
        Action::Gate(options) => gate::gate(options),
        Action::Decode(options) => decode::decode(options),
    }
}

/// The middle of the values; of an even number the mean of the two in the middle.
fn median(values: &mut [f64]) -> f64 {
    values.sort_by(f64::total_cmp);
    let middle = values.len() / 2;
    if values.len().is_multiple_of(2) && middle > 0 {
        f64::midpoint(values[middle - 1], values[middle])
    } else {
        values.get(middle).copied().unwrap_or(f64::NAN)
    }
}

#[cfg(test)]
mod tests {
    use super::median;

    #[test]
    fn the_median_of_odd_and_even_counts() {
        assert_eq!(median(&mut [3.0, 1.0, 2.0]), 2.0);
        assert_eq!(median(&mut [4.0, 1.0, 3.0, 2.0]), 2.5);
        assert!(median(&mut []).is_nan());
    }
}
