//! Kendall's rank correlation of two lists.

use std::cmp::Ordering;

/// Kendall's tau-b of two lists of paired numbers, in -1..=1: pairs of places that both lists order alike, less those
/// they order in opposite ways, over the geometric mean of the pairs that each list orders at all (Kendall 1945). 1 for
/// the same order and the same ties. Costs O(n^2).
///
/// `None` where the lists differ in length, are shorter than 2, hold a NaN, or where all numbers of one are equal.
pub fn kendall_tau_b(a: &[f64], b: &[f64]) -> Option<f64> {
    if a.len() != b.len() || a.iter().chain(b).any(|value| value.is_nan()) {
        return None;
    }
    let (mut concordant, mut discordant, mut untied_a, mut untied_b) = (0_u64, 0_u64, 0_u64, 0_u64);
    for (i, (a_i, b_i)) in a.iter().zip(b).enumerate() {
        for (a_j, b_j) in a.iter().zip(b).take(i) {
            let (of_a, of_b) = (a_i.partial_cmp(a_j)?, b_i.partial_cmp(b_j)?);
            let (ordered_a, ordered_b) = (of_a != Ordering::Equal, of_b != Ordering::Equal);
            untied_a += u64::from(ordered_a);
            untied_b += u64::from(ordered_b);
            concordant += u64::from(ordered_a && of_a == of_b);
            discordant += u64::from(ordered_a && of_a == of_b.reverse());
        }
    }
    if untied_a == 0 || untied_b == 0 {
        return None;
    }
    Some((concordant as f64 - discordant as f64) / (untied_a as f64 * untied_b as f64).sqrt())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn lists_by_hand() {
        assert_eq!(kendall_tau_b(&[1.0, 2.0], &[-5.0, 0.0]), Some(1.0));
        // Of three pairs, the last two places are swapped: (2 - 1) / 3.
        assert_eq!(kendall_tau_b(&[1.0, 2.0, 3.0], &[1.0, 3.0, 2.0]), Some(1.0 / 3.0));
        // Two pairs alike, one tied in the first list only: 2 / sqrt(2 * 3).
        let tied = kendall_tau_b(&[1.0, 1.0, 2.0], &[1.0, 2.0, 3.0]).unwrap();
        assert!((tied - (2.0_f64 / 3.0).sqrt()).abs() < 1e-15);
        // Tied in both: the pair counts for neither.
        assert_eq!(kendall_tau_b(&[1.0, 1.0, 2.0], &[3.0, 3.0, 0.0]), Some(-1.0));
        assert_eq!(kendall_tau_b(&[0.0, -0.0, 1.0], &[2.0, 2.0, 3.0]), Some(1.0));
    }

    #[test]
    fn the_example_of_scipy() {
        let (a, b) = ([12.0, 2.0, 1.0, 12.0, 2.0], [1.0, 4.0, 7.0, 1.0, 0.0]);
        let tau = kendall_tau_b(&a, &b).unwrap();
        assert!((tau + 0.471_404_520_791_031_73).abs() < 1e-15);
    }

    #[test]
    fn what_has_no_order_has_no_correlation() {
        for (a, b) in [
            (&[][..], &[][..]),
            (&[1.0], &[1.0]),
            (&[1.0, 2.0], &[1.0, 2.0, 3.0]),
            (&[1.0, 1.0, 1.0], &[1.0, 2.0, 3.0]),
            (&[1.0, 2.0, 3.0], &[1.0, 1.0, 1.0]),
            (&[1.0, f64::NAN, 3.0], &[1.0, 2.0, 3.0]),
            (&[1.0, 2.0, 3.0], &[1.0, 2.0, f64::NAN]),
        ] {
            assert_eq!(kendall_tau_b(a, b), None);
        }
        let ends = [f64::NEG_INFINITY, 0.0, f64::INFINITY];
        assert_eq!(kendall_tau_b(&ends, &[1.0, 2.0, 3.0]), Some(1.0));
    }

    proptest! {
        #[test]
        fn only_order_counts(pairs in prop::collection::vec((-5i8..5, -5i8..5), 2..40)) {
            let (a, b): (Vec<f64>, Vec<f64>) = pairs.iter().map(|&(a, b)| (f64::from(a), f64::from(b))).unzip();
            let tau = kendall_tau_b(&a, &b);
            prop_assert!(tau.is_none_or(|tau| (-1.0..=1.0).contains(&tau)));
            prop_assert_eq!(kendall_tau_b(&b, &a), tau);
            let negated: Vec<f64> = b.iter().map(|b| -b).collect();
            prop_assert_eq!(kendall_tau_b(&a, &negated), tau.map(|tau| -tau));
            let grown: Vec<f64> = a.iter().map(|a| a.exp() + 3.0).collect();
            prop_assert_eq!(kendall_tau_b(&grown, &b), tau);
            let alone = kendall_tau_b(&a, &a);
            prop_assert!(alone.is_none_or(|alone| alone == 1.0));
        }
    }
}
