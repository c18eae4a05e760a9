//! The stretched hard concrete distribution of one gate: samples, evaluation, and the probability of being open.

/// Stretched hard concrete gates (Louizos et al. 2018, section 2.2; for heads Voita et al. 2019): a logistic
/// sample around log alpha, squashed, stretched beyond [0, 1] and clipped to it.
///
/// The constants must satisfy `temperature` > 0, `low` < 0, `high` > 1 and 0 <= `epsilon` < 1/2; others give numbers
/// that are not probabilities. A log alpha or noise that is NaN gives NaN everywhere.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct HardConcrete {
    /// Temperature beta.
    pub temperature: f64,
    /// Lower end of the stretch.
    pub low: f64,
    /// Upper end of the stretch.
    pub high: f64,
    /// Keeps uniform draws and open probabilities away from 0 and 1.
    pub epsilon: f64,
}

impl Default for HardConcrete {
    fn default() -> Self {
        Self {
            temperature: 0.33,
            low: -0.1,
            high: 1.1,
            epsilon: 1e-6,
        }
    }
}

/// The gate without noise, with which a trained model is evaluated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EvaluationGate {
    /// From sigmoid(log alpha), as the released program and Louizos et al. (2018) have it.
    WithoutTemperature,
    /// From sigmoid(log alpha / beta): the median of the training gate.
    WithTemperature,
}

/// How the probabilities of open gates are put together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PenaltyScale {
    /// The sum over all heads, as in the released program.
    Sum,
    /// The mean over rows of the grid of the sum over a row's heads, as in the program of Voita et al. (2019).
    MeanOverRows,
}

/// The L0 penalty, the expected number of open heads times a factor.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct L0Penalty {
    /// The factor: the larger, the fewer heads stay open.
    pub lambda: f64,
    /// How heads are put together.
    pub scale: PenaltyScale,
}

impl HardConcrete {
    /// The logistic noise of a uniform draw `u` in [0, 1): ln v - ln(1 - v) of v = (1 - 2 epsilon) u + epsilon.
    pub fn noise(&self, u: f64) -> f64 {
        let v = (1.0 - 2.0 * self.epsilon) * u + self.epsilon;
        v.ln() - (1.0 - v).ln()
    }

    /// The gate of a training update under `noise`, in [0, 1].
    pub fn train_gate(&self, log_alpha: f64, noise: f64) -> f64 {
        self.stretched((noise + log_alpha) / self.temperature)
            .clamp(0.0, 1.0)
    }

    /// The derivative of [`train_gate`](Self::train_gate) with respect to log alpha. The clip lets it through inside
    /// its bounds and exactly on them.
    pub fn train_slope(&self, log_alpha: f64, noise: f64) -> f64 {
        self.clipped_slope((noise + log_alpha) / self.temperature) / self.temperature
    }

    /// The gate without noise, in [0, 1].
    pub fn evaluation_gate(&self, log_alpha: f64, evaluation: EvaluationGate) -> f64 {
        self.stretched(log_alpha / self.divisor(evaluation))
            .clamp(0.0, 1.0)
    }

    /// The derivative of [`evaluation_gate`](Self::evaluation_gate) with respect to log alpha, clipped likewise.
    pub fn evaluation_slope(&self, log_alpha: f64, evaluation: EvaluationGate) -> f64 {
        let divisor = self.divisor(evaluation);
        self.clipped_slope(log_alpha / divisor) / divisor
    }

    /// The probability that the training gate is above 0 (Louizos et al. 2018, section 2.2), clipped to
    /// [epsilon, 1 - epsilon].
    pub fn open_probability(&self, log_alpha: f64) -> f64 {
        self.open(log_alpha).clamp(self.epsilon, 1.0 - self.epsilon)
    }

    /// The derivative of [`open_probability`](Self::open_probability) with respect to log alpha; 0 where it is
    /// clipped.
    pub fn open_slope(&self, log_alpha: f64) -> f64 {
        let open = self.open(log_alpha);
        if passes(open, self.epsilon, 1.0 - self.epsilon) {
            open * (1.0 - open)
        } else {
            0.0
        }
    }

