//! Rows of scores to probabilities and back.

use super::LANES;
use crate::Real;

/// Partial sums or maxima of a row, one a lane.
type Lanes<T> = [T; LANES];

#[inline(always)]
fn sum<T: Real>(lanes: Lanes<T>) -> T {
    let mut halves = lanes;
    let mut width = LANES / 2;
    while width > 0 {
        for lane in 0..width {
            halves[lane] += halves[lane + width];
        }
        width /= 2;
    }
    halves[0]
}

#[inline(always)]
fn largest<T: Real>(lanes: Lanes<T>) -> T {
    let mut halves = lanes;
    let mut width = LANES / 2;
    while width > 0 {
        for lane in 0..width {
            halves[lane] = halves[lane].larger(halves[lane + width]);
        }
        width /= 2;
    }
    halves[0]
}

vectorised! {
    /// Scores to probabilities in place: rows of `length` numbers, a multiple of [`LANES`], of which the first `keys` count;
    /// with `causal`, of row i the first i + 1. The others become 0.
    pub(super) fn softmax<'a, T>(scores: &'a mut [T], length: usize, keys: usize, causal: bool) {
        for (query, row) in scores.chunks_exact_mut(length).enumerate() {
            let seen = if causal { keys.min(query + 1) } else { keys };
            row[seen..].fill(T::LOWEST);
            let mut lanes = [T::LOWEST; LANES];
            for chunk in row.as_chunks::<LANES>().0 {
                for lane in 0..LANES {
                    lanes[lane] = lanes[lane].larger(chunk[lane]);
                }
            }
            let top = largest(lanes);
            let mut lanes = [T::ZERO; LANES];
            for chunk in row.as_chunks_mut::<LANES>().0 {
                for lane in 0..LANES {
                    chunk[lane] = (chunk[lane] - top).exp();
                    lanes[lane] += chunk[lane];
                }
            }
            let inverse = T::ONE / sum(lanes);
            for value in row.iter_mut() {
                *value *= inverse;
            }
            row[seen..].fill(T::ZERO);
        }
    }
}

vectorised! {
    /// Drops probabilities: `dropped` gets them times their factors (0 or more), and in `kept` those that were dropped
    /// become negative, which is how the backward pass knows. Rows of `factors` begin `stride` numbers apart.
    pub(super) fn drop_rows<'a, T>(
        kept: &'a mut [T], dropped: &'a mut [T], length: usize, factors: &'a [T], stride: usize,
    ) {
        let rows = kept.chunks_exact_mut(length).zip(dropped.chunks_exact_mut(length));
        for ((kept, dropped), factors) in rows.zip(factors.chunks(stride)) {
            for ((kept, dropped), &factor) in kept.iter_mut().zip(dropped).zip(factors) {
                *dropped = *kept * factor;
                *kept = if factor == T::ZERO { -*kept } else { *kept };
            }
        }
    }
}

vectorised! {
    /// Derivatives by dropped probabilities, in `gradient`, become derivatives by scores times `gate`, in place.
    /// `probabilities` (negative where dropped; `scale` is the factor of the others) become the dropped ones. Gives the
    /// derivative by the gate. Rows of `length` numbers, a multiple of [`LANES`].
    pub(super) fn softmax_backward<'a, T>(
        probabilities: &'a mut [T], gradient: &'a mut [T], length: usize, scale: T, gate: T,
    ) -> T {
        let mut by_gate = T::ZERO;
        for (row, gradient) in probabilities.chunks_exact_mut(length).zip(gradient.chunks_exact_mut(length)) {
            let chunks = row.as_chunks::<LANES>().0.iter().zip(gradient.as_chunks::<LANES>().0);
            let mut lanes = [T::ZERO; LANES];
            for (row, gradient) in chunks {
                for lane in 0..LANES {
                    let dropped = if row[lane] < T::ZERO { T::ZERO } else { row[lane] * scale };
                    lanes[lane] += dropped * gradient[lane];
                }
            }
            let dot = sum(lanes);
            by_gate += dot;
            for (value, gradient) in row.iter_mut().zip(gradient) {
                let dropped = if *value < T::ZERO { T::ZERO } else { *value * scale };
                let probability = if *value < T::ZERO { -*value } else { *value };
                *gradient = gate * (dropped * *gradient - probability * dot);
                *value = dropped;
            }
        }
        by_gate
    }
}
