//! The pull-back of the relaxed top-K from recorded numbers, and how far rounding alone may move what it gives.

use dsp_gate::SoftTopK;
use heads::{SeededUniform, UniformStream};

use crate::numbers::largest;
use crate::tally::Tally;

/// Largest relative error of rounding to float64.
const UNIT: f64 = f64::EPSILON / 2.0;

/// Agreement of two pull-backs of the same numbers relative to the largest of dL/dw, beside rounding.
const ALONE: f64 = 1e-9;

/// How often the scores are disturbed, and how many times the largest change is allowed.
const DISTURBANCES: usize = 4;
const ALLOWED: f64 = 4.0;

/// The recorded numbers of one pull-back.
#[derive(Debug, Clone)]
pub(crate) struct PullBack {
    /// w, of which the choice was made.
    pub(crate) importances: Vec<f64>,
    /// Uniform draws of its noise.
    pub(crate) draws: Vec<f64>,
    pub(crate) k: usize,
    pub(crate) tau: f64,
    /// c = dL/dg.
    pub(crate) gate_gradient: Vec<f64>,
    /// dL/dw.
    pub(crate) gradient: Vec<f64>,
}

impl PullBack {
    /// How far apart rounding may leave a number of dL/dw of two correct evaluations in float64, u being 2^-53: the sum
    /// of two parts, from what each pick adds, `p_h (a_h - <p, a>) / tau`, in which a is c less what later picks take back.
    ///
    /// **The difference.** Where p_h is within rounding of 1, `<p, a>` is within rounding of a_h, and what is left of
    /// them is made of four roundings of numbers as large as a: of the sum of the softmax, of its division, of the product
    /// with a, of the sum of the dot product; the difference itself is exact then. Two evaluations have eight. What gets
    /// rounded is the d by which p_h is below 1; where that is below u it is lost whole, and no more than it. And a is c
    /// there, since later picks leave a head alone that is taken for certain. So this part is at most
    ///
    /// `max|c| / tau * sum over picks of p_h 8 min(u, d)`.
    ///
    /// It does not shrink with dL/dw, whose relative error therefore has no bound.
    ///
    /// **The probabilities.** p is exp(score / tau), so that an error of a score comes back over tau, and through
    /// `ln(1 - p)` over tau once more at each later pick that the head is in question for. Scores have the errors of their
    /// noise (two logarithms), of its sum with w, and of the difference to the largest: 4 u (1 + |w| + |noise|). How far
    /// that reaches depends on all gates at once, so it is tried: w is disturbed by as much, up or down at random, a few
    /// times, and four times the largest change of a number of dL/dw is allowed.
    ///
    /// Among random choices of 6 of 12 to 72 of 144 at temperatures from 1000 to 1e-8 two ways to write the arithmetic
    /// differ by a third of this at most, but for choices in which rounding changes dL/dw as a whole (tau near 0.001 to
    /// 0.01 with large K). Scores more than some 30 apart are left out: where 1 - p has no digits later picks hang on it,
    /// and the recordings of gates mark such choices as not comparable.
    pub(crate) fn rounding(&self) -> f64 {
        self.of_differences() + ALLOWED * self.of_scores()
    }

    /// The part of the differences.
    fn of_differences(&self) -> f64 {
        let noise = SoftTopK::noise(&self.draws);
        let mut scores: Vec<f64> = self
            .importances
            .iter()
            .zip(noise)
            .map(|(w, noise)| w + noise)
            .collect();
        let mut lost = vec![0.0; scores.len()];
        for _ in 0..self.k {
            let top = (0..scores.len()).max_by(|&a, &b| scores[a].total_cmp(&scores[b]));
            let Some(top) = top else { break };
            let powers: Vec<f64> = (scores.iter())
                .map(|score| ((score - scores[top]) / self.tau).exp())
                .collect();
            // The largest power is 1, beside which small ones would be lost.
            let others: f64 = powers[..top].iter().chain(&powers[top + 1..]).sum();
            let below = others / (1.0 + others);
            for (head, power) in powers.iter().enumerate() {
                let p = power / (1.0 + others);
                lost[head] += p * 8.0 * UNIT.min(below);
                let left = if head == top { below } else { 1.0 - p };
                scores[head] += left.max(f64::MIN_POSITIVE).ln();
            }
        }
        largest(&lost) * largest(&self.gate_gradient) / self.tau
    }

    /// The largest change of a number of dL/dw from disturbed scores.
    fn of_scores(&self) -> f64 {
        let steps: Vec<f64> = (self.importances.iter().zip(SoftTopK::noise(&self.draws)))
            .map(|(w, noise)| 4.0 * UNIT * (1.0 + w.abs() + noise.abs()))
            .collect();
        let undisturbed = self.pulled_back(&self.importances);
        let change = |disturbance: usize| {
            let mut directions = vec![0.0; steps.len()];
            SeededUniform::at_update(0, disturbance as u64).fill(&mut directions);
            let disturbed: Vec<f64> = (self.importances.iter().zip(&steps).zip(directions))
                .map(|((w, step), direction)| if direction < 0.5 { w - step } else { w + step })
                .collect();
            let changes: Vec<f64> = (self.pulled_back(&disturbed).iter().zip(&undisturbed))
                .map(|(disturbed, undisturbed)| disturbed - undisturbed)
                .collect();
            largest(&changes)
        };
        (0..DISTURBANCES).map(change).fold(0.0, f64::max)
    }

    /// Our pull-back of the recorded numbers, from `importances`.
    fn pulled_back(&self, importances: &[f64]) -> Vec<f64> {
        let n = importances.len();
        let mut choice = SoftTopK::new(n, self.k);
        choice.forward(importances, &self.draws, self.tau);
        let mut gradient = vec![0.0; n];
        choice.pull_back(&self.gate_gradient, &mut gradient);
        gradient
    }

    /// The same as [`rounding`](Self::rounding) of the L2 norm of dL/dw.
    pub(crate) fn rounding_of_norm(&self) -> f64 {
        self.rounding() * (self.gradient.len() as f64).sqrt()
    }

    /// Compares our pull-back of the recorded numbers with the recorded one.
    pub(crate) fn alone(&self, tally: &mut Tally, place: &str) {
        let n = self.importances.len();
        if self.draws.len() != n || self.gate_gradient.len() != n {
            tally.differs(format!("{place}: draws or gate_grad are not of {n} heads"));
            return;
        }
        self.compare(tally, place, &self.pulled_back(&self.importances));
    }

    /// Compares `gradient`, pulled back from the recorded numbers, with the recorded one.
    fn compare(&self, tally: &mut Tally, place: &str, gradient: &[f64]) {
        let tolerance = ALONE * largest(&self.gradient) + self.rounding();
        tally.close(place, gradient, &self.gradient, tolerance);
    }
}

#[cfg(test)]
pub(crate) mod second;
#[cfg(test)]
mod tests;
