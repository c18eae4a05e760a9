//! Student's paired t test and Welch's test of one number per seed.

use super::error::{SignificanceError, check_finite};
use super::student::{t_quantile, t_two_sided_p};
use crate::interval::{Summary, summarise};

/// Rounding leaves a spread, or a difference, of up to this share of the largest value where there is none.
const ROUNDING: f64 = 8.0 * f64::EPSILON;

/// A two-sided t test that two means do not differ.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TTest {
    /// Mean of the system minus mean of the baseline, in the unit of the values.
    pub difference: f64,
    /// Two-sided 95 % interval of the difference, `(low, high)`.
    pub ci: (f64, f64),
    /// The difference over its standard error.
    pub t: f64,
    /// Degrees of freedom of t; whole in the paired test.
    pub degrees_of_freedom: f64,
    /// Probability of a t at least as far from 0, on either side.
    pub p: f64,
}

/// The paired t test: value i of both lists is of the same seed, or otherwise belongs together.
///
/// Lists without any difference have t = 0, p = 1 and an interval without width, though t is not defined then.
///
/// # Errors
/// The lists differ in length or have fewer than two values, a value is not finite or too large to be squared, or all
/// differences are the same and not 0.
pub fn paired_t_test(baseline: &[f64], system: &[f64]) -> Result<TTest, SignificanceError> {
    if baseline.len() != system.len() {
        return Err(SignificanceError::LengthMismatch {
            baseline: baseline.len(),
            system: system.len(),
        });
    }
    check_values(baseline)?;
    check_values(system)?;
    let differences: Vec<f64> = baseline
        .iter()
        .zip(system)
        .map(|(base, ours)| ours - base)
        .collect();
    let spread = Spread::of(&differences)?;
    finish(
        spread.mean,
        (spread.variance / spread.n).sqrt(),
        spread.n - 1.0,
        largest(baseline, system) * ROUNDING,
    )
}

/// Welch's t test of two means (1947): the lists need not belong together, be equally long or vary equally.
///
/// Lists without any spread and with the same mean have t = 0, p = 1, the degrees of freedom of equal variances and an
/// interval without width, though t is not defined then.
///
/// # Errors
/// A list has fewer than two values, a value is not finite or too large to be squared, or neither list varies while
/// their means differ.
pub fn welch_t_test(baseline: &[f64], system: &[f64]) -> Result<TTest, SignificanceError> {
    check_values(baseline)?;
    check_values(system)?;
    let (base, ours) = (Spread::of(baseline)?, Spread::of(system)?);
    let (of_base, of_ours) = (base.variance / base.n, ours.variance / ours.n);
    let variance = of_base + of_ours;
    let degrees_of_freedom = if variance > 0.0 {
        // Of shares, as the squares of variances could overflow.
        let (of_base, of_ours) = (of_base / variance, of_ours / variance);
        1.0 / (of_base * of_base / (base.n - 1.0) + of_ours * of_ours / (ours.n - 1.0))
    } else {
        base.n + ours.n - 2.0
    };
    finish(
        ours.mean - base.mean,
        variance.sqrt(),
        degrees_of_freedom,
        largest(baseline, system) * ROUNDING,
    )
}

/// Mean and variance of some values.
struct Spread {
    n: f64,
    mean: f64,
    variance: f64,
}

impl Spread {
    fn of(values: &[f64]) -> Result<Self, SignificanceError> {
        match summarise(values) {
            Some(Summary {
                n,
                mean,
                std: Some(std),
                ..
            }) if mean.is_finite() && (std * std).is_finite() => Ok(Self {
                n: n as f64,
                mean,
                variance: std * std,
            }),
            _ => Err(SignificanceError::Overflow),
        }
    }
}

/// Refuses too few values, and those that are not finite.
fn check_values(values: &[f64]) -> Result<(), SignificanceError> {
    if values.len() < 2 {
        return Err(SignificanceError::TooFew {
            needed: 2,
            found: values.len(),
        });
    }
    check_finite(values.iter().copied())
}

fn largest(baseline: &[f64], system: &[f64]) -> f64 {
    baseline
        .iter()
        .chain(system)
        .fold(0.0, |largest, value| largest.max(value.abs()))
}

