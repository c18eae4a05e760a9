//! How much memory a run will hold, before any has ended and told.

use crate::corpus::DataSource;
use crate::schema::Experiment;
use crate::task::TaskName;

/// What the program and small corpora hold.
const PROGRAM_MIB: u64 = 40;
const MIB: u64 = 1 << 20;

impl Experiment {
    /// A guess of the largest memory of a training in MiB: weights, gradients and two moments, and what a batch of
    /// inputs of full length leaves for the backward pass.
    ///
    /// The counts of numbers per token fit what was measured on full batches: 4312 MiB for BERT-base with 32 x 128
    /// tokens, 671 MiB for 6 layers of width 384 with 32 x 64.
    pub fn memory_guess_mib(&self) -> u64 {
        let model = &self.model;
        let [width, inner, layers] = [model.width, model.feed_forward, model.layers].map(|size| size as u64);
        let (vocabulary, decoder) = (self.vocabulary_guess(), self.decoder_layers());
        let longest = match self.task {
            TaskName::Classification => self.data.max_length.min(model.positions),
            TaskName::Translation => 64.min(model.positions),
        };
        let tokens = self.train.max_tokens.unwrap_or(self.train.batch * longest) as u64;
        let of_token = (layers + decoder) * (9 * width + 2 * inner)
            + decoder * 4 * width
            // Scores of every word of the target language and their derivatives.
            + if decoder > 0 { vocabulary } else { 0 };
        PROGRAM_MIB + (4 * 4 * self.parameters_guess() + 4 * tokens * of_token) / MIB
    }

    /// A guess of the numbers that the model has.
    pub fn parameters_guess(&self) -> u64 {
        let model = &self.model;
        let [width, inner, layers, positions] =
            [model.width, model.feed_forward, model.layers, model.positions].map(|size| size as u64);
        let decoder = self.decoder_layers();
        let of_layer = 4 * width * width + 2 * width * inner;
        let of_decoder_layer = of_layer + 4 * width * width;
        layers * of_layer
            + decoder * of_decoder_layer
            + (1 + u64::from(decoder > 0)) * (self.vocabulary_guess() + positions) * width
    }

    fn vocabulary_guess(&self) -> u64 {
        match (self.task, self.data.source) {
            (TaskName::Classification, DataSource::Demo) => 500,
            (TaskName::Classification, _) => 30_522,
            (TaskName::Translation, _) => self.data.merges as u64,
        }
    }

    fn decoder_layers(&self) -> u64 {
        match self.task {
            TaskName::Classification => 0,
            TaskName::Translation => self.model.decoder_layers() as u64,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bert(layers: usize, width: usize, length: usize) -> Experiment {
        let mut experiment = Experiment::default();
        experiment.model.layers = layers;
        experiment.model.width = width;
        experiment.model.feed_forward = 4 * width;
        experiment.data.source = DataSource::Files;
        experiment.data.max_length = length;
        experiment
    }

    #[test]
    fn guesses_what_was_measured() {
        for (experiment, measured) in [(bert(12, 768, 128), 4312), (bert(6, 384, 64), 671)] {
            let guess = experiment.memory_guess_mib();
            assert!(guess.abs_diff(measured) < measured / 10, "{guess} for {measured}");
        }
    }
}
