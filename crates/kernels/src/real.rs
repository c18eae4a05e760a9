//! The two floating-point types of the kernels and their vectorisable elementary functions.

use std::f32::consts::{LN_2, LOG2_E};
use std::iter::Sum;
use std::ops::{Add, AddAssign, Div, Mul, MulAssign, Neg, Sub, SubAssign};

use crate::double;
use crate::matmul::Product;
use crate::vectors::Vectors;

/// `f32` for training, `f64` for checking the mathematics.
///
/// The functions are `#[inline(always)]` and free of branches in `f32`, so that loops over them become vector
/// instructions; in `f64` only `exp` is, and the rest are those of the standard library.
pub trait Real:
    Vectors
    + Product
    + Copy
    + Default
    + PartialEq
    + PartialOrd
    + Send
    + Sync
    + std::fmt::Debug
    + Add<Output = Self>
    + Sub<Output = Self>
    + Mul<Output = Self>
    + Div<Output = Self>
    + Neg<Output = Self>
    + AddAssign
    + SubAssign
    + MulAssign
    + Sum
    + 'static
{
    /// 0.
    const ZERO: Self;
    /// 1.
    const ONE: Self;
    /// Below every number.
    const LOWEST: Self;

    /// The nearest value.
    fn of(value: f64) -> Self;
    /// The same number.
    fn as_f64(self) -> f64;
    /// `self * factor + term`, rounded once where the processor can.
    fn mul_add(self, factor: Self, term: Self) -> Self;
    /// Without its sign.
    fn abs(self) -> Self;
    /// Square root.
    fn sqrt(self) -> Self;
    /// The larger of two numbers, neither of them NaN.
    fn larger(self, other: Self) -> Self;
    /// e to this power. In `f32` to 2e-7 of the value; 0 below -87.33 (no denormal numbers), infinite above 88.37, NaN
    /// for NaN. In `f64` see [`double::exp`].
    fn exp(self) -> Self;
    /// Natural logarithm; not vectorised.
    fn ln(self) -> Self;
    /// `(x P(x), P(x) + x p(x))` with the normal distribution P and its density p: the activation GELU in its exact form
    /// (Hendrycks and Gimpel 2016) and its slope, of a finite number. In `f32` to 3e-7, or half a unit in the last place
    /// of the result where that is more.
    fn gelu(self) -> (Self, Self);

    /// `(x s(x), slope)` with the logistic function s: the activation SiLU, and its slope.
    #[inline(always)]
    fn silu(self) -> (Self, Self) {
        times_logistic(self, self, Self::ONE)
    }

    /// GELU with the hyperbolic tangent in place of the error function (Hendrycks and Gimpel 2016), and its slope:
    /// x / 2 (1 + tanh u) with u = sqrt(2 / pi) (x + 0.044715 x^3), which is x s(2 u) with the logistic function s.
    #[inline(always)]
    fn gelu_tanh(self) -> (Self, Self) {
        // Beyond, s is 0 or 1 to the last digit; the cube must not become infinite.
        let far = Self::of(100.0);
        let near = if self > far {
            far
        } else if self < -far {
            -far
        } else {
            self
        };
        let (linear, cubic) = (
            Self::of(2.0 * ROOT_2_BY_PI),
            Self::of(2.0 * ROOT_2_BY_PI * 0.044_715),
        );
        let square = near * near;
        let inner = near * (linear + cubic * square);
        times_logistic(self, inner, linear + Self::of(3.0) * cubic * square)
    }
}

/// `x s(inner)` with the logistic function s, and its derivative by x where that of `inner` is `slope`.
#[inline(always)]
fn times_logistic<T: Real>(x: T, inner: T, slope: T) -> (T, T) {
    // Of the two numbers s and 1 - s the smaller one is made from an exponential that does not overflow, so that neither
    // loses digits.
    let bell = (-inner.abs()).exp();
    let larger = T::ONE / (T::ONE + bell);
    let smaller = bell * larger;
    let logistic = if inner < T::ZERO { smaller } else { larger };
    (x * logistic, logistic + x * (larger * smaller) * slope)
}

/// sqrt(2 / pi).
const ROOT_2_BY_PI: f64 = 0.797_884_560_802_865_4;

/// exp(x) for |x| <= ln(2) / 2 to 3e-9 of the value, lowest power first: a minimax fit with the first two terms given.
const EXP: [f32; 7] = [
    1.0,
    1.0,
    0.49999994,
    0.16666521,
    0.04166839,
    0.008368745,
    0.001381454,
];

