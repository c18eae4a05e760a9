//! Non-inferiority: whether a system may be called no worse than a baseline by a margin that was declared before.

use super::error::{SignificanceError, check_finite};
use super::student::{t_quantile, t_two_sided_p};
use super::t_test::TTest;

/// A one-sided t test that a system is worse than the baseline by the margin or more.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct NonInferiority {
    /// Lower one-sided 95 % limit of the difference, in the unit of the values: above -margin is not worse by the margin.
    pub low: f64,
    /// Probability of a difference at least as large as the observed one if the true one were -margin.
    pub p: f64,
}

impl TTest {
    /// The test against `margin`, not negative, in the unit of the values.
    ///
    /// Lists without any difference have no spread; their difference is then taken for what it is.
    ///
    /// # Errors
    /// The margin is negative or not finite.
    pub fn non_inferiority(&self, margin: f64) -> Result<NonInferiority, SignificanceError> {
        check_finite([margin])?;
        if margin < 0.0 {
            return Err(SignificanceError::Margin(margin));
        }
        let half = self.ci.1 - self.difference;
        let standard_error = half / t_quantile(0.975, self.degrees_of_freedom)?;
        let beyond = self.difference + margin;
        if standard_error <= 0.0 {
            return Ok(NonInferiority {
                low: self.difference,
                p: if beyond > 0.0 { 0.0 } else { 1.0 },
            });
        }
        let t = beyond / standard_error;
        let tail = t_two_sided_p(t, self.degrees_of_freedom)? / 2.0;
        Ok(NonInferiority {
            low: self.difference - t_quantile(0.95, self.degrees_of_freedom)? * standard_error,
            p: if t >= 0.0 { tail } else { 1.0 - tail },
        })
    }
}

#[cfg(test)]
mod tests {
    use super::super::t_test::paired_t_test;
    use super::*;

    #[test]
    fn the_limit_and_the_p_value_say_the_same() {
        let baseline = [80.0, 81.0, 79.5, 80.5, 80.2, 79.8];
        let system = [79.9, 80.4, 79.6, 80.1, 80.3, 79.1];
        let test = paired_t_test(&baseline, &system).unwrap();
        let of = |margin| test.non_inferiority(margin).unwrap();
        // At the margin that the limit names, p is 5 %.
        let at_limit = of(-of(1.0).low);
        assert!((at_limit.p - 0.05).abs() < 1e-9, "{at_limit:?}");
        assert!(of(1.0).p < of(0.5).p && of(0.5).p < of(0.0).p);
        // Against no margin it is half the two-sided p, seen from the other side.
        assert!((of(0.0).p - (1.0 - test.p / 2.0)).abs() < 1e-12);
        assert!(test.non_inferiority(-1.0).is_err() && test.non_inferiority(f64::NAN).is_err());
    }

    #[test]
    fn equal_lists_are_not_worse_by_any_margin_but_none() {
        let values = [0.5, 0.6, 0.7];
        let test = paired_t_test(&values, &values).unwrap();
        assert_eq!(
            test.non_inferiority(0.01).unwrap(),
            NonInferiority { low: 0.0, p: 0.0 }
        );
        assert_eq!(test.non_inferiority(0.0).unwrap().p, 1.0);
    }
}
