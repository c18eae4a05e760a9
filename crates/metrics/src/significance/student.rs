//! Student's t distribution: tail probabilities and quantiles with any degrees of freedom.

use std::f64::consts::SQRT_2;

use statrs::function::beta::beta_reg;
use statrs::function::erf::erfc;

use super::error::{SignificanceError, check_finite};

/// From here on tails come from the normal distribution, by Wallace's transformation (1959), whose error is of the order
/// of the inverse square of the degrees of freedom; below, the continued fraction of the beta function converges.
const NORMAL_FROM: f64 = 1e6;
/// Beyond this the square of a quantile may not be finite.
const LARGEST_QUANTILE: f64 = 1e150;

/// The probability of a t at least as far from 0 as `t`, on either side, with `degrees_of_freedom`, which need not be
/// whole; to some nine digits.
///
/// # Errors
/// `t` is not finite, or the degrees of freedom are not positive and finite.
pub fn t_two_sided_p(t: f64, degrees_of_freedom: f64) -> Result<f64, SignificanceError> {
    check_finite([t])?;
    check_degrees(degrees_of_freedom)?;
    Ok((2.0 * upper_tail(t.abs(), degrees_of_freedom)).clamp(0.0, 1.0))
}

/// The quantile of `probability`, with `degrees_of_freedom`, which need not be whole; to some nine digits.
///
/// # Errors
/// The probability is not strictly between 0 and 1, the degrees of freedom are not positive and finite, or the quantile
/// is beyond 1e150.
pub fn t_quantile(probability: f64, degrees_of_freedom: f64) -> Result<f64, SignificanceError> {
    if !(probability > 0.0 && probability < 1.0) {
        return Err(SignificanceError::Probability {
            index: 0,
            value: probability,
            range: "0..1 without its ends",
        });
    }
    check_degrees(degrees_of_freedom)?;
    let tail = probability.min(1.0 - probability);
    if upper_tail(LARGEST_QUANTILE, degrees_of_freedom) > tail {
        return Err(SignificanceError::Quantile {
            probability,
            degrees_of_freedom,
        });
    }
    let distance = if probability == 0.5 {
        0.0
    } else {
        upper_quantile(tail, degrees_of_freedom)
    };
    Ok(if probability < 0.5 { -distance } else { distance })
}

fn check_degrees(degrees_of_freedom: f64) -> Result<(), SignificanceError> {
    if degrees_of_freedom.is_finite() && degrees_of_freedom > 0.0 {
        Ok(())
    } else {
        Err(SignificanceError::DegreesOfFreedom(degrees_of_freedom))
    }
}

/// The probability of more than `t` >= 0.
fn upper_tail(t: f64, degrees: f64) -> f64 {
    let ratio = (t / degrees.sqrt()).powi(2);
    if degrees >= NORMAL_FROM {
        let z = (8.0 * degrees + 1.0) / (8.0 * degrees + 3.0) * (degrees * ratio.ln_1p()).sqrt();
        return 0.5 * erfc(z / SQRT_2);
    }
    // What lies outside, or what lies inside taken from the whole: whichever the continued fraction gives directly, so
    // that neither a far tail nor a t near 0 is what is left of a difference.
    let inside = ratio / (1.0 + ratio);
    if inside < 3.0 / (degrees + 5.0) {
        0.5 - 0.5 * beta_reg(0.5, degrees / 2.0, inside)
    } else {
        0.5 * beta_reg(degrees / 2.0, 0.5, 1.0 / (1.0 + ratio))
    }
}

/// The t >= 0 that is exceeded with probability `tail` < 1/2.
///
/// Halves a range of bit patterns, whose order is that of the positive numbers they stand for: 63 steps to the last bit
/// whatever the scale of the answer, with no start to find and nothing that could fail to converge.
fn upper_quantile(tail: f64, degrees: f64) -> f64 {
    let (mut low, mut high) = (0, LARGEST_QUANTILE.to_bits());
    while high - low > 1 {
        let middle = low + (high - low) / 2;
        if upper_tail(f64::from_bits(middle), degrees) > tail {
            low = middle;
        } else {
            high = middle;
        }
    }
    f64::from_bits(high)
}

