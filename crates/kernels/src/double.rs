//! e^x and ln x in double precision, free of branches and calls, so that loops over them become vector instructions.

use std::f64::consts::{LOG2_E, SQRT_2};

/// Adding it leaves a number's nearest whole number in the last bits of its own.
const ROUNDING: f64 = 6_755_399_441_055_744.0; // 1.5 * 2^52

/// ln 2 in two parts: multiples of the first by exponents are exact, and the second is the rest.
const LN_2_HIGH: f64 = f64::from_bits(0x3fe6_2e42_fee0_0000);
const LN_2_LOW: f64 = 1.908_214_929_270_587_7e-10;

/// Coefficients 1 / n! of the exponential series, as many as |x| <= ln(2) / 2 needs.
const EXP: [f64; 14] = {
    let mut terms = [1.0; 14];
    let mut n = 1;
    while n < 14 {
        terms[n] = terms[n - 1] / n as f64;
        n += 1;
    }
    terms
};

/// Coefficients 2 / (2 n + 1), n >= 1, of ln((1 + s) / (1 - s)) = 2 s + s (2 s^2 / 3 + 2 s^4 / 5 + ...), as many as
/// |s| <= 3 - 2 sqrt(2) needs.
const LN: [f64; 10] = {
    let mut terms = [0.0; 10];
    let mut n = 0;
    while n < 10 {
        terms[n] = 2.0 / (2 * n + 3) as f64;
        n += 1;
    }
    terms
};

#[inline(always)]
fn polynomial<const N: usize>(x: f64, coefficients: &[f64; N]) -> f64 {
    let mut value = coefficients[N - 1];
    for power in (0..N - 1).rev() {
        value = f64::mul_add(value, x, coefficients[power]);
    }
    value
}

/// e^x to 4e-16 of the value, denormal results included; 0 below -746, infinite above 709.79, NaN for NaN.
#[inline(always)]
pub fn exp(x: f64) -> f64 {
    // Beyond 720 the result is infinite anyway, and both halves of the power of 2 stay in range. Below -746 it is 0, which
    // is chosen at the end: a multiplication that falls out of range takes processors a hundred cycles.
    let inside = if x < -746.0 { 0.0 } else { x };
    let inside = if inside > 720.0 { 720.0 } else { inside };
    let shifted = f64::mul_add(inside, LOG2_E, ROUNDING);
    let whole = shifted - ROUNDING;
    let rest = f64::mul_add(whole, -LN_2_HIGH, inside);
    let rest = f64::mul_add(whole, -LN_2_LOW, rest);
    // 2^whole in two factors: one alone cannot reach denormal numbers. `half` is rounded to whole numbers as well.
    let half_shifted = f64::mul_add(whole, 0.5, ROUNDING);
    let other = whole - (half_shifted - ROUNDING);
    let value = power_of_2(half_shifted) * (power_of_2(other + ROUNDING) * polynomial(rest, &EXP));
    if x < -746.0 { 0.0 } else { value }
}

/// 2^n of a normal result, from n + [`ROUNDING`].
#[inline(always)]
fn power_of_2(shifted: f64) -> f64 {
    f64::from_bits((shifted.to_bits() << 52).wrapping_add(1.0_f64.to_bits()))
}

/// ln x to 4e-16 of the value, of a positive normal number.
#[inline(always)]
pub fn ln_of_normal(x: f64) -> f64 {
    const MANTISSA: u64 = (1 << 52) - 1;
    const LOWEST: u64 = (0.5 * SQRT_2).to_bits();
    /// 2^52: a whole number below it, put into its last bits, is added to it.
    const WHOLE: f64 = 4_503_599_627_370_496.0;
    // x = 2^exponent m with m from sqrt(1/2) to sqrt(2), so that near 1 nothing cancels.
    let bits = x.to_bits().wrapping_add(1.0_f64.to_bits() - LOWEST);
    let exponent = f64::from_bits((bits >> 52) | WHOLE.to_bits()) - (WHOLE + 1023.0);
    let above_1 = f64::from_bits((bits & MANTISSA) + LOWEST) - 1.0;
    let s = above_1 / (2.0 + above_1);
    let square = s * s;
    // 2 s = f - s f with f = m - 1, of which f is exact.
    let half_square = 0.5 * above_1 * above_1;
    let series = square * polynomial(square, &LN);
    // ln(1 + f) = f - (f^2 / 2 - s (f^2 / 2 + series)).
    let correction = f64::mul_add(s, half_square + series, exponent * LN_2_LOW);
    f64::mul_add(exponent, LN_2_HIGH, above_1 - (half_square - correction))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_parts_of_ln_2_add_up() {
        assert_eq!(LN_2_HIGH + LN_2_LOW, std::f64::consts::LN_2);
        assert_eq!(LN_2_HIGH.to_bits().trailing_zeros(), 21, "room for an exponent");
    }

    #[test]
    fn ends_and_special_values() {
        assert_eq!(exp(0.0), 1.0);
        assert_eq!(exp(f64::NEG_INFINITY), 0.0);
        assert_eq!(exp(-746.0), 0.0);
        assert_eq!(exp(f64::INFINITY), f64::INFINITY);
        assert_eq!(exp(710.0), f64::INFINITY);
        assert!(exp(f64::NAN).is_nan());
        assert_eq!(ln_of_normal(1.0), 0.0);
        assert_eq!(ln_of_normal(f64::MIN_POSITIVE), f64::MIN_POSITIVE.ln());
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(20_000))]

        #[test]
        fn exp_is_that_of_the_standard_library_to_rounding(x in -745.0..709.7f64) {
            let exact = x.exp();
            // Half a unit of denormal numbers, two of them where two roundings meet.
            let tolerance = 4e-16 * exact + 2.0 * f64::from_bits(1);
            prop_assert!((exp(x) - exact).abs() <= tolerance, "{} {exact}", exp(x));
        }

        #[test]
        fn ln_is_that_of_the_standard_library_to_rounding(power in -708.0..709.0f64, near in -0.5..0.5f64) {
            for x in [power.exp(), 1.0 + near, 1.0 + near.powi(15)] {
                let exact = x.ln();
                let got = ln_of_normal(x);
                prop_assert!((got - exact).abs() <= 4e-16 * exact.abs(), "ln {x}: {got} {exact}");
            }
        }
    }
}
