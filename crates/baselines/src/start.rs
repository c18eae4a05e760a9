//! The start of learned importances.

use heads::UniformStream;

/// `n` numbers uniform in [-bound, bound): one draw each, in the order of the heads.
pub(crate) fn uniform(n: usize, bound: f64, noise: &mut dyn UniformStream) -> Vec<f64> {
    let mut start = vec![0.0; n];
    noise.fill(&mut start);
    spread(&mut start, bound);
    start
}

/// Draws from [0, 1) to numbers uniform in [-bound, bound).
pub(crate) fn spread(draws: &mut [f64], bound: f64) {
    for draw in draws {
        *draw = (2.0 * *draw - 1.0) * bound;
    }
}

/// A stream of one number, for tests.
#[cfg(test)]
pub(crate) struct Constant(pub(crate) f64);

#[cfg(test)]
impl UniformStream for Constant {
    fn fill(&mut self, draws: &mut [f64]) {
        draws.fill(self.0);
    }
}
