//! Shapley values estimated from random orders of heads, for models of too many heads to try every subset.

use heads::UniformStream;

/// Estimates of the Shapley values of n heads from random orders (Castro, Gómez and Tejada 2009, ApproShapley): the mean
/// over permutations of what each head adds to those before it. Unbiased where every permutation is equally likely.
///
/// One permutation costs n + 1 values of v: of the empty set, of its first head, of its first two, up to all.
#[derive(Debug, Clone, PartialEq)]
pub struct PermutationShapley {
    permutations: u64,
    /// The mean of what each head added.
    means: Vec<f64>,
    /// The sum of squared differences from that mean.
    squares: Vec<f64>,
}

impl PermutationShapley {
    /// Estimates for `n` heads, before the first permutation.
    pub fn new(n: usize) -> Self {
        Self {
            permutations: 0,
            means: vec![0.0; n],
            squares: vec![0.0; n],
        }
    }

    /// Adds one permutation of the heads: `values_along[j]` is v of the set of its first j heads, for j = 0 to n.
    ///
    /// # Panics
    /// If a head of the permutation is n or above.
    pub fn add(&mut self, permutation: &[usize], values_along: &[f64]) {
        debug_assert!(permutation.len() == self.means.len());
        debug_assert!(values_along.len() == self.means.len() + 1);
        self.permutations += 1;
        for (&head, ends) in permutation.iter().zip(values_along.windows(2)) {
            let added = ends[1] - ends[0];
            // Welford's update: the sum of squares less the squared sum would cancel where all permutations nearly agree.
            let difference = added - self.means[head];
            self.means[head] += difference / self.permutations as f64;
            self.squares[head] += difference * (added - self.means[head]);
        }
    }

    /// Number of permutations added.
    pub fn count(&self) -> u64 {
        self.permutations
    }

    /// The estimate of each head, in the unit of the values; none before the first permutation. They sum to
    /// v(all) - v(none) up to rounding, however few permutations there are.
    pub fn estimates(&self) -> Option<&[f64]> {
        (self.permutations > 0).then_some(&self.means)
    }

    /// The standard error of each estimate: the sample standard deviation over permutations, divided by the root of
    /// their number. None before the second permutation.
    pub fn standard_errors(&self) -> Option<Vec<f64>> {
        let freedom = self.permutations.checked_sub(1).filter(|&freedom| freedom > 0)?;
        let pairs = freedom as f64 * self.permutations as f64;
        Some(
            self.squares
                .iter()
                .map(|square| (square / pairs).sqrt())
                .collect(),
        )
    }
}

