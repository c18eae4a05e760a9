//! Exact Shapley values and pairwise interactions of heads, from the value of every subset of them.

/// The most heads whose exact Shapley values are computed: 2^16 subsets.
pub const EXACT_SHAPLEY_LIMIT: usize = 16;

/// Why Shapley values could not be computed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ShapleyError {
    /// No head, or more than [`EXACT_SHAPLEY_LIMIT`].
    #[error("exact Shapley values are for 1 to {EXACT_SHAPLEY_LIMIT} heads, not {n}")]
    Heads {
        /// Number of heads.
        n: usize,
    },
    /// There is not one value for each subset.
    #[error("{values} values for the {subsets} subsets of the heads")]
    Values {
        /// Number of values.
        values: usize,
        /// Number of subsets, 2^n.
        subsets: usize,
    },
}

/// The Shapley value of each of `n` heads, in the unit of `values` (Shapley 1953): what the head adds on average to
/// those before it, over all orders in which heads can join. phi_i = sum over subsets S without i of
/// |S|! (n - |S| - 1)! / n! (v(S + i) - v(S)).
///
/// `values[mask]` is v of the subset of the heads whose bits are set in `mask`, bit i for head i: 2^n values, the empty
/// subset first. The Shapley values sum to v(all) - v(none). A value that is not finite stays in the results it enters.
/// Costs O(n 2^n).
///
/// # Errors
/// [`ShapleyError::Heads`] unless `n` is 1 to 16, [`ShapleyError::Values`] unless there are 2^n values.
pub fn shapley_values(values: &[f64], n: usize) -> Result<Vec<f64>, ShapleyError> {
    check(values, n)?;
    let value = |head: usize| {
        let with = 1 << head;
        mean_over_sizes(n - 1, values.len(), with, |mask| {
            values[mask | with] - values[mask]
        })
    };
    Ok((0..n).map(value).collect())
}

/// The Shapley interaction index of each pair of `n` heads, in the unit of `values` (Grabisch and Roubens 1999): n rows
/// of n, symmetric, 0 on the diagonal. I_ij = sum over subsets S without i and j of
/// |S|! (n - |S| - 2)! / (n - 1)! (v(S + i + j) - v(S + i) - v(S + j) + v(S)).
///
/// Above 0 where two heads are worth more together than each adds alone, below 0 where one can replace the other.
/// `values` as for [`shapley_values`]. Costs O(n^2 2^n).
///
/// # Errors
/// As of [`shapley_values`].
pub fn shapley_interactions(values: &[f64], n: usize) -> Result<Vec<Vec<f64>>, ShapleyError> {
    check(values, n)?;
    let mut interactions = vec![vec![0.0; n]; n];
    for (i, j) in (0..n).flat_map(|i| (0..i).map(move |j| (i, j))) {
        let (one, other) = (1 << i, 1 << j);
        let interaction = mean_over_sizes(n - 2, values.len(), one | other, |mask| {
            (values[mask | one | other] - values[mask | one]) - (values[mask | other] - values[mask])
        });
        interactions[i][j] = interaction;
        interactions[j][i] = interaction;
    }
    Ok(interactions)
}

fn check(values: &[f64], n: usize) -> Result<(), ShapleyError> {
    if n == 0 || n > EXACT_SHAPLEY_LIMIT {
        return Err(ShapleyError::Heads { n });
    }
    let subsets = 1 << n;
    if values.len() != subsets {
        return Err(ShapleyError::Values {
            values: values.len(),
            subsets,
        });
    }
    Ok(())
}