/// P(-x) / exp(-x^2 / 2) divided by u = 1 / (1 + x / 4), as a polynomial in u, lowest power first: a minimax fit of the
/// quotient's relative error over 0 <= x <= 7, 4e-9. Further out the quotient only has to stay bounded.
const TAIL: [f32; 9] = [
    0.099969275,
    0.09605224,
    0.11888516,
    -0.019047545,
    0.31085056,
    -0.3491658,
    0.41142762,
    -0.20472206,
    0.035750538,
];

/// 1 / sqrt(2 pi).
const DENSITY_AT_0: f64 = 0.398_942_280_401_432_7;

/// Horner's scheme.
#[inline(always)]
fn polynomial<const N: usize>(x: f32, coefficients: &[f32; N]) -> f32 {
    let mut value = coefficients[N - 1];
    for power in (0..N - 1).rev() {
        value = f32::mul_add(value, x, coefficients[power]);
    }
    value
}

impl Real for f32 {
    const ZERO: Self = 0.0;
    const ONE: Self = 1.0;
    const LOWEST: Self = f32::MIN;

    #[inline(always)]
    fn of(value: f64) -> Self {
        value as Self
    }
    #[inline(always)]
    fn as_f64(self) -> f64 {
        f64::from(self)
    }
    #[inline(always)]
    fn mul_add(self, factor: Self, term: Self) -> Self {
        f32::mul_add(self, factor, term)
    }
    #[inline(always)]
    fn abs(self) -> Self {
        f32::abs(self)
    }
    #[inline(always)]
    fn sqrt(self) -> Self {
        f32::sqrt(self)
    }
    #[inline(always)]
    fn larger(self, other: Self) -> Self {
        if self > other { self } else { other }
    }
    #[inline(always)]
    fn exp(self) -> Self {
        // Adding 1.5 * 2^23 leaves the nearest whole number in the last bits.
        const ROUNDING: f32 = 12_582_912.0;
        const LN_2_REST: f32 = (std::f64::consts::LN_2 - LN_2 as f64) as f32;
        let shifted = f32::mul_add(self, LOG2_E, ROUNDING);
        let whole = shifted - ROUNDING;
        let rest = f32::mul_add(whole, -LN_2, self);
        let rest = f32::mul_add(whole, -LN_2_REST, rest);
        let power_of_2 = f32::from_bits((shifted.to_bits() << 23).wrapping_add(1.0_f32.to_bits()));
        let value = polynomial(rest, &EXP) * power_of_2;
        if self < -87.33 {
            0.0
        } else if self > 88.37 {
            f32::INFINITY
        } else {
            value
        }
    }
    #[inline(always)]
    fn ln(self) -> Self {
        f32::ln(self)
    }
    #[inline(always)]
    fn gelu(self) -> (Self, Self) {
        let size = self.abs();
        let bell = Real::exp(-0.5 * size * size);
        let u = 1.0 / f32::mul_add(0.25, size, 1.0);
        // P(-|x|) = bell(x) R(u); its scaled form R is smooth and falls to 0 with u, so that no digits are lost far out.
        let tail = bell * (u * polynomial(u, &TAIL));
        let distribution = if self < 0.0 { tail } else { 1.0 - tail };
        let value = f32::mul_add(-size, tail, if self < 0.0 { 0.0 } else { self });
        (
            value,
            f32::mul_add(self * bell, DENSITY_AT_0 as f32, distribution),
        )
    }
}

impl Real for f64 {
    const ZERO: Self = 0.0;
    const ONE: Self = 1.0;
    const LOWEST: Self = f64::MIN;