    fn divisor(&self, evaluation: EvaluationGate) -> f64 {
        match evaluation {
            EvaluationGate::WithoutTemperature => 1.0,
            EvaluationGate::WithTemperature => self.temperature,
        }
    }

    fn open(&self, log_alpha: f64) -> f64 {
        sigmoid(log_alpha - self.temperature * (-self.low / self.high).ln())
    }

    fn stretched(&self, x: f64) -> f64 {
        sigmoid(x) * (self.high - self.low) + self.low
    }

    /// The derivative with respect to x of the stretched and clipped sigmoid of x.
    fn clipped_slope(&self, x: f64) -> f64 {
        if passes(self.stretched(x), 0.0, 1.0) {
            let s = sigmoid(x);
            s * (1.0 - s) * (self.high - self.low)
        } else {
            0.0
        }
    }
}

/// Whether a clip to [low, high] lets the derivative through. It does so at NaN, which would otherwise end as a
/// harmless 0.
fn passes(value: f64, low: f64, high: f64) -> bool {
    value.is_nan() || (low..=high).contains(&value)
}

fn sigmoid(x: f64) -> f64 {
    1.0 / (1.0 + (-x).exp())
}

#[cfg(test)]
mod tests {
    use super::*;
    use EvaluationGate::{WithTemperature, WithoutTemperature};
    use proptest::prelude::*;

    fn near(got: f64, want: f64) -> bool {
        (got - want).abs() <= 1e-13
    }

    #[test]
    fn values_at_log_alpha_0_and_1() {
        let shape = HardConcrete::default();
        assert!(near(shape.noise(0.5), 0.0));
        assert!(near(shape.noise(0.0), -13.815_509_557_963_774));
        assert!(near(shape.train_gate(0.0, 0.0), 0.5));
        // 1.2 / (4 * 0.33)
        assert!(near(shape.train_slope(0.0, 0.0), 0.909_090_909_090_909_1));
        assert!(near(shape.evaluation_gate(0.0, WithoutTemperature), 0.5));
        assert!(near(shape.evaluation_slope(0.0, WithoutTemperature), 0.3));
        assert!(near(
            shape.evaluation_slope(0.0, WithTemperature),
            0.909_090_909_090_909_1
        ));
        // 1 / (1 + 11^-0.33)
        assert!(near(shape.open_probability(0.0), 0.688_111_565_115_977_8));
        // 1.2 sigmoid(1) - 0.1; with temperature 1.2 sigmoid(1 / 0.33) - 0.1 is above 1.
        assert!(near(
            shape.evaluation_gate(1.0, WithoutTemperature),
            0.777_270_294_356_005_9
        ));
        assert_eq!(shape.evaluation_gate(1.0, WithTemperature), 1.0);
        assert_eq!(shape.evaluation_slope(1.0, WithTemperature), 0.0);
    }

    #[test]
    fn far_from_0_gates_and_probabilities_are_clipped() {
        let shape = HardConcrete::default();
        for (log_alpha, gate, open) in [(-20.0, 0.0, 1e-6), (20.0, 1.0, 1.0 - 1e-6), (-1e4, 0.0, 1e-6)] {
            assert_eq!(shape.train_gate(log_alpha, 0.0), gate);
            assert_eq!(shape.evaluation_gate(log_alpha, WithoutTemperature), gate);
            assert_eq!(shape.open_probability(log_alpha), open);
            assert_eq!(shape.train_slope(log_alpha, 0.0), 0.0);
            assert_eq!(shape.open_slope(log_alpha), 0.0);
        }
    }

    #[test]
    fn the_clip_passes_the_derivative_exactly_on_its_bounds() {
        // Stretches under which sigmoid(0) = 1/2 meets a bound without rounding.
        let shape = HardConcrete {
            temperature: 1.0,
            low: 0.5,
            high: 1.5,
            epsilon: 0.0,
        };
        assert_eq!(shape.train_gate(0.0, 0.0), 1.0);
        assert_eq!(shape.train_slope(0.0, 0.0), 0.25);
        assert_eq!(shape.train_slope(1e-3, 0.0), 0.0);
        let shape = HardConcrete {
            low: -0.5,
            high: 0.5,
            ..shape
        };
        assert_eq!(shape.train_gate(0.0, 0.0), 0.0);
        assert_eq!(shape.train_slope(0.0, 0.0), 0.25);
        assert_eq!(shape.train_slope(-1e-3, 0.0), 0.0);
    }

