//! Learning rates as a function of the finished updates.

/// How a learning rate goes on after the warm-up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Course {
    /// Always the peak.
    Constant,
    /// Linearly to 0 after the last update.
    Linear,
    /// Peak times sqrt(warm-up / n).
    InverseSqrt,
}

/// A learning rate: linear warm-up from 0 to the peak, then a course.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LearningRate {
    /// Largest value.
    pub peak: f64,
    /// What follows the warm-up.
    pub course: Course,
    /// Updates of warm-up.
    pub warmup: u64,
    /// Updates in all.
    pub total: u64,
}

impl LearningRate {
    /// The rate used by update `n`, counted from 0.
    pub fn at(&self, n: u64) -> f64 {
        if n < self.warmup {
            return self.peak * n as f64 / self.warmup as f64;
        }
        match self.course {
            Course::Constant => self.peak,
            Course::Linear => {
                let span = self.total.saturating_sub(self.warmup).max(1);
                self.peak * self.total.saturating_sub(n) as f64 / span as f64
            }
            Course::InverseSqrt => self.peak * (self.warmup.max(1) as f64 / n.max(1) as f64).sqrt(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn linear_falls_from_the_peak_to_the_last_step_above_zero() {
        let rate = LearningRate {
            peak: 0.5,
            course: Course::Linear,
            warmup: 0,
            total: 4,
        };
        assert_eq!(
            [0, 1, 2, 3, 4].map(|n| rate.at(n)),
            [0.5, 0.375, 0.25, 0.125, 0.0]
        );
    }

    #[test]
    fn warm_up_rises_linearly_and_meets_the_peak() {
        let rate = LearningRate {
            peak: 2.0,
            course: Course::Linear,
            warmup: 4,
            total: 8,
        };
        assert_eq!([0, 1, 4, 6].map(|n| rate.at(n)), [0.0, 0.5, 2.0, 1.0]);
    }

    #[test]
    fn inverse_square_root_is_the_recipe_of_transformers() {
        let rate = LearningRate {
            peak: 5e-4,
            course: Course::InverseSqrt,
            warmup: 4000,
            total: 66_000,
        };
        assert_eq!(rate.at(4000), 5e-4);
        assert_eq!(rate.at(16_000), 2.5e-4);
        assert_eq!(rate.at(2000), 2.5e-4);
    }
}
