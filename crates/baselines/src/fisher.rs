//! Head scores from the diagonal of the empirical Fisher information.

/// What leaving out a head costs to second order at a minimum of the loss, with the diagonal of the empirical Fisher
/// information in place of the Hessian: the mean over examples of the squared derivative of an example's loss with
/// respect to the head's gate (Kwon et al. 2022, arXiv 2204.09656). Their program takes the mean loss of a batch for that of
/// an example: derivatives of other signs cancel before they are squared.
///
/// Their factor 1/2 is left out, as it moves no rank. A derivative that is not finite stays in the scores of its head.
#[derive(Debug, Clone, PartialEq)]
pub struct FisherImportance {
    squares: Vec<f64>,
    units: u64,
}

impl FisherImportance {
    /// Scores of `heads` heads, before the first example.
    pub fn new(heads: usize) -> Self {
        Self {
            squares: vec![0.0; heads],
            units: 0,
        }
    }

    /// Adds one unit: the derivative of the loss, summed over its `examples` examples (at least 1), with respect to each
    /// gate. The mean over them is squared.
    pub fn add(&mut self, gradient: &[f64], examples: usize) {
        debug_assert!(gradient.len() == self.squares.len() && examples > 0);
        for (square, gradient) in self.squares.iter_mut().zip(gradient) {
            let mean = gradient / examples as f64;
            *square += mean * mean;
        }
        self.units += 1;
    }

    /// The score of each head, the mean over units; 0 before the first.
    pub fn scores(&self) -> Vec<f64> {
        let units = self.units.max(1) as f64;
        self.squares.iter().map(|square| square / units).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scores_are_mean_squares_over_examples() {
        let mut fisher = FisherImportance::new(3);
        assert_eq!(fisher.scores(), [0.0; 3]);
        fisher.add(&[1.0, -2.0, 0.0], 1);
        assert_eq!(fisher.scores(), [1.0, 4.0, 0.0]);
        // Signs must not cancel between examples.
        fisher.add(&[-1.0, 4.0, 0.5], 1);
        assert_eq!(fisher.scores(), [1.0, 10.0, 0.125]);
        fisher.add(&[0.0, f64::NAN, 0.0], 1);
        assert!(fisher.scores()[1].is_nan() && fisher.scores()[0].is_finite());
    }

    #[test]
    fn of_a_batch_the_mean_is_squared() {
        let mut fisher = FisherImportance::new(2);
        // Two examples with derivatives 3 and -1, and 2 and 2.
        fisher.add(&[2.0, 4.0], 2);
        assert_eq!(fisher.scores(), [1.0, 4.0]);
        fisher.add(&[6.0, 0.0], 2);
        assert_eq!(fisher.scores(), [5.0, 2.0]);
    }
}
