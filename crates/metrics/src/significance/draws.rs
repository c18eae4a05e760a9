//! What a trial draws: a pure function of the seed, the use and the trial's number, on any number of threads.

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// What the draws are for; uses do not share a stream, so that two tests with one seed are independent of each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Use {
    /// Segments with replacement.
    Bootstrap,
    /// Swaps of two outputs.
    Randomisation,
}

/// The generator of every trial under one seed.
#[derive(Debug, Clone)]
pub(super) struct Draws {
    start: ChaCha8Rng,
}

impl Draws {
    pub(super) fn new(seed: u64, purpose: Use) -> Self {
        let mut key = [0; 32];
        key[..8].copy_from_slice(&seed.to_le_bytes());
        key[8] = match purpose {
            Use::Bootstrap => 1,
            Use::Randomisation => 2,
        };
        Self {
            start: ChaCha8Rng::from_seed(key),
        }
    }

    fn generator(&self, trial: usize) -> ChaCha8Rng {
        let mut generator = self.start.clone();
        generator.set_stream(trial as u64);
        generator
    }

    /// As many draws from 0..`segments`, with replacement, as there are segments.
    ///
    /// Scaling 64 random bits favours no segment by more than one part in 2^64 / `segments`.
    pub(super) fn resample(&self, trial: usize, segments: usize) -> impl Iterator<Item = usize> {
        let mut generator = self.generator(trial);
        (0..segments).map(move |_| {
            let scaled = u128::from(generator.next_u64()) * segments as u128;
            (scaled >> u64::BITS) as usize
        })
    }

    /// Which outputs are exchanged, each with probability 1/2: bit i of word w, from the lowest, is of segment 64 w + i.
    pub(super) fn swaps(&self, trial: usize) -> impl Iterator<Item = u64> {
        let mut generator = self.generator(trial);
        std::iter::repeat_with(move || generator.next_u64())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn resample(seed: u64, trial: usize, segments: usize) -> Vec<usize> {
        Draws::new(seed, Use::Bootstrap)
            .resample(trial, segments)
            .collect()
    }

    #[test]
    fn a_draw_depends_on_seed_use_and_trial_only() {
        assert_eq!(resample(1, 5, 30), resample(1, 5, 30));
        assert_ne!(resample(1, 5, 30), resample(1, 6, 30));
        assert_ne!(resample(1, 5, 30), resample(2, 5, 30));
        let other_use: Vec<usize> = Draws::new(1, Use::Randomisation).resample(5, 30).collect();
        assert_ne!(resample(1, 5, 30), other_use);
    }

    #[test]
    fn the_stream_stays_what_it_is() {
        assert_eq!(resample(7, 3, 10), [3, 7, 5, 3, 9, 4, 9, 1, 8, 3]);
        let draws = Draws::new(7, Use::Randomisation);
        let swaps: Vec<u64> = draws.swaps(3).take(2).collect();
        assert_eq!(swaps, [8_373_608_932_866_545_840, 10_529_664_626_419_550_544]);
    }

    #[test]
    fn every_segment_is_drawn_equally_often() {
        // 60,000 draws from 6: each 10,000 times with standard deviation 91.
        let mut drawn = [0_i32; 6];
        for trial in 0..10_000 {
            for segment in resample(11, trial, 6) {
                drawn[segment] += 1;
            }
        }
        assert!(
            drawn.iter().all(|times| (times - 10_000).abs() < 500),
            "{drawn:?}"
        );
    }

    #[test]
    fn every_segment_is_swapped_half_of_the_times() {
        // 4,000 trials: 2,000 with standard deviation 32.
        let draws = Draws::new(11, Use::Randomisation);
        let mut swapped = [0_i32; 128];
        for trial in 0..4_000 {
            for (word, bits) in draws.swaps(trial).take(2).enumerate() {
                for bit in 0..64 {
                    swapped[64 * word + bit] += (bits >> bit & 1) as i32;
                }
            }
        }
        assert!(
            swapped.iter().all(|times| (times - 2_000).abs() < 190),
            "{swapped:?}"
        );
    }
}