    #[test]
    fn nan_is_not_clipped_away() {
        let shape = HardConcrete::default();
        for number in [
            shape.train_gate(f64::NAN, 0.0),
            shape.train_gate(0.0, f64::NAN),
            shape.train_slope(f64::NAN, 0.0),
            shape.evaluation_gate(f64::NAN, WithTemperature),
            shape.evaluation_slope(f64::NAN, WithoutTemperature),
            shape.open_probability(f64::NAN),
            shape.open_slope(f64::NAN),
            shape.noise(f64::NAN),
        ] {
            assert!(number.is_nan());
        }
    }

    proptest! {
        #[test]
        fn gates_are_within_0_and_1_and_grow_with_log_alpha(
            log_alpha in -30.0f64..30.0, step in 0.0f64..5.0, u in 0.0f64..1.0,
        ) {
            let shape = HardConcrete::default();
            let noise = shape.noise(u);
            let gates = |log_alpha| [
                shape.train_gate(log_alpha, noise),
                shape.evaluation_gate(log_alpha, WithoutTemperature),
                shape.evaluation_gate(log_alpha, WithTemperature),
                shape.open_probability(log_alpha),
            ];
            for (lower, upper) in gates(log_alpha).into_iter().zip(gates(log_alpha + step)) {
                prop_assert!((0.0..=1.0).contains(&lower) && (0.0..=1.0).contains(&upper));
                prop_assert!(lower <= upper);
            }
        }

        #[test]
        fn slopes_are_derivatives(log_alpha in -6.0f64..6.0, u in 0.0f64..1.0) {
            let shape = HardConcrete::default();
            let noise = shape.noise(u);
            let h = 1e-6;
            let functions: [(&dyn Fn(f64) -> f64, f64); 4] = [
                (&|a| shape.train_gate(a, noise), shape.train_slope(log_alpha, noise)),
                (&|a| shape.evaluation_gate(a, WithoutTemperature), shape.evaluation_slope(log_alpha, WithoutTemperature)),
                (&|a| shape.evaluation_gate(a, WithTemperature), shape.evaluation_slope(log_alpha, WithTemperature)),
                (&|a| shape.open_probability(a), shape.open_slope(log_alpha)),
            ];
            for (function, slope) in functions {
                let (lower, upper) = (function(log_alpha - h), function(log_alpha + h));
                // At a kink of the clip there is no derivative to compare with.
                let clipped = |value: f64| value == 0.0 || value == 1.0;
                if clipped(lower) == clipped(upper) {
                    prop_assert!(((upper - lower) / (2.0 * h) - slope).abs() < 1e-8);
                }
            }
        }

        #[test]
        fn the_open_probability_is_the_share_of_draws_that_open_the_gate(log_alpha in -8.0f64..8.0) {
            let shape = HardConcrete::default();
            let draws = 10_000;
            let open = (0..draws)
                .filter(|&i| shape.train_gate(log_alpha, shape.noise((f64::from(i) + 0.5) / f64::from(draws))) > 0.0)
                .count();
            // Evenly spaced draws are off by at most one half, and epsilon moves the edge.
            let share = open as f64 / f64::from(draws);
            prop_assert!((share - shape.open_probability(log_alpha)).abs() < 0.51 / f64::from(draws) + 2e-6);
        }

        #[test]
        fn the_median_training_gate_is_the_evaluation_gate_with_temperature(log_alpha in -8.0f64..8.0) {
            let shape = HardConcrete::default();
            let evaluated = shape.evaluation_gate(log_alpha, WithTemperature);
            prop_assert!((shape.train_gate(log_alpha, shape.noise(0.5)) - evaluated).abs() < 1e-12);
        }
    }
}
