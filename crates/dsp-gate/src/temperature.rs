//! The temperature as a function of the finished updates: log-linear, then constant.

use heads::GateError;

/// log tau(n) = log tau_start + min(n / cooldown, 1) (log tau_end - log tau_start).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TemperatureSchedule {
    start: f64,
    end: f64,
    cooldown: u64,
}

impl TemperatureSchedule {
    /// From `start` at update 0 to `end` at update `cooldown` and after; both finite and above 0.
    pub fn new(start: f64, end: f64, cooldown: u64) -> Result<Self, GateError> {
        let usable = |tau: f64| tau.is_finite() && tau > 0.0;
        if !usable(start) || !usable(end) {
            return Err(GateError::Temperature { start, end });
        }
        Ok(Self { start, end, cooldown })
    }

    /// The same temperature always.
    pub fn constant(tau: f64) -> Result<Self, GateError> {
        Self::new(tau, tau, 0)
    }

    /// The temperature of update `n`, counted from 0.
    pub fn at(&self, n: u64) -> f64 {
        if n >= self.cooldown {
            return self.end;
        }
        let share = n as f64 / self.cooldown as f64;
        (self.start.ln() - share * (self.start.ln() - self.end.ln())).exp()
    }

    /// Updates until the temperature is at its end.
    pub fn cooldown(&self) -> u64 {
        self.cooldown
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
    fn zero_infinite_and_nan_temperatures_are_refused() {
        for (start, end) in [(1.0, 0.0), (f64::INFINITY, 1.0), (f64::NAN, 1.0)] {
            assert!(
                TemperatureSchedule::new(start, end, 10).is_err(),
                "{start} -> {end}"
            );
        }
    }
}
