//! Uniform draws for the gates: from a seed, or replayed from a record.

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// A source of uniform draws in [0, 1).
pub trait UniformStream {
    /// Fills `draws` with the next numbers of the stream.
    fn fill(&mut self, draws: &mut [f64]);
}

/// Uniform draws from a seed. The numbers of update n are a function of the seed and n alone, so that a resumed
/// run needs no generator state.
#[derive(Debug, Clone)]
pub struct SeededUniform {
    generator: ChaCha8Rng,
}

impl SeededUniform {
    /// The stream of `update` under `seed`.
    pub fn at_update(seed: u64, update: u64) -> Self {
        let mut generator = ChaCha8Rng::seed_from_u64(seed);
        generator.set_stream(update);
        Self { generator }
    }
}

impl UniformStream for SeededUniform {
    fn fill(&mut self, draws: &mut [f64]) {
        draws.fill_with(|| self.generator.random::<f64>());
    }
}

/// The seed of one use of randomness (`purpose`) in a run with the given seed.
///
/// Separate seeds keep the uses independent: another order of examples does not change the start weights.
pub fn derive_seed(seed: u64, purpose: &str) -> u64 {
    // FNV-1a names the purpose, SplitMix64 spreads it; both are fixed functions of their input.
    let name = purpose.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
    });
    let mut z = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15).wrapping_add(name);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_stream_depends_on_seed_and_update_only() {
        let draw = |seed, update| {
            let mut draws = [0.0; 4];
            SeededUniform::at_update(seed, update).fill(&mut draws);
            draws
        };
        assert_eq!(draw(1, 7), draw(1, 7));
        assert_ne!(draw(1, 7), draw(1, 8));
        assert_ne!(draw(1, 7), draw(2, 7));
        assert!(draw(3, 0).iter().all(|u| (0.0..1.0).contains(u)));
    }

    #[test]
    fn purposes_have_their_own_seeds() {
        assert_eq!(derive_seed(1, "order"), derive_seed(1, "order"));
        assert_ne!(derive_seed(1, "order"), derive_seed(1, "weights"));
        assert_ne!(derive_seed(1, "order"), derive_seed(2, "order"));
    }
}