#[cfg(test)]
mod tests {
    use std::f64::consts::PI;

    use proptest::prelude::*;

    use super::*;

    fn near(ours: f64, expected: f64, tolerance: f64) -> bool {
        (ours - expected).abs() <= tolerance * expected.abs()
    }

    #[test]
    fn quantiles_of_one_and_two_degrees_have_closed_forms() {
        for p in [1e-9, 0.01, 0.3, 0.499_999, 0.500_001, 0.7, 0.975, 0.999_9] {
            let one = -1.0 / (PI * p).tan();
            let quantile = t_quantile(p, 1.0).unwrap();
            assert!(near(quantile, one, 1e-8), "{p}: {quantile} for {one}");
            let two = (2.0 * p - 1.0) / (2.0 * p * (1.0 - p)).sqrt();
            let quantile = t_quantile(p, 2.0).unwrap();
            assert!(near(quantile, two, 1e-8), "{p}: {quantile} for {two}");
        }
        assert_eq!(t_quantile(0.5, 3.0), Ok(0.0));
    }

    #[test]
    fn many_degrees_are_nearly_normal() {
        // 1.959963984540054, and the next term of the expansion, (z^3 + z) / 4 over the degrees of freedom.
        let normal = 1.959_963_984_540_054_f64;
        for degrees in [9.0e5, 1.1e6, 1e9, 1e300] {
            let expected = normal + (normal.powi(3) + normal) / 4.0 / degrees;
            let quantile = t_quantile(0.975, degrees).unwrap();
            assert!(near(quantile, expected, 1e-9), "{degrees}: {quantile}");
        }
    }

    #[test]
    fn half_a_degree_has_a_heavy_tail() {
        // Recomputed with 40 digits.
        assert!(near(
            t_quantile(0.9999, 0.5).unwrap(),
            10_284_911.563_165_65,
            1e-8
        ));
    }

    #[test]
    fn what_has_no_answer_is_refused() {
        for probability in [0.0, 1.0, -0.5, f64::NAN] {
            assert!(matches!(
                t_quantile(probability, 3.0),
                Err(SignificanceError::Probability { .. })
            ));
        }
        for degrees in [0.0, -1.0, f64::NAN, f64::INFINITY] {
            assert!(matches!(
                t_quantile(0.9, degrees),
                Err(SignificanceError::DegreesOfFreedom(_))
            ));
            assert!(t_two_sided_p(1.0, degrees).is_err());
        }
        let error = t_quantile(0.9, 1e-6).unwrap_err();
        assert_eq!(
            error.to_string(),
            "the quantile of 0.9 with 0.000001 degrees of freedom is too large"
        );
        assert!(t_two_sided_p(f64::NAN, 3.0).is_err());
        assert_eq!(t_two_sided_p(f64::MAX, 3.0), Ok(0.0));
        assert_eq!(t_two_sided_p(0.0, 3.0), Ok(1.0));
    }

    proptest! {
        #[test]
        fn the_probability_of_a_quantile_is_its_tail(probability in 1e-6..0.999_999_f64, log_degrees in -0.5..8.0_f64) {
            let degrees = 10_f64.powf(log_degrees);
            let quantile = t_quantile(probability, degrees).unwrap();
            let p = t_two_sided_p(quantile, degrees).unwrap();
            prop_assert!(near(p, 2.0 * probability.min(1.0 - probability), 1e-8), "{p}");
            prop_assert_eq!(quantile > 0.0, probability > 0.5);
        }

        #[test]
        fn a_larger_t_is_never_more_probable(t in 0.0..20.0_f64, step in 1e-3..5.0_f64, log_degrees in -0.5..8.0_f64) {
            let degrees = 10_f64.powf(log_degrees);
            prop_assert!(t_two_sided_p(t + step, degrees).unwrap() <= t_two_sided_p(-t, degrees).unwrap());
        }
    }
}
