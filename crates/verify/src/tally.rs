//! Collects deviations from recorded numbers, each against its own tolerance.

use crate::Verdict;

/// The comparison nearest to its tolerance, or furthest beyond it.
#[derive(Debug, Clone, PartialEq)]
struct Worst {
    share: f64,
    deviation: f64,
    tolerance: f64,
    place: String,
}

/// Running result of many comparisons.
#[derive(Debug, Clone, Default)]
pub(crate) struct Tally {
    cases: usize,
    worst: Option<Worst>,
    mismatch: Option<String>,
}

impl Tally {
    /// Counts one recorded case.
    pub(crate) fn case(&mut self) {
        self.cases += 1;
    }

    /// Compares numbers of one field; lists of different length are a mismatch.
    pub(crate) fn close(&mut self, place: &str, got: &[f64], want: &[f64], tolerance: f64) {
        if got.len() != want.len() {
            self.differs(format!("{place}: {} numbers, recorded {}", got.len(), want.len()));
            return;
        }
        for (got, want) in got.iter().zip(want) {
            self.number(place, *got, *want, tolerance);
        }
    }

    /// Compares one number.
    pub(crate) fn number(&mut self, place: &str, got: f64, want: f64, tolerance: f64) {
        let deviation = (got - want).abs();
        // A NaN on either side must not pass as "not larger".
        let share = match deviation.partial_cmp(&tolerance) {
            None => f64::INFINITY,
            Some(_) if deviation == 0.0 => 0.0,
            Some(_) => deviation / tolerance,
        };
        if self.worst.as_ref().is_none_or(|worst| share > worst.share) {
            self.worst = Some(Worst {
                share,
                deviation,
                tolerance,
                place: place.to_owned(),
            });
        }
    }

    /// Demands equality.
    pub(crate) fn equal<T: PartialEq + std::fmt::Debug>(&mut self, place: &str, got: &T, want: &T) {
        if got != want {
            self.differs(format!("{place}: {got:?}, recorded {want:?}"));
        }
    }

    /// Notes a difference that no tolerance excuses; the first is shown.
    pub(crate) fn differs(&mut self, what: String) {
        self.mismatch.get_or_insert(what);
    }

    /// The row of the table for these comparisons.
    pub(crate) fn verdict(self) -> Verdict {
        let (deviation, tolerance, place) = match self.worst {
            Some(worst) => (worst.deviation, worst.tolerance, Some(worst.place)),
            None => (0.0, 0.0, None),
        };
        // A NaN on either side is not within.
        let within = deviation <= tolerance;
        let failure = self
            .mismatch
            .or_else(|| place.filter(|_| !within).map(|place| format!("at {place}")));
        Verdict::Compared {
            cases: self.cases,
            deviation,
            tolerance,
            failure,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn failure(tally: Tally) -> Option<String> {
        match tally.verdict() {
            Verdict::Compared { failure, .. } => failure,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn the_comparison_nearest_to_its_tolerance_is_shown() {
        let mut tally = Tally::default();
        tally.close("wide", &[1.0], &[1.5], 1.0);
        tally.close("tight", &[1.0], &[1.009], 0.01);
        match tally.verdict() {
            Verdict::Compared {
                deviation,
                tolerance,
                failure: None,
                ..
            } => {
                assert!((deviation - 0.009).abs() < 1e-12);
                assert_eq!(tolerance, 0.01);
            }
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn nan_a_missing_number_and_a_large_deviation_fail() {
        for (got, want, tolerance) in [
            (vec![f64::NAN], vec![1.0], 1e9),
            (vec![], vec![1.0], 1e9),
            (vec![1.0], vec![1.1], 0.05),
            (vec![1.0], vec![1.0], f64::NAN),
        ] {
            let mut tally = Tally::default();
            tally.close("field", &got, &want, tolerance);
            assert!(failure(tally).is_some());
        }
        let mut exact = Tally::default();
        exact.number("field", 1.0, 1.0, 0.0);
        assert_eq!(failure(exact), None);
    }
}
