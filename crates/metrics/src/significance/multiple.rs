//! P-values of several comparisons, adjusted so that all of them together keep the level of one.

use super::error::SignificanceError;

/// Holm's adjusted p-values (1979), in the order of the input: those at most alpha are significant, and the chance that
/// any of them is so by accident is at most alpha, whatever the comparisons have to do with each other.
///
/// The k-th smallest of m, from 0, becomes the largest of min(1, (m - j) p_j) over j <= k. Never more than
/// [`bonferroni`] gives. No p-values have none adjusted.
///
/// # Errors
/// A p-value is not in 0..=1.
pub fn holm(p_values: &[f64]) -> Result<Vec<f64>, SignificanceError> {
    check(p_values)?;
    let mut order: Vec<usize> = (0..p_values.len()).collect();
    order.sort_by(|left, right| p_values[*left].total_cmp(&p_values[*right]));
    let mut adjusted = vec![0.0; p_values.len()];
    let mut largest = 0.0_f64;
    for (rank, index) in order.into_iter().enumerate() {
        largest = largest.max(((p_values.len() - rank) as f64 * p_values[index]).min(1.0));
        adjusted[index] = largest;
    }
    Ok(adjusted)
}

/// Bonferroni's adjusted p-values, min(1, m p) for m comparisons: as safe as [`holm`] and never sharper.
///
/// # Errors
/// A p-value is not in 0..=1.
pub fn bonferroni(p_values: &[f64]) -> Result<Vec<f64>, SignificanceError> {
    check(p_values)?;
    let comparisons = p_values.len() as f64;
    Ok(p_values.iter().map(|p| (comparisons * p).min(1.0)).collect())
}

fn check(p_values: &[f64]) -> Result<(), SignificanceError> {
    match p_values
        .iter()
        .enumerate()
        .find(|(_, p)| !(0.0..=1.0).contains(*p))
    {
        Some((index, p)) => Err(SignificanceError::Probability {
            index,
            value: *p,
            range: "0..=1",
        }),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn three_comparisons_by_hand() {
        // Sorted 0.01, 0.25, 0.375 times 3, 2, 1: 0.03, 0.5, and 0.375 raised to what comes before.
        assert_eq!(holm(&[0.375, 0.01, 0.25]), Ok(vec![0.5, 0.03, 0.5]));
        assert_eq!(bonferroni(&[0.375, 0.01, 0.25]), Ok(vec![1.0, 0.03, 0.75]));
        assert_eq!(holm(&[]), Ok(vec![]));
        assert_eq!(bonferroni(&[]), Ok(vec![]));
    }

    #[test]
    fn what_is_no_probability_is_refused() {
        for adjust in [holm, bonferroni] {
            let error = adjust(&[0.5, 1.5]).unwrap_err();
            assert_eq!(error.to_string(), "probability 1 is 1.5, which is not in 0..=1");
            assert!(adjust(&[f64::NAN]).is_err());
            assert!(adjust(&[-0.1]).is_err());
        }
    }

    proptest! {
        #[test]
        fn holm_keeps_the_order_between_raw_and_bonferroni(
            p_values in prop::collection::vec(0.0..=1.0_f64, 1..12), turn in 0_usize..12,
        ) {
            let adjusted = holm(&p_values).unwrap();
            let blunter = bonferroni(&p_values).unwrap();
            for one in 0..p_values.len() {
                prop_assert!(p_values[one] <= adjusted[one] && adjusted[one] <= blunter[one]);
                for other in 0..p_values.len() {
                    prop_assert!(p_values[one] > p_values[other] || adjusted[one] <= adjusted[other]);
                }
            }
            let mut turned = p_values.clone();
            turned.rotate_left(turn % p_values.len());
            let mut expected = adjusted;
            expected.rotate_left(turn % p_values.len());
            prop_assert_eq!(holm(&turned).unwrap(), expected);
        }
    }
}