/// The mean over the sizes 0 to `others` of the mean of `term` over the subsets of that size without the heads of the
/// bits `without`; there are `others` heads beside these. The weight of a subset of s heads is so
/// s! (others - s)! / (others + 1)!, and no factorial is formed.
fn mean_over_sizes(others: usize, subsets: usize, without: usize, term: impl Fn(usize) -> f64) -> f64 {
    let mut sums = [0.0; EXACT_SHAPLEY_LIMIT];
    for mask in (0..subsets).filter(|mask| mask & without == 0) {
        sums[mask.count_ones() as usize] += term(mask);
    }
    let (mut mean, mut of_this_size) = (0.0, 1);
    for (size, sum) in sums[..=others].iter().enumerate() {
        mean += sum / (of_this_size * (others + 1)) as f64;
        // Binomials, from one to the next.
        of_this_size = of_this_size * (others - size) / (size + 1);
    }
    mean
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// v of every subset, by its mask.
    fn game(n: usize, v: impl Fn(usize) -> f64) -> Vec<f64> {
        (0..1 << n).map(v).collect()
    }

    /// 1 for the subsets that hold all heads of `coalition`.
    fn unanimity(n: usize, coalition: usize) -> Vec<f64> {
        game(n, |mask| f64::from(u8::from(mask & coalition == coalition)))
    }

    fn close(left: &[f64], right: &[f64], tolerance: f64) -> bool {
        left.len() == right.len() && left.iter().zip(right).all(|(l, r)| (l - r).abs() <= tolerance)
    }

    #[test]
    fn games_by_hand() {
        assert_eq!(shapley_values(&[0.5, 2.0], 1), Ok(vec![1.5]));
        // Two heads: (v(1) + v(12) - v(2)) / 2 and the like.
        assert_eq!(shapley_values(&[0.0, 1.0, 2.0, 5.0], 2), Ok(vec![2.0, 3.0]));
        assert_eq!(
            shapley_interactions(&[0.0, 1.0, 2.0, 5.0], 2),
            Ok(vec![vec![0.0, 2.0], vec![2.0, 0.0]])
        );
        // The glove game: heads 0 and 1 hold left gloves, head 2 the only right one; a pair is worth 1.
        let gloves = game(3, |mask| {
            f64::from(u8::from(mask & 0b100 != 0 && mask & 0b011 != 0))
        });
        let values = shapley_values(&gloves, 3).unwrap();
        assert!(close(&values, &[1.0 / 6.0, 1.0 / 6.0, 4.0 / 6.0], 1e-15));
        // The left gloves replace each other once the right one is there; left and right make a pair if the other
        // left one is not there.
        let interactions = shapley_interactions(&gloves, 3).unwrap();
        assert!(close(&interactions[0], &[0.0, -0.5, 0.5], 1e-15));
        assert!(close(&interactions[1], &[-0.5, 0.0, 0.5], 1e-15));
        assert!(close(&interactions[2], &[0.5, 0.5, 0.0], 1e-15));
    }

    #[test]
    fn a_coalition_that_is_needed_as_a_whole_shares_equally() {
        for (n, coalition) in [
            (3, 0b011_usize),
            (5, 0b10110),
            (16, 0b1000_0000_0000_0001),
            (16, 0xffff),
        ] {
            let size = f64::from(coalition.count_ones());
            let share = |head: usize| {
                if coalition >> head & 1 == 1 {
                    1.0 / size
                } else {
                    0.0
                }
            };
            let want: Vec<f64> = (0..n).map(share).collect();
            let game = unanimity(n, coalition);
            assert!(close(&shapley_values(&game, n).unwrap(), &want, 1e-12));
            // A pair inside a coalition of m has the interaction 1 / (m - 1), any other 0.
            for (i, row) in shapley_interactions(&game, n).unwrap().iter().enumerate() {
                let inside = |j: usize| i != j && coalition >> i & coalition >> j & 1 == 1;
                let pair = |j: usize| if inside(j) { 1.0 / (size - 1.0) } else { 0.0 };
                assert!(close(row, &(0..n).map(pair).collect::<Vec<f64>>(), 1e-12));
            }
        }
    }

    #[test]
    fn heads_that_only_add_are_worth_what_they_add() {
        let worth = [0.5, -1.25, 3.0, 0.0, 2.0];
        let additive = game(5, |mask| {
            4.0 + (0..5)
                .filter(|head| mask >> head & 1 == 1)
                .map(|head| worth[head])
                .sum::<f64>()
        });
        assert!(close(&shapley_values(&additive, 5).unwrap(), &worth, 1e-14));
        let interactions = shapley_interactions(&additive, 5).unwrap();
        assert!(interactions.iter().all(|row| close(row, &[0.0; 5], 1e-14)));
        // One head has no other to interact with.
        assert_eq!(shapley_interactions(&[1.0, 2.0], 1), Ok(vec![vec![0.0]]));
    }

    #[test]
    fn other_numbers_of_heads_and_values_are_refused() {
        for n in [0, 17, usize::MAX] {
            assert_eq!(shapley_values(&[0.0], n), Err(ShapleyError::Heads { n }));
            assert_eq!(shapley_interactions(&[0.0], n), Err(ShapleyError::Heads { n }));
        }
        let error = shapley_values(&[0.0; 7], 3).unwrap_err();
        assert_eq!(error.to_string(), "7 values for the 8 subsets of the heads");
        assert_eq!(
            shapley_interactions(&[0.0; 9], 3),
            Err(ShapleyError::Values {
                values: 9,
                subsets: 8
            })
        );
        assert_eq!(
            ShapleyError::Heads { n: 17 }.to_string(),
            "exact Shapley values are for 1 to 16 heads, not 17"
        );
    }

    #[test]
    fn values_that_are_not_finite_stay_in_what_they_enter() {
        let mut values = vec![0.0; 8];
        values[0b011] = f64::NAN;
        assert!(
            shapley_values(&values, 3)
                .unwrap()
                .iter()
                .all(|value| value.is_nan())
        );
    }

    proptest! {
        #[test]
        fn values_are_means_over_all_orders(values in prop::collection::vec(-1.0f64..1.0, 16)) {
            let mut means = [0.0; 4];
            let orders = (0..256_usize).map(|code| [code & 3, code >> 2 & 3, code >> 4 & 3, code >> 6]);
            for order in orders.filter(|order| (0..4).all(|head| order.contains(&head))) {
                let mut mask = 0;
                for head in order {
                    means[head] += (values[mask | 1 << head] - values[mask]) / 24.0;
                    mask |= 1 << head;
                }
            }
            prop_assert!(close(&shapley_values(&values, 4).unwrap(), &means, 1e-14));
        }

        #[test]
        fn the_axioms_hold(
            (n, left, right) in (1usize..=10).prop_flat_map(|n| {
                let values = || prop::collection::vec(-100.0f64..100.0, 1 << n);
                (Just(n), values(), values())
            }),
            scale in -2.0f64..2.0,
        ) {
            let of = |values: &[f64]| shapley_values(values, n).unwrap();
            // Efficiency.
            let (first, last) = (left[0], left[left.len() - 1]);
            prop_assert!((of(&left).iter().sum::<f64>() - (last - first)).abs() < 1e-9);
            // Linearity, also of interactions.
            let both: Vec<f64> = left.iter().zip(&right).map(|(l, r)| l + scale * r).collect();
            let sum: Vec<f64> = of(&left).iter().zip(of(&right)).map(|(l, r)| l + scale * r).collect();
            prop_assert!(close(&of(&both), &sum, 1e-10));
            let pairs = |values: &[f64]| shapley_interactions(values, n).unwrap().concat();
            let sum: Vec<f64> = pairs(&left).iter().zip(pairs(&right)).map(|(l, r)| l + scale * r).collect();
            prop_assert!(close(&pairs(&both), &sum, 1e-10));
            // A head that changes nothing is worth 0 and interacts with none.
            let dummy = game(n, |mask| left[mask & !1]);
            prop_assert_eq!(of(&dummy)[0], 0.0);
            prop_assert_eq!(&shapley_interactions(&dummy, n).unwrap()[0], &vec![0.0; n]);
            // Heads that can stand in for each other are worth the same.
            if n > 1 {
                let alike = game(n, |mask| left[mask & !0b11 | (mask & 0b11).count_ones() as usize]);
                let values = of(&alike);
                prop_assert!((values[0] - values[1]).abs() < 1e-10);
            }
        }

        /// A pair's interaction is what one head is worth more with the other always there than with it never there.
        #[test]
        fn interactions_are_differences_of_values(values in prop::collection::vec(-1.0f64..1.0, 32)) {
            let interactions = shapley_interactions(&values, 5).unwrap();
            let with = shapley_values(&values[16..], 4).unwrap();
            let without = shapley_values(&values[..16], 4).unwrap();
            let differences: Vec<f64> = with.iter().zip(without).map(|(with, without)| with - without).collect();
            prop_assert!(close(&interactions[4][..4], &differences, 1e-14));
        }
    }
}