/// The heads 0 to `n` - 1 in random order, every order equally likely up to the rounding of the draws (Fisher and
/// Yates): takes n - 1 draws.
pub fn random_permutation(n: usize, noise: &mut dyn UniformStream) -> Vec<usize> {
    let mut draws = vec![0.0; n.saturating_sub(1)];
    noise.fill(&mut draws);
    let mut permutation: Vec<usize> = (0..n).collect();
    for (last, draw) in (1..n).rev().zip(draws) {
        // The product may round up to last + 1.
        let chosen = ((draw * (last + 1) as f64) as usize).min(last);
        permutation.swap(chosen, last);
    }
    permutation
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::shapley_values;
    use crate::start::Constant;
    use heads::SeededUniform;
    use proptest::prelude::*;

    /// v along a permutation, of a game given by the value of every mask.
    fn along(values: &[f64], permutation: &[usize]) -> Vec<f64> {
        let mut mask = 0;
        let mut along = vec![values[0]];
        for head in permutation {
            mask |= 1 << head;
            along.push(values[mask]);
        }
        along
    }

    #[test]
    fn two_permutations_by_hand() {
        let mut shapley = PermutationShapley::new(3);
        assert_eq!(
            (shapley.count(), shapley.estimates(), shapley.standard_errors()),
            (0, None, None)
        );
        shapley.add(&[2, 0, 1], &[1.0, 2.0, 4.0, 8.0]);
        assert_eq!(shapley.estimates(), Some(&[2.0, 4.0, 1.0][..]));
        assert_eq!((shapley.count(), shapley.standard_errors()), (1, None));
        shapley.add(&[0, 1, 2], &[1.0, 5.0, 9.0, 8.0]);
        assert_eq!(shapley.estimates(), Some(&[3.0, 4.0, 0.0][..]));
        // Half the difference, as for any two numbers.
        assert_eq!(shapley.standard_errors(), Some(vec![1.0, 0.0, 1.0]));
        assert_eq!(shapley.count(), 2);
    }

    #[test]
    fn standard_errors_shrink_with_the_root_of_the_permutations() {
        let values: Vec<f64> = (0..1_u32 << 6)
            .map(|mask| f64::from(mask * 37 % 61) / 61.0)
            .collect();
        let exact = shapley_values(&values, 6).unwrap();
        let mut shapley = PermutationShapley::new(6);
        let mut noise = SeededUniform::at_update(1, 0);
        let mut until = |permutations| {
            while shapley.count() < permutations {
                let permutation = random_permutation(6, &mut noise);
                shapley.add(&permutation, &along(&values, &permutation));
            }
            let errors = shapley.standard_errors().unwrap();
            for ((estimate, exact), error) in shapley.estimates().unwrap().iter().zip(&exact).zip(&errors) {
                assert!(
                    (estimate - exact).abs() < 4.0 * error,
                    "{estimate} {exact} {error}"
                );
            }
            errors
        };
        let (few, many) = (until(400), until(6_400));
        for (few, many) in few.iter().zip(many) {
            assert!((few / many - 4.0).abs() < 0.5, "{few} {many}");
        }
    }

    #[test]
    fn equal_contributions_far_from_0_have_no_error() {
        let mut shapley = PermutationShapley::new(2);
        for permutation in [[0, 1], [1, 0], [0, 1]] {
            let first = if permutation[0] == 0 { 1e9 } else { 3e9 };
            shapley.add(&permutation, &[0.0, first, 4e9]);
        }
        assert_eq!(shapley.standard_errors(), Some(vec![0.0, 0.0]));
    }

    #[test]
    fn every_order_is_equally_likely() {
        /// The 99.9 % quantile of chi-square with 4! - 1 = 23 degrees of freedom.
        const QUANTILE: f64 = 49.73;
        let (mut counts, mut noise) = (vec![0_u32; 256], SeededUniform::at_update(1, 0));
        for _ in 0..24_000 {
            let permutation = random_permutation(4, &mut noise);
            counts[permutation.iter().fold(0, |code, head| 4 * code + head)] += 1;
        }
        counts.retain(|&count| count > 0);
        assert_eq!(counts.len(), 24);
        let statistic: f64 = counts
            .iter()
            .map(|&count| (f64::from(count) - 1000.0).powi(2) / 1000.0)
            .sum();
        assert!(statistic < QUANTILE, "{statistic}");
    }

    #[test]
    fn extreme_draws_and_few_heads_are_permutations_too() {
        assert_eq!(random_permutation(0, &mut Constant(0.5)), [0; 0]);
        assert_eq!(random_permutation(1, &mut Constant(0.5)), [0]);
        assert_eq!(random_permutation(4, &mut Constant(0.0)), [1, 2, 3, 0]);
        assert_eq!(
            random_permutation(4, &mut Constant(1.0 - f64::EPSILON / 2.0)),
            [0, 1, 2, 3]
        );
    }

    proptest! {
        #[test]
        fn all_permutations_give_the_exact_values(values in prop::collection::vec(-1.0f64..1.0, 16)) {
            let mut shapley = PermutationShapley::new(4);
            let orders = (0..256_usize).map(|code| [code & 3, code >> 2 & 3, code >> 4 & 3, code >> 6]);
            for order in orders.filter(|order| (0..4).all(|head| order.contains(&head))) {
                shapley.add(&order, &along(&values, &order));
                let sum: f64 = shapley.estimates().unwrap().iter().sum();
                prop_assert!((sum - (values[15] - values[0])).abs() < 1e-13);
            }
            prop_assert_eq!(shapley.count(), 24);
            let exact = shapley_values(&values, 4).unwrap();
            for (estimate, exact) in shapley.estimates().unwrap().iter().zip(exact) {
                prop_assert!((estimate - exact).abs() < 1e-13);
            }
        }

        #[test]
        fn a_permutation_has_every_head_once(n in 0usize..150, seed in any::<u64>()) {
            let mut permutation = random_permutation(n, &mut SeededUniform::at_update(seed, 0));
            permutation.sort_unstable();
            prop_assert_eq!(permutation, (0..n).collect::<Vec<usize>>());
        }
    }
}
