//! The temperature as a function of the finished updates: log-linear from knot to knot, then constant.

use heads::GateError;

/// Between two knots log tau is linear in the update; after the last knot tau is constant. With two knots it is the
/// schedule of the paper: log tau(n) = log tau_start + min(n / cooldown, 1) (log tau_end - log tau_start).
#[derive(Debug, Clone, PartialEq)]
pub struct TemperatureSchedule {
    /// Update and temperature, the first at update 0.
    knots: Vec<(u64, f64)>,
}

impl TemperatureSchedule {
    /// From `start` at update 0 to `end` at update `cooldown` and after.
    ///
    /// # Errors
    /// [`GateError::Temperature`] unless both are finite and above 0.
    pub fn new(start: f64, end: f64, cooldown: u64) -> Result<Self, GateError> {
        Self::through(start, &[], (cooldown, end))
    }

    /// From `start` at update 0 by way of other temperatures at their updates to the last, which stays. Updates grow.
    ///
    /// # Errors
    /// [`GateError::Temperature`] unless all are finite and above 0, [`GateError::Order`] where updates do not grow.
    pub fn through(start: f64, on_the_way: &[(u64, f64)], last: (u64, f64)) -> Result<Self, GateError> {
        let mut knots = vec![(0, start)];
        knots.extend_from_slice(on_the_way);
        knots.push(last);
        let usable = |tau: f64| tau.is_finite() && tau > 0.0;
        for pair in knots.windows(2) {
            let [(before, from), (after, to)] = [pair[0], pair[1]];
            if !usable(from) || !usable(to) {
                return Err(GateError::Temperature { start: from, end: to });
            }
            if before > after {
                return Err(GateError::Order { before, after });
            }
        }
        Ok(Self { knots })
    }

    /// The same temperature always.
    ///
    /// # Errors
    /// [`GateError::Temperature`] unless it is finite and above 0.
    pub fn constant(tau: f64) -> Result<Self, GateError> {
        Self::new(tau, tau, 0)
    }

    /// The temperature of update `n`, counted from 0.
    pub fn at(&self, n: u64) -> f64 {
        let next = self.knots.iter().position(|(update, _)| *update > n);
        match next {
            // The first knot is at update 0, so that one lies before every later one.
            Some(next) => {
                let ((begin, from), (end, to)) = (self.knots[next - 1], self.knots[next]);
                let share = (n - begin) as f64 / (end - begin) as f64;
                (from.ln() - share * (from.ln() - to.ln())).exp()
            }
            None => self.knots[self.knots.len() - 1].1,
        }
    }

    /// Updates until the temperature is at its end.
    pub fn cooldown(&self) -> u64 {
        self.knots[self.knots.len() - 1].0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn half_way_is_the_geometric_mean() {
        let bert = TemperatureSchedule::new(1000.0, 1e-8, 25_000).unwrap();
        assert!((bert.at(12_500) / 3.162_277_660_168_379e-3 - 1.0).abs() < 1e-12);
        let mt = TemperatureSchedule::new(0.1, 1e-8, 15_000).unwrap();
        assert!((mt.at(7_500) / 3.162_277_660_168_379e-5 - 1.0).abs() < 1e-12);
    }

    #[test]
    fn it_stays_at_the_end_and_a_cooldown_of_zero_starts_there() {
        let schedule = TemperatureSchedule::new(1000.0, 1e-8, 40).unwrap();
        assert_eq!(schedule.at(40), 1e-8);
        assert_eq!(schedule.at(4_000), 1e-8);
        assert_eq!(TemperatureSchedule::new(1000.0, 1e-8, 0).unwrap().at(0), 1e-8);
    }

    #[test]
    fn it_passes_every_knot_and_is_log_linear_between_them() {
        let schedule = TemperatureSchedule::through(10.0, &[(60, 0.1)], (80, 1e-4)).unwrap();
        let near = |n: u64, tau: f64| (schedule.at(n) / tau - 1.0).abs() < 1e-12;
        assert!(near(0, 10.0) && near(30, 1.0) && near(60, 0.1));
        assert!(near(70, 10f64.powf(-2.5)), "{}", schedule.at(70));
        assert_eq!([schedule.at(80), schedule.at(1000)], [1e-4; 2]);
        assert_eq!(schedule.cooldown(), 80);
        let one_line = TemperatureSchedule::through(1000.0, &[(30, 1.0)], (60, 1e-3)).unwrap();
        let straight = TemperatureSchedule::new(1000.0, 1e-3, 60).unwrap();
        for n in 0..70 {
            assert!((one_line.at(n) / straight.at(n) - 1.0).abs() < 1e-12, "{n}");
        }
    }

    #[test]
    fn knots_that_go_back_are_refused() {
        let refused = TemperatureSchedule::through(10.0, &[(60, 0.1)], (50, 1e-4)).err();
        assert_eq!(
            refused,
            Some(GateError::Order {
                before: 60,
                after: 50
            })
        );
        // Two at one update are a step.
        let step = TemperatureSchedule::through(10.0, &[(60, 10.0)], (60, 1e-4)).unwrap();
        assert!((step.at(59) / 10.0 - 1.0).abs() < 1e-12);
        assert_eq!(step.at(60), 1e-4);
    }

    #[test]
    fn zero_infinite_and_nan_temperatures_are_refused() {
        for (start, end) in [(1.0, 0.0), (f64::INFINITY, 1.0), (f64::NAN, 1.0)] {
            assert!(
                TemperatureSchedule::new(start, end, 10).is_err(),
                "{start} -> {end}"
            );
        }
    }
}
