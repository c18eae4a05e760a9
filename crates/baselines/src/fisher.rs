//! Head scores from the diagonal of the empirical Fisher information.

/// What leaving out a head costs to second order at a minimum of the loss, with the diagonal of the empirical Fisher
/// information in place of the Hessian: the mean over examples of the squared derivative of an example's loss with
/// respect to the head's gate (Kwon et al. 2022, arXiv 2204.09656).
///
/// Their factor 1/2 is left out, as it moves no rank. A derivative that is not finite stays in the scores of its head.
#[derive(Debug, Clone, PartialEq)]
pub struct FisherImportance {
    squares: Vec<f64>,
    examples: u64,
}

impl FisherImportance {
    /// Scores of `heads` heads, before the first example.
    pub fn new(heads: usize) -> Self {
        Self {
            squares: vec![0.0; heads],
            examples: 0,
        }
    }

    /// Adds one example: the derivative of its loss with respect to each gate.
    pub fn add(&mut self, example_gradient: &[f64]) {
        debug_assert!(example_gradient.len() == self.squares.len());
        for (square, gradient) in self.squares.iter_mut().zip(example_gradient) {
            *square += gradient * gradient;
        }
        self.examples += 1;
    }

    /// The score of each head; 0 before the first example.
    pub fn scores(&self) -> Vec<f64> {
        let examples = self.examples.max(1) as f64;
        self.squares.iter().map(|square| square / examples).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scores_are_mean_squares_over_examples() {
        let mut fisher = FisherImportance::new(3);
        assert_eq!(fisher.scores(), [0.0; 3]);
        fisher.add(&[1.0, -2.0, 0.0]);
        assert_eq!(fisher.scores(), [1.0, 4.0, 0.0]);
        // Signs must not cancel between examples.
        fisher.add(&[-1.0, 4.0, 0.5]);
        assert_eq!(fisher.scores(), [1.0, 10.0, 0.125]);
        fisher.add(&[0.0, f64::NAN, 0.0]);
        assert!(fisher.scores()[1].is_nan() && fisher.scores()[0].is_finite());
    }
}
