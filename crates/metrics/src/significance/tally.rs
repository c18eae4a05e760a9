//! How often chance alone gave a difference as large as the observed one, and the p-value of that.

/// Differences closer together than this are equal: sums in another order must not decide a test.
pub const TIE: f64 = 1e-9;

/// How many trials exceeded, and how many equalled, the observed difference.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tally {
    /// Trials with a larger difference than the observed one.
    pub greater: usize,
    /// Trials with the same difference, within [`TIE`].
    pub equal: usize,
    /// All trials.
    pub trials: usize,
}

impl Tally {
    pub(super) fn of(differences: impl IntoIterator<Item = f64>, observed: f64) -> Self {
        let mut tally = Self {
            greater: 0,
            equal: 0,
            trials: 0,
        };
        for difference in differences {
            tally.trials += 1;
            if difference > observed + TIE {
                tally.greater += 1;
            } else if difference >= observed - TIE {
                tally.equal += 1;
            }
        }
        tally
    }

    /// (trials at least as large + 1) / (trials + 1), the 1 being what was observed: valid with any number of trials
    /// and any number of ties, and 1 for systems that do not differ.
    pub fn p_at_least(&self) -> f64 {
        (self.greater + self.equal + 1) as f64 / (self.trials + 1) as f64
    }

    /// (larger trials + 1) / (trials + 1), as sacreBLEU has it. Ties count for the difference, which understates p where
    /// there are many, as with the accuracy of few examples; for systems that do not differ it is 1 / (trials + 1).
    pub fn p_strict(&self) -> f64 {
        (self.greater + 1) as f64 / (self.trials + 1) as f64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_larger_and_equal_differences() {
        let tally = Tally::of([0.5, 2.0, 1.0 + 1e-12, 1.0 - 1e-12, 1.1], 1.0);
        let expected = Tally {
            greater: 2,
            equal: 2,
            trials: 5,
        };
        assert_eq!(tally, expected);
        assert_eq!(tally.p_strict(), 0.5);
        assert_eq!(tally.p_at_least(), 5.0 / 6.0);
    }
}
