//! McNemar's test of two classifiers on the same examples: only those count that one of them gets right.

use statrs::function::erf::erfc;

use super::error::SignificanceError;

/// How many examples which of two systems gets right.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Contingency {
    /// Examples that both get right.
    pub both_right: u32,
    /// Examples that only the baseline gets right.
    pub baseline_only: u32,
    /// Examples that only the system gets right.
    pub system_only: u32,
    /// Examples that both get wrong.
    pub both_wrong: u32,
}

/// A statistic that is about chi-squared with one degree of freedom, and its p-value.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ChiSquared {
    /// The statistic.
    pub statistic: f64,
    /// Probability of a statistic at least as large.
    pub p: f64,
}

/// The versions of McNemar's test. All p-values are two-sided; those under 1e-300 come out as 0.
///
/// Let b and c be the numbers of examples that only the baseline and only the system gets right, n = b + c and
/// m = min(b, c). If the systems do not differ, the smaller of the two is as likely as X = m of n throws of a coin.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct McNemar {
    /// min(1, 2 P(X <= m)): keeps its level with any number of examples, and is cautious with few. 1 for n = 0.
    pub exact: f64,
    /// 2 P(X < m) + P(X = m), which is 1 for b = c and for n = 0.
    pub mid_p: f64,
    /// The same, but 1 - P(X = m) / 2 for b = c > 0: half the probability of the observed table taken from the exact
    /// p there as well. Also in use, but it calls a tie less than certain chance.
    pub mid_p_of_ties: f64,
    /// (b - c)^2 / n (McNemar, 1947); `None` for n = 0. An approximation that needs an n of some 25 or more.
    pub chi_squared: Option<ChiSquared>,
    /// max(|b - c| - 1, 0)^2 / n, with Edwards' correction (1948); `None` for n = 0.
    pub chi_squared_corrected: Option<ChiSquared>,
}

impl McNemar {
    /// The p-value to report: [`McNemar::mid_p`], which Fagerland, Lydersen and Laake (2013) recommend, as it is nearer to
    /// its level than the exact test and hardly ever exceeds it. Of the two definitions for b = c the larger p is used.
    pub fn p_value(&self) -> f64 {
        self.mid_p
    }
}

impl Contingency {
    /// Counts which of two systems got which example right.
    ///
    /// # Errors
    /// The lists are empty or differ in length, or there are over four thousand million examples.
    pub fn from_outcomes(baseline: &[bool], system: &[bool]) -> Result<Self, SignificanceError> {
        if baseline.len() != system.len() {
            return Err(SignificanceError::LengthMismatch {
                baseline: baseline.len(),
                system: system.len(),
            });
        }
        if baseline.is_empty() {
            return Err(SignificanceError::TooFew { needed: 1, found: 0 });
        }
        if u32::try_from(baseline.len()).is_err() {
            return Err(SignificanceError::TooMany {
                limit: u32::MAX as usize,
                found: baseline.len(),
            });
        }
        let mut table = Self {
            both_right: 0,
            baseline_only: 0,
            system_only: 0,
            both_wrong: 0,
        };
        for outcome in baseline.iter().zip(system) {
            *match outcome {
                (true, true) => &mut table.both_right,
                (true, false) => &mut table.baseline_only,
                (false, true) => &mut table.system_only,
                (false, false) => &mut table.both_wrong,
            } += 1;
        }
        Ok(table)
    }

    /// McNemar's test of the table.
    pub fn mcnemar(&self) -> McNemar {
        let discordant = u64::from(self.baseline_only) + u64::from(self.system_only);
        if discordant == 0 {
            return McNemar {
                exact: 1.0,
                mid_p: 1.0,
                mid_p_of_ties: 1.0,
                chi_squared: None,
                chi_squared_corrected: None,
            };
        }
        let tail = fair_coin(u64::from(self.baseline_only.min(self.system_only)), discordant);
        let mid_p = 2.0 * tail.below + tail.at;
        let tied = self.baseline_only == self.system_only;
        let apart = f64::from(self.baseline_only.abs_diff(self.system_only));
        let chi_squared = |apart: f64| {
            let statistic = apart * apart / discordant as f64;
            Some(ChiSquared {
                statistic,
                // A square root of chi-squared with one degree of freedom is standard normal.
                p: erfc((statistic / 2.0).sqrt()),
            })
        };
        McNemar {
            exact: (2.0 * (tail.below + tail.at)).min(1.0),
            mid_p: if tied { 1.0 } else { mid_p.min(1.0) },
            mid_p_of_ties: if tied { 1.0 - tail.at / 2.0 } else { mid_p.min(1.0) },
            chi_squared: chi_squared(apart),
            chi_squared_corrected: chi_squared((apart - 1.0).max(0.0)),
        }
    }
}

/// The lower tail of a binomial distribution.
struct Tail {
    /// P(X < m).
    below: f64,
    /// P(X = m).
    at: f64,
}

