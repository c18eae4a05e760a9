//! The exact interval of a share: how often something happens of which so many of so many cases are known.

use statrs::function::beta::beta_reg;

use super::error::SignificanceError;

/// The two-sided interval of Clopper and Pearson (1934) for the probability of a success, `(low, high)` within 0..=1, that
/// covers it with `level` or more.
///
/// # Errors
/// There are no cases, more successes than cases, or the level is not strictly between 0 and 1.
pub fn clopper_pearson(successes: u64, cases: u64, level: f64) -> Result<(f64, f64), SignificanceError> {
    if cases == 0 || successes > cases {
        return Err(SignificanceError::TooFew {
            needed: successes.max(1) as usize,
            found: cases as usize,
        });
    }
    if !(level > 0.0 && level < 1.0) {
        return Err(SignificanceError::Probability {
            index: 0,
            value: level,
            range: "0..1 without its ends",
        });
    }
    let tail = (1.0 - level) / 2.0;
    let (k, n) = (successes as f64, cases as f64);
    let low = if successes == 0 {
        0.0
    } else {
        quantile(k, n - k + 1.0, tail)
    };
    let high = if successes == cases {
        1.0
    } else {
        quantile(k + 1.0, n - k, 1.0 - tail)
    };
    Ok((low, high))
}

/// Below which x a share `probability` of the beta distribution lies. Halves the range of x down to the last bit: its
/// distribution function only rises.
fn quantile(a: f64, b: f64, probability: f64) -> f64 {
    let (mut low, mut high) = (0.0, 1.0);
    loop {
        let middle = (low + high) / 2.0;
        if middle <= low || middle >= high {
            return middle;
        }
        if beta_reg(a, b, middle) < probability {
            low = middle;
        } else {
            high = middle;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ends_have_closed_forms() {
        for n in [1, 3, 10, 200] {
            let (low, high) = clopper_pearson(0, n, 0.95).unwrap();
            let expected = 1.0 - 0.025_f64.powf(1.0 / n as f64);
            assert!(low == 0.0 && (high - expected).abs() < 1e-12);
            let (low, high) = clopper_pearson(n, n, 0.95).unwrap();
            assert!(high == 1.0 && (low - (1.0 - expected)).abs() < 1e-12);
        }
    }

    #[test]
    fn as_many_successes_or_more_have_half_of_the_rest_at_the_ends() {
        // The tail of the binomial distribution at the lower end, by its sum.
        let (low, high) = clopper_pearson(7, 10, 0.9).unwrap();
        let choose = [
            1.0, 10.0, 45.0, 120.0, 210.0, 252.0, 210.0, 120.0, 45.0, 10.0, 1.0,
        ];
        let term = |p: f64, k: i32| choose[k as usize] * p.powi(k) * (1.0 - p).powi(10 - k);
        let upper: f64 = (7..=10).map(|k| term(low, k)).sum();
        let lower: f64 = (0..=7).map(|k| term(high, k)).sum();
        assert!((upper - 0.05).abs() < 1e-12 && (lower - 0.05).abs() < 1e-12);
    }

    #[test]
    fn impossible_counts_are_refused() {
        assert!(clopper_pearson(0, 0, 0.95).is_err());
        assert!(clopper_pearson(3, 2, 0.95).is_err());
        assert!(clopper_pearson(1, 2, 1.0).is_err());
    }
}
