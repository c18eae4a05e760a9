//! Mean, sample standard deviation and Student's t interval of one number per seed.

use statrs::distribution::{ContinuousCDF, StudentsT};

/// What a handful of seeds says about one number.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Summary {
    /// Number of values.
    pub n: usize,
    /// Arithmetic mean.
    pub mean: f64,
    /// Sample standard deviation, with n - 1 in the denominator; `None` for a single value.
    pub std: Option<f64>,
    /// Two-sided 95 % interval of the mean by Student's t, `(low, high)`; `None` for a single value.
    pub ci: Option<(f64, f64)>,
}

impl Summary {
    /// Half the width of the 95 % interval.
    pub fn half_width(&self) -> Option<f64> {
        self.ci.map(|(low, high)| (high - low) / 2.0)
    }
}

/// Summarises `values`, one per seed; `None` if there are none or one of them is not finite.
///
/// The result depends on the values only, not on their order: they are summed from the smallest up.
pub fn summarise(values: &[f64]) -> Option<Summary> {
    if values.is_empty() || values.iter().any(|value| !value.is_finite()) {
        return None;
    }
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let n = sorted.len();
    let mean = sorted.iter().sum::<f64>() / n as f64;
    if n == 1 {
        return Some(Summary {
            n,
            mean,
            std: None,
            ci: None,
        });
    }
    // Two passes: the one-pass formula cancels when the spread is small against the mean, as it is here.
    let squares: f64 = sorted.iter().map(|value| (value - mean).powi(2)).sum();
    let std = (squares / (n - 1) as f64).sqrt();
    let ci = t_quantile_975(n - 1).map(|t| {
        let half = t * std / (n as f64).sqrt();
        (mean - half, mean + half)
    });
    Some(Summary {
        n,
        mean,
        std: Some(std),
        ci,
    })
}

/// The 0.975 quantile of Student's t, so the factor of a two-sided 95 % interval; `None` for no degrees of freedom.
pub fn t_quantile_975(degrees_of_freedom: usize) -> Option<f64> {
    StudentsT::new(0.0, 1.0, degrees_of_freedom as f64)
        .ok()
        .map(|t| t.inverse_cdf(0.975))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn close(a: f64, b: f64, tolerance: f64) -> bool {
        (a - b).abs() <= tolerance
    }

    #[test]
    fn quantiles_equal_the_printed_tables() {
        let table = [
            (1, 12.706_204_736),
            (2, 4.302_652_730),
            (3, 3.182_446_305),
            (4, 2.776_445_105),
            (9, 2.262_157_163),
            (29, 2.045_229_642),
        ];
        for (degrees, expected) in table {
            let quantile = t_quantile_975(degrees).unwrap();
            assert!(
                close(quantile, expected, 1e-8),
                "{degrees}: {quantile} is not {expected}"
            );
        }
        assert_eq!(t_quantile_975(0), None);
    }

    #[test]
    fn three_seeds_by_hand() {
        // Mean 0.82, deviations -0.02, 0, 0.02: s = 0.02; half width 4.30265 * 0.02 / sqrt(3) = 0.0496828.
        let summary = summarise(&[0.84, 0.80, 0.82]).unwrap();
        let (low, high) = summary.ci.unwrap();
        assert_eq!(summary.n, 3);
        assert!(close(summary.mean, 0.82, 1e-15));
        assert!(close(summary.std.unwrap(), 0.02, 1e-15));
        assert!(close(low, 0.770_317_2, 5e-8) && close(high, 0.869_682_8, 5e-8));
        assert!(close(summary.half_width().unwrap(), 0.049_682_8, 5e-8));
    }

    #[test]
    fn one_seed_has_no_spread() {
        assert_eq!(
            summarise(&[0.5]),
            Some(Summary {
                n: 1,
                mean: 0.5,
                std: None,
                ci: None
            })
        );
    }

    #[test]
    fn equal_seeds_have_no_width() {
        let expected = Summary {
            n: 2,
            mean: 0.5,
            std: Some(0.0),
            ci: Some((0.5, 0.5)),
        };
        assert_eq!(summarise(&[0.5, 0.5]), Some(expected));
    }

    #[test]
    fn nothing_and_nonsense_have_no_summary() {
        assert_eq!(summarise(&[]), None);
        assert_eq!(summarise(&[0.5, f64::NAN]), None);
        assert_eq!(summarise(&[f64::INFINITY]), None);
    }

    proptest! {
        #[test]
        fn order_does_not_matter(values in prop::collection::vec(-1e3..1e3f64, 1..12), turn in 0usize..12) {
            let mut turned = values.clone();
            turned.rotate_left(turn % values.len());
            turned.reverse();
            prop_assert_eq!(summarise(&values), summarise(&turned));
        }

        #[test]
        fn the_interval_is_centred_on_a_mean_within_the_range(values in prop::collection::vec(-1e3..1e3f64, 2..12)) {
            let summary = summarise(&values).unwrap();
            let (low, high) = summary.ci.unwrap();
            let smallest = values.iter().copied().fold(f64::INFINITY, f64::min);
            let largest = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
            prop_assert!(smallest - 1e-9 <= summary.mean && summary.mean <= largest + 1e-9);
            prop_assert!(close((low + high) / 2.0, summary.mean, 1e-6));
        }
    }
}