/// The tail up to `m` <= `n` / 2 heads of `n` throws of a fair coin.
///
/// All probabilities are taken relative to the largest, so that neither factorials nor powers of 2 can overflow, and
/// normalised at the end. Far from the middle they vanish, so that the cost grows with the root of n.
fn fair_coin(m: u64, n: u64) -> Tail {
    let middle = n / 2;
    let (mut below, mut at, mut sum) = (0.0, 0.0, 0.0);
    let mut weight = 1.0_f64;
    let mut heads = middle;
    loop {
        // Each number of heads stands for its mirror image too, except the middle of an even n.
        sum += if 2 * heads == n { weight } else { 2.0 * weight };
        if heads == m {
            at = weight;
        } else if heads < m {
            below += weight;
        }
        if heads == 0 || weight < f64::MIN_POSITIVE {
            break;
        }
        weight *= heads as f64 / (n - heads + 1) as f64;
        heads -= 1;
    }
    Tail {
        below: below / sum,
        at: at / sum,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn table(baseline_only: u32, system_only: u32) -> McNemar {
        let table = Contingency {
            both_right: 11,
            baseline_only,
            system_only,
            both_wrong: 5,
        };
        table.mcnemar()
    }

    #[test]
    fn six_against_none_by_hand() {
        // 2 / 2^6 and half of it; 36 / 6 and 25 / 6.
        let test = table(6, 0);
        assert!((test.exact - 0.03125).abs() < 1e-15);
        assert!((test.mid_p - 0.015625).abs() < 1e-15);
        assert_eq!(test.chi_squared.unwrap().statistic, 6.0);
        assert_eq!(test.chi_squared_corrected.unwrap().statistic, 25.0 / 6.0);
        assert_eq!(test.p_value(), test.mid_p);
    }

    #[test]
    fn a_tie_is_chance() {
        let test = table(2, 2);
        assert_eq!((test.exact, test.mid_p), (1.0, 1.0));
        assert!((test.mid_p_of_ties - (1.0 - 6.0 / 32.0)).abs() < 1e-15);
        assert_eq!(test.chi_squared.unwrap().p, 1.0);
    }

    #[test]
    fn without_discordant_examples_there_is_no_statistic() {
        let test = table(0, 0);
        assert_eq!((test.exact, test.mid_p, test.mid_p_of_ties), (1.0, 1.0, 1.0));
        assert_eq!((test.chi_squared, test.chi_squared_corrected), (None, None));
    }

    #[test]
    fn the_largest_table_has_an_answer() {
        let test = table(u32::MAX, u32::MAX);
        assert_eq!(test.exact, 1.0);
        assert!(test.mid_p_of_ties < 1.0);
        assert_eq!(table(u32::MAX, 0).exact, 0.0);
    }

    #[test]
    fn counts_outcomes() {
        let baseline = [true, true, true, false, false, false, false];
        let system = [true, true, false, true, true, true, false];
        let expected = Contingency {
            both_right: 2,
            baseline_only: 1,
            system_only: 3,
            both_wrong: 1,
        };
        assert_eq!(Contingency::from_outcomes(&baseline, &system), Ok(expected));
        let error = Contingency::from_outcomes(&baseline, &system[1..]).unwrap_err();
        assert_eq!(
            error,
            SignificanceError::LengthMismatch {
                baseline: 7,
                system: 6
            }
        );
        let error = Contingency::from_outcomes(&[], &[]).unwrap_err();
        assert_eq!(
            error.to_string(),
            "the test needs 1 or more values of each system, not 0"
        );
    }

    /// P(X <= m) from whole numbers, which fit up to 2^126.
    fn whole(m: u32, n: u32) -> f64 {
        let mut choose = 1_u128;
        let mut sum = 0_u128;
        for heads in 0..=m {
            sum += choose;
            choose = choose * u128::from(n - heads) / u128::from(heads + 1);
        }
        sum as f64 / 2.0_f64.powi(n as i32)
    }

    proptest! {
        #[test]
        fn the_tail_is_that_of_whole_numbers(one in 0_u32..50, other in 0_u32..50) {
            prop_assume!(one != other);
            let (m, n) = (one.min(other), one + other);
            let up_to = whole(m, n);
            let below = if m == 0 { 0.0 } else { whole(m - 1, n) };
            let test = table(one, other);
            prop_assert!((test.exact / (2.0 * up_to).min(1.0) - 1.0).abs() < 1e-12);
            prop_assert!((test.mid_p / (up_to + below) - 1.0).abs() < 1e-12);
        }

        #[test]
        fn probabilities_are_probabilities_in_their_order(one in 0_u32..3000, other in 0_u32..3000) {
            let test = table(one, other);
            let p = [Some(test.exact), Some(test.mid_p), Some(test.mid_p_of_ties),
                test.chi_squared.map(|chi| chi.p), test.chi_squared_corrected.map(|chi| chi.p)];
            prop_assert!(p.into_iter().flatten().all(|p| (0.0..=1.0).contains(&p)), "{p:?}");
            prop_assert!(test.mid_p_of_ties <= test.mid_p && test.mid_p <= test.exact);
            prop_assert!(p[3] <= p[4]);
            prop_assert_eq!(test, table(other, one));
        }
    }
}
