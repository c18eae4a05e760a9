//! The distribution over the subsets of exactly K of N heads: its table, marginals, exact samples and covariance.

use heads::{GateError, HeadMask};

/// The distribution over the subsets S of exactly K of N heads with p(S) proportional to exp(sum of w over S): N
/// independent heads of log odds w, given that K are open (Ahmed, Zeng, Niepert and Van den Broeck 2023, SIMPLE, arXiv
/// 2210.01941).
///
/// Their recursion over the first i heads, of which j are open, is a(i, j) = logaddexp(a(i-1, j), a(i-1, j-1) + w_i).
/// This table holds its differences: the log odds w_i + a(i-1, j-1) - a(i-1, j) that head i is open, given that j of
/// the first i are. The differences r(i, j) = a(i, j) - a(i, j-1) have a recursion of their own, in which numbers stay
/// about as large as the largest |w| and rounding errors are not amplified; sums of K importances, and what is lost
/// where two of them are subtracted, do not occur. All else is computed from these odds and those of the opposite.
///
/// Each method costs O(N K). Importances must be finite; where one is not, all probabilities are NaN.
#[derive(Debug, Clone)]
pub struct SubsetDistribution {
    k: usize,
    /// N rows of K: the log odds of head i at j = 1 to K. +inf where head i must be open, as j is i or above.
    log_odds: Vec<f64>,
    /// The derivative of each of `log_odds` along a direction of the importances; 0 where it is never used.
    tangents: Vec<f64>,
    /// r(i, j) for j = 1 to K at the i reached; -inf for j above i.
    ratios: Vec<f64>,
    /// The derivatives of `ratios` along that direction.
    ratio_tangents: Vec<f64>,
    /// The probability that j of the first i heads are open, for j = 0 to K at the i reached.
    reached: Vec<f64>,
    /// The derivatives of `reached` along that direction.
    reached_tangents: Vec<f64>,
}

impl SubsetDistribution {
    /// The distribution over `k` of `n` heads with all importances 0: every subset is equally likely.
    ///
    /// # Errors
    /// [`GateError::Count`] unless `k` is between 1 and `n`.
    pub fn new(n: usize, k: usize) -> Result<Self, GateError> {
        if k == 0 || k > n {
            return Err(GateError::Count { k, n });
        }
        let mut uniform = Self {
            k,
            log_odds: vec![f64::INFINITY; n * k],
            tangents: vec![0.0; n * k],
            ratios: vec![0.0; k],
            ratio_tangents: vec![0.0; k],
            reached: vec![0.0; k + 1],
            reached_tangents: vec![0.0; k + 1],
        };
        uniform.set(&vec![0.0; n]);
        Ok(uniform)
    }

    /// N, the number of heads.
    pub fn total(&self) -> usize {
        self.log_odds.len() / self.k
    }

    /// Sets the importances w, one a head. Allocates nothing.
    pub fn set(&mut self, w: &[f64]) {
        debug_assert!(w.len() == self.total());
        let finite = w.iter().all(|w| w.is_finite());
        // A NaN here makes every entry of the table NaN.
        self.ratios
            .fill(if finite { f64::NEG_INFINITY } else { f64::NAN });
        for (head, (row, &w)) in self.log_odds.chunks_exact_mut(self.k).zip(w).enumerate() {
            let (mut before, mut softening_before) = (f64::INFINITY, 0.0);
            for (log_odds, ratio) in row.iter_mut().zip(&mut self.ratios).take(head + 1) {
                let old = *ratio;
                *log_odds = w - old;
                // log(e^old + e^w) - log(1 + e^(w - before)), where old is never above before: the middle of the three
                // numbers, and two corrections of at most log 2. The step of an insertion into a sorted list, softened.
                let softening = (-log_odds.abs()).exp().ln_1p();
                *ratio = w.max(old).min(before) + softening - softening_before;
                (before, softening_before) = (old, softening);
            }
        }
    }

    /// log Z = log of the sum over all subsets of K heads of exp(sum of w over the subset).
    pub fn log_partition(&self) -> f64 {
        self.ratios.iter().sum()
    }

    /// log p(S) of the subset `mask`; -inf unless it keeps exactly K heads.
    pub fn log_probability(&self, mask: &HeadMask) -> f64 {
        debug_assert!(mask.total() == self.total());
        let (mut left, mut sum) = (self.k, 0.0);
        for (head, &open) in mask.flags().iter().enumerate().rev() {
            sum += match (self.log_odds_at(head, left), open) {
                (Some(log_odds), true) => log_sigmoid(log_odds),
                (Some(log_odds), false) => log_sigmoid(-log_odds),
                (None, true) => f64::NEG_INFINITY,
                (None, false) => 0.0,
            };
            left = left.saturating_sub(usize::from(open));
        }
        sum
    }

