//! Start weights from a seed, drawn on the host so that they are the same on every device.

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, Normal};

use burn::tensor::Tensor;

use crate::TensorOptions;

/// Draws start weights one after the other.
#[derive(Debug)]
pub struct Initializer {
    generator: ChaCha8Rng,
    options: TensorOptions,
}

impl Initializer {
    /// Weights for the given device and precision under `seed`.
    pub fn new(seed: u64, options: TensorOptions) -> Self {
        Self {
            generator: ChaCha8Rng::seed_from_u64(seed),
            options,
        }
    }

    /// The device and precision of the weights.
    pub fn options(&self) -> &TensorOptions {
        &self.options
    }

    /// A matrix of normal numbers with mean 0.
    pub fn normal(&mut self, shape: [usize; 2], std: f64) -> Tensor<2> {
        let count = shape[0] * shape[1];
        let values: Vec<f64> = match Normal::new(0.0, std) {
            Ok(normal) => normal.sample_iter(&mut self.generator).take(count).collect(),
            // Only a standard deviation that is not finite is refused; training would show it at once.
            Err(_) => vec![f64::NAN; count],
        };
        self.options.float(&values, shape)
    }

    /// A matrix of numbers uniform in [-bound, bound).
    pub fn uniform(&mut self, shape: [usize; 2], bound: f64) -> Tensor<2> {
        let values: Vec<f64> = (0..shape[0] * shape[1])
            .map(|_| (2.0 * self.generator.random::<f64>() - 1.0) * bound)
            .collect();
        self.options.float(&values, shape)
    }

    /// A Xavier-uniform matrix `[in, out]`: uniform within `gain * sqrt(6 / (in + out))`.
    pub fn xavier(&mut self, shape: [usize; 2], gain: f64) -> Tensor<2> {
        let bound = gain * (6.0 / (shape[0] + shape[1]) as f64).sqrt();
        self.uniform(shape, bound)
    }

    /// A vector of one number.
    pub fn constant(&self, length: usize, value: f64) -> Tensor<1> {
        self.options.float(&vec![value; length], [length])
    }
}
