//! Recordings of the temperature at single updates.

use dsp_gate::TemperatureSchedule;
use serde::Deserialize;

use crate::Verdict;
use crate::tally::Tally;

#[derive(Deserialize)]
pub(super) struct Case {
    id: String,
    annealing: bool,
    tau_initial: f64,
    tau_final: f64,
    cooldown: u64,
    n: u64,
    /// Null where the reference divides by zero; the end temperature is expected there.
    tau: Option<f64>,
}

pub(super) fn check(cases: &[Case]) -> Verdict {
    let mut tally = Tally::default();
    for case in cases {
        tally.case();
        let schedule = if case.annealing {
            TemperatureSchedule::new(case.tau_initial, case.tau_final, case.cooldown)
        } else {
            TemperatureSchedule::constant(case.tau_final)
        };
        let want = case.tau.unwrap_or(case.tau_final);
        match schedule {
            Ok(schedule) => tally.number(&case.id, schedule.at(case.n), want, 1e-13 * want),
            Err(error) => tally.differs(format!("{}: {error}", case.id)),
        }
    }
    tally.verdict()
}
