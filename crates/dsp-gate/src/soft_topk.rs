//! Gumbel soft top-K: K softmaxes in a row, each lowering what the ones before have taken, and their pull-back.

use kernels::double::{exp, ln_of_normal};
use kernels::{lanes, vectorised};

/// The smallest positive normal float64; keeps the logarithms finite.
const TINY: f64 = f64::MIN_POSITIVE;

/// The relaxed choice of K out of N, with the K softmaxes of the last forward pass kept for the pull-back.
///
/// Forward: `u' = u (1 - tiny) + tiny`, `r = w - ln(-ln u')`, `p1 = softmax(r / tau)`; for j = 2..K
/// `r += ln max(1 - p_{j-1}, tiny)`, `p_j = softmax(r / tau)`; `g = p1 + ... + pK`. The gates sum to K; single
/// gates may exceed 1 and are not clamped. Memory: K N numbers; no allocation after construction.
#[derive(Debug, Clone)]
pub struct SoftTopK {
    n: usize,
    tau: f64,
    /// K rows of N probabilities.
    picks: Vec<f64>,
    scores: Vec<f64>,
    gates: Vec<f64>,
    carry: Vec<f64>,
    slope: Vec<f64>,
}

impl SoftTopK {
    /// Room for choices of `k` out of `n`.
    pub fn new(n: usize, k: usize) -> Self {
        Self {
            n,
            tau: 1.0,
            picks: vec![0.0; k * n],
            scores: vec![0.0; n],
            gates: vec![0.0; n],
            carry: vec![0.0; n],
            slope: vec![0.0; n],
        }
    }

    /// Gate values for importances `w` and uniform draws `u` in [0, 1), both of length N, at temperature `tau`.
    pub fn forward(&mut self, w: &[f64], u: &[f64], tau: f64) -> &[f64] {
        debug_assert!(w.len() == self.n && u.len() == self.n);
        self.tau = tau;
        for ((score, &w), &u) in self.scores.iter_mut().zip(w).zip(u) {
            *score = w + gumbel(u);
        }
        self.gates.fill(0.0);
        let mut previous: Option<&[f64]> = None;
        for pick in self.picks.chunks_exact_mut(self.n) {
            if let Some(taken) = previous {
                lower(&mut self.scores, taken);
            }
            softmax(&self.scores, tau, pick, &mut self.gates);
            previous = Some(pick);
        }
        &self.gates
    }

    /// The Gumbel noise of the draws `u`.
    pub fn noise(u: &[f64]) -> Vec<f64> {
        u.iter().copied().map(gumbel).collect()
    }

    /// dL/dw of the last forward pass from `gate_gradient` = dL/dg, written to `out`; both of length N.
    ///
    /// With R = 0 after the last pick, for j = K..1: `a = c - R / (1 - p_j)` (no second term where the maximum took
    /// the constant branch), `R += p_j (a - <p_j, a>) / tau`; dL/dw = R. Near tau = 0.01 at large K the derivative
    /// itself can leave the range of float64: the caller must check that `out` is finite.
    pub fn pull_back(&mut self, gate_gradient: &[f64], out: &mut [f64]) {
        debug_assert!(gate_gradient.len() == self.n && out.len() == self.n);
        self.carry.fill(0.0);
        // Behind the last pick nothing was lowered, and R = 0.
        for pick in self.picks.chunks_exact(self.n).rev() {
            pull_back_pick(
                pick,
                gate_gradient,
                1.0 / self.tau,
                &mut self.slope,
                &mut self.carry,
            );
        }
        out.copy_from_slice(&self.carry);
    }
}

fn gumbel(u: f64) -> f64 {
    -(-(u * (1.0 - TINY) + TINY).ln()).ln()
}

vectorised! {
    /// `scores += ln max(1 - taken, tiny)`
    fn lower<'a>(scores: &'a mut [f64], taken: &'a [f64]) {
        for (score, &p) in scores.iter_mut().zip(taken) {
            let left = 1.0 - p;
            *score += ln_of_normal(if left < TINY { TINY } else { left });
        }
    }
}

vectorised! {
    /// `pick = softmax(scores / tau)`, added to `gates`.
    fn softmax<'a>(scores: &'a [f64], tau: f64, pick: &'a mut [f64], gates: &'a mut [f64]) {
        let max = lanes::largest(scores);
        for (p, &score) in pick.iter_mut().zip(scores) {
            *p = exp((score - max) / tau);
        }
        let sum: f64 = lanes::sum(pick, |p| p);
        for (p, gate) in pick.iter_mut().zip(gates) {
            *p /= sum;
            *gate += *p;
        }
    }
}