/// The test of a difference with its standard error; both count as 0 up to `rounding`.
fn finish(
    difference: f64,
    standard_error: f64,
    degrees_of_freedom: f64,
    rounding: f64,
) -> Result<TTest, SignificanceError> {
    if standard_error <= rounding {
        return if difference.abs() <= rounding {
            Ok(TTest {
                difference,
                ci: (difference, difference),
                t: 0.0,
                degrees_of_freedom,
                p: 1.0,
            })
        } else {
            Err(SignificanceError::NoSpread { difference })
        };
    }
    let t = difference / standard_error;
    let half = t_quantile(0.975, degrees_of_freedom)? * standard_error;
    let ci = (difference - half, difference + half);
    if !(t.is_finite() && ci.0.is_finite() && ci.1.is_finite()) {
        return Err(SignificanceError::Overflow);
    }
    Ok(TTest {
        difference,
        ci,
        t,
        degrees_of_freedom,
        p: t_two_sided_p(t, degrees_of_freedom)?,
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    type Test = fn(&[f64], &[f64]) -> Result<TTest, SignificanceError>;
    const BOTH: [Test; 2] = [paired_t_test, welch_t_test];

    fn near(ours: f64, expected: f64) -> bool {
        (ours - expected).abs() <= 1e-8 * expected.abs().max(1.0)
    }

    #[test]
    fn three_seeds_by_hand() {
        // Differences 1, 2, 3: t = 2 / (1 / sqrt 3), and with two degrees p = 1 - t / sqrt(2 + t^2).
        let test = paired_t_test(&[1.0, 2.0, 3.0], &[2.0, 4.0, 6.0]).unwrap();
        let t = 12.0_f64.sqrt();
        assert!(near(test.t, t) && near(test.p, 1.0 - t / 14.0_f64.sqrt()));
        assert_eq!((test.difference, test.degrees_of_freedom), (2.0, 2.0));
        let half = 4.302_652_729_749_462 / 3.0_f64.sqrt();
        assert!(near(test.ci.0, 2.0 - half) && near(test.ci.1, 2.0 + half));
        // Variances 1/3 and 4/3: t = 2 / sqrt(5/3), degrees (25/9) / ((1/9 + 16/9) / 2).
        let test = welch_t_test(&[1.0, 2.0, 3.0], &[2.0, 4.0, 6.0]).unwrap();
        assert!(near(test.t, 2.0 / (5.0_f64 / 3.0).sqrt()));
        assert!(near(test.degrees_of_freedom, 50.0 / 17.0));
    }

    #[test]
    fn lists_without_spread_have_a_stated_answer() {
        for test in BOTH {
            let same = test(&[5.0; 3], &[5.0; 3]).unwrap();
            assert_eq!((same.t, same.p, same.ci), (0.0, 1.0, (0.0, 0.0)));
            assert_eq!(
                test(&[5.0; 3], &[5.5; 3]),
                Err(SignificanceError::NoSpread { difference: 0.5 })
            );
        }
        // Each is 0.1 more, up to rounding, and that rounding is no spread.
        let error = paired_t_test(&[0.1, 0.2, 0.3], &[0.2, 0.3, 0.4]).unwrap_err();
        assert!(matches!(error, SignificanceError::NoSpread { .. }), "{error}");
        let varied = [0.3, 0.1, 0.2];
        assert_eq!(paired_t_test(&varied, &varied).unwrap().p, 1.0);
    }

    #[test]
    fn one_list_may_have_no_spread() {
        let test = welch_t_test(&[5.0, 5.0], &[5.0, 6.0, 7.0]).unwrap();
        assert!(near(test.t, 3.0_f64.sqrt()) && near(test.degrees_of_freedom, 2.0));
    }

    #[test]
    fn what_cannot_be_tested_is_refused() {
        for test in BOTH {
            let few = test(&[1.0], &[2.0]).unwrap_err();
            assert_eq!(few, SignificanceError::TooFew { needed: 2, found: 1 });
            assert_eq!(
                test(&[], &[]).unwrap_err().to_string(),
                "the test needs 2 or more values of each system, not 0"
            );
            let error = test(&[1.0, 2.0], &[1.0, f64::INFINITY]).unwrap_err();
            assert_eq!(error.to_string(), "value 1 is inf, not a finite number");
            assert!(matches!(
                test(&[f64::NAN, 2.0], &[1.0, 2.0]),
                Err(SignificanceError::NotFinite { index: 0, .. })
            ));
            let (low, high) = ([-f64::MAX, -1e300], [f64::MAX, 0.0]);
            assert_eq!(test(&low, &high), Err(SignificanceError::Overflow));
            let (low, high) = ([-1e160, 1e160], [1e160, 0.0]);
            assert_eq!(test(&low, &high), Err(SignificanceError::Overflow));
        }
        let error = paired_t_test(&[1.0, 2.0], &[1.0, 2.0, 3.0]).unwrap_err();
        assert_eq!(
            error,
            SignificanceError::LengthMismatch {
                baseline: 2,
                system: 3
            }
        );
        assert!(welch_t_test(&[1.0, 2.0], &[1.0, 2.0, 4.0]).is_ok());
    }

    proptest! {
        #[test]
        fn exchanging_the_systems_changes_only_the_sign(
            values in prop::collection::vec((0.0..100.0_f64, 0.0..100.0_f64), 2..12),
        ) {
            let (baseline, system): (Vec<f64>, Vec<f64>) = values.into_iter().unzip();
            for test in BOTH {
                let there = test(&baseline, &system).unwrap();
                let back = test(&system, &baseline).unwrap();
                prop_assert!(near(there.t, -back.t) && near(there.p, back.p));
                prop_assert!(near(there.ci.0, -back.ci.1));
                prop_assert!((0.0..=1.0).contains(&there.p));
            }
        }

        #[test]
        fn p_is_under_five_per_cent_where_the_interval_leaves_out_0(
            values in prop::collection::vec((0.0..100.0_f64, 20.0..120.0_f64), 2..12),
        ) {
            let (baseline, system): (Vec<f64>, Vec<f64>) = values.into_iter().unzip();
            for test in BOTH {
                let test = test(&baseline, &system).unwrap();
                let outside = test.ci.0 > 0.0 || test.ci.1 < 0.0;
                prop_assert!(outside == (test.p < 0.05) || near(test.p, 0.05));
            }
        }

        #[test]
        fn unpaired_order_does_not_matter(
            values in prop::collection::vec((0.0..100.0_f64, 0.0..100.0_f64), 2..12),
        ) {
            let (baseline, mut system): (Vec<f64>, Vec<f64>) = values.into_iter().unzip();
            let test = welch_t_test(&baseline, &system);
            system.reverse();
            prop_assert_eq!(welch_t_test(&baseline, &system), test);
        }
    }
}