    /// P(head i is in S) of each head: the derivative of log Z with respect to w. They sum to K.
    ///
    /// Nothing is subtracted, so that also tiny probabilities keep their relative precision.
    pub fn marginals(&mut self) -> Vec<f64> {
        let mut marginals = vec![0.0; self.total()];
        self.start_from_all();
        for (marginal, row) in marginals.iter_mut().zip(self.log_odds.chunks_exact(self.k)).rev() {
            for (j, &log_odds) in row.iter().enumerate() {
                let (open, closed) = odds(log_odds);
                let taken = self.reached[j + 1] * open;
                *marginal += taken;
                self.reached[j] += taken;
                self.reached[j + 1] *= closed;
            }
        }
        marginals
    }

    /// An exact sample from one draw in [0, 1) a head, from the last head to the first: exactly K heads, whatever
    /// rounding does.
    pub fn sample(&self, draws: &[f64]) -> HeadMask {
        debug_assert!(draws.len() == self.total());
        let mut kept = vec![false; self.total()];
        let mut left = self.k;
        for (head, (kept, &draw)) in kept.iter_mut().zip(draws).enumerate().rev() {
            // Heads are never fewer than are left to open: as many must all be opened.
            let must = left > head;
            *kept = must
                || self
                    .log_odds_at(head, left)
                    .is_some_and(|log_odds| draw < odds(log_odds).0);
            left -= usize::from(*kept);
        }
        HeadMask::from_flags(kept)
    }

    /// Sets `out` to Cov(S) c, with Cov_ij = P(i and j in S) - P(i in S) P(j in S), for c and `out` of one number a head:
    /// the derivative of the marginals along c, as Cov is the Hessian of log Z. Allocates nothing.
    ///
    /// No number of `out` is finite where one of c is not.
    pub fn covariance_product(&mut self, c: &[f64], out: &mut [f64]) {
        debug_assert!(c.len() == self.total() && out.len() == self.total());
        self.differentiate_table(c);
        self.start_from_all();
        self.reached_tangents.fill(0.0);
        let rows = self
            .log_odds
            .chunks_exact(self.k)
            .zip(self.tangents.chunks_exact(self.k));
        for (out, (row, tangents)) in out.iter_mut().zip(rows).rev() {
            *out = 0.0;
            for (j, (&log_odds, tangent)) in row.iter().zip(tangents).enumerate() {
                let (open, closed) = odds(log_odds);
                let (reached, reached_tangent) = (self.reached[j + 1], self.reached_tangents[j + 1]);
                let change = reached * open * closed * tangent;
                let taken_tangent = reached_tangent * open + change;
                *out += taken_tangent;
                self.reached[j] += reached * open;
                self.reached_tangents[j] += taken_tangent;
                self.reached[j + 1] = reached * closed;
                self.reached_tangents[j + 1] = reached_tangent * closed - change;
            }
        }
    }

    /// Fills `tangents`: the recursion of [`set`](Self::set), differentiated along c.
    fn differentiate_table(&mut self, c: &[f64]) {
        // Any constant may be taken off c, as the number of open heads is always K; this one makes constants exactly 0.
        let origin = c.first().copied().unwrap_or(0.0);
        self.ratio_tangents.fill(0.0);
        let rows = self.log_odds.chunks_exact(self.k);
        for (head, ((row, tangents), &c)) in rows
            .zip(self.tangents.chunks_exact_mut(self.k))
            .zip(c)
            .enumerate()
        {
            let mut before = 0.0;
            let entries = row.iter().zip(tangents).zip(&mut self.ratio_tangents);
            for ((&log_odds, tangent), ratio_tangent) in entries.take(head + 1) {
                *tangent = (c - origin) - *ratio_tangent;
                let change = odds(log_odds).0 * *tangent;
                *ratio_tangent += change - before;
                before = change;
            }
        }
    }

    /// The start of the way back through the table: of all heads, K are open for certain.
    fn start_from_all(&mut self) {
        self.reached.fill(0.0);
        self.reached[self.k] = 1.0;
    }

    /// The log odds that head number `head` is open where `left` of it and those before are; none where `left` is 0.
    fn log_odds_at(&self, head: usize, left: usize) -> Option<f64> {
        left.checked_sub(1).map(|j| self.log_odds[head * self.k + j])
    }
}

/// Probabilities of log odds and of the opposite, both to full relative precision.
fn odds(log_odds: f64) -> (f64, f64) {
    let small = (-log_odds.abs()).exp();
    let likely = 1.0 / (1.0 + small);
    if log_odds < 0.0 {
        (small * likely, likely)
    } else {
        (likely, small * likely)
    }
}

/// The log of the probability of log odds.
fn log_sigmoid(log_odds: f64) -> f64 {
    log_odds.min(0.0) - (-log_odds.abs()).exp().ln_1p()
}

#[cfg(test)]
mod tests;