vectorised! {
    /// One step of the pull-back: `carry` is R of the pick behind on entry and of this one on return; `slope` is room for a.
    fn pull_back_pick<'a>(
        pick: &'a [f64], gate_gradient: &'a [f64], inverse_tau: f64, slope: &'a mut [f64], carry: &'a mut [f64],
    ) {
        let entries = pick.iter().zip(gate_gradient).zip(carry.iter().zip(slope.iter_mut()));
        for ((&p, &c), (&carry, slope)) in entries {
            let left = 1.0 - p;
            let passed = if left < TINY { 0.0 } else { carry / left };
            *slope = c - passed;
        }
        let mean = lanes::dot(pick, slope);
        for ((&p, &slope), carry) in pick.iter().zip(slope.iter()).zip(carry) {
            *carry += p * (slope - mean) * inverse_tau;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn inner(a: &[f64], b: &[f64]) -> f64 {
        a.iter().zip(b).map(|(a, b)| a * b).sum()
    }

    #[test]
    fn a_hot_choice_is_uniform_and_a_cold_one_is_the_noisy_top_k() {
        let w = [0.3, -0.2, 0.9, 0.1];
        let u = [0.5, 0.25, 0.125, 0.75];
        let mut choice = SoftTopK::new(4, 2);
        assert!(
            choice
                .forward(&w, &u, 1000.0)
                .iter()
                .all(|g| (g - 0.5).abs() < 1e-3)
        );
        // w + Gumbel(u) is largest at 3, then at 0.
        assert_eq!(choice.forward(&w, &u, 1e-8), [1.0, 0.0, 0.0, 1.0]);
    }

    #[test]
    fn keeping_every_head_is_stable_at_both_ends() {
        let w = [0.3, -0.2, 0.9, 0.1];
        let mut choice = SoftTopK::new(4, 4);
        // Hot: each of four picks is uniform up to the spread of the scores over tau, about 20 / 1000 a pick.
        let hot = choice.forward(&w, &[0.0, 0.25, 0.999_999, 0.75], 1000.0);
        assert!(hot.iter().all(|g| (g - 1.0).abs() < 0.1), "{hot:?}");
        assert_eq!(choice.forward(&w, &[0.0, 0.25, 0.999_999, 0.75], 1e-8), [1.0; 4]);
        let mut gradient = [f64::NAN; 4];
        choice.pull_back(&[1.0, 2.0, 3.0, 4.0], &mut gradient);
        assert_eq!(gradient, [0.0; 4]);
    }

    proptest! {
        #[test]
        fn gates_sum_to_k(
            pairs in prop::collection::vec((-5.0f64..5.0, 0.0f64..1.0), 1..40), cut in 0.01f64..=1.0,
            log_tau in -18.5f64..7.0,
        ) {
            let (w, u): (Vec<f64>, Vec<f64>) = pairs.into_iter().unzip();
            let k = ((cut * w.len() as f64).ceil() as usize).clamp(1, w.len());
            let mut choice = SoftTopK::new(w.len(), k);
            let sum: f64 = choice.forward(&w, &u, log_tau.exp()).iter().sum();
            prop_assert!((sum - k as f64).abs() < 1e-11 * k as f64, "{sum} for {k}");
        }

        #[test]
        fn the_pull_back_is_the_derivative(
            triples in prop::collection::vec((-2.0f64..2.0, 0.05f64..0.95, -1.0f64..1.0), 2..12), cut in 0.01f64..=1.0,
            log_tau in -0.5f64..3.0,
        ) {
            let n = triples.len();
            let k = ((cut * n as f64).ceil() as usize).clamp(1, n);
            let w: Vec<f64> = triples.iter().map(|t| t.0).collect();
            let u: Vec<f64> = triples.iter().map(|t| t.1).collect();
            let c: Vec<f64> = triples.iter().map(|t| t.2).collect();
            let tau = log_tau.exp();
            let mut choice = SoftTopK::new(n, k);
            choice.forward(&w, &u, tau);
            let mut gradient = vec![0.0; n];
            choice.pull_back(&c, &mut gradient);
            let step = 1e-5;
            for i in 0..n {
                let mut shifted = w.clone();
                shifted[i] += step;
                let above = inner(choice.forward(&shifted, &u, tau), &c);
                shifted[i] -= 2.0 * step;
                let below = inner(choice.forward(&shifted, &u, tau), &c);
                let difference = (above - below) / (2.0 * step);
                let scale = gradient.iter().fold(1.0f64, |a, b| a.max(b.abs()));
                prop_assert!((difference - gradient[i]).abs() < 1e-5 * scale, "{difference} {}", gradient[i]);
            }
        }
    }
}