    #[inline(always)]
    fn of(value: f64) -> Self {
        value
    }
    #[inline(always)]
    fn as_f64(self) -> f64 {
        self
    }
    #[inline(always)]
    fn mul_add(self, factor: Self, term: Self) -> Self {
        f64::mul_add(self, factor, term)
    }
    #[inline(always)]
    fn abs(self) -> Self {
        f64::abs(self)
    }
    #[inline(always)]
    fn sqrt(self) -> Self {
        f64::sqrt(self)
    }
    #[inline(always)]
    fn larger(self, other: Self) -> Self {
        if self > other { self } else { other }
    }
    #[inline(always)]
    fn exp(self) -> Self {
        double::exp(self)
    }
    #[inline(always)]
    fn ln(self) -> Self {
        f64::ln(self)
    }
    #[inline(always)]
    fn gelu(self) -> (Self, Self) {
        let distribution = 0.5 * libm::erfc(-self * std::f64::consts::FRAC_1_SQRT_2);
        let density = DENSITY_AT_0 * f64::exp(-0.5 * self * self);
        (self * distribution, f64::mul_add(self, density, distribution))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every 1009th positive and negative number of single precision.
    fn numbers() -> impl Iterator<Item = f32> {
        (0..=0x7f7f_ffff_u32)
            .step_by(1009)
            .flat_map(|bits| [f32::from_bits(bits), -f32::from_bits(bits)])
    }

    #[test]
    fn exp_is_within_2e_7_of_the_value_and_ends_in_0_and_infinity() {
        for x in numbers() {
            let got = f64::from(Real::exp(x));
            if (-87.0..=88.0).contains(&x) {
                let exact = f64::from(x).exp();
                assert!((got - exact).abs() <= 2e-7 * exact, "{x}: {got} {exact}");
            } else if x < -87.34 {
                assert_eq!(got, 0.0, "{x}");
            } else if x > 88.4 {
                assert_eq!(got, f64::INFINITY, "{x}");
            }
        }
        assert!(Real::exp(f32::NAN).is_nan());
        assert_eq!(Real::exp(f32::NEG_INFINITY), 0.0);
        assert_eq!(Real::exp(f32::INFINITY), f32::INFINITY);
        assert_eq!(Real::exp(0.0_f32), 1.0);
    }

    #[test]
    fn gelu_in_single_precision_follows_the_exact_one_everywhere() {
        for x in numbers().filter(|x| x.abs() <= 1e30) {
            let (value, slope) = x.gelu();
            let (exact_value, exact_slope) = f64::from(x).gelu();
            // From |x| = 8 on, half a unit in the last place is more than 3e-7; there the value is x or 0.
            let tolerance = if x.abs() < 8.0 { 3e-7 } else { 1e-14 };
            let error = (f64::from(value) - exact_value).abs();
            assert!(error <= tolerance, "{x}: {value} {exact_value}");
            let error = (f64::from(slope) - exact_slope).abs();
            assert!(error <= 3e-7, "{x}: {slope} {exact_slope}");
        }
        assert!(f32::NAN.gelu().0.is_nan() && f32::NAN.gelu().1.is_nan());
    }

    #[test]
    fn silu_and_gelu_by_tanh_in_single_precision_follow_the_double_ones_everywhere() {
        type Functions = (fn(f32) -> (f32, f32), fn(f64) -> (f64, f64));
        let functions: [Functions; 2] = [(Real::silu, Real::silu), (Real::gelu_tanh, Real::gelu_tanh)];
        for (single, double) in functions {
            for x in numbers() {
                let (value, slope) = single(x);
                let (exact_value, exact_slope) = double(f64::from(x));
                let error = (f64::from(value) - exact_value).abs();
                assert!(
                    error <= 3e-7 * f64::from(x.abs()).max(1.0),
                    "{x}: {value} {exact_value}"
                );
                assert!(
                    (f64::from(slope) - exact_slope).abs() <= 1e-6,
                    "{x}: {slope} {exact_slope}"
                );
            }
            assert!(single(f32::NAN).0.is_nan() && single(f32::NAN).1.is_nan());
        }
    }

    #[test]
    fn silu_and_gelu_by_tanh_have_known_values_and_their_slopes_are_their_derivatives() {
        assert_eq!(0.0_f64.silu(), (0.0, 0.5));
        assert_eq!(0.0_f64.gelu_tanh(), (0.0, 0.5));
        // 1 / (1 + 1 / e).
        assert!((1.0_f64.silu().0 - 0.731_058_578_630_004_9).abs() < 1e-15);
        for step in -80..=80 {
            let x = f64::from(step) / 10.0;
            let inner = (2.0 / std::f64::consts::PI).sqrt() * (x + 0.044715 * x.powi(3));
            let by_tanh = 0.5 * x * (1.0 + inner.tanh());
            assert!((x.gelu_tanh().0 - by_tanh).abs() < 1e-15, "{x}");
            let difference = ((x + 1e-5).gelu_tanh().0 - (x - 1e-5).gelu_tanh().0) / 2e-5;
            assert!((difference - x.gelu_tanh().1).abs() < 1e-9, "{x}");
            let difference = ((x + 1e-5).silu().0 - (x - 1e-5).silu().0) / 2e-5;
            assert!((difference - x.silu().1).abs() < 1e-9, "{x}");
        }
    }

    #[test]
    fn gelu_in_double_precision_has_known_values_and_its_slope_is_its_derivative() {
        assert_eq!(0.0_f64.gelu(), (0.0, 0.5));
        // P(1) of the normal distribution, from tables.
        assert!((1.0_f64.gelu().0 - 0.841_344_746_068_542_9).abs() < 1e-15);
        assert!(((-1.0_f64).gelu().0 + 0.158_655_253_931_457_05).abs() < 1e-15);
        for step in -80..=80 {
            let x = f64::from(step) / 10.0;
            let difference = ((x + 1e-5).gelu().0 - (x - 1e-5).gelu().0) / 2e-5;
            assert!((difference - x.gelu().1).abs() < 1e-9, "{x}");
        }
    }
}
